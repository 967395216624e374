"""An agenda: what is to be looked at when, so that the next thing is found without a search."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Final, Generic, TypeVar

K = TypeVar("K", str, tuple[str, str])

_SLACK: Final = 64


class Agenda(Generic[K]):
    """
    Keys with a moment each. Putting and taking one costs the logarithm of how many there are.

    A key that was dropped or put elsewhere leaves its old item in the heap; it is passed over when it
    comes up, and the heap is made anew once such items are the greater part of it.
    """

    def __init__(self) -> None:
        self._moments: dict[K, datetime] = {}
        self._heap: list[tuple[datetime, K]] = []

    def __len__(self) -> int:
        return len(self._moments)

    def put(self, key: K, moment: datetime) -> None:
        """Let *key* come up at *moment*, and at no other."""
        if self._moments.get(key) == moment:
            return
        self._moments[key] = moment
        heapq.heappush(self._heap, (moment, key))
        if len(self._heap) > 2 * len(self._moments) + _SLACK:
            self._heap = [(when, one) for one, when in self._moments.items()]
            heapq.heapify(self._heap)

    def drop(self, key: K) -> None:
        """Forget *key*, if it is there."""
        self._moments.pop(key, None)

    def first(self) -> tuple[datetime, K] | None:
        """Return the earliest moment and its key; of equal moments the smaller key."""
        heap, moments = self._heap, self._moments
        while heap:
            moment, key = heap[0]
            if moments.get(key) == moment:
                return heap[0]
            heapq.heappop(heap)
        return None

    @property
    def moment(self) -> datetime | None:
        """The earliest moment, or None."""
        found = self.first()
        return found[0] if found else None

    def take(self, now: datetime) -> K | None:
        """Remove and return the key that comes up first, if that is not later than *now*."""
        found = self.first()
        if found is None or found[0] > now:
            return None
        heapq.heappop(self._heap)
        del self._moments[found[1]]
        return found[1]
