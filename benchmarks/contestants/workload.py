"""What every contestant runs: functions that do nothing but count, or note the time."""

from __future__ import annotations

import asyncio
import itertools
import time
from datetime import UTC, datetime

PAST = datetime(2020, 1, 1, tzinfo=UTC)
"""A moment at which everything was due."""
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
"""A moment at which nothing is due yet."""


class Tally:
    """Counts runs and says when as many as expected have begun. Counting is safe from any thread."""

    def __init__(self) -> None:
        self.wanted = 0
        self.finished = asyncio.Event()
        self._numbers = itertools.count(1)
        self._loop: asyncio.AbstractEventLoop | None = None

    def expect(self, number: int) -> None:
        """Begin anew, on the running event loop: *number* runs are to come."""
        self.wanted = number
        self.finished = asyncio.Event()
        self._numbers = itertools.count(1)
        self._loop = asyncio.get_running_loop()

    def on_loop(self) -> None:
        """Count a run on the event loop."""
        if next(self._numbers) == self.wanted:
            self.finished.set()

    def on_thread(self) -> None:
        """Count a run on any thread."""
        if next(self._numbers) == self.wanted and self._loop is not None:
            self._loop.call_soon_threadsafe(self.finished.set)

    def none_yet(self) -> None:
        """Make sure that nothing has run; for a moment at which the clock is about to start."""
        number = next(self._numbers)
        if number != 1:
            raise RuntimeError(f"{number - 1} runs had begun before the clock was started")
        self._numbers = itertools.count(1)


TALLY = Tally()
STAMPS: list[tuple[int, int]] = []
"""Which job ran, and when, in nanoseconds of the wall clock."""


async def noop() -> None:
    """Do nothing."""
    TALLY.on_loop()


def plain_noop() -> None:
    """Do nothing, on whatever thread."""
    TALLY.on_thread()


async def stamp(index: int) -> None:
    """Note when job *index* ran."""
    STAMPS.append((index, time.time_ns()))
