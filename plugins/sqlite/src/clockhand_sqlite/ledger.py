"""The table of entries: the silo's outbox and the history are one and the same."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from clockhand.contracts import Entry, Query, to_us
from clockhand_sqlite.entries import BODY, COLUMNS, entry_row, read
from clockhand_sqlite.rows import Row, plain
from clockhand_sqlite.transaction import Transaction, listed

_LIFE: Final = "(SELECT life FROM lives WHERE lives.id = history.life)"
OVERHEAD: Final = 200
"""About how many bytes of the file an entry takes besides its body: the other columns and the indexes."""

_SIZE: Final = f"length(body) + {OVERHEAD}"
_INSERT: Final = f"INSERT INTO history ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)"  # noqa: S608 - columns
_APPEND: Final = f"INSERT INTO history ({COLUMNS}, appended) VALUES (?,?,?,?,?,?,?,?,?,1)"  # noqa: S608 - columns
_SELECT: Final = f"SELECT {COLUMNS.replace('life', _LIFE)} FROM history"  # noqa: S608 - columns


def record(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Append *entries*, stamped with this life, its next numbers and their positions."""
    if not entries:
        return
    count = len(entries)
    life, seq = _life(tx.connection, tx.life)
    tx.connection.execute("UPDATE lives SET seq = seq + ? WHERE id = ?", (count, life))
    place = _places(tx.connection, count)
    for number, entry in enumerate(entries):
        entry.life, entry.seq, entry.position = tx.life, seq + number + 1, place + number
    _insert(tx.connection, _INSERT, [entry_row(entry, life) for entry in entries])


def append(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Append *entries*, stamped already, leaving out those that are there."""
    several: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        several[plain(entry.life)].append(entry)
    lives = {name: _life(connection, name) for name in several}
    there = {
        (name, seq)
        for name, group in several.items()
        for (seq,) in connection.execute(
            "SELECT seq FROM history WHERE appended AND life = ? AND seq BETWEEN ? AND ?",
            (lives[name][0], min(entry.seq for entry in group), max(entry.seq for entry in group)),
        )
    }
    fresh = []
    for entry in entries:
        name = plain(entry.life)
        # What a silo on this file has recorded itself is here, or was.
        if entry.seq > lives[name][1] and (name, entry.seq) not in there:
            there.add((name, entry.seq))
            fresh.append(entry)
    place = _places(connection, len(fresh))
    rows = [entry_row(entry, lives[plain(entry.life)][0]) for entry in fresh]
    _insert(connection, _APPEND, [(place + number, *row[1:]) for number, row in enumerate(rows)])


def _life(connection: sqlite3.Connection, name: str) -> tuple[int, int]:
    """Return the number of a life, and how many entries a silo on this file has recorded in it."""
    connection.execute("INSERT OR IGNORE INTO lives (life, seq) VALUES (?, 0)", (name,))
    life, seq = connection.execute("SELECT id, seq FROM lives WHERE life = ?", (name,)).fetchone()
    return life, seq


def _places(connection: sqlite3.Connection, count: int) -> int:
    """Take *count* positions, each larger than any before, and return the first."""
    connection.execute("UPDATE counters SET value = value + ? WHERE name = 'position'", (count,))
    (last,) = connection.execute("SELECT value FROM counters WHERE name = 'position'").fetchone()
    return int(last) - count + 1


def after(connection: sqlite3.Connection, position: int, limit: int) -> list[Entry]:
    """Return up to *limit* entries with a larger position, in order."""
    with contextlib.closing(
        connection.execute(f"{_SELECT} WHERE position > ? ORDER BY position", (position,))
    ) as rows:
        return list(islice(read(rows), max(0, limit)))


def matching(
    connection: sqlite3.Connection, query: Query, start: int | None, limit: int
) -> tuple[list[Entry], int | None]:
    """Return up to *limit* entries that match, after position *start*, and the position to go on from."""
    where, values = _conditions(query)
    if start is not None:
        where.append("position < ?" if query.newest_first else "position > ?")
        values.append(start)
    order = "DESC" if query.newest_first else "ASC"
    rows = connection.execute(
        f"{_SELECT} WHERE {' AND '.join(where) or '1'} ORDER BY position {order} LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    more = rows[limit - 1][0] if len(rows) > limit else None
    return list(read(rows[:limit])), more


def acked(connection: sqlite3.Connection, through: int) -> None:
    """Drop the entries up to position *through*."""
    _drop(connection, "position <= ?", through)


def older(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Drop up to *limit* entries that were made before *before*, the oldest first, and return how many."""
    some = "position IN (SELECT position FROM history WHERE at < ? ORDER BY at LIMIT ?)"
    return _drop(connection, some, to_us(before), limit)


def oldest(connection: sqlite3.Connection, max_bytes: int, limit: int) -> int:
    """Drop up to *limit* of the oldest entries, until size() is at most *max_bytes*; return how many."""
    surplus = size(connection) - max_bytes
    last = None
    for position, length in connection.execute(
        f"SELECT position, {_SIZE} FROM history ORDER BY position LIMIT ?",  # noqa: S608 - fixed texts
        (limit,),
    ):
        if surplus <= 0:
            break
        surplus -= length
        last = position
    return 0 if last is None else _drop(connection, "position <= ?", last)


def size(connection: sqlite3.Connection) -> int:
    """Return about how many bytes the entries take."""
    (value,) = connection.execute("SELECT value FROM counters WHERE name = 'bytes'").fetchone()
    return int(value)


def _insert(connection: sqlite3.Connection, statement: str, rows: Sequence[Row]) -> None:
    connection.executemany(statement, rows)
    _count(connection, sum(len(row[BODY]) for row in rows) + OVERHEAD * len(rows))


def _count(connection: sqlite3.Connection, size: int) -> None:
    connection.execute("UPDATE counters SET value = value + ? WHERE name = 'bytes'", (size,))


def _drop(connection: sqlite3.Connection, which: str, *values: int) -> int:
    (total,) = connection.execute(
        f"SELECT coalesce(sum({_SIZE}), 0) FROM history WHERE {which}",  # noqa: S608 - fixed texts
        values,
    ).fetchone()
    count = connection.execute(f"DELETE FROM history WHERE {which}", values).rowcount  # noqa: S608 - fixed texts
    _count(connection, -total)
    return count


def _conditions(query: Query) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    for column, wanted in (("job", query.jobs), ("what", query.whats), ("verdict", query.verdicts)):
        if wanted is not None and len(wanted) == 1:
            # An index on one value is in the order of positions already.
            where.append(f"{column} = ?")
            values.extend(map(plain, wanted))
        elif wanted is not None:
            where.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608 - fixed texts
            values.append(listed(map(plain, wanted)))
    if query.occurrence is not None:
        # The index has only entries that name an occurrence, and SQLite has to see that these do.
        where.append("occurrence = ? AND occurrence <> ''" if query.occurrence else "occurrence = ?")
        values.append(plain(query.occurrence))
    for comparison, moment in (("at >= ?", query.since), ("at < ?", query.until)):
        if moment is not None:
            where.append(comparison)
            values.append(to_us(moment))
    return where, values
