"""Resting until something happens, or until a time has passed: one future, one timer, no task."""

from __future__ import annotations

import asyncio


class Waker:
    """A rest that can be cut short. A wake-up that comes between two rests isn't lost."""

    def __init__(self) -> None:
        self._pending = False
        self._future: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """End the present rest, or the next one as it begins. On the loop's thread only."""
        self._pending = True
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    async def rest(self, seconds: float | None) -> bool:
        """Rest for *seconds* (None: for ever); return whether it was cut short."""
        if not self._pending:
            loop = asyncio.get_running_loop()
            self._future = loop.create_future()
            timer = (
                None if seconds is None else loop.call_later(max(0.0, seconds), self._expire, self._future)
            )
            try:
                await self._future
            finally:
                self._future = None
                if timer is not None:
                    timer.cancel()
        woken, self._pending = self._pending, False
        return woken

    @staticmethod
    def _expire(future: asyncio.Future[None]) -> None:
        if not future.done():
            future.set_result(None)
