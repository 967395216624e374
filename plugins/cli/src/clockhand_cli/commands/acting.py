"""`clockhand fire`, `pause` and `resume`: ask something of a job, through its silo."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from clockhand_cli import render, text
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, JobName, Json, SiloName

if TYPE_CHECKING:
    from clockhand.contracts import Changed


def fire(
    job: JobName,
    /,
    *,
    force: Annotated[bool, Parameter(negative="", help="Even if it is paused.")] = False,
    silo: SiloName = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Run a job once, now.

    Prints the key of the occurrence. A running scheduler picks it up within
    its poll interval; without one it waits for the next. The job's overlap
    policy holds, its timetable doesn't move.
    """
    asyncio.run(_fire(config, job, silo, force=force, as_json=as_json))
    return Exit.OK


async def _fire(config: Path | None, job: str, silo: str | None, *, force: bool, as_json: bool) -> None:
    from clockhand.msgs import FireJob
    from clockhand_cli.asking import ask

    async with attached(config) as scheduler:
        answer = await ask(scheduler, job, FireJob(job, force=force, by=_who(), silo=silo))
        poll = text.span(scheduler.settings.timing.poll)
    if as_json:
        render.document({"job": job, "what": "fired", "occurrence": answer.key})
        return
    render.line(answer.key)
    render.aside(f"a running scheduler picks it up within {poll}; 'clockhand runs {job}' shows how it went")


def pause(
    job: JobName,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why; shown wherever the job is.")] = "",
    silo: SiloName = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Let nothing of a job start until it is resumed.

    What is running may end.
    """
    from clockhand.msgs import PauseJob

    changed = asyncio.run(_change(config, job, PauseJob(job, reason, _who(), silo)))
    _say(job, changed, "paused", as_json=as_json)
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

    It goes on after now; what fell due meanwhile is on record as paused.
    """
    from clockhand.msgs import ResumeJob

    changed = asyncio.run(_change(config, job, ResumeJob(job, "latest" if latest else None, silo)))
    _say(job, changed, "resumed", as_json=as_json)
    return Exit.OK


async def _change(config: Path | None, job: str, msg: Any) -> Changed:
    from clockhand_cli.asking import ask

    async with attached(config) as scheduler:
        changed: Changed = await ask(scheduler, job, msg)
        return changed


def _say(job: str, changed: Changed, done: str, *, as_json: bool) -> None:
    what = done if changed.what == "done" else "unchanged"
    if as_json:
        render.document({"job": job, "what": what})
    elif what == done:
        render.line(f"{job}: {done}")
    else:
        render.line(f"{job}: unchanged, it was {'paused' if done == 'paused' else 'not paused'} already")


def _who() -> str:
    """Return a name for the person at the terminal, for the record."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, LookupError, ImportError):
        return "cli"
