"""`clockhand cancel`: end what is running or waiting of a job."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from clockhand_cli import render, text
from clockhand_cli.asking import job_named
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit, Misused
from clockhand_cli.options import Config, Json, Occurrences, SiloName
from clockhand_cli.person import who

if TYPE_CHECKING:
    from clockhand import Scheduler
    from clockhand.msgs import JobInfo
    from clockhand_cli.opened import Open

_MARKS = frozenset("@!")
"""What an occurrence's key has and no alias can have."""
BATCH = 500
"""How many are cancelled in one transaction."""
FEW = 5
"""How many open occurrences a message names."""


def cancel(
    target: Occurrences, /, *, silo: SiloName = None, config: Config = None, as_json: Json = False
) -> int:
    """
    End what is running or waiting of a job.

    With the key of an occurrence only that one, with a job all that is open
    of it. What waits is cancelled at once; what runs is asked to end, and made
    to after a grace. The timetable goes on: pause the job to hold it.
    """
    job = _job_of(target)
    cancelled = asyncio.run(_cancel(config, target, job, silo))
    if as_json:
        render.document([{"occurrence": key, "what": what} for key, what in cancelled])
        return Exit.OK
    for key, what in cancelled:
        render.line(f"{key}: {'cancelled' if what == 'cancelled' else 'asked to end'}")
    return Exit.OK


def _job_of(target: str) -> str:
    """Return the job that *target* is, or is an occurrence of."""
    from clockhand.contracts import split_key
    from clockhand.errors import DefinitionError

    if not _MARKS & set(target):
        return target
    try:
        return split_key(target)[0]
    except DefinitionError as error:
        raise Misused(str(error)) from error


async def _cancel(config: Path | None, target: str, job: str, silo: str | None) -> list[tuple[str, str]]:
    async with attached(config, silo) as scheduler:
        info = await job_named(scheduler, job, silo)
        keys = await _keys(scheduler, target, info)
        taken: list[str] = []
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            answers = await scheduler.cancel_runs(job, batch, by=who(), silo=info.silo)
            taken += [key for key, answer in zip(batch, answers, strict=True) if answer.what == "done"]
        left = {one.key for one in await _open_of(scheduler, info)}
        return sorted((key, "asked" if key in left else "cancelled") for key in taken)


async def _open_of(scheduler: Scheduler, info: JobInfo) -> list[Open]:
    from clockhand_cli.opened import opened

    return [one for one in await opened(scheduler, [info.silo]) if one.job == info.alias]


async def _keys(scheduler: Scheduler, target: str, info: JobInfo) -> list[str]:
    """
    Return the keys of what *target* means, of those that are open; JobRefused if none is.

    What waits comes before what runs, and the latest first: were it the other way round, the end of one
    would start the next, only for that to be ended too.
    """
    from clockhand.contracts import OpenState
    from clockhand.errors import JobRefused

    job = info.alias
    there = await _open_of(scheduler, info)
    there.sort(key=lambda one: (one.state is not OpenState.RUNNING, one.due), reverse=True)
    keys = [one.key for one in there]
    if target in keys:
        return [target]
    if not keys:
        raise JobRefused(f"{_what(target, job)}: nothing of it runs or waits")
    if target != job:
        raise JobRefused(f"{_what(target, job)}: not open; open of its job: {text.few(sorted(keys), FEW)}")
    return keys


def _what(target: str, job: str) -> str:
    return f"job {job!r}" if target == job else f"occurrence {target!r}"
