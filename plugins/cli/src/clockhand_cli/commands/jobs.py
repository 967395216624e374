"""`clockhand jobs`: what there is and how it is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clockhand_cli import render
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, Json

if TYPE_CHECKING:
    from clockhand.msgs import JobInfo


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
        nothing(declared)


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


def nothing(declared: int) -> None:
    """Say what to do where a silo has no jobs, and the configuration *declared* so many."""
    if declared:
        those = "1 job" if declared == 1 else f"{declared} jobs"
        render.aside(f"no jobs here yet; 'clockhand run' puts the {those} of the configuration there")
    else:
        render.aside("no jobs; add a [jobs.<alias>] table to the configuration, or one with 'clockhand add'")
