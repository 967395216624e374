"""`clockhand health`: do the stores answer, is what is due taken up, does the history keep up."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from clockhand_cli import config as configuration
from clockhand_cli import logs, render, text, toml
from clockhand_cli.exits import Exit, Misused
from clockhand_cli.options import Config, Json


def health(
    *,
    late: Annotated[
        str,
        Parameter(
            metavar="SPAN",
            help="How late is too late for what is due, or waits for the history: 30s if not given.",
        ),
    ] = "30s",
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Say whether stores answer, jobs start and the history keeps up.

    Exit code 0: they do and it is. 1: something is degraded, told in a line
    each. 4: a silo or the history doesn't answer. It looks at the
    stores, not at a process: that no scheduler runs shows once something is
    due.
    """
    from clockhand.errors import StoreError

    patience = _late(late)
    try:
        record, zone = asyncio.run(_health(config, patience))
    except (StoreError, TimeoutError) as error:
        if as_json:
            render.document({"ok": False, "problems": [str(error) or "silo: no answer in time"]})
            return Exit.SILO
        raise
    if as_json:
        render.document(record)
    else:
        _print(record, zone)
    return Exit.OK if record["ok"] else Exit.FAILED


def _late(given: str) -> timedelta:
    from clockhand.contracts import parse_span
    from clockhand.errors import DefinitionError

    try:
        span = parse_span(toml.value(given, "--late"), "--late")
    except DefinitionError as error:
        raise Misused(str(error)) from error
    if span < timedelta():
        raise Misused(f"--late: less than zero, given {given!r}")
    return span


async def _health(config: Path | None, late: timedelta) -> tuple[dict[str, Any], str]:
    from clockhand_cli.checkup import history_record, silo_state

    logs.brief()
    described = configuration.scheduler(config)
    begun = time.perf_counter()
    async with described.attach(create=False) as scheduler:
        took = time.perf_counter() - begun
        now = datetime.now(UTC)
        unrecorded = {one.alias: one.unrecorded for one in (await scheduler.health()).silos}
        silos = [
            await silo_state(scheduler, alias, now, unrecorded.get(alias))
            for alias in scheduler.settings.silos
        ]
        history = await history_record(scheduler)
        zone = scheduler.settings.timezone
    problems = [problem for silo in silos for problem in silo.problems(now, late)]
    record = {
        "ok": not problems,
        "problems": problems,
        "opened_in": round(took, 6),
        "silos": [silo.record() for silo in silos],
        "history": history,
    }
    return record, zone


def _print(record: dict[str, Any], zone: str) -> None:
    heads = (
        "silo",
        "kind",
        "jobs",
        "running",
        "waiting",
        "paused",
        "quarantined",
        "unresolved",
        "oldest due",
    )
    render.table(heads, [_row(silo, zone) for silo in record["silos"]])
    history = record["history"]
    latest = f", latest entry {_moment(history['latest'], zone)}" if history["latest"] else ""
    render.line(f"history: {history['kind']}, {history['bytes']:,} bytes{latest}")
    seen = history["scheduler"]
    said = f"last {seen['what']} {_moment(seen['at'], zone)}" if seen else "none on record"
    render.line(f"scheduler: {said}")
    render.line(f"opened in {text.span(timedelta(seconds=record['opened_in']))}")
    for problem in record["problems"]:
        render.line(f"degraded: {problem}")
    if record["ok"]:
        render.line("ok")


def _row(silo: dict[str, Any], zone: str) -> tuple[str, ...]:
    numbers = (silo["jobs"], silo["running"], silo["waiting"], silo["paused"])
    held = (len(silo["quarantined"]), len(silo["unresolved"]))
    oldest = _moment(silo["oldest"]["since"], zone) if silo["oldest"] else "-"
    return (silo["alias"], silo["kind"], *map(str, numbers), *map(str, held), oldest)


def _moment(stamp: str, zone: str) -> str:
    return render.moment(datetime.fromisoformat(stamp), zone)
