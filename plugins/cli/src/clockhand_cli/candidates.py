"""What a configuration and its silos have for a word: jobs, open occurrences, silos, executors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clockhand_cli import config as configuration

if TYPE_CHECKING:
    from clockhand.msgs import JobInfo
    from clockhand_cli.opened import Open

Pairs = Iterable[tuple[str, str]]


def of(name: str, config: Path | None) -> Pairs:
    """Return what there is for the argument or option *name*, each with a word about it; log nothing."""
    if name not in _SOURCES:
        return ()
    before = logging.root.manager.disable
    logging.disable()
    try:
        return _SOURCES[name](config)
    finally:
        logging.disable(before)


def _jobs(config: Path | None) -> Pairs:
    return [(info.alias, str(info.status)) for info in asyncio.run(_all_jobs(config))]


def _declared(config: Path | None) -> Pairs:
    return sorted((one.job.alias, one.job.title) for one in configuration.scheduler(config).declared)


def _occurrences(config: Path | None) -> Pairs:
    found = asyncio.run(_opened(config))
    return [*((one.job, "all of it") for one in found), *((one.key, str(one.state)) for one in found)]


def _silos(config: Path | None) -> Pairs:
    silos = configuration.scheduler(config).settings.silos
    return [(alias, silos[alias].kind) for alias in sorted(silos)]


def _executors(config: Path | None) -> Pairs:
    executors = configuration.scheduler(config).settings.executors_or_default()
    return [(alias, executors[alias].kind) for alias in sorted(executors)]


async def _all_jobs(config: Path | None) -> list[JobInfo]:
    from clockhand_cli.asking import all_jobs

    async with configuration.attached(config) as scheduler:
        return await all_jobs(scheduler)


async def _opened(config: Path | None) -> list[Open]:
    from clockhand_cli.opened import opened

    async with configuration.attached(config) as scheduler:
        return await opened(scheduler)


_SOURCES: Final[dict[str, Callable[[Path | None], Pairs]]] = {
    "JOB": _jobs,
    "JOB|KEY": _occurrences,
    "--job": _declared,
    "--silo": _silos,
    "--executor": _executors,
}
