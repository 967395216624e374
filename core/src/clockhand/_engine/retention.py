"""When the limits of what is kept are looked after: seldom, and again sooner where that failed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from clockhand._clock import Clock
from clockhand.errors import told

EVERY: Final = 3_600.0
"""Seconds between two rounds, about."""
SPREAD: Final = 0.1
"""By how much of it a round comes sooner or later: processes that began together don't stay together."""
FIRST: Final = (30.0, 90.0)
"""Between how many seconds after the start the first round comes."""
AGAIN: Final = 60.0
"""Seconds after which a round that failed is tried again, each time twice as many up to AT_MOST."""
AT_MOST: Final = 300.0
"""Seconds: for no longer does health stay red once a store is well again."""

Part = tuple[str, Callable[[datetime], Awaitable[None]]]
"""What is looked after, for people; and the function that does, given the time."""


class Retainer:
    """A task that takes rounds, in each all the *parts* as they are then; one that fails hinders no other."""

    def __init__(self, parts: Callable[[], Iterable[Part]], clock: Clock, logger: logging.Logger) -> None:
        self._parts = parts
        self._clock = clock
        self._logger = logger
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._hasty = False
        self._taken = asyncio.Event()
        """Set when a round has been taken."""
        self._seen = (clock.now(), clock.monotonic())
        self._random = random.Random(str(self._seen))  # noqa: S311 - no secret, and the same on virtual time
        self._errors: dict[str, str] = {}
        self._failures = 0

    def start(self, *, soon: bool) -> None:
        """Begin, unless it has begun; *soon*: with a round at once, which `close` lets end."""
        if self._task is None:
            self._hasty = soon
            wait = 0.0 if soon else self._random.uniform(*FIRST)
            self._task = asyncio.create_task(self._run(wait), name="clockhand retention")
            self._task.add_done_callback(self._ended)

    async def close(self, seconds: float) -> None:
        """End it, in up to *seconds*; a store that doesn't answer meanwhile is left to itself."""
        self._closing = True
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds if self._hasty else 0):
                await self._taken.wait()
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=seconds)

    def problems(self) -> list[str]:
        """Return what can't be looked after, and why."""
        return [f"retention of {name}: {error}" for name, error in self._errors.items()]

    async def round(self) -> None:
        """Take one round."""
        now, errors = self._now(), dict[str, str]()
        for name, part in self._parts():
            try:
                await part(now)
            except Exception as error:  # noqa: BLE001 - whatever a store raises, the others are looked after
                errors[name] = told(error) if str(error) else "no answer in time"
        there = {name for name, _ in self._parts()}
        errors = {name: why for name, why in errors.items() if name in there}  # a silo may be gone
        for name, why in errors.items():
            if self._errors.get(name) != why:
                self._logger.error("retention of %s: %s; nothing is lost, it is tried again", name, why)
        self._errors = errors
        self._failures = self._failures + 1 if errors else 0

    async def _run(self, wait: float) -> None:
        while True:
            await asyncio.sleep(wait)
            await self.round()
            self._taken.set()
            wait = self._wait()

    def _wait(self) -> float:
        if self._failures:
            return min(AGAIN * 2.0 ** min(self._failures - 1, 10), AT_MOST)
        return EVERY * self._random.uniform(1 - SPREAD, 1 + SPREAD)

    def _now(self) -> datetime:
        """Return the time, but no later than since the last round can be: a clock that jumps may be wrong."""
        (wall, elapsed), self._seen = self._seen, (self._clock.now(), self._clock.monotonic())
        return min(self._seen[0], wall + timedelta(seconds=self._seen[1] - elapsed))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not self._closing and task.cancelled():
            self._errors["everything"] = "its task was cancelled from outside, start anew"
