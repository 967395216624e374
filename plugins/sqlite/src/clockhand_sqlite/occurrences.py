"""The table of open occurrences: read by job or key, written, closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from clockhand.contracts import Claim, End, OpenOccurrence, OpenState
from clockhand_sqlite.rows import OCCURRENCE, Open, Row, micros, occurrence, occurrence_row
from clockhand_sqlite.transaction import Transaction, listed

_OF_JOBS = (
    f"SELECT {OCCURRENCE} FROM occurrences o"  # noqa: S608 - columns
    " WHERE o.job IN (SELECT value FROM json_each(?)) ORDER BY o.due, o.key"
)
_BY_KEY = f"SELECT {OCCURRENCE} FROM occurrences o WHERE o.key IN (SELECT value FROM json_each(?))"  # noqa: S608 - columns
_WRITE = (
    f"INSERT OR REPLACE INTO occurrences ({OCCURRENCE.replace('o.', '')})"  # noqa: S608 - columns
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


def of_jobs(
    tx: Transaction, aliases: Iterable[str]
) -> tuple[dict[str, list[OpenOccurrence]], dict[str, str]]:
    """
    Return the open occurrences of each job, by due time; and why, of jobs that have one that can't be read.

    A job whose occurrences aren't all known can't be planned, for it may be running.
    """
    found: defaultdict[str, list[OpenOccurrence]] = defaultdict(list)
    bad: dict[str, str] = {}
    for row in tx.connection.execute(_OF_JOBS, (listed(aliases),)):
        item = read(row)
        if isinstance(item, str):
            bad[row[1]] = item
        else:
            found[row[1]].append(item.one)
    return found, bad


def by_key(tx: Transaction, keys: Iterable[str]) -> dict[str, Open]:
    """Return the open occurrences of *keys* that exist and can be read."""
    wanted = set(keys)
    rows = tx.connection.execute(_BY_KEY, (listed(wanted),))
    found = (read(row) for row in rows if row[0] in wanted)
    return {item.one.key: item for item in found if isinstance(item, Open)}


def read(row: Row) -> Open | str:
    """Return the occurrence of a row of OCCURRENCE, or why it makes none."""
    try:
        return occurrence(row)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return f"occurrence {row[0]!r} can't be read: {error}"


def write(tx: Transaction, several: Iterable[OpenOccurrence]) -> None:
    """Write occurrences, new ones or in place of those with the same key."""
    tx.connection.executemany(_WRITE, [occurrence_row(one) for one in several])


def close(tx: Transaction, keys: Iterable[str]) -> None:
    """Forget occurrences: they have their verdicts."""
    tx.connection.executemany("DELETE FROM occurrences WHERE key = ?", [(key,) for key in keys])


def give(tx: Transaction, claims: Iterable[Claim]) -> None:
    """Write claims: who runs the occurrence now, under which token."""
    tx.connection.executemany(_WRITE, [occurrence_row(claim.occurrence, claim.lost) for claim in claims])


def plan_again(tx: Transaction, ends: Iterable[tuple[End, OpenOccurrence]], now: datetime) -> None:
    """Let occurrences wait for their next attempt; a death before is over with this run's end."""
    tx.connection.executemany(
        "UPDATE occurrences SET state = 'planned', owner = '', started = NULL, lost = NULL, attempt = ?,"
        " not_before = ?, executor = (SELECT executor FROM jobs WHERE alias = job) WHERE key = ?",
        [(end.attempt or one.attempt + 1, micros(end.not_before or now), one.key) for end, one in ends],
    )


def take_back(tx: Transaction, keys: Iterable[str]) -> None:
    """Let occurrences that were not begun wait again; a death before is still to be dealt with."""
    tx.connection.executemany(
        "UPDATE occurrences SET state = 'planned', owner = '', started = NULL,"
        " executor = (SELECT executor FROM jobs WHERE alias = job) WHERE key = ?",
        [(key,) for key in keys],
    )


def orphan(tx: Transaction, owners: Iterable[str]) -> None:
    """Let what dead owners were running be claimed by others."""
    tx.connection.execute(
        "UPDATE occurrences SET state = 'orphaned', executor = (SELECT executor FROM jobs WHERE alias = job)"
        " WHERE state = 'running' AND owner IN (SELECT value FROM json_each(?))",
        (listed(owners),),
    )


def move(tx: Transaction, executors: Iterable[tuple[str, str]]) -> None:
    """Let the waiting occurrences of redefined jobs, (executor, alias), wait for their new executors."""
    tx.connection.executemany(
        "UPDATE occurrences SET executor = ? WHERE job = ? AND state <> 'running'", executors
    )


def cancel(tx: Transaction, key: str) -> None:
    """Mark a running occurrence, so that its owner ends it."""
    tx.connection.execute("UPDATE occurrences SET cancel = 1 WHERE key = ?", (key,))


def held(found: dict[str, Open], key: str, token: int) -> OpenOccurrence | None:
    """Return the occurrence *key* if it runs under *token*: the proof that it is still the caller's."""
    item = found.get(key)
    if item is None or item.orphaned or item.one.state is not OpenState.RUNNING or item.one.token != token:
        return None
    return item.one
