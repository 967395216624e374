"""
An event loop that a scheduler has to itself: what jobs and plugins do to it doesn't end the scheduler.

asyncio lets SystemExit and KeyboardInterrupt through from any callback, and anybody may stop a loop:
the loop is simply run on. At the end nobody waits for ever for a task that a job left behind.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from clockhand.errors import StateError

T = TypeVar("T")

PATIENCE: Final = 5.0
"""Seconds that tasks which jobs left behind have to end, once the scheduler has."""

_log = logging.getLogger("clockhand")


def run_kept(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """
    Return what *main* returns, run on an event loop of its own; raises what it raises.

    StateError where an event loop runs already, and when somebody has cancelled the task of *main*.
    """
    if asyncio._get_running_loop() is not None:  # noqa: SLF001 - get_running_loop() would raise
        raise StateError("scheduler: run() blocks, and an event loop runs here; use  await scheduler.serve()")
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(main(), name="clockhand")
        try:
            return _kept(loop, task)
        except asyncio.CancelledError:
            raise StateError(
                "scheduler: code of a job or a plugin cancelled the scheduler's own task, so it has stopped; "
                "what was running is on record as interrupted; cancel no tasks but your own"
            ) from None
        finally:
            _sweep(loop)


def _kept(loop: asyncio.AbstractEventLoop, task: asyncio.Task[T]) -> T:
    """Run *loop* until *task* is done, whoever stops it."""
    while True:
        try:
            return loop.run_until_complete(task)
        except (SystemExit, KeyboardInterrupt) as error:
            if task.done() or _is_ours(error):
                raise
            what = f"{type(error).__name__}{f' ({error})' if str(error) else ''}"
            _log.error("%s came through to the event loop; the scheduler goes on", what)
        except RuntimeError:
            if task.done() or loop.is_closed():
                raise
            _log.error("code of a job or a plugin stopped the event loop; the scheduler goes on")


def _is_ours(error: BaseException) -> bool:
    """Say whether *error* is a Ctrl-C before the scheduler listens for it, or after."""
    return (
        isinstance(error, KeyboardInterrupt)
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )


def _sweep(loop: asyncio.AbstractEventLoop) -> None:
    """End the tasks that are left; one that swallows its cancellation is named and let go of."""
    left = asyncio.all_tasks(loop)
    if not left:
        return
    for task in left:
        task.cancel()
    _kept(loop, loop.create_task(_ended(left)))
    for task in asyncio.all_tasks(loop):
        coroutine = getattr(task.get_coro(), "__qualname__", "")
        _log.warning("a task that a job left behind can't be ended: %s %s", task.get_name(), coroutine)
        asyncio._unregister_task(task)  # noqa: SLF001 - asyncio documents it, with the underscore
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - it has just been named


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks, timeout=PATIENCE)
