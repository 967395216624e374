"""A thread that runs functions one after another, so that the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from clockhand.contracts import Clock

T = TypeVar("T")
Task = tuple["Future[Any]", Callable[[], Any]]

PATIENCE: Final = 1.0
"""Seconds to wait for the thread to end once it has nothing left to do; it takes microseconds."""


class Worker:
    """A daemon thread with a queue; while a call is outstanding the clock is held."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._clock = clock
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], T]) -> T:
        """
        Return what *function* returns on the thread, or raise what it raises.

        A caller that is cancelled while its call still waits takes it back; a call that has begun is
        run to its end.
        """
        future: Future[T] = Future()
        self._tasks.put((future, function))
        with self._clock.hold():
            return await asyncio.wrap_future(future)

    def stop(self) -> None:
        """End the thread, once it has done what was asked of it before."""
        self._tasks.put(None)
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            _do(*task)
            del task  # what it refers to should not live until the next one comes


def _do(future: Future[Any], function: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - it is raised where the call was made
        future.set_exception(error)
    else:
        future.set_result(result)
