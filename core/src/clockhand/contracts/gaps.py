"""Which entries are missing: a silo numbers them without a gap, so a hole in the numbers is a loss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from clockhand._model.entry import Entry
from clockhand.contracts.history import History, Query

PAGE: Final = 1_000


@attrs.frozen
class Gap:
    """Entries of one life that should be there and aren't: those numbered *first* to *last*."""

    life: str
    first: int
    last: int

    def __str__(self) -> str:
        which = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"life {self.life}: {which}"


class _Numbers:
    """The numbers that were seen of each life, as [first, last] of each run of them."""

    def __init__(self) -> None:
        self._runs: dict[str, list[list[int]]] = {}

    def add(self, entry: Entry) -> None:
        runs, seq = self._runs.setdefault(entry.life, []), entry.seq
        if runs and runs[-1][0] <= seq <= runs[-1][1] + 1:
            runs[-1][1] = max(runs[-1][1], seq)
        else:
            runs.append([seq, seq])

    def gaps(self) -> list[Gap]:
        found = []
        for life, runs in self._runs.items():
            ordered = sorted(runs)
            reached = ordered[0][1]
            for first, last in ordered[1:]:
                if first > reached + 1:
                    found.append(Gap(life, reached + 1, first - 1))
                reached = max(reached, last)
        return found


def gaps(entries: Iterable[Entry]) -> list[Gap]:
    """
    Return what is missing among *entries*, in any order, between the lowest and the highest of each life.

    What is missing before the lowest is no gap: it was pruned. Entries that were rotated into
    another history have to be given too. Pruning by age can leave a hole where the clock was set back.
    """
    numbers = _Numbers()
    for entry in entries:
        numbers.add(entry)
    return numbers.gaps()


async def history_gaps(*histories: History) -> list[Gap]:
    """Return what is missing in *histories* taken together, as `gaps` does; each is read from end to end."""
    numbers = _Numbers()
    for history in histories:
        page = await history.read(Query(), None, PAGE)
        while True:
            for entry in page.entries:
                numbers.add(entry)
            if page.cursor is None:
                break
            page = await history.read(Query(), page.cursor, PAGE)
    return numbers.gaps()
