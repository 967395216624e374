"""`clockhand show`: everything about one job."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from clockhand_cli import render, text
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, JobName, Json, SiloName

SHOWN_RUNS: Final = 5


def show(job: JobName, /, *, silo: SiloName = None, config: Config = None, as_json: Json = False) -> int:
    """
    Show everything about one job.

    How it is, when it is due, its definition and its last runs. Secrets
    appear as ${env:NAME}, never as their values.
    """
    asyncio.run(_show(job, silo, config, as_json=as_json))
    return Exit.OK


async def _show(alias: str, silo: str | None, config: Path | None, *, as_json: bool) -> None:
    from clockhand_cli.asking import job_named, latest_runs, runs_query
    from clockhand_cli.history_table import run_table
    from clockhand_cli.records import dues_of, full_record, run_record, stamp

    async with attached(config, silo) as scheduler:
        info = await job_named(scheduler, alias, silo)
        runs = await latest_runs(scheduler, SHOWN_RUNS, *runs_query(alias))
        record = full_record(info, scheduler.catalog.codec())
        zone = scheduler.settings.timezone
    dues = dues_of(info.row)
    record["upcoming"] = [stamp(due) for due in dues]
    if as_json:
        render.document(record | {"runs": [run_record(entry) for entry in runs]})
        return
    record["upcoming"] = [render.moment(due, zone) for due in dues]
    _print_fields(record, zone)
    if runs:
        render.line()
        run_table(runs, zone, with_job=False)


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
