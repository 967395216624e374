"""`clockhand fire`: run a job once, now, and if wanted wait for what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from clockhand_cli import render, text, toml
from clockhand_cli.asking import ask
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit, Misused
from clockhand_cli.options import Config, JobName, Json, SiloName
from clockhand_cli.person import who

if TYPE_CHECKING:
    from clockhand import Scheduler
    from clockhand_cli.waiting import Wait


def fire(
    job: JobName,
    /,
    *,
    wait: Annotated[
        bool,
        Parameter(
            negative="", help="Wait for its end, show what it printed, and exit with the program's own code."
        ),
    ] = False,
    timeout: Annotated[
        str | None,
        Parameter(metavar="SPAN", help="With --wait: wait no longer than this (30s, 10m); the run goes on."),
    ] = None,
    force: Annotated[bool, Parameter(negative="", help="Even if it is paused.")] = False,
    silo: SiloName = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Run a job once, now.

    Prints the key of the occurrence. A running scheduler picks it up within
    its poll interval; without one it waits for the next. The job's overlap
    policy holds, its timetable doesn't move. With --wait, what a program
    prints comes on stdout and stderr as it prints it, and the exit code is the
    program's; Ctrl-C ends the wait, not the run.
    """
    if timeout is not None and not wait:
        raise Misused("--timeout: only with --wait; the job's own timeout is part of its definition")
    patience = _patience(timeout)
    return asyncio.run(_fire(config, job, silo, patience, wait=wait, force=force, as_json=as_json))


def _patience(given: str | None) -> timedelta | None:
    from clockhand.contracts import parse_span
    from clockhand.errors import DefinitionError

    if given is None:
        return None
    try:
        span = parse_span(toml.value(given, "--timeout"), "--timeout")
    except DefinitionError as error:
        raise Misused(str(error)) from error
    if span <= timedelta():
        raise Misused(f"--timeout: not longer than zero, given {given!r}")
    return span


async def _fire(
    config: Path | None,
    job: str,
    silo: str | None,
    patience: timedelta | None,
    *,
    wait: bool,
    force: bool,
    as_json: bool,
) -> int:
    from clockhand.msgs import FireJob

    async with attached(config, silo) as scheduler:
        answer = await ask(scheduler, job, FireJob(job, force=force, by=who(), silo=silo, watch=wait), silo)
        if wait:
            return await _wait(scheduler, job, answer.key, silo, patience, as_json=as_json)
        poll = text.span(scheduler.settings.timing.poll)
    if as_json:
        render.document({"job": job, "what": "fired", "occurrence": answer.key})
        return Exit.OK
    render.line(answer.key)
    render.aside(f"a running scheduler picks it up within {poll}; 'clockhand runs {job}' shows how it went")
    return Exit.OK


async def _wait(
    scheduler: Scheduler, job: str, key: str, silo: str | None, patience: timedelta | None, *, as_json: bool
) -> int:
    from clockhand_cli.waiting import Wait, exit_code

    waiting = Wait(scheduler, key, silo, quiet=as_json)
    if not as_json:
        render.aside(f"{key}: asked for")
    async with _leaving_it_alone(waiting):
        limit = asyncio.timeout(None if patience is None else patience.total_seconds())
        try:
            async with limit:
                code = exit_code(await waiting.wait())
        except TimeoutError:
            if not limit.expired():  # it is the silo that didn't answer
                raise
            render.aside(f"{key}: not over after {text.span(patience or timedelta())}; {waiting.left()}")
            code = int(Exit.FAILED)
    if as_json:
        _document(job, key, waiting)
    return code


@asynccontextmanager
async def _leaving_it_alone(waiting: Wait) -> AsyncIterator[None]:
    """Say, when somebody interrupts the wait, what becomes of the run."""
    try:
        yield
    except asyncio.CancelledError:
        render.aside(f"{waiting.key}: no longer waited for; {waiting.left()}")
        raise


def _document(job: str, key: str, waiting: Wait) -> None:
    from clockhand.contracts import What
    from clockhand_cli.records import run_record

    end = waiting.end
    render.document(
        {
            "job": job,
            "what": "fired",
            "occurrence": key,
            "verdict": None if end is None else str(end.verdict),
            "runs": [run_record(one) for one in waiting.entries if one.what is not What.RUN_STARTED],
        }
    )
