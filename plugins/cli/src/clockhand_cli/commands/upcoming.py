"""`clockhand next`: the jobs by when they are due next, as a list of timers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from clockhand_cli import render, text
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, Json

if TYPE_CHECKING:
    from clockhand.msgs import JobInfo


def upcoming(
    *,
    number: Annotated[
        int | None,
        Parameter(
            name=("--number", "-n"), validator=Number(gte=1), help="How many; all of them if not given."
        ),
    ] = None,
    finished: Annotated[
        bool, Parameter(name="--all", negative="", help="Those that are finished too.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    List the jobs by when they are due next.

    When that is and in how long, the last run and its verdict, the job, and
    when it runs in plain words. Those that are not going to be due, because
    they are paused or in quarantine, come last; finished ones only with --all.
    A job that starts by chance or spread a little later says by how much,
    and one whose next due time a condition is known to exclude says so.
    """
    asyncio.run(_upcoming(config, number, finished=finished, as_json=as_json))
    return Exit.OK


async def _upcoming(config: Path | None, number: int | None, *, finished: bool, as_json: bool) -> None:
    from clockhand.contracts import StatusWord
    from clockhand_cli.asking import all_jobs
    from clockhand_cli.commands.jobs import nothing
    from clockhand_cli.records import job_record, next_of

    async with attached(config) as scheduler:
        found = await all_jobs(scheduler)
        codec, zone = scheduler.catalog.codec(), scheduler.settings.timezone
        declared = len(scheduler.declared)
    end = datetime.max.replace(tzinfo=UTC)
    waiting = [info for info in found if finished or info.status.word is not StatusWord.FINISHED]
    waiting = sorted(waiting, key=lambda info: (next_of(info) or end, info.alias))[:number]
    if as_json:
        records = [job_record(info, codec) | _told(info, zone) for info in waiting]
        render.document([{key: record[key] for key in _KEYS} for record in records])
        return
    _print(waiting, zone, several=len({info.silo for info in found}) > 1)
    if not found:
        nothing(declared)


_KEYS = ("alias", "silo", "next", "excluded", "delay", "status", "reason", "last", "words")


def _told(info: JobInfo, zone: str) -> dict[str, object]:
    from clockhand_cli.records import delay_of, excluded_of, words_of

    return {
        "excluded": excluded_of(info, zone),
        "delay": delay_of(info).total_seconds(),
        "words": words_of(info, zone),
    }


def _print(waiting: Iterable[JobInfo], zone: str, *, several: bool) -> None:
    from clockhand_cli.records import last_of, next_of, words_of

    now = datetime.now(UTC)
    rows = []
    for info in waiting:
        last = last_of(info)
        rows.append(
            (
                render.moment(next_of(info), zone),
                _in(info, now, zone),
                render.moment(last.at if last else None, zone),
                str(last.verdict) if last else "-",
                info.alias,
                *([info.silo] if several else []),
                words_of(info, zone),
            )
        )
    silo = ["silo"] if several else []
    render.table(("next", "in", "last", "verdict", "job", *silo, "when"), rows)


def _in(info: JobInfo, now: datetime, zone: str) -> str:
    from clockhand_cli.records import delay_of, excluded_of, next_of

    due, delay = next_of(info), delay_of(info)
    if due is None:
        return str(info.status.word)
    when = text.span(due - now) if due > now else f"due {text.span(now - due)} ago"
    if excluded_of(info, zone):
        return f"{when}, excluded"
    return f"{when} + up to {text.span(delay)}" if delay else when
