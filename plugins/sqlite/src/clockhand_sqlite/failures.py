"""What SQLite's own errors are called here: each a StoreError that says which file and why."""

from __future__ import annotations

import sqlite3
from typing import Final

from clockhand.errors import StoreError, StoreUnreachable


class StoreFull(StoreError):
    """There is no room for the file to grow; nothing of the verb was written."""


_UNREACHABLE: Final = {
    sqlite3.SQLITE_READONLY: "can't be written to; check the permissions of the file and of its folder",
    sqlite3.SQLITE_PERM: "can't be opened; check the permissions of the file and of its folder",
    sqlite3.SQLITE_CANTOPEN: "can't be opened; check the permissions of the file and of its folder",
    sqlite3.SQLITE_CORRUPT: "is damaged; put a backup in its place, or move it away",
    sqlite3.SQLITE_NOTADB: "is not an SQLite file; give another path, or move it away",
    sqlite3.SQLITE_IOERR: "can't be read or written; check the disk",
    sqlite3.SQLITE_PROTOCOL: "can't be locked; check that its file system supports locks",
}
_PRIMARY: Final = 0xFF
"""The bits of an extended result code that hold the primary one."""


def failure(error: sqlite3.Error, where: str, path: str, timeout: float) -> StoreError:
    """Return the StoreError that says what *error* means for the file at *path*."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreUnreachable(f"{where}: {path} was locked by another process for more than {timeout:g} s")
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(f"{where}: {path} can't grow, the disk is full; make room on it ({error})")
    if code in _UNREACHABLE:
        return StoreUnreachable(f"{where}: {path} {_UNREACHABLE[code]} ({error})")
    return StoreError(f"{where}: {path}: SQLite says: {error}")


def undecodable(error: sqlite3.Error) -> bool:
    """Say whether *error* is Python's own, about a text in the file that is no UTF-8."""
    return getattr(error, "sqlite_errorcode", None) is None and "decode to UTF-8" in str(error)
