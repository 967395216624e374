"""
Keeps what a run's own tasks raise inside that run: a sys.exit() in one must not end the event loop.

asyncio lets SystemExit and KeyboardInterrupt through from any task, which stops the loop and with it
every other job. So a task factory wraps the coroutines of tasks that are made while a run is current.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Guarding(Protocol):
    """Who answers for the tasks that are made on its behalf."""

    def stray(self, error: BaseException) -> None:
        """Hear that one of its tasks raised *error*, which would have ended the loop."""
        ...


class Slot:
    """A task in which runs go on one after another, and which of them does now."""

    __slots__ = ("run", "task")

    def __init__(self, task: asyncio.Task[Any] | None, run: Guarding | None) -> None:
        self.task = task
        self.run = run


CURRENT: Final[ContextVar[Slot | None]] = ContextVar("clockhand_run", default=None)
"""The slot that the code at hand belongs to; tasks inherit it from whoever makes them."""


def slot_of(task: asyncio.Task[Any]) -> Slot:
    """Return the slot of *task*, which is the current one; from then on it has one."""
    slot = CURRENT.get()
    if slot is None or slot.task is not task:
        slot = Slot(task, None)
        CURRENT.set(slot)
    return slot


class GuardedCoroutine(Coroutine[Any, Any, Any]):
    """
    A coroutine whose SystemExit or KeyboardInterrupt goes to its run, and which then ends as cancelled.

    It passes each step on instead of awaiting: a task that is cancelled before its first step would
    leave an inner coroutine that was never awaited.
    """

    __slots__ = ("_coroutine", "_run")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], run: Guarding) -> None:
        self._coroutine = coroutine
        self._run = run

    def send(self, value: Any, /) -> Any:
        """Take the coroutine one step further."""
        try:
            return self._coroutine.send(value)
        except (SystemExit, KeyboardInterrupt) as error:
            self._run.stray(error)
        raise asyncio.CancelledError

    def throw(self, *error: Any) -> Any:
        """Raise *error* where the coroutine waits."""
        try:
            return self._coroutine.throw(*error)
        except (SystemExit, KeyboardInterrupt) as stray:
            self._run.stray(stray)
        raise asyncio.CancelledError

    def close(self) -> None:
        """End the coroutine where it waits."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self._coroutine.__await__())

    def __getattr__(self, name: str) -> Any:
        """Look like the coroutine within (cr_code, cr_frame, the name), for whoever prints the task."""
        return getattr(self._coroutine, name)


class TaskGuard:
    """A task factory that guards the tasks of runs and leaves all others to the factory before it."""

    def __init__(self, previous: Callable[..., Any] | None) -> None:
        self.previous = previous
        self.users = 0

    def __call__(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> Any:
        """Make a task of *coroutine*, guarded if a run makes it."""
        slot = CURRENT.get()
        run = slot.run if slot is not None else None
        if run is not None and asyncio.iscoroutine(coroutine) and type(coroutine) is not GuardedCoroutine:
            coroutine = GuardedCoroutine(coroutine, run)
            if options.get("context") is None:
                # The slot will serve other runs: what this task makes still belongs to this one.
                options["context"] = copy_context()
            options["context"].run(CURRENT.set, Slot(None, run))
        if self.previous is None:
            return asyncio.Task(coroutine, loop=loop, **options)
        return self.previous(loop, coroutine, **options)


def install(loop: asyncio.AbstractEventLoop) -> TaskGuard:
    """Put a guard in front of *loop*'s task factory, or share the one that is there."""
    guard = loop.get_task_factory()
    if not isinstance(guard, TaskGuard):
        guard = TaskGuard(guard)
        loop.set_task_factory(guard)
    guard.users += 1
    return guard


def release(loop: asyncio.AbstractEventLoop, guard: TaskGuard) -> None:
    """Take the guard away when nobody shares it; one that somebody else built on stays, it does no harm."""
    guard.users -= 1
    if not guard.users and loop.get_task_factory() is guard:
        loop.set_task_factory(guard.previous)
