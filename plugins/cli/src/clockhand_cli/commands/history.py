"""`clockhand runs` and `log`: what ran, what did not, and everything else that is on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from clockhand.contracts import Verdict
from clockhand_cli import render
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit, Misused
from clockhand_cli.options import AnyJob, Config, Follow, Json, Since
from clockhand_cli.since import in_zone, moment_of

if TYPE_CHECKING:
    from clockhand import Query, Scheduler
    from clockhand.contracts import Entry
    from clockhand_cli.following import Seen

RUNS: Final = 20
TAIL: Final = 10
"""How many entries stand above those that come, when the log is followed."""

_Number = Annotated[
    int | None,
    Parameter(
        name=("--number", "-n"),
        validator=Number(gte=1),
        help="How many of the last; runs shows 20 if not given, log all of them, or 10 with -f.",
    ),
]


def runs(
    job: AnyJob = None,
    /,
    *,
    follow: Follow = False,
    number: _Number = None,
    failed: Annotated[
        bool, Parameter(negative="", help="Only attempts that failed, timed out or were lost.")
    ] = False,
    verdict: Annotated[
        list[str] | None,
        Parameter(
            negative="",
            choices=tuple(map(str, Verdict)),
            help="Only with this verdict; several for any of them:",
        ),
    ] = None,
    since: Since = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    List what ran and what did not, newest first.

    One line for each attempt, and one for each due time, or range of them,
    that never ran. With -f the newest come last, an attempt when it starts
    and again when it has ended.
    """
    if failed and verdict:
        raise Misused("--failed: given beside --verdict; keep one")
    start = moment_of(since)
    asyncio.run(
        _runs(config, job, number or RUNS, start, verdict, failed=failed, follow=follow, as_json=as_json)
    )
    return Exit.OK


async def _runs(
    config: Path | None,
    job: str | None,
    number: int,
    since: datetime | None,
    verdicts: list[str] | None,
    *,
    failed: bool,
    follow: bool,
    as_json: bool,
) -> None:
    from clockhand_cli.asking import job_named, latest_runs, runs_query
    from clockhand_cli.following import Seen
    from clockhand_cli.history_table import run_line, run_table
    from clockhand_cli.records import run_record

    async with attached(config) as scheduler:
        zone = scheduler.settings.timezone
        query, keep = runs_query(job, in_zone(since, zone), verdicts, failed=failed)
        seen = Seen()
        found = await latest_runs(scheduler, number, query, keep, seen)
        if job is not None and not found:
            await job_named(scheduler, job, None)
        if follow:
            if not as_json:
                render.line(run_line(None, zone))
            show = _shower(run_record if as_json else lambda entry: run_line(entry, zone))
            show(reversed(found))
            await _follow(scheduler, query, seen, lambda entries: show(filter(keep, entries)))
            return
    if as_json:
        render.document([run_record(entry) for entry in found])
        return
    run_table(found, zone)
    if not found:
        render.aside("nothing on record that matches")


def log(
    job: AnyJob = None,
    /,
    *,
    follow: Follow = False,
    number: _Number = None,
    since: Since = None,
    config: Config = None,
    as_json: Annotated[
        bool,
        Parameter(name="--json", negative="", help="Write one JSON document for each entry, a line each."),
    ] = False,
) -> int:
    """
    Show what is on record, every entry as a line, oldest first.

    Starts and ends of runs, what never ran and why, changes of jobs, starts
    and stops of schedulers.
    """
    asyncio.run(_log(config, job, number, moment_of(since), follow=follow, as_json=as_json))
    return Exit.OK


async def _log(
    config: Path | None,
    job: str | None,
    number: int | None,
    since: datetime | None,
    *,
    follow: bool,
    as_json: bool,
) -> None:
    from clockhand import Query
    from clockhand_cli.asking import job_named
    from clockhand_cli.entry_lines import entry_line
    from clockhand_cli.following import Seen

    if follow and number is None and since is None:
        number = TAIL
    async with attached(config) as scheduler:
        zone = scheduler.settings.timezone
        jobs = None if job is None else frozenset({job})
        query = Query(jobs=jobs, since=in_zone(since, zone))
        show = _shower(
            (lambda entry: {**entry.to_json(), "position": entry.position})
            if as_json
            else (lambda entry: entry_line(entry, zone))
        )
        seen = Seen()
        shown = await _recorded(scheduler, query, number, seen, show)
        if not shown and job is not None:
            await job_named(scheduler, job, None)
        if follow:
            await _follow(scheduler, query, seen, show)
        elif not shown:
            render.aside("nothing on record that matches")


async def _recorded(
    scheduler: Scheduler,
    query: Query,
    number: int | None,
    seen: Seen,
    show: Callable[[Iterable[Entry]], None],
) -> int:
    """Show what is on record already, all of it or the last *number*; return how many entries that is."""
    from clockhand_cli.following import PAGE, fresh

    if number is not None:
        found = await fresh(scheduler, query, seen, at_least=number)
        show(found[-number:])
        return len(found[-number:])
    count, cursor = 0, None
    while True:
        page = await scheduler.read(query, cursor, PAGE)
        seen.add(page.entries)
        show(page.entries)
        count += len(page.entries)
        cursor = page.cursor
        if cursor is None:
            return count


def _shower(said: Callable[[Entry], str | dict[str, Any]]) -> Callable[[Iterable[Entry]], None]:
    def show(entries: Iterable[Entry]) -> None:
        for entry in entries:
            one = said(entry)
            if isinstance(one, str):
                render.line(one)
            else:
                render.json_line(one)
        render.flush()

    return show


async def _follow(
    scheduler: Scheduler, query: Query, seen: Seen, show: Callable[[Iterable[Entry]], None]
) -> None:
    from clockhand_cli.following import follow, reader_is_gone

    async for entries in follow(scheduler, query, seen):
        show(entries)
        if reader_is_gone():
            return
