"""The jsonl history: what the contract asks for, each call in a thread that holds the clock meanwhile."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import attrs

from clockhand.contracts import Entry, History, Page, Query, StoreContext
from clockhand.errors import StoreClosed, StoreError, shown
from clockhand_jsonl import lines
from clockhand_jsonl.file import JsonlFile

T = TypeVar("T")

_CURSOR: Final = re.compile(r"(\d{1,18}):(\d{1,18}):(.*)", re.ASCII | re.DOTALL)


class JsonlHistory(History):
    """
    Entries in one file, a line each, in the order in which they were appended.

    One thread writes and another reads, so that a long search doesn't keep entries waiting. A cursor
    names the last entry of its page and where that was; after a prune it is looked up anew.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser()
        self._context: StoreContext | None = None
        self._file: JsonlFile | None = None
        self._writer: ThreadPoolExecutor | None = None
        self._reader: ThreadPoolExecutor | None = None

    async def startup(self, context: StoreContext) -> None:
        """Open the file."""
        self._context = context
        self._writer = ThreadPoolExecutor(1, "clockhand-jsonl-write")
        self._reader = ThreadPoolExecutor(1, "clockhand-jsonl-read")
        # Kept before it is open: should this call be cancelled, teardown() closes what the thread opens.
        file = self._file = JsonlFile(context.folder / self._path, context.logger)
        try:
            await self._call(self._writer, file.open)
        except StoreError:
            self._file = None
            raise

    async def teardown(self) -> None:
        """Close it, once what was begun is done."""
        file, self._file = self._file, None
        writer, self._writer = self._writer, None
        reader, self._reader = self._reader, None
        for pool in (writer, reader):
            if pool is not None:
                await self._call(pool, file.close if file and pool is writer else _nothing)
                pool.shutdown()

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write entries that aren't there already."""
        file = self._opened()
        await self._call(self._writer, lambda: file.append(entries))

    async def read(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """Return a page of them."""
        file = self._opened()
        place = None if cursor is None else _parsed(cursor)
        return await self._call(self._reader, lambda: _page(file, query, place, limit))

    async def prune(self, before: datetime | None = None, max_bytes: int | None = None) -> int:
        """Drop the old ones."""
        file = self._opened()
        return await self._call(self._writer, lambda: file.prune(before, max_bytes))

    async def size(self) -> int:
        """Return how long the file is."""
        return self._opened().end

    def _opened(self) -> JsonlFile:
        if self._file is None:
            raise StoreClosed("history.jsonl: not open, used before startup() or after teardown()")
        return self._file

    async def _call(self, pool: ThreadPoolExecutor | None, function: Callable[[], T]) -> T:
        assert self._context is not None, "only an opened history calls"  # noqa: S101
        with self._context.clock.hold():
            return await asyncio.get_running_loop().run_in_executor(pool, function)


def _nothing() -> None:
    """Do nothing, after all that was asked before."""


def _page(file: JsonlFile, query: Query, place: _Place | None, limit: int) -> Page:
    reading, end = file.snapshot()
    found: list[Entry] = []
    with reading:
        for offset, line in _after(reading, end, place, newest_first=query.newest_first):
            entry = _entry(line, offset)
            if not query.matches(entry):
                continue
            if len(found) >= limit:
                return Page(tuple(found), _cursor(found[-1]) if found else None)
            found.append(entry)
    return Page(tuple(found))


def _entry(line: bytes, offset: int) -> Entry:
    try:
        return lines.read(line, offset + 1)
    except ValueError as error:
        raise StoreError(f"history.jsonl: the line at byte {offset} can't be read: {error}") from error


def _after(
    reading: BinaryIO, end: int, place: _Place | None, *, newest_first: bool
) -> Iterator[tuple[int, bytes]]:
    """Return the lines after a place, in the direction that is asked for."""
    found = None if place is None else _located(reading, end, place)
    if newest_first:
        if place is not None and found is None:
            return iter(())  # It was pruned, and so was all before it.
        return lines.backward(reading, end if found is None else found.start)
    return lines.forward(reading, 0 if found is None else found.stop, end)


def _located(reading: BinaryIO, end: int, place: _Place) -> range | None:
    """Return the bytes of the entry at *place*, wherever a prune has moved it; None: it is gone."""
    reading.seek(place.offset)
    here = [(place.offset, reading.readline().rstrip(b"\n"))]
    for offset, line in chain(here, lines.forward(reading, 0, end)):
        with suppress(ValueError):
            if lines.identify(line)[:2] == (place.life, place.seq):
                return range(offset, offset + len(line) + 1)
    return None


@attrs.frozen
class _Place:
    """Where a page ended: its last entry, and the offset that it had."""

    offset: int
    seq: int
    life: str


def _cursor(entry: Entry) -> str:
    return f"{entry.position - 1}:{entry.seq}:{entry.life}"


def _parsed(cursor: str) -> _Place:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise ValueError(f"history.jsonl: not a cursor, given {shown(cursor)}; take the one of a page")
    return _Place(int(match[1]), int(match[2]), match[3])
