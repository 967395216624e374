"""Noticing that the wall clock was set: it and the monotonic clock no longer agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from clockhand._clock import Clock

LEAST: Final = 1.0
"""Seconds: a smaller disagreement is drift, not a step."""


class ClockWatch:
    """Compares the two clocks each time it is asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._zero = self._difference()

    def _difference(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def step(self) -> timedelta | None:
        """Return by how much the wall clock was set since the last call, None if it wasn't."""
        zero = self._difference()
        step, self._zero = zero - self._zero, zero
        return timedelta(seconds=round(step, 6)) if abs(step) >= LEAST else None
