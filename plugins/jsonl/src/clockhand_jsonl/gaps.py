"""Which bytes prunes have taken out of a segment, so that an offset means the same line for ever."""

from __future__ import annotations

import secrets
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

Range = tuple[int, int]
"""Where it begins, and where the first byte after it is."""


class Gaps:
    """
    Ranges of the offsets at which lines were first written; what was in them is gone.

    *space* names where these offsets count from. Who reads a file whose gaps aren't known any more
    begins a new one: offsets of another space say nothing there.
    """

    def __init__(self, ranges: Iterable[Range] = (), space: str = "") -> None:
        self.space = space or secrets.token_hex(4)
        self.ranges = tuple(_joined(ranges))
        self._starts = [start for start, _ in self.ranges]
        self._before = list(accumulate((stop - start for start, stop in self.ranges), initial=0))
        """How many bytes the gaps before each one have."""
        self._places = [start - gone for start, gone in zip(self._starts, self._before, strict=False)]

    def original(self, offset: int) -> int:
        """Return the offset at which the byte was written that is at *offset* now."""
        return offset + self._before[bisect_right(self._places, offset)]

    def now(self, original: int) -> int:
        """Return where the byte is now that was written at *original*; of a gap: where what follows it is."""
        place = bisect_left(self._starts, original)
        if place == 0:
            return original
        start, stop = self.ranges[place - 1]
        return original - self._before[place - 1] - (min(stop, original) - start)

    def has(self, original: int) -> bool:
        """Say whether the byte that was written at *original* is gone."""
        place = bisect_right(self._starts, original)
        return place > 0 and original < self.ranges[place - 1][1]

    def widened(self, taken: Iterable[Range]) -> Gaps:
        """Return the gaps there are after these ranges of present offsets were taken out as well."""
        more = ((self.original(start), self.original(stop - 1) + 1) for start, stop in taken)
        return Gaps([*self.ranges, *more], self.space)


def _joined(ranges: Iterable[Range]) -> Iterable[Range]:
    """Yield the ranges in order, those that touch as one."""
    last: Range | None = None
    for start, stop in sorted(ranges):
        if last is not None and start <= last[1]:
            last = (last[0], max(last[1], stop))
            continue
        if last is not None:
            yield last
        last = (start, stop)
    if last is not None:
        yield last
