"""Which entries are there: per life the ranges of seq, so that a million entries take a few numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence


class Seen:
    """A set of (life, seq), small as long as each life's numbers come nearly without gaps."""

    def __init__(self) -> None:
        self._ranges: dict[str, list[list[int]]] = {}
        """By life: [first, last] pairs, in order, apart from each other."""

    def __contains__(self, identity: tuple[str, int]) -> bool:
        life, seq = identity
        ranges = self._ranges.get(life, [])
        place = bisect_right(ranges, seq, key=_first)
        return place > 0 and seq <= ranges[place - 1][1]

    def add(self, life: str, seq: int) -> None:
        """Put one in; twice is no harm."""
        ranges = self._ranges.setdefault(life, [])
        place = bisect_right(ranges, seq, key=_first)
        before = ranges[place - 1] if place else None
        after = ranges[place] if place < len(ranges) else None
        if before is not None and seq <= before[1]:
            return
        joins_after = after is not None and after[0] == seq + 1
        if before is not None and before[1] == seq - 1:
            before[1] = seq
            if after is not None and joins_after:
                before[1] = after[1]
                del ranges[place]
        elif after is not None and joins_after:
            after[0] = seq
        else:
            ranges.insert(place, [seq, seq])

    def join(self, ranges: Mapping[str, Sequence[Sequence[int]]]) -> None:
        """Put in all that another one has, as its `ranges` says."""
        for life, others in ranges.items():
            joined: list[list[int]] = []
            for first, last in sorted([*self._ranges.get(life, ()), *others]):
                if joined and first <= joined[-1][1] + 1:
                    joined[-1][1] = max(joined[-1][1], last)
                else:
                    joined.append([first, last])
            self._ranges[life] = joined

    @property
    def ranges(self) -> Mapping[str, Sequence[Sequence[int]]]:
        """By life: [first, last] of each run of numbers, in order."""
        return self._ranges


def _first(pair: list[int]) -> int:
    return pair[0]
