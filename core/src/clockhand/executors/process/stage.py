"""Where a child runs works: in its main thread, each awaitable on an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from clockhand._model.protocols import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from clockhand._model.protocols import RunContext
    from clockhand.contracts.kind import Kind


class Stage:
    """What kinds share: opened for their first run, kept for the life of the child, on a loop that lasts."""

    def __init__(self) -> None:
        self._shared: dict[str, Any] = {}
        self._stack = AsyncExitStack()
        self._runner: asyncio.Runner | None = None

    def shared(self, kind: Kind[Any]) -> Any:
        """Return what *kind* shares, opened if it wasn't, None if nothing; raises what opening it raises."""
        if kind.share is None:
            return None
        if kind.name not in self._shared:
            if self._runner is None:
                self._runner = asyncio.Runner()
            opening = self._stack.enter_async_context(kind.share())
            self._shared[kind.name] = self._runner.run(opening)
        return self._shared[kind.name]

    def act(self, kind: Kind[Any], work: Work) -> Act:
        """Return *work*, to be run on a loop of its own or, if its kind shares something, on that one's."""
        return Act(work, self._runner if kind.name in self._shared else None)

    def close(self) -> None:
        """Close what was opened."""
        if self._runner is not None:
            with self._runner as runner:
                runner.run(self._stack.aclose())


class Act(Work):
    """A work whose awaitables are run to their end at once, and can be cancelled from another thread."""

    def __init__(self, work: Work, lasting: asyncio.Runner | None) -> None:
        self._work = work
        self._runner = lasting
        self._lasts = lasting is not None
        self._before = set() if lasting is None else asyncio.all_tasks(lasting.get_loop())
        self._lock = threading.Lock()
        self._task: asyncio.Task[Any] | None = None
        self._late = False

    def startup(self, context: RunContext, /) -> None:
        """Run the work's startup to its end."""
        self._settle(self._work.startup(context))

    def func(self, context: RunContext, /) -> Any:
        """Run the work's func to its end, and return what it returns."""
        return self._settle(self._work.func(context))

    def teardown(self, context: RunContext, /) -> None:
        """Run the work's teardown to its end; a cancel that nothing has got by now isn't meant for it."""
        with self._lock:
            self._late = False
        self._settle(self._work.teardown(context))

    def cancel(self) -> None:
        """Cancel what is awaited, or else what is awaited next; for another thread."""
        with self._lock:
            if self._task is None:
                self._late = True
            else:
                with contextlib.suppress(RuntimeError):  # its loop is closed
                    self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def cancel_again(self) -> bool:
        """Cancel what is awaited, and say whether anything is; for a signal handler: it takes no lock."""
        task = self._task
        if task is None:
            return False
        with contextlib.suppress(RuntimeError):  # its loop is closed
            task.get_loop().call_soon_threadsafe(task.cancel)
        return True

    def end(self) -> None:
        """End what the run left on its loop; raises what that raises."""
        if self._runner is None:
            return
        if self._lasts:
            self._runner.run(_end_others(self._before))
        else:
            self._runner.close()

    def _settle(self, value: Any) -> Any:
        if not inspect.isawaitable(value):
            return value
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(self._awaited(value))

    async def _awaited(self, value: Awaitable[Any]) -> Any:
        task = asyncio.current_task()
        with self._lock:
            self._task = task
            if self._late and task is not None:
                self._late = False
                task.cancel()
        try:
            return await value
        finally:
            with self._lock:
                self._task = None


async def _end_others(but: set[asyncio.Task[Any]]) -> None:
    """Cancel all tasks *but* these, and wait until they have ended."""
    others = asyncio.all_tasks() - but - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
