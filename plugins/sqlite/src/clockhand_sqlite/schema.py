"""Bringing a file to the version that this clockhand reads and writes; or saying why it can't be."""

from __future__ import annotations

import sqlite3
from typing import Final

from clockhand.errors import StoreUnreachable
from clockhand_sqlite.steps import STEPS

APPLICATION_ID: Final = 0x436C6B48
"""What marks a file as clockhand's: `ClkH`."""

VERSION: Final = len(STEPS)
"""The version of the tables that this clockhand reads and writes."""


def prepare(connection: sqlite3.Connection, where: str, path: str) -> None:
    """
    Give the file the tables of VERSION, whatever older version it is; StoreUnreachable if it can't be.

    All of it is one transaction under an exclusive lock: processes that start at once wait for each
    other, and one that is killed on the way leaves the file as it was.
    """
    if _version(connection, where, path) == VERSION:
        return
    # A table that is made anew is dropped first, and what refers to it must not go with it.
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for step in STEPS[_version(connection, where, path) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def foreign(where: str, path: str, owner: int) -> str:
    """Return the message for a file that another program marked with *owner*, 0 if it didn't."""
    mark = f" (application id {owner:#010x})" if owner else ""
    return f"{where}: {path} is another program's SQLite file{mark}; give clockhand a file of its own"


def newer(where: str, path: str, found: int) -> str:
    """Return the message for a file of version *found*."""
    return f"{where}: {path} has version {found}, this clockhand knows up to {VERSION}; upgrade clockhand"


def _version(connection: sqlite3.Connection, where: str, path: str) -> int:
    tables, version, owner = connection.execute(
        "SELECT (SELECT count(*) FROM sqlite_master), user_version, application_id"
        " FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    if owner == 0 and version == 0 and tables == 0:
        return 0
    if owner != APPLICATION_ID:
        raise StoreUnreachable(foreign(where, path, owner % 2**32))
    if version > VERSION:
        raise StoreUnreachable(newer(where, path, version))
    if version < 1 or not tables:
        raise StoreUnreachable(f"{where}: {path} is damaged: it has version {version} and {tables} tables")
    return int(version)
