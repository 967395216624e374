"""`clockhand remove`: take jobs out of their silos."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from clockhand_cli import render, text
from clockhand_cli.asking import ask, job_named
from clockhand_cli.config import attached, chosen
from clockhand_cli.exits import Exit, Misused
from clockhand_cli.options import Config, JobName, Json, SiloName
from clockhand_cli.sources import declared_by, is_declared

if TYPE_CHECKING:
    from clockhand import Scheduler
    from clockhand.msgs import JobInfo


def remove(
    job: JobName,
    /,
    *more: JobName,
    force: Annotated[
        bool, Parameter(negative="", help="Also one that is declared; it comes back with its declaration.")
    ] = False,
    yes: Annotated[
        bool, Parameter(name=("--yes", "-y"), negative="", help="Remove several without asking.")
    ] = False,
    silo: SiloName = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Remove jobs.

    What is open of a job, and what has fallen due, gets the verdict removed;
    its history stays. Several are asked about first, and either all of them
    can be removed or none is. A job that a file or a program declares is taken
    out there.
    """
    jobs = list(dict.fromkeys((job, *more)))
    if len(jobs) > 1 and not yes and not _confirmed(jobs):
        render.aside("nothing removed")
        return Exit.FAILED
    asyncio.run(_remove(config, jobs, silo, force=force))
    if as_json:
        render.document([{"job": one, "what": "removed"} for one in jobs])
        return Exit.OK
    for one in jobs:
        render.line(f"{one}: removed")
    return Exit.OK


def _confirmed(jobs: Sequence[str]) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise Misused(f"{len(jobs)} jobs to remove, and nobody to ask; say --yes")
    sys.stdout.flush()
    sys.stderr.write(f"remove {len(jobs)} jobs: {', '.join(map(text.plain, jobs))}? [y/N] ")
    sys.stderr.flush()
    said = ""
    try:
        said = sys.stdin.readline()
    finally:
        if not said.endswith("\n"):  # Ctrl-C or Ctrl-D: what is said next has a line of its own
            sys.stderr.write("\n")
    return said.strip().lower() in {"y", "yes"}


async def _remove(config: Path | None, jobs: Sequence[str], silo: str | None, *, force: bool) -> None:
    from clockhand.msgs import RemoveJob

    async with attached(config, silo) as scheduler:
        for job in jobs:
            info = await job_named(scheduler, job, silo)
            if not force:
                _refuse_declared(scheduler, info, chosen(config))
        for job in jobs:
            await ask(scheduler, job, RemoveJob(job, silo, force), silo)


def _refuse_declared(scheduler: Scheduler, info: JobInfo, path: Path) -> None:
    """Say where a job is declared that would come back with its declaration."""
    from clockhand.errors import JobRefused

    if not is_declared(scheduler, info.silo, info.row):
        return
    where, then = declared_by(scheduler, info.row.source, path), ""
    if info.row.source == scheduler.settings.source:
        then = " and 'clockhand reload --retire'"
    raise JobRefused(
        f"job {info.alias!r} is declared by {where}; take it out there{then}, "
        "or --force removes it until it is declared again"
    )
