"""`clockhand jobs`, `show` and `next`: what there is and when it is due."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from clockhand_cli import render, text
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, JobName, Json, SiloName

if TYPE_CHECKING:
    from clockhand.msgs import JobInfo

SHOWN_RUNS: Final = 5
SHOWN_DUES: Final = 3


def jobs(*, config: Config = None, as_json: Json = False) -> int:
    """
    List the jobs and how they are.

    A job that this machine can't run says why: others may run it.
    """
    asyncio.run(_jobs(config, as_json=as_json))
    return Exit.OK


async def _jobs(config: Path | None, *, as_json: bool) -> None:
    from clockhand_cli.asking import all_jobs
    from clockhand_cli.records import job_record

    async with attached(config) as scheduler:
        found = await all_jobs(scheduler)
        codec, zone = scheduler.catalog.codec(), scheduler.settings.timezone
        declared = len(scheduler.declared)
    records = [job_record(info, codec) for info in found]
    if as_json:
        render.document(records)
        return
    render.table(
        ("job", "status", "next", "last", "work", "silo", "notes"),
        [_row(info, record, zone) for info, record in zip(found, records, strict=True)],
    )
    if not found:
        _nothing(declared)


def _row(info: JobInfo, record: dict[str, Any], zone: str) -> tuple[str, ...]:
    from clockhand_cli.records import next_of

    return (
        info.alias,
        record["status"],
        render.moment(next_of(info), zone),
        _last(info, zone),
        record["work"],
        info.silo,
        _notes(info, record),
    )


def _last(info: JobInfo, zone: str) -> str:
    from clockhand_cli.records import last_of

    last = last_of(info)
    return "-" if last is None else f"{last.verdict} {render.moment(last.at, zone)}"


def _notes(info: JobInfo, record: dict[str, Any]) -> str:
    unresolved = f"unresolved here: {info.unresolved}" if info.unresolved else ""
    return "; ".join(part for part in (unresolved, record["reason"], record["title"]) if part)


def _nothing(declared: int) -> None:
    if declared:
        render.aside(f"no jobs here yet; 'clockhand run' puts the {declared} of the configuration there")
    else:
        render.aside("no jobs; add a [jobs.<alias>] table to the configuration")


def show(job: JobName, /, *, silo: SiloName = None, config: Config = None, as_json: Json = False) -> int:
    """
    Show everything about one job.

    How it is, when it is due, its definition and its last runs. Secrets
    appear as ${env:NAME}, never as their values.
    """
    asyncio.run(_show(job, silo, config, as_json=as_json))
    return Exit.OK


async def _show(alias: str, silo: str | None, config: Path | None, *, as_json: bool) -> None:
    from clockhand_cli.asking import job_named, latest_runs
    from clockhand_cli.history_table import run_table
    from clockhand_cli.records import full_record, run_record, stamp

    async with attached(config) as scheduler:
        info = await job_named(scheduler, alias, silo)
        runs = await latest_runs(scheduler, SHOWN_RUNS, job=alias)
        record = full_record(info, scheduler.catalog.codec())
        zone = scheduler.settings.timezone
    dues = _dues(info)
    record["upcoming"] = [stamp(due) for due in dues]
    if as_json:
        render.document(record | {"runs": [run_record(entry) for entry in runs]})
        return
    record["upcoming"] = [render.moment(due, zone) for due in dues]
    _print_fields(record, zone)
    if runs:
        render.line()
        run_table(runs, zone, with_job=False)


def _dues(info: JobInfo) -> list[datetime]:
    from clockhand.contracts import StoredJob
    from clockhand.triggers.timetable import upcoming as due_after
    from clockhand_cli.records import next_of

    first = next_of(info)
    if first is None or not isinstance(info.row, StoredJob) or info.row.job.missing:
        return [] if first is None else [first]
    return [first, *due_after(info.row.job, first, info.row.anchor, SHOWN_DUES - 1)]


_MOMENTS: Final = frozenset(
    {"next", "anchor", "cursor", "paused.since", "last.due", "last.at", "last_run.due", "last_run.at"}
)


def _print_fields(record: dict[str, Any], zone: str) -> None:
    pairs = [pair for name, thing in record.items() for pair in _flat(name, thing)]
    width = max(len(name) for name, _ in pairs)
    for name, thing in pairs:
        moment = name in _MOMENTS
        shown = render.moment(datetime.fromisoformat(thing), zone) if moment else text.value(thing)
        render.line(f"{name.ljust(width)}  {shown}")


def _flat(name: str, thing: Any) -> list[tuple[str, Any]]:
    """Return *thing* as (dotted name, value) pairs, leaving out what is empty."""
    if isinstance(thing, dict):
        return [pair for key, one in thing.items() for pair in _flat(f"{name}.{key}", one)]
    if name == "upcoming":
        return [(name, ", ".join(thing))] if thing else []
    if isinstance(thing, list) and thing and all(isinstance(one, dict) for one in thing):
        return [pair for index, one in enumerate(thing) for pair in _flat(f"{name}[{index}]", one)]
    return [] if thing is None or thing in ("", []) else [(name, thing)]


def upcoming(
    *,
    number: Annotated[
        int | None,
        Parameter(
            name=("--number", "-n"), validator=Number(gte=1), help="How many; all of them if not given."
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    List the jobs by when they are due next.

    Those that are not going to be due, because they are paused or in
    quarantine, come last; finished ones are left out.
    """
    asyncio.run(_upcoming(config, number, as_json=as_json))
    return Exit.OK


async def _upcoming(config: Path | None, number: int | None, *, as_json: bool) -> None:
    from clockhand.contracts import StatusWord
    from clockhand_cli.asking import all_jobs
    from clockhand_cli.records import job_record, next_of

    async with attached(config) as scheduler:
        found = await all_jobs(scheduler)
        codec, zone = scheduler.catalog.codec(), scheduler.settings.timezone
        declared = len(scheduler.declared)
    now = datetime.now(UTC)
    end = datetime.max.replace(tzinfo=UTC)
    waiting = [info for info in found if info.status.word is not StatusWord.FINISHED]
    waiting = sorted(waiting, key=lambda info: (next_of(info) or end, info.alias))[:number]
    if as_json:
        keys = ("alias", "silo", "next", "status", "reason", "last")
        records = [job_record(info, codec) for info in waiting]
        render.document([{key: record[key] for key in keys} for record in records])
        return
    rows = [
        (render.moment(next_of(info), zone), _in(info, now), _last(info, zone), info.alias)
        for info in waiting
    ]
    render.table(("next", "in", "last", "job"), rows)
    if not found:
        _nothing(declared)


def _in(info: JobInfo, now: datetime) -> str:
    from clockhand_cli.records import next_of

    due = next_of(info)
    if due is None:
        return str(info.status.word)
    return text.span(due - now) if due > now else f"due {text.span(now - due)} ago"
