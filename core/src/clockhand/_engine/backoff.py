"""Waiting between tries of something that fails: longer each time, never too long."""

from __future__ import annotations

from typing import Final

FIRST: Final = 0.1
LONGEST: Final = 5.0


class Backoff:
    """Seconds to wait: 0.1, doubled with each failure in a row up to 5."""

    def __init__(self) -> None:
        self._next = FIRST

    def failed(self) -> float:
        """Return how long to wait after one more failure."""
        wait, self._next = self._next, min(self._next * 2, LONGEST)
        return wait

    def succeeded(self) -> None:
        """Begin anew."""
        self._next = FIRST
