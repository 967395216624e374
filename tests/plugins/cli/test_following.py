"""Looking at a history again and again: each entry once, whatever becomes of the old ones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clockhand import Query
from clockhand.contracts import Entry, Page, What
from clockhand_cli.following import PAGE, Seen, fresh

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Book:
    """A history in a list, which can be read newest first, in pages."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.seq = 0

    def write(self, count: int, job: str = "a") -> None:
        """Add so many entries."""
        for _ in range(count):
            self.seq += 1
            self.entries.append(Entry(NOW, What.JOB_PAUSED, job, life="one", seq=self.seq))

    async def read(self, query: Query, cursor: str | None, limit: int) -> Page:
        """Return a page of what matches."""
        assert query.newest_first
        found = [entry for entry in reversed(self.entries) if query.matches(entry)]
        start = 0 if cursor is None else int(cursor)
        more = start + limit < len(found)
        return Page(tuple(found[start : start + limit]), str(start + limit) if more else None)


def _look(book: Book, seen: Seen, query: Query | None = None, **options: int) -> list[int]:
    return [entry.seq for entry in asyncio.run(fresh(book, query or Query(), seen, **options))]


@given(st.lists(st.integers(0, 3 * PAGE), max_size=4), st.integers(0, PAGE))
def test_everything_comes_once_and_in_order(bursts: list[int], pruned: int) -> None:
    """However much comes between two looks, and however much is pruned, nothing is left out or repeated."""
    book, seen, shown = Book(), Seen(), []
    for burst in bursts:
        book.write(burst)
        shown += _look(book, seen)
        del book.entries[: min(pruned, len(book.entries))]
        assert _look(book, seen) == []
    assert shown == list(range(1, sum(bursts) + 1))


def test_a_history_that_is_emptied_goes_on() -> None:
    """When all that was seen is gone, what is there is new."""
    book, seen = Book(), Seen()
    book.write(5)
    _look(book, seen)
    book.entries.clear()
    book.write(2)
    assert _look(book, seen) == [6, 7]


def test_only_what_matches() -> None:
    """What doesn't match is neither shown nor counted as seen."""
    book, seen, query = Book(), Seen(), Query(jobs=frozenset({"b"}))
    book.write(500)
    assert _look(book, seen, query) == []
    book.write(1, "b")
    book.write(500)
    assert _look(book, seen, query) == [501]
    assert _look(book, seen, query) == []


def test_the_latest_are_enough_to_begin_with() -> None:
    """Asked for a few, a long history isn't read to its beginning; what comes later is still all there."""
    book, seen = Book(), Seen()
    book.write(10 * PAGE)
    first = _look(book, seen, at_least=3)
    assert first == list(range(9 * PAGE + 1, 10 * PAGE + 1))
    book.write(2)
    assert _look(book, seen) == [10 * PAGE + 1, 10 * PAGE + 2]
