"""The shortest and the longest gap in a row of numbers, also in one that is far too long to walk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import attrs

from clockhand.triggers.crontab.normal import bits
from clockhand.triggers.crontab.table import Table
from clockhand.triggers.crontab.walls import DAY, HOUR, MINUTE, Walls

_NONE: Final = 1 << 62


@attrs.frozen
class Run:
    """Numbers in a row: the first, the last, the shortest gap and the longest; below zero: there is none."""

    first: int
    last: int
    shortest: int = _NONE
    longest: int = -1

    def moved(self, by: int) -> Run:
        """Return it with all its numbers *by* larger."""
        return Run(self.first + by, self.last + by, self.shortest, self.longest)


def joined(runs: Iterable[Run | None]) -> Run | None:
    """Return the run that *runs*, each behind the one before, are together; a number twice counts once."""
    whole: Run | None = None
    for run in runs:
        if run is None:
            continue
        if whole is None:
            whole = run
            continue
        gap = run.first - whole.last
        shortest, longest = min(whole.shortest, run.shortest), max(whole.longest, run.longest)
        if gap > 0:
            shortest, longest = min(shortest, gap), max(longest, gap)
        whole = Run(whole.first, run.last, shortest, longest)
    return whole


_Levels: TypeAlias = Sequence[tuple[int, list[int]]]


class Clock:
    """
    The walls that a table matches, as runs: level by level, hours of minutes of seconds.

    All whole days are alike, and so are all whole hours of a day, and minutes of an hour.
    """

    def __init__(self, table: Table) -> None:
        self._walls = Walls(table)
        self._levels: _Levels = (
            (HOUR, bits(table.hours)),
            (MINUTE, bits(table.minutes)),
            (1, bits(table.seconds)),
        )
        self._wholes: dict[int, Run | None] = {}

    def run(self, first: int, last: int) -> Run | None:
        """Return the walls of the closed range that match, None if none does."""
        return joined(self._days(first, last))

    def _days(self, first: int, last: int) -> Iterable[Run | None]:
        wall = self._walls.next(first)
        while wall is not None and wall <= last:
            day = wall // DAY * DAY
            found = self._part(0, DAY, max(first - day, 0), min(last - day, DAY - 1))
            yield found and found.moved(day)
            wall = self._walls.next(day + DAY)

    def _part(self, level: int, size: int, first: int, last: int) -> Run | None:
        """Return what of the closed range, a part of *size*, matches on *level* and below."""
        if level == len(self._levels):
            return Run(0, 0)
        whole = (first, last) == (0, size - 1)
        if whole and level in self._wholes:
            return self._wholes[level]
        unit, values = self._levels[level]
        found = joined(
            run.moved(value * unit)
            for value in values
            if first // unit <= value <= last // unit
            and (
                run := self._part(
                    level + 1, unit, max(first - value * unit, 0), min(last - value * unit, unit - 1)
                )
            )
        )
        if whole:
            self._wholes[level] = found
        return found
