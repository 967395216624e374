"""A line: the occurrences that wait for one executor, and who of those that may start goes first."""

from __future__ import annotations

import heapq
from datetime import datetime

from clockhand_memory.agenda import SLACK, Agenda

Place = tuple[str, str]
"""(alias, occurrence key)."""
_Rank = tuple[int, datetime, Place]


class Line:
    """
    Those whose moment has come go by priority, the highest first, then by moment; the others wait for it.

    Each place moves from the agenda to the front once, so that nothing is looked at again and again.
    """

    def __init__(self) -> None:
        self._coming: Agenda[Place] = Agenda()
        self._front: list[_Rank] = []
        self._ranks: dict[Place, _Rank] = {}
        self._seen: datetime | None = None
        """The latest moment of which it was asked who may start."""

    def __len__(self) -> int:
        return len(self._ranks)

    def put(self, place: Place, moment: datetime, priority: int) -> None:
        """Let *place* wait until *moment*, and at no other."""
        rank = (-priority, moment, place)
        if self._ranks.get(place) != rank:
            self._ranks[place] = rank
            self._coming.put(place, moment)

    def drop(self, place: Place) -> None:
        """Forget *place*, if it is there."""
        if self._ranks.pop(place, None) is not None:
            self._coming.drop(place)

    def later(self, after: datetime | None) -> datetime | None:
        """Return the earliest moment later than *after*, of all if that is None; or None."""
        if self._seen is None or (after is not None and after >= self._seen):
            return self._coming.later(after)  # those at the front came before that
        moments = (rank[1] for rank in self._ranks.values())
        return min((moment for moment in moments if after is None or moment > after), default=None)

    def take(self, now: datetime) -> Place | None:
        """Remove and return who goes first at *now*; None: nobody may start."""
        if self._seen is not None and now < self._seen:
            self._send_back()
        self._seen = now
        while (place := self._coming.take(now)) is not None:
            heapq.heappush(self._front, self._ranks[place])
        self._settle_front()
        if not self._front:
            return None
        place = heapq.heappop(self._front)[2]
        del self._ranks[place]
        return place

    def _send_back(self) -> None:
        """Let all at the front wait again, for the clock was set back: none may start too early."""
        for rank in self._front:
            if self._ranks.get(rank[2]) is rank:
                self._coming.put(rank[2], rank[1])
        self._front.clear()

    def _settle_front(self) -> None:
        """Pass over those at the front that were dropped or moved meanwhile."""
        if len(self._front) > 2 * len(self._ranks) + SLACK:
            self._front = [rank for rank in self._front if self._ranks.get(rank[2]) is rank]
            heapq.heapify(self._front)
        while self._front and self._ranks.get(self._front[0][2]) is not self._front[0]:
            heapq.heappop(self._front)
