"""The tables, and the numbered steps by which a file gets them."""

from __future__ import annotations

import sqlite3
from typing import Final

from clockhand.errors import StoreUnreachable

APPLICATION_ID: Final = 0x436C6B48
"""What marks a file as clockhand's: `ClkH`."""

_JOBS: Final = """
CREATE TABLE jobs (
    alias TEXT NOT NULL PRIMARY KEY CHECK (typeof(alias) = 'text'),
    definition TEXT NOT NULL,
    work TEXT NOT NULL,
    executor TEXT NOT NULL,
    revision INTEGER NOT NULL,
    source TEXT NOT NULL,
    anchor INTEGER NOT NULL,
    cursor INTEGER,
    reached INTEGER,
    paused INTEGER,
    pause_reason TEXT NOT NULL DEFAULT '',
    pause_by TEXT NOT NULL DEFAULT '',
    quarantined TEXT NOT NULL DEFAULT '',
    last TEXT,
    last_run TEXT,
    planner TEXT NOT NULL DEFAULT '',
    planner_token INTEGER NOT NULL DEFAULT 0
)"""
_OCCURRENCES: Final = """
CREATE TABLE occurrences (
    key TEXT NOT NULL PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (alias) ON DELETE CASCADE,
    due INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    executor TEXT NOT NULL,
    forced INTEGER NOT NULL DEFAULT 0,
    owner TEXT NOT NULL DEFAULT '',
    token INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    cancel INTEGER NOT NULL DEFAULT 0,
    started INTEGER,
    lost TEXT
) WITHOUT ROWID"""
_HISTORY: Final = """
CREATE TABLE history (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    life TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    job TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    verdict TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (life, seq)
)"""

# Moments are whole microseconds since 1970 in UTC. An occurrence is requested, planned, running or, once
# its owner is dead, orphaned; `lost` is the run that a dead owner didn't end, until another one has ended.
# `lives` counts the entries of each opening of the file, `counters` the tokens and the history's bytes.
STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        _JOBS,
        """CREATE INDEX jobs_due ON jobs (cursor, work, executor)
            WHERE cursor IS NOT NULL AND paused IS NULL AND quarantined = ''""",
        "CREATE INDEX jobs_planned_by ON jobs (planner) WHERE planner <> ''",
        _OCCURRENCES,
        "CREATE INDEX occurrences_of_job ON occurrences (job)",
        "CREATE INDEX occurrences_requested ON occurrences (not_before) WHERE state = 'requested'",
        "CREATE INDEX occurrences_waiting ON occurrences (not_before) WHERE state IN ('planned', 'orphaned')",
        """CREATE INDEX occurrences_of_executor ON occurrences (executor, not_before)
            WHERE state IN ('planned', 'orphaned')""",
        "CREATE INDEX occurrences_of_owner ON occurrences (owner) WHERE state = 'running'",
        """CREATE TABLE owners (
            name TEXT NOT NULL PRIMARY KEY, expires INTEGER NOT NULL, dead INTEGER NOT NULL
        )""",
        "CREATE INDEX owners_alive ON owners (expires) WHERE dead = 0",
        "CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL)",
        "INSERT INTO counters (name, value) VALUES ('token', 0), ('bytes', 0)",
        "CREATE TABLE lives (life TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL)",
        _HISTORY,
        "CREATE INDEX history_at ON history (at)",
        "CREATE INDEX history_of_job ON history (job)",
        "CREATE INDEX history_of_occurrence ON history (occurrence) WHERE occurrence <> ''",
    ),
)
"""Step n takes a file from version n to n + 1. A step that was released is never changed again."""

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
