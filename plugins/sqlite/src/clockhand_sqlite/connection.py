"""An open file: every piece of work on it is one transaction, taken whole or rolled back whole."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, TypeVar

from clockhand.contracts import StoreContext
from clockhand.errors import StoreClosed, StoreUnreachable
from clockhand_sqlite import schema
from clockhand_sqlite.failures import failure, undecodable
from clockhand_sqlite.opening import Place, full_path, open_file, place_of
from clockhand_sqlite.worker import Worker

T = TypeVar("T")
Begin = Literal["BEGIN", "BEGIN IMMEDIATE"]

MOST: Final = 2**62
"""The largest number of rows to ask for, and the largest position; SQLite's own numbers go a bit further."""
LOOK: Final = 1.0
"""Seconds between two looks at whether the path still leads to the file that is open."""


def replaced(raw: bytes) -> str:
    """Return a text of the file, with what is no UTF-8 replaced: it must not keep others from being read."""
    return raw.decode("utf-8", "replace")


class Connection:
    """One SQLite connection on a thread of its own. *noun*, `silo` or `history`, begins its messages."""

    def __init__(self, path: str, timeout: float, noun: str) -> None:
        self._given = path
        self._path = full_path(path, Path.cwd())
        self._timeout = timeout
        self._noun = noun
        self._where = f"{noun}.sqlite"
        self._worker: Worker | None = None
        self._open: sqlite3.Connection | None = None
        self._place: Place | None = None
        self._look_at = 0.0
        self.written = 0
        """How many transactions that may have written something were kept."""
        self.by_others: int | None = None
        """SQLite's count of what others have written, as of this transaction; None: none has begun yet."""

    @property
    def location(self) -> str:
        """The same text for every connection to the same file."""
        return f"sqlite:{self._path}"

    async def open(self, context: StoreContext) -> None:
        """
        Open the file, creating or upgrading it; StoreUnreachable says why it can't be.

        StoreMissing if there is none and the context says not to make one.
        """
        await self.close()
        self._path = full_path(self._given, context.folder)
        self._where = f"{self._noun} {context.alias!r}"
        self._worker = Worker(f"clockhand-sqlite {context.alias}", context.clock)
        try:
            await self._worker.call(lambda: self._opened(create=context.create))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the file after what is outstanding, and end the thread; again and again, if need be."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        try:
            await worker.call(self._closed)
        finally:
            worker.stop()

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what *work* finds; all that it reads is as of one moment."""
        return await self._run("BEGIN", work)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what *work* returns; what it wrote is kept once this returns, and isn't when it raises."""
        return await self._run("BEGIN IMMEDIATE", work)

    async def _run(self, begin: Begin, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._worker is None:
            raise StoreClosed(f"{self._where}: not open, used before startup() or after teardown()")
        return await self._worker.call(lambda: self._transact(begin, work))

    def _transact(self, begin: Begin, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._open
        if connection is None:
            raise StoreClosed(f"{self._where}: not open, used before startup() or after teardown()")
        self._see_place()
        try:
            try:
                return self._attempt(connection, begin, work)
            except sqlite3.OperationalError as error:
                if not undecodable(error):
                    raise
            # From now on a text that is none is read with what can't be read replaced, which takes longer.
            connection.text_factory = replaced
            return self._attempt(connection, begin, work)
        except sqlite3.Error as error:
            raise failure(error, self._where, self._path, self._timeout) from error

    def _attempt(
        self, connection: sqlite3.Connection, begin: Begin, work: Callable[[sqlite3.Connection], T]
    ) -> T:
        connection.execute(begin)
        try:
            self._see_others(connection)
            result = work(connection)
            connection.execute("COMMIT")
            self.written += begin == "BEGIN IMMEDIATE"
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return result

    def _see_place(self) -> None:
        """Raise StoreUnreachable if the file isn't where it was: what is written to it now nobody finds."""
        now = time.monotonic()
        if now < self._look_at:
            return
        with contextlib.suppress(OSError):  # what can't be looked at now may still be there
            place = place_of(self._path)
            if place is None or place != self._place:
                raise StoreUnreachable(
                    f"{self._where}: {self._path} was deleted, moved or replaced while it was open, so "
                    "nothing more is written to it; put it back, or restart to open what is there now"
                )
        self._look_at = now + LOOK

    def _see_others(self, connection: sqlite3.Connection) -> None:
        (count,) = connection.execute("PRAGMA data_version").fetchone()
        if count == self.by_others:
            return
        # A newer clockhand may have upgraded the file since it was opened here.
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found != schema.VERSION:
            raise StoreUnreachable(schema.newer(self._where, self._path, found))
        self.by_others = count

    def _opened(self, *, create: bool) -> None:
        self.by_others = None
        try:
            self._open = open_file(self._path, self._timeout, self._where, create=create)
        except sqlite3.Error as error:
            raise failure(error, self._where, self._path, self._timeout) from error
        self._place, self._look_at = place_of(self._path), 0.0

    def _closed(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
