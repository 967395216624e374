"""`clockhand add`: a job into a silo, from options or from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from cyclopts import Group, Parameter

from clockhand_cli import render, text, toml
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit, Misused
from clockhand_cli.options import Config, Json
from clockhand_cli.policies import GivenPolicies, table_of
from clockhand_cli.silos import only_one
from clockhand_cli.tables import from_file, from_options, work_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockhand import Job, Scheduler
    from clockhand.contracts import Added

WHEN = Group("When (exactly one of --every, --cron, --at)", sort_key=5)
WHAT = Group("What (exactly one of --call, --work, or a program behind --)", sort_key=6)
JOB = Group("Job", sort_key=7)


def add(
    job: Annotated[str | None, Parameter(name="JOB", help="The alias of the job.")] = None,
    /,
    *,
    every: Annotated[
        str | None,
        Parameter(
            group=WHEN,
            metavar="SPAN",
            help="Whenever that much time has passed: 5m, or '{days = 1, at = \"09:00\"}'.",
        ),
    ] = None,
    cron: Annotated[
        str | None, Parameter(group=WHEN, metavar="SPEC", help='As in a crontab: "30 2 * * *", @daily.')
    ] = None,
    at: Annotated[
        list[str] | None,
        Parameter(
            negative="",
            group=WHEN,
            metavar="MOMENT",
            help="At 2026-12-01T09:00:00Z, once; may be given several times.",
        ),
    ] = None,
    tz: Annotated[
        str | None,
        Parameter(
            group=WHEN,
            metavar="ZONE",
            help="The time zone of --cron, or an --every of days, Europe/Berlin; else the configuration's.",
        ),
    ] = None,
    start_time: Annotated[
        str | None, Parameter(group=WHEN, metavar="MOMENT", help="Not before this moment.")
    ] = None,
    end_time: Annotated[
        str | None, Parameter(group=WHEN, metavar="MOMENT", help="Not after this moment.")
    ] = None,
    call: Annotated[
        str | None, Parameter(group=WHAT, metavar="FUNCTION", help="A function, module:name.")
    ] = None,
    arg: Annotated[
        list[str] | None,
        Parameter(
            negative="",
            group=WHAT,
            metavar="NAME=JSON",
            help="An argument for it, name=json; several times for several.",
        ),
    ] = None,
    work: Annotated[
        str | None,
        Parameter(
            group=WHAT,
            metavar="TABLE",
            help="Any work, as a table of TOML or JSON: '{use = \"system\", ...}'.",
        ),
    ] = None,
    title: Annotated[str | None, Parameter(group=JOB, help="What it is, in words.")] = None,
    tag: Annotated[
        list[str] | None,
        Parameter(negative="", group=JOB, metavar="TAG", help="A tag; several times for several."),
    ] = None,
    executor: Annotated[
        str | None,
        Parameter(
            group=JOB, metavar="EXECUTOR", help="Where it runs: thread, async, or one of the configuration."
        ),
    ] = None,
    policies: GivenPolicies = None,
    file: Annotated[
        Path | None,
        Parameter(
            help="Read [jobs.<alias>] tables from this file, - for stdin; JOB names one of them.",
            allow_leading_hyphen=True,
        ),
    ] = None,
    silo: Annotated[
        str | None,
        Parameter(metavar="SILO", help="The silo that it goes to; if not given default, or the only one."),
    ] = None,
    program: Annotated[tuple[str, ...], Parameter(parse=False)] = (),
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Add a job, or redefine one that was added so.

    What stands behind -- is the program that it runs, with its arguments; no
    shell reads them. Instead, --call names a function, or --work any work.
    Prints created, updated with the difference, or unchanged, and when the
    job is due next. A function must be one that the configuration allows,
    with [python] modules. A job that a file or a program declares is changed
    there.
    """
    table: dict[str, Any] = {
        "every": every and toml.every(every, "--every"),
        "cron": cron,
        "at": at,
        "tz": tz,
        "start_time": start_time,
        "end_time": end_time,
        "title": title,
        "tags": tag,
        "executor": executor,
        "work": work_table(call, arg, work, program),
    }
    given = {name: value for name, value in table.items() if value is not None}
    typed = table_of(policies)
    wanted = from_options(job, given, typed) if file is None else from_file(file, job, {**given, **typed})
    asyncio.run(_add(config, wanted, silo, usage=file is None, as_json=as_json))
    return Exit.OK


