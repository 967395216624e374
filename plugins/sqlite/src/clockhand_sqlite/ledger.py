"""The table of entries: the silo's outbox and the history are one and the same."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from clockhand.contracts import Entry, Query, to_us
from clockhand.errors import shown
from clockhand_sqlite.rows import Row, plain
from clockhand_sqlite.transaction import Transaction, listed

OVERHEAD: Final = 200
"""About how many bytes of the file an entry takes besides its text: the other columns and the indexes."""

_LOG = logging.getLogger("clockhand.sqlite")
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_INSERT: Final = (
    "INSERT INTO history (life, seq, at, what, job, occurrence, verdict, body) VALUES (?,?,?,?,?,?,?,?)"
)


def record(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Append *entries*, stamped with this life, its next numbers and their positions."""
    if not entries:
        return
    execute = tx.connection.execute
    execute(
        "INSERT INTO lives (life, seq) VALUES (?, ?)"
        " ON CONFLICT (life) DO UPDATE SET seq = seq + excluded.seq",
        (tx.life, len(entries)),
    )
    (last,) = execute("SELECT seq FROM lives WHERE life = ?", (tx.life,)).fetchone()
    for seq, entry in enumerate(entries, last - len(entries) + 1):
        entry.life, entry.seq = tx.life, seq
    _insert(tx.connection, entries)
    (position,) = execute("SELECT last_insert_rowid()").fetchone()
    for place, entry in enumerate(entries, position - len(entries) + 1):
        entry.position = place


def append(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Append *entries*, stamped already, leaving out those that are there."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for entry in entries:
        numbers[plain(entry.life)].append(entry.seq)
    there = {
        (life, seq)
        for life, found in numbers.items()
        for (seq,) in connection.execute(
            "SELECT seq FROM history WHERE life = ? AND seq BETWEEN ? AND ?", (life, min(found), max(found))
        )
    }
    fresh = []
    for entry in entries:
        if (name := (plain(entry.life), entry.seq)) not in there:
            there.add(name)
            fresh.append(entry)
    _insert(connection, fresh)


def after(connection: sqlite3.Connection, position: int, limit: int) -> list[Entry]:
    """Return up to *limit* entries with a larger position, in order."""
    rows = connection.execute(
        "SELECT position, body FROM history WHERE position > ? ORDER BY position", (position,)
    )
    found: list[Entry] = []
    if limit > 0:
        for entry in _read(rows):
            found.append(entry)
            if len(found) == limit:
                break
    rows.close()
    return found


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
        f"SELECT position, body FROM history WHERE {' AND '.join(where) or '1'}"  # noqa: S608 - fixed texts
        f" ORDER BY position {order} LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    more = rows[limit - 1][0] if len(rows) > limit else None
    return list(_read(rows[:limit])), more


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
        "SELECT position, length(body) FROM history ORDER BY position LIMIT ?", (limit,)
    ):
        if surplus <= 0:
            break
        surplus -= length + OVERHEAD
        last = position
    return 0 if last is None else _drop(connection, "position <= ?", last)


def size(connection: sqlite3.Connection) -> int:
    """Return about how many bytes the entries take."""
    (value,) = connection.execute("SELECT value FROM counters WHERE name = 'bytes'").fetchone()
    return int(value)


def _insert(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    rows = [_row(entry) for entry in entries]
    connection.executemany(_INSERT, rows)
    _count(connection, sum(len(row[-1]) + OVERHEAD for row in rows))


def _row(entry: Entry) -> Row:
    return (
        plain(entry.life),
        entry.seq,
        to_us(entry.at),
        str(entry.what),
        plain(entry.job),
        plain(entry.occurrence),
        "" if entry.verdict is None else str(entry.verdict),
        _ENCODER.encode(entry.to_json()),
    )


def _count(connection: sqlite3.Connection, size: int) -> None:
    connection.execute("UPDATE counters SET value = value + ? WHERE name = 'bytes'", (size,))


def _drop(connection: sqlite3.Connection, which: str, *values: int) -> int:
    (total,) = connection.execute(
        f"SELECT coalesce(sum(length(body) + {OVERHEAD}), 0) FROM history WHERE {which}",  # noqa: S608 - fixed texts
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


def _read(rows: Iterable[Row]) -> Iterator[Entry]:
    for position, body in rows:
        try:
            yield Entry.from_json(json.loads(body), position)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
            _LOG.warning("entry %s can't be read and is passed over: %s", position, shown(str(error)))
