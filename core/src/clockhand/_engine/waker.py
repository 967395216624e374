"""Resting until something happens, or until a time has passed: one future, one alarm, no task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from clockhand._engine.alarm import Alarm, LoopAlarm


class Waker:
    """A rest that can be cut short. A wake-up that comes between two rests isn't lost."""

    def __init__(self, make_alarm: Callable[[], Alarm] = LoopAlarm) -> None:
        self.pending = False
        """Whether the rest ends, or the next one doesn't begin."""
        self.soon: asyncio.TimerHandle | None = None
        """What will wake, if that was asked for."""
        self._make_alarm = make_alarm
        self._alarm: Alarm | None = None
        self._future: asyncio.Future[None] | None = None
        self._until: float | None = None
        """When the present rest ends by itself, in the loop's time."""

    def wake(self) -> None:
        """End the present rest, or the next one as it begins. On the loop's thread only."""
        self.pending = True
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def wake_within(self, seconds: float) -> None:
        """Wake, but not before *seconds* have passed, so that more may come together; asked again, once."""
        if self.soon is not None or self.pending:
            return
        loop = asyncio.get_running_loop()
        if self._until is None or self._until > loop.time() + seconds:
            self.soon = loop.call_later(seconds, self.wake)

    async def rest(self, seconds: float | None) -> bool:
        """Rest for *seconds* (None: for ever); return whether it was cut short."""
        if not self.pending:
            await self._rested(seconds)
        if self.soon is not None:
            self.soon.cancel()
            self.soon = None
        woken, self.pending = self.pending, False
        return woken

    async def _rested(self, seconds: float | None) -> None:
        if seconds is not None and seconds <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        self._future = loop.create_future()
        alarm = self._alarm
        if seconds is not None:
            if alarm is None:
                alarm = self._alarm = self._make_alarm()
            self._until = loop.time() + seconds
            alarm.set(seconds, self._expire)
        try:
            await self._future
        finally:
            self._future = self._until = None
            if alarm is not None:
                alarm.stop()

    def close(self) -> None:
        """Give back what the alarm holds."""
        if self._alarm is not None:
            self._alarm.close()
            self._alarm = None

    def _expire(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(None)
