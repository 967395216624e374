"""Opening a file: is it ours, can it be written, is it of the right version; nothing is destroyed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import Final

from clockhand.errors import StoreMissing, StoreUnreachable
from clockhand_sqlite import schema

_PAUSE: Final = 0.02
"""Seconds between two attempts to switch to a WAL."""


def full_path(path: str, folder: Path) -> str:
    """Return *path*, seen from *folder*, with `~` and links resolved: equal for the same file."""
    return os.path.realpath(folder / os.path.expanduser(path))  # noqa: PTH111 - pathlib's raises on a loop of links


Place = tuple[int, int]
"""Which file it is, whatever its name: its device, and its number there."""


def place_of(path: str) -> Place | None:
    """Return which file *path* leads to, None if there is none; OSError if that can't be told."""
    try:
        found = os.stat(path)  # noqa: PTH116 - it is looked at all the time
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def open_file(path: str, timeout: float, where: str, *, create: bool = True) -> sqlite3.Connection:
    """
    Return a connection to the clockhand file at *path*, made or upgraded if need be.

    Without *create* it isn't made: StoreMissing if there is none. Another program's file,
    one of a newer version, and what is no SQLite file at all are a
    StoreUnreachable, and are left as they were found. Also raises sqlite3.Error.
    """
    _recognise(path, where, create=create)
    connection = sqlite3.connect(
        f"{Path(path).as_uri()}?mode={'rwc' if create else 'rw'}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        cached_statements=256,
    )
    try:
        schema.prepare(connection, where, path)
        _use_wal(connection, timeout, where, path)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Written back less often: most pages are written again and again while a backlog is worked off.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("BEGIN IMMEDIATE")  # a file that can't be written should say so now
        connection.execute("ROLLBACK")
    except BaseException:
        connection.close()
        raise
    return connection


def _recognise(path: str, where: str, *, create: bool) -> None:
    """Look at the file before it is opened for good: to open a WAL is to change it."""
    folder = Path(path).parent
    try:
        if not folder.is_dir():
            raise StoreUnreachable(f"{where}: {path}: there is no folder {folder}; make it first")
        mode = Path(path).stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise StoreUnreachable(f"{where}: {path} is {what}; give the path of a file")
        if not Path(path).stat().st_size:
            return
    except FileNotFoundError:
        if create:
            return
        raise StoreMissing(f"{where}: there is no file {path} yet") from None
    except OSError as error:
        raise StoreUnreachable(f"{where}: {path} can't be opened: {error.strerror}") from error
    owner = _application_id(path, where)
    if owner != schema.APPLICATION_ID and (owner or Path(f"{path}-wal").exists()):
        # Ours say whose they are before they get a WAL.
        raise StoreUnreachable(schema.foreign(where, path, owner))


def _application_id(path: str, where: str) -> int:
    """
    Return the application id in the file's header; changes nothing.

    Asked of SQLite, never read by hand: POSIX drops all locks that a process has on a file when any
    descriptor of it is closed, and the process may have the file open already. Without its locks
    another process would take it for gone, and delete the WAL that it writes to.

    Nothing is locked and no WAL is read, so the header may tell of pages that another process is about
    to write, or that a dead one left in the WAL: with a writable schema SQLite doesn't call that damage.
    """
    try:
        with contextlib.closing(
            sqlite3.connect(f"{Path(path).as_uri()}?immutable=1", uri=True)
        ) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_NOTADB:
            raise
        raise StoreUnreachable(
            f"{where}: {path} is not an SQLite file; give another path, or move it away"
        ) from error
    return int(owner) % 2**32


def _use_wal(connection: sqlite3.Connection, timeout: float, where: str, path: str) -> None:
    # SQLite doesn't wait here when another process that starts just now does the same.
    for remaining in range(int(timeout / _PAUSE), -1, -1):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not remaining:
                raise
            time.sleep(_PAUSE)
        else:
            break
    if mode != "wal":
        raise StoreUnreachable(f"{where}: {path} is on a file system that can't share memory; move it")
