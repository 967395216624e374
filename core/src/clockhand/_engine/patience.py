"""Patience: how long whoever asks a store waits for its answers. A watch that is seldom wound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Patience:
    """
    Entered for each turn, as `asyncio.timeout` would be: what takes longer than *seconds* is a TimeoutError.

    A timer of the event loop for each turn took a tenth of the time of short ones. This keeps one
    running and looks, when it rings, whether the turn that goes on then has had its time. One task at
    a time may be inside.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.since: float | None = None
        """Since when answers are awaited; None: they aren't."""
        self._monotonic = monotonic
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._timer: asyncio.TimerHandle | None = None
        self._over = False

    def __enter__(self) -> Self:
        self._task = task = asyncio.current_task()
        assert task is not None  # noqa: S101 - it is entered in coroutines
        self._cancelling = task.cancelling()
        self.go_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        task, self._task, self.since = self._task, None, None
        if self._over:
            self._over = False
            if task is not None and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def stop(self) -> None:
        """Let the time stand still, for something else is waited for."""
        self.since = None

    def go_on(self) -> None:
        """Give it the whole time again, from now on."""
        self.since = self._monotonic()
        if self._timer is None:
            self._wind(self.seconds)

    def close(self) -> None:
        """Let the watch run down; it is wound again by whoever enters."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wind(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self.since is None or self._task is None or self._over:
            return
        left = self.since + self.seconds - self._monotonic()
        if left > 0:
            self._wind(left)
        else:
            self._over = True
            self._task.cancel()