async def _add(
    config: Path | None,
    tables: Callable[[], Mapping[str, Any]],
    silo: str | None,
    *,
    usage: bool,
    as_json: bool,
) -> None:
    from clockhand_cli.records import added_record

    async with attached(config, silo, create=True) as scheduler:
        with _blaming(usage=usage):
            wanted = _wanted(scheduler, tables(), silo, usage=usage)
            answers = await _ask(scheduler, wanted)
        codec, zone = scheduler.catalog.codec(), scheduler.settings.timezone
    records = [added_record(answer, one.silo, codec) for answer, one in zip(answers, wanted, strict=True)]
    if as_json:
        render.document(records)
        return
    for record in records:
        _print(record, zone)


@contextmanager
def _blaming(*, usage: bool) -> Iterator[None]:
    """Let a definition that can't be count as misuse where options said it; a file's stays the file's."""
    from clockhand.errors import ConfigError, DefinitionError

    try:
        yield
    except (ConfigError, DefinitionError) as error:
        if usage:
            raise Misused(str(error)) from error
        raise


class Wanted(NamedTuple):
    """A job that somebody wants added, and the silo for it."""

    job: Job
    silo: str


def _wanted(
    scheduler: Scheduler, tables: Mapping[str, Any], silo: str | None, *, usage: bool
) -> list[Wanted]:
    from clockhand.errors import JobRefused, UnknownName, did_you_mean, shown
    from clockhand_cli.definition import read

    declared = {(one.silo, one.job.alias) for one in scheduler.declared}
    known = scheduler.settings.silos
    found = []
    for alias, table in tables.items():
        where = "" if usage else f"jobs.{alias}"
        job, named = read(alias, table, scheduler.catalog, where)
        place = named or silo or ("default" if "default" in known else only_one(scheduler, None))
        if place not in known:
            raise UnknownName(f"{where}.silo: unknown silo {shown(place)}{did_you_mean(place, known)}")
        if (place, alias) in declared:
            raise JobRefused(f"job {alias!r}: the configuration declares it; change it there, then reload")
        found.append(Wanted(job, place))
    return found


async def _ask(scheduler: Scheduler, wanted: list[Wanted]) -> list[Added]:
    """Add the jobs, those of one silo in one transaction, and return the answers in their order."""
    by_silo: dict[str, list[Wanted]] = {}
    for one in wanted:
        by_silo.setdefault(one.silo, []).append(one)
    answers: dict[tuple[str, str], Added] = {}
    for silo, several in by_silo.items():
        for answer in await scheduler.add_jobs([one.job for one in several], silo=silo):
            answers[silo, answer.alias] = answer
    return [answers[one.silo, one.job.alias] for one in wanted]


def _print(record: Mapping[str, Any], zone: str) -> None:
    dues = [render.moment(datetime.fromisoformat(due), zone) for due in record["upcoming"]]
    render.line(f"{record['job']}: {record['what']}, {_next(record, dues)}")
    for change in record["diff"]:
        render.line(f"  {change['field']}: {_shown(change['old'])} -> {_shown(change['new'])}")


def _next(record: Mapping[str, Any], dues: Iterable[str]) -> str:
    if record["status"] == "finished":
        return "and finished: it is not going to be due; remove it first, or change when it is due"
    if record["status"] in {"paused", "quarantined"}:
        return f"and {record['status']}: 'clockhand show {record['job']}' says why"
    return f"next {', '.join(dues)}" if dues else "it is not going to be due"


def _shown(value: Any) -> str:
    return "-" if value is None else text.value(value)
