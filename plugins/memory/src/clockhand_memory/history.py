"""The memory history: a list of entries, and what the other histories are compared with."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from operator import itemgetter

import attrs

from clockhand.contracts import Entry, History, Page, Query, StoreContext
from clockhand.errors import StoreClosed, shown

_POSITION = itemgetter(0)
_DIGITS = 18
_BASE = 300
"""About what an entry takes without its texts."""


class MemoryHistory(History):
    """Entries in the order in which they came; a cursor is the position of the last one that was read."""

    def __init__(self) -> None:
        self._open = False
        self._entries: list[tuple[int, Entry]] = []
        """Positions and entries; a position is put into its entry when it is read, which is less often."""
        self._known: set[tuple[str, int]] = set()
        self._position = 0
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
        for entry in entries:
            identity = (entry.life, entry.seq)
            if identity not in self._known:
                self._position += 1
                self._known.add(identity)
                self._entries.append((self._position, entry))
                self._bytes += _size(entry)

    async def read(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """Return a page of them."""
        self._check()
        matching = (one for one in self._after(query, cursor) if query.matches(one[1]))
        found = list(islice(matching, limit + 1))
        page = tuple(attrs.evolve(entry, position=position) for position, entry in found[:limit])
        return Page(page, str(page[-1].position) if len(found) > limit else None)

    async def prune(self, before: datetime | None = None, max_bytes: int | None = None) -> int:
        """Drop the old ones."""
        self._check()
        kept = [one for one in self._entries if before is None or one[1].at >= before]
        total = sum(_size(entry) for _, entry in kept)
        dropped = 0
        while max_bytes is not None and total > max_bytes and dropped < len(kept):
            total -= _size(kept[dropped][1])
            dropped += 1
        gone = len(self._entries) - len(kept) + dropped
        self._entries, self._bytes = kept[dropped:], total
        self._known = {(entry.life, entry.seq) for _, entry in self._entries}
        return gone

    async def size(self) -> int:
        """Return about how many bytes they take."""
        self._check()
        return self._bytes

    def _check(self) -> None:
        if not self._open:
            raise StoreClosed("history.memory: not open, used before startup() or after teardown()")

    def _after(self, query: Query, cursor: str | None) -> Iterator[tuple[int, Entry]]:
        """Yield what comes after the cursor, in the direction that is asked for."""
        entries = self._entries
        if query.newest_first:
            stop = len(entries) if cursor is None else bisect_left(entries, _parsed(cursor), key=_POSITION)
            return (entries[place] for place in range(stop - 1, -1, -1))
        begin = 0 if cursor is None else bisect_right(entries, _parsed(cursor), key=_POSITION)
        return (entries[place] for place in range(begin, len(entries)))


def _parsed(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS):
        raise ValueError(f"history.memory: not a cursor, given {shown(cursor)}; take the one of a page")
    return int(cursor)


def _size(entry: Entry) -> int:
    """Return about how many bytes an entry takes; to write it out and count them would cost too much."""
    output = entry.run.outcome.output if entry.run and entry.run.outcome else None
    return (
        _BASE
        + len(entry.job)
        + len(entry.occurrence)
        + len(entry.reason)
        + (len(repr(output)) if output else 0)
    )
