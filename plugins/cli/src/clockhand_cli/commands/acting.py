"""`clockhand pause`, `resume` and `release`: hold a job, or let it go on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from clockhand_cli import render
from clockhand_cli.asking import ask
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, JobName, Json, SiloName
from clockhand_cli.person import who

if TYPE_CHECKING:
    from clockhand.contracts import Changed


def pause(
    job: JobName,
    /,
    *,
    reason: Annotated[str, Parameter(metavar="TEXT", help="Why; shown wherever the job is.")] = "",
    silo: SiloName = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Let nothing of a job start until it is resumed.

    What is running may end.
    """
    from clockhand.msgs import PauseJob

    changed = asyncio.run(_change(config, job, PauseJob(job, reason, who(), silo)))
    _say(job, changed, "paused", "it was paused already", as_json=as_json)
    return Exit.OK


def resume(
    job: JobName,
    /,
    *,
    latest: Annotated[
        bool, Parameter(negative="", help="Run the last due time that was paused over, once.")
    ] = False,
    silo: SiloName = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Let a paused job go on.

    It goes on after now; what fell due meanwhile is on record as paused. A
    job in quarantine is released first.
    """
    from clockhand.errors import JobRefused
    from clockhand.msgs import ResumeJob
    from clockhand_cli.refusals import release_advice

    changed = asyncio.run(_change(config, job, ResumeJob(job, "latest" if latest else None, silo)))
    advice = release_advice(changed.job) if changed.job is not None else ""
    held = f"in quarantine: {getattr(changed.job, 'quarantined', '')}; {advice}"
    if advice and changed.what == "unchanged":
        raise JobRefused(f"job {job!r} is {held}")
    _say(job, changed, "resumed", "it was not paused", as_json=as_json)
    if advice:
        render.aside(f"{job}: still {held}")
    return Exit.OK


def release(job: JobName, /, *, silo: SiloName = None, config: Config = None, as_json: Json = False) -> int:
    """
    Take a job out of quarantine.

    It is there because processes died while they ran it, and goes on where
    it was. A row that can't be read stays: declare the job anew, or remove
    it.
    """
    from clockhand.msgs import ReleaseJob

    changed = asyncio.run(_change(config, job, ReleaseJob(job, silo)))
    _say(job, changed, "released", "it was not in quarantine", as_json=as_json)
    return Exit.OK


async def _change(config: Path | None, job: str, msg: Any) -> Changed:
    async with attached(config, msg.silo) as scheduler:
        changed: Changed = await ask(scheduler, job, msg, msg.silo)
        return changed


def _say(job: str, changed: Changed, done: str, otherwise: str, *, as_json: bool) -> None:
    what = done if changed.what == "done" else "unchanged"
    if as_json:
        render.document({"job": job, "what": what})
    elif what == done:
        render.line(f"{job}: {done}")
    else:
        render.line(f"{job}: unchanged, {otherwise}")
