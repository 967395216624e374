"""The memory history: a list of entries, and what the other histories are compared with."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

import attrs

from clockhand.contracts import Entry, History, Page, Query, StoreContext
from clockhand.errors import StoreClosed, shown

_DIGITS = 18
_BASE = 300
"""About what an entry takes without its texts."""


class MemoryHistory(History):
    """Entries in the order in which they came; a cursor is the position of the last one that was read."""

    def __init__(self) -> None:
        self._open = False
        self._entries: list[Entry] = []
        self._positions: list[int] = []
        """Of the entries; a position is put into its entry when it is read, which is less often."""
        self._lives: dict[str, _Life] = {}
        self._position = 0
        self._counted = 0
        """How many entries, from the first, are in `_bytes`."""
        self._bytes = 0

    async def startup(self, context: StoreContext) -> None:
        """Begin."""
        self._open = True

    async def teardown(self) -> None:
        """End."""
        self._open = False

    async def append(self, entries: Sequence[Entry]) -> None:
        """Keep entries that aren't there already."""
        self._check()
        kept, positions, position = self._entries, self._positions, self._position
        life, known = "", _Life()
        for entry in entries:
            seq = entry.seq
            if entry.life != life:
                life = entry.life
                known = self._lives.setdefault(life, _Life())
            if seq == known.through + 1 and not known.beyond:
                known.through = seq
            elif not known.adds(seq):
                continue
            position += 1
            kept.append(entry)
            positions.append(position)
        self._position = position

    async def read(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """Return a page of them."""
        self._check()
        places = self._after(query, cursor)
        found = list(islice((place for place in places if query.matches(self._entries[place])), limit + 1))
        page = tuple(
            attrs.evolve(self._entries[place], position=self._positions[place]) for place in found[:limit]
        )
        return Page(page, str(page[-1].position) if len(found) > limit else None)

    async def prune(self, before: datetime | None = None, max_bytes: int | None = None) -> int:
        """Drop the old ones."""
        self._check()
        kept = [place for place, entry in enumerate(self._entries) if before is None or entry.at >= before]
        sizes = [_size(self._entries[place]) for place in kept]
        total, dropped = sum(sizes), 0
        while max_bytes is not None and total > max_bytes and dropped < len(kept):
            total -= sizes[dropped]
            dropped += 1
        kept = kept[dropped:]
        gone = len(self._entries) - len(kept)
        self._entries = [self._entries[place] for place in kept]
        self._positions = [self._positions[place] for place in kept]
        self._counted, self._bytes = len(kept), total
        return gone

    async def size(self) -> int:
        """Return about how many bytes they take."""
        self._check()
        self._bytes += sum(map(_size, islice(self._entries, self._counted, None)))
        self._counted = len(self._entries)
        return self._bytes

    def _check(self) -> None:
        if not self._open:
            raise StoreClosed("history.memory: not open, used before startup() or after teardown()")

    def _after(self, query: Query, cursor: str | None) -> range:
        """Return the places of what comes after the cursor, in the direction that is asked for."""
        positions = self._positions
        if query.newest_first:
            stop = len(positions) if cursor is None else bisect_left(positions, _parsed(cursor))
            return range(stop - 1, -1, -1)
        begin = 0 if cursor is None else bisect_right(positions, _parsed(cursor))
        return range(begin, len(positions))


@attrs.define
class _Life:
    """Which entries of one life have come: all up to `through`, and `beyond` it those that came early."""

    through: int = 0
    beyond: set[int] = attrs.field(factory=set)

    def adds(self, seq: int) -> bool:
        """Say whether that one is new, and from now on it isn't."""
        if seq == self.through + 1:
            self.through = seq
            while self.beyond and self.through + 1 in self.beyond:
                self.through += 1
                self.beyond.remove(self.through)
            return True
        if seq <= self.through or seq in self.beyond:
            return False
        self.beyond.add(seq)
        return True


def _parsed(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS):
        raise ValueError(f"history.memory: not a cursor, given {shown(cursor)}; take the one of a page")
    return int(cursor)


def _size(entry: Entry) -> int:
    """Return about how many bytes an entry takes; to write it out and count them would cost too much."""
    output = entry.run.outcome.output if entry.run and entry.run.outcome else entry.output
    return (
        _BASE
        + len(entry.job)
        + len(entry.occurrence)
        + len(entry.reason)
        + (len(repr(output)) if output else 0)
    )
