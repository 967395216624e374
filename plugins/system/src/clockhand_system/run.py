"""One run of a `system` work: start the program, wait for its end or bring it about, record, judge."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Any, Final

from clockhand.errors import WorkFailed
from clockhand.works.secrets import Secrets
from clockhand_system.environment import environment
from clockhand_system.live import Live
from clockhand_system.process import Process

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from clockhand.contracts import RunContext
    from clockhand_system.program import Program

LINGER: Final = 1.0
"""How many seconds the streams of a program may stay open after it has ended."""
SHELL: Final = "/bin/sh"
LINE: Final = 200


async def perform(work: Program, context: RunContext) -> None:
    """Run the program of *work* to its end; a WorkFailed has its exit code or signal."""
    secrets = Secrets()
    argv = [SHELL, "-c", work.program] if work.shell else [work.program, *map(secrets.resolve, work.args)]
    own = {name: secrets.resolve(value) for name, value in work.env.items()}
    stdin = secrets.resolve(work.stdin).encode("utf-8", "surrogateescape")
    env = environment(own, context, inherit=work.inherit_env)
    live = (Live("stdout", context, secrets), Live("stderr", context, secrets)) if context.watched else ()
    watchers = {number: stream.add for number, stream in enumerate(live, 1)}
    begun = time.perf_counter()
    with context.hold():
        start = Process.start(argv, cwd=work.cwd, env=env, stdin=stdin, watchers=watchers)
        process, cancelled = await _uncut(start)
    try:
        await _until_ended(process, work.kill_after.total_seconds(), context, cancelled=cancelled)
    finally:
        try:
            await process.close()
        finally:
            for stream in live:
                stream.close()
            context.record(seconds=round(time.perf_counter() - begun, 6), **_record(process, secrets))
    _judge(work, process, secrets)


async def _uncut(start: Coroutine[Any, Any, Process]) -> tuple[Process, bool]:
    """
    Return the process, and whether the run was cancelled while it was being started.

    A start that is cut short would leave a program behind that nobody knows.
    """
    task, cancelled = asyncio.ensure_future(start), False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    return task.result(), cancelled


async def _until_ended(process: Process, kill_after: float, context: RunContext, *, cancelled: bool) -> None:
    """Wait for the program and its streams; when cancelled, end its group."""
    try:
        if cancelled:
            raise asyncio.CancelledError  # noqa: TRY301 - as if it had come here
        with context.hold():
            await asyncio.wait({process.exited})
        await asyncio.wait({process.drained}, timeout=LINGER)
        if not process.drained.done():
            await _end_the_rest(process, kill_after, context)
    except asyncio.CancelledError:
        await process.end(kill_after)
        raise


async def _end_the_rest(process: Process, kill_after: float, context: RunContext) -> None:
    """End what the program left behind in its group; what left the group is out of reach, and noted."""
    if process.has_group:
        await process.end(kill_after)
        context.record(left_behind="ended")
        await asyncio.wait({process.drained}, timeout=LINGER)
    if not process.drained.done():
        context.record(left_behind="out of reach: a process in a session of its own holds the output open")


def _record(process: Process, secrets: Secrets) -> dict[str, Any]:
    code = process.code
    found: dict[str, Any] = {}
    if code is not None:
        found = {"exit_code": code} if code >= 0 else {"signal": _signal_name(-code)}
    return {
        **found,
        **process.stdout.fields("stdout", secrets),
        **process.stderr.fields("stderr", secrets),
    }


def _judge(work: Program, process: Process, secrets: Secrets) -> None:
    code = process.code
    if code == 0:
        return
    if code is None:
        raise WorkFailed("system:lost", f"program {work.program!r}: its end was not seen")
    if code > 0:
        kind, what = f"exit:{code}", f"exited with {code}"
    else:
        kind, what = f"signal:{_signal_name(-code)}", f"was ended by the signal {_signal_name(-code)}"
    lines = process.stderr.text(secrets).rstrip().splitlines()
    said = f": {lines[-1].strip()[:LINE]}" if lines else ""
    raise WorkFailed(kind, f"program {work.program!r} {what}{said}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return str(number)
