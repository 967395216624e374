"""
Due times of a table in a zone, through every clock change: all in seconds since 1970-01-01 UTC.

The question is what a daemon does that has been up all along and looks at the clock each minute (each
second, where the expression has seconds). What falls into a gap it makes up for once, in the first such
minute after it, or leaves out; what comes twice it does in the first pass, in the second, or in both. A
whole date that a zone leaves out has no due time.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from clockhand.triggers.crontab.spans import FIRST, LAST, Span, span_of
from clockhand.triggers.crontab.table import Table
from clockhand.triggers.crontab.walls import DAY, HOUR, MINUTE, Walls

Gap: TypeAlias = Literal["after", "skip"]
Overlap: TypeAlias = Literal["first", "second", "both"]

_ROOM: Final = 2 * DAY
"""More than any two of these differ: a wall, the instant of it, and the instant that makes up for it."""


class Search:
    """Searches in the instants of one zone; keeps where it is, for the next question is mostly near."""

    __slots__ = (
        "_after",
        "_calm",
        "_dense",
        "_first",
        "_grid",
        "_hour",
        "_second",
        "_table",
        "_walls",
        "_zone",
    )

    def __init__(self, table: Table, zone: ZoneInfo | None, gap: Gap, overlap: Overlap) -> None:
        self._table = table
        self._walls = Walls(table)
        self._zone = zone
        self._after = gap == "after"
        self._first, self._second = overlap == "first", overlap == "second"
        self._grid = MINUTE if table.by_minute else 1
        self._dense = table.by_minute and table.minutes.bit_count() > 1
        self._calm = (0, 0, 0)
        self._hour = (0, 0, 0)

    def next(self, instant: int) -> int | None:
        """Return the first due time not earlier than *instant*, or None."""
        begin, end, minutes = self._hour
        if begin <= instant < end:
            minute = (instant - begin + 59) // MINUTE
            ahead = minutes >> minute
            if ahead:
                return begin + (minute + (ahead & -ahead).bit_length() - 1) * MINUTE
        begin, end, offset = self._calm
        if begin <= instant < end:
            wall = self._walls.next(instant + offset)
            if wall is not None and wall - offset < end:
                if self._dense:
                    self._stay(wall)
                return wall - offset
        return self._next(max(instant, FIRST))

    def _stay(self, wall: int) -> None:
        """Keep the hour of *wall*, if all of it is calm, for the next question is about a minute in it."""
        calm, end, offset = self._calm
        begin = wall // HOUR * HOUR - offset
        if calm <= begin and begin + HOUR <= end:
            self._hour = (begin, begin + HOUR, self._table.minutes)

    def _next(self, instant: int) -> int | None:
        while instant <= LAST:
            span = span_of(self._zone, instant)
            made_up = self._made_up(span)
            if made_up is not None and instant <= made_up:
                return made_up
            low, high = self._open(span)
            wall = self._walls.next(max(low, instant + span.offset))
            if wall is not None and wall < high:
                # From here to there nothing is skipped or repeated, and a question is arithmetic.
                calm = low - span.offset if made_up is None else made_up + 1
                self._calm = (calm, high - span.offset, span.offset)
                return wall - span.offset
            if span.again < max(low, instant + span.offset):
                wall = self._walls.next(span.again)
            if wall is None:
                return None
            instant = max(span.end, wall - _ROOM)
        return None

    def last(self, instant: int) -> int | None:
        """Return the last due time not later than *instant*, or None."""
        instant = min(instant, LAST)
        while instant >= FIRST:
            span = span_of(self._zone, instant)
            low, high = self._open(span)
            wall = self._walls.last(min(high - 1, instant + span.offset))
            if wall is not None and wall >= low:
                return wall - span.offset
            made_up = self._made_up(span)
            if made_up is not None and made_up <= instant:
                return made_up
            wall = self._walls.last(max(instant + span.offset, span.reached))
            if wall is None:
                return None
            instant = min(span.start - 1, wall + _ROOM)
        return None

    def count(self, first: int, last: int) -> int:
        """Return how many due times lie in the closed range: span by span, by arithmetic."""
        first, last = max(first, FIRST), min(last, LAST)
        found = 0
        while first <= last:
            span = span_of(self._zone, first)
            low, high = self._open(span)
            low, high = max(low, first + span.offset), min(high - 1, last + span.offset)
            found += self._walls.count(low, high)
            made_up = self._made_up(span)
            if made_up is not None and first <= made_up <= last:
                wall = made_up + span.offset
                found += not (low <= wall <= high and self._walls.next(wall) == wall)
            first = span.end
        return found

    def _open(self, span: Span) -> tuple[int, int]:
        """Return the first wall of the span that counts, and the first after it that doesn't."""
        low, high = span.start + span.offset, span.end + span.offset
        if self._first and span.reached > low:
            low = span.reached
        if self._second and span.again < high:
            high = span.again
        return low, high

    def _made_up(self, span: Span) -> int | None:
        """Return the instant that makes up for what the gap before *span* has skipped, if it has."""
        if not (self._after and span.skips):
            return None
        begin, end = span.reached, span.start + span.offset
        midnight, last_midnight = -(-begin // DAY) * DAY, end // DAY * DAY
        if midnight < last_midnight:
            skipped = self._has(begin, midnight) or self._has(last_midnight, end)
        else:
            skipped = self._has(begin, end)
        return -(-end // self._grid) * self._grid - span.offset if skipped else None

    def _has(self, begin: int, end: int) -> bool:
        wall = self._walls.next(begin)
        return wall is not None and wall < end
