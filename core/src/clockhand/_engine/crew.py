"""The crew: long-lived tasks in which runs go on one after another: a task for each costs more than most."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final, Protocol

from clockhand.executors import guard

IDLE: Final = 100
"""How many workers may wait for something to do."""
STRETCH: Final = 250
"""After so many runs that never waited for anything, others on the loop get their turn."""


class Stint(Protocol):
    """What a worker does at a time."""

    key: str

    def go(self, task: asyncio.Task[None]) -> Coroutine[Any, Any, None]:
        """Do it, in *task*; never raises but CancelledError, when the task is cancelled from outside."""
        ...


class Crew:
    """
    Workers that take stints from one queue.

    While a worker goes on without waiting, it takes the next one itself; as soon as it waits, another
    worker, which was called before, takes over. A worker in which a run left something behind (a
    context variable that it set, a cancellation) does no other.
    """

    def __init__(self) -> None:
        self._queue: deque[Stint] = deque()
        self._idle: list[asyncio.Future[None]] = []
        self._workers: set[asyncio.Task[None]] = set()
        self._coming = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, stint: Stint) -> None:
        """Let a worker do *stint*, soon."""
        self._queue.append(stint)
        if not self._coming:
            self._call()

    def _call(self) -> None:
        """Call one worker."""
        self._coming = True
        while self._idle:
            wait = self._idle.pop()
            if not wait.done():
                wait.set_result(None)
                return
        worker = asyncio.get_running_loop().create_task(self._work(), name="clockhand worker")
        self._workers.add(worker)
        worker.add_done_callback(self._ended)

    def _ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if worker.cancelled() and self._queue and not self._closed:
            self._call()  # it may be the one that was to come

    async def _work(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - it runs in one
        before = contextvars.copy_context()
        queue = self._queue
        while True:
            self._coming = False
            stretch = STRETCH
            while queue:
                stint = queue.popleft()
                if queue and not self._coming:
                    self._call()
                task.set_name(stint.key)
                await stint.go(task)
                after = contextvars.copy_context()
                if after != before:
                    if _left_behind(before, after):
                        return
                    before = after
                if task.cancelling():
                    return
                stretch -= 1
                if not stretch:
                    await asyncio.sleep(0)
                    stretch = STRETCH
            if self._closed or len(self._idle) >= IDLE:
                return
            task.set_name("clockhand worker")
            wait: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle.append(wait)
            await wait

    def close(self) -> None:
        """Send home whoever waits; who is busy goes when it is done."""
        self._closed = True
        for wait in self._idle:
            if not wait.done():
                wait.set_result(None)
        self._idle.clear()


def _left_behind(before: contextvars.Context, after: contextvars.Context) -> bool:
    """Say whether a run set a context variable; the guard's own, once a worker has it, stays."""
    if len(after) != len(before) + (guard.CURRENT in after and guard.CURRENT not in before):
        return True
    return any(
        before.get(variable) is not value
        for variable, value in after.items()
        if variable is not guard.CURRENT
    )
