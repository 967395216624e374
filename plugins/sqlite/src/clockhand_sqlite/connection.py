"""An open file: every piece of work on it is one transaction, taken whole or rolled back whole."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, TypeVar

from clockhand.contracts import StoreContext
from clockhand.errors import StoreClosed, StoreUnreachable
from clockhand_sqlite import schema
from clockhand_sqlite.failures import failure
from clockhand_sqlite.opening import full_path, open_file
from clockhand_sqlite.worker import Worker

T = TypeVar("T")
Begin = Literal["BEGIN", "BEGIN IMMEDIATE"]

MOST: Final = 2**62
"""The largest number of rows to ask for, and the largest position; SQLite's own numbers go a bit further."""


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

    @property
    def location(self) -> str:
        """The same text for every connection to the same file."""
        return f"sqlite:{self._path}"

    async def open(self, context: StoreContext) -> None:
        """Open the file, creating or upgrading it; StoreUnreachable says why it can't be."""
        await self.close()
        self._path = full_path(self._given, context.folder)
        self._where = f"{self._noun} {context.alias!r}"
        self._worker = Worker(f"clockhand-sqlite {context.alias}", context.clock)
        try:
            await self._worker.call(self._opened)
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
        try:
            connection.execute(begin)
            try:
                self._check_version(connection)
                result = work(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise failure(error, self._where, self._path, self._timeout) from error
        return result

    def _check_version(self, connection: sqlite3.Connection) -> None:
        # A newer clockhand may have upgraded the file since it was opened here.
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found != schema.VERSION:
            raise StoreUnreachable(schema.newer(self._where, self._path, found))

    def _opened(self) -> None:
        try:
            self._open = open_file(self._path, self._timeout, self._where)
        except sqlite3.Error as error:
            raise failure(error, self._where, self._path, self._timeout) from error

    def _closed(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
