"""An agenda: what is to be looked at when, so that the next thing is found without a search."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Generic, TypeVar

K = TypeVar("K", str, tuple[str, str])

SLACK: Final = 64
"""How many items that no longer count a heap may hold besides as many as do."""


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
        if len(self._heap) > 2 * len(self._moments) + SLACK:
            self._heap = [(when, one) for one, when in self._moments.items()]
            heapq.heapify(self._heap)

    def put_new(self, moments: Mapping[K, datetime]) -> None:
        """Let keys that aren't there come up at their *moments*."""
        self._moments.update(moments)
        if len(moments) < len(self._heap):
            for key, moment in moments.items():
                heapq.heappush(self._heap, (moment, key))
        else:
            self._heap += [(moment, key) for key, moment in moments.items()]
            heapq.heapify(self._heap)

    def drop(self, key: K) -> None:
        """Forget *key*, if it is there."""
        self._moments.pop(key, None)

    def first(self) -> tuple[datetime, K] | None:
        """Return the earliest moment and its key; of equal moments the smaller key."""
        heap, moments = self._heap, self._moments
        while heap:
            moment, key = heap[0]
            if moments.get(key) is moment:
                return heap[0]
            heapq.heappop(heap)
        return None

    def later(self, after: datetime | None) -> datetime | None:
        """Return the earliest moment later than *after*, of all if that is None; or None."""
        found = self.first()
        if found is None or after is None or found[0] > after:
            return found[0] if found else None
        return min((moment for moment in self._moments.values() if moment > after), default=None)

    def passed(self, now: datetime) -> list[K]:
        """Return the keys whose moment is not later than *now*, in no order."""
        found = self.first()
        if found is None or found[0] > now:
            return []
        return [key for key, moment in self._moments.items() if moment <= now]

    def take(self, now: datetime) -> K | None:
        """Remove and return the key that comes up first, if that is not later than *now*."""
        return next(iter(self.take_several(now, 1)), None)

    def take_several(self, now: datetime, limit: int) -> list[K]:
        """Remove and return up to *limit* keys that come up first, none of them later than *now*."""
        heap, moments, pop = self._heap, self._moments, heapq.heappop
        taken: list[K] = []
        while heap and len(taken) < limit:
            moment, key = heap[0]
            if moments.get(key) is not moment:
                pop(heap)
                continue
            if moment > now:
                break
            pop(heap)
            del moments[key]
            taken.append(key)
        return taken
