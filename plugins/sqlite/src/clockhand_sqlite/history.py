"""The history: entries in the same table in which a silo on the same file keeps its outbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import attrs

from clockhand.contracts import Entry, History, Page, Query, StoreContext
from clockhand.errors import StoreMissing, shown
from clockhand_sqlite import ledger
from clockhand_sqlite.connection import MOST, Connection

_PORTION: Final = 5_000
"""How many entries are pruned at once: short enough for a silo on the same file not to wait."""
_DIGITS: Final = 19
"""How many digits make a number that is too large for SQLite."""


class SqliteHistory(History):
    """Entries in the table of one file."""

    def __init__(self, path: str, timeout: float = 5.0) -> None:
        self._file = Connection(path, timeout, "history")
        self._awaited: StoreContext | None = None
        """Set while there is no file, and none is to be made."""

    @property
    def location(self) -> str:
        """The file, named as the silo `sqlite` names it: there the outbox is the history."""
        return self._file.location

    async def startup(self, context: StoreContext) -> None:
        """
        Open the file, creating or upgrading it; StoreUnreachable says why it can't be.

        Only to be read it isn't made: as long as there is none the history is empty.
        """
        self._awaited = None
        try:
            await self._file.open(attrs.evolve(context, create=not context.read_only))
        except StoreMissing:
            self._awaited = context

    async def teardown(self) -> None:
        """Close the file."""
        self._awaited = None
        await self._file.close()

    async def append(self, entries: Sequence[Entry]) -> None:
        """Keep entries that aren't there already."""
        await self._file.write(lambda connection: ledger.append(connection, entries))

    async def read(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """Return a page of them."""
        start = None if cursor is None else _position(cursor)
        if limit < 1:
            return Page((), cursor)
        if not await self._is_there():
            return Page((), None)
        most = min(limit, MOST)
        entries, more = await self._file.read(
            lambda connection: ledger.matching(connection, query, start, most)
        )
        return Page(tuple(entries), None if more is None else str(more))

    async def prune(self, before: datetime | None = None, max_bytes: int | None = None) -> int:
        """Drop the old ones, in portions; an entry that is pruned before an error stays so."""
        dropped = 0
        if before is not None:
            dropped += await self._drop(lambda connection: ledger.older(connection, before, _PORTION))
        if max_bytes is not None:
            dropped += await self._drop(lambda connection: ledger.oldest(connection, max_bytes, _PORTION))
        return dropped

    async def size(self) -> int:
        """Return about how many bytes they take."""
        return await self._file.read(ledger.size) if await self._is_there() else 0

    async def _is_there(self) -> bool:
        """Say whether there is a file, which is opened if it has come meanwhile."""
        if self._awaited is not None:
            await self.startup(self._awaited)
        return self._awaited is None

    async def _drop(self, portion: Callable[[sqlite3.Connection], int]) -> int:
        dropped = 0
        while (count := await self._file.write(portion)) > 0:
            dropped += count
        return dropped


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < _DIGITS):
        raise ValueError(f"history.sqlite: not a cursor, given {shown(cursor)}; take the one of a page")
    return int(cursor)
