"""The table of open occurrences: read by job or key, written, closed."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from clockhand.contracts import OpenOccurrence, Run, to_us
from clockhand_sqlite import rows
from clockhand_sqlite.known import Kept
from clockhand_sqlite.rows import OCCURRENCE, ORPHANED, PLAIN_OCCURRENCE, Row
from clockhand_sqlite.steps import HELD, LINE
from clockhand_sqlite.transaction import Transaction, listed

Place = tuple[str, str]
"""(alias, occurrence key)."""

_SELECT = f"SELECT {OCCURRENCE} FROM occurrences o"  # noqa: S608 - columns
_OF_JOBS = _SELECT + " WHERE o.job IN (SELECT value FROM json_each(?)) ORDER BY o.due, o.key"  # noqa: S608 - columns
_PAGE = _SELECT + " WHERE o.key > ? ORDER BY o.key"
_PAGE_OF_JOBS = _SELECT + " WHERE o.job IN (SELECT value FROM json_each(?)) AND o.key > ? ORDER BY o.key"  # noqa: S608 - columns
# Most are new and nothing about them is special.
_ADD = f"INSERT INTO occurrences ({PLAIN_OCCURRENCE}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 - columns
_COLUMNS = f"{OCCURRENCE.replace('o.', '')}, line"
_SET = ", ".join(f"{one} = excluded.{one}" for one in _COLUMNS.split(", "))
_WRITE = (
    f"INSERT INTO occurrences ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 - columns
    f" ON CONFLICT (job, key) DO UPDATE SET {_SET}"
)
PROMOTE: Final = "UPDATE occurrences SET line = 'ready' WHERE line = 'coming' AND not_before <= ?"
"""Lets those stand in line for room whose moment has come."""
_ORPHAN = (
    "UPDATE occurrences SET state = 'orphaned', executor = (SELECT executor FROM jobs WHERE alias = job),"  # noqa: S608
    f" not_before = min(not_before, :now), line = CASE WHEN {HELD} THEN NULL ELSE 'coming' END"
    " WHERE state = 'running' AND owner IN (SELECT value FROM json_each(:owners))"
)


def of_jobs(tx: Transaction, aliases: Iterable[str]) -> Mapping[str, Sequence[Row]]:
    """Return the rows of what is open of each job, by due time."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in tx.connection.execute(_OF_JOBS, (listed(aliases),)):
        found[row[0]].append(row)
    return found


def attach(job: Kept, group: Sequence[Row]) -> None:
    """
    Give a job its open occurrences.

    A job of which not all can be read can't be planned, for it may be running.
    """
    for row in group:
        try:
            one = rows.occurrence(row)
            lost = None if row[-1] is None else rows.lost_run(row[-1])
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            job.bad = f"occurrence {row[1]!r} can't be read: {error}"
            continue
        job.opened[one.key] = one
        if row[3] == ORPHANED:
            job.orphaned |= {one.key}
        if lost is not None:
            job.lost[one.key] = lost


def page(tx: Transaction, aliases: Sequence[str] | None, after: str, limit: int) -> list[OpenOccurrence]:
    """Return up to *limit* occurrences that can be read whose key sorts after *after*, by key."""
    query, values = _PAGE, [rows.plain(after)]
    if aliases is not None:
        query, values = _PAGE_OF_JOBS, [listed(aliases), *values]
    found: list[OpenOccurrence] = []
    with contextlib.closing(tx.connection.execute(query, values)) as several:
        for row in several:
            if len(found) >= limit:
                break
            with contextlib.suppress(TypeError, ValueError, OverflowError):
                found.append(rows.occurrence(row))
    return found


def queued(tx: Transaction, aliases: Iterable[str]) -> list[str]:
    """Return those of the jobs *aliases* of which something is queued."""
    found = tx.connection.execute(
        "SELECT DISTINCT job FROM occurrences"
        " WHERE job IN (SELECT value FROM json_each(?)) AND state = 'queued'",
        (listed(aliases),),
    )
    return [alias for (alias,) in found]


def write(
    tx: Transaction, several: Iterable[tuple[OpenOccurrence, Run | None, str | None]], new: Container[Place]
) -> None:
    """Write occurrences, each with the run that was lost and its line, in place of what isn't *new*."""
    plain: list[Row] = []
    others: list[Row] = []
    for one, lost, line in several:
        special = line or lost or one.forced or one.deaths or one.cancel or one.failures or one.watched
        if special or (one.job, one.key) not in new:
            others.append(rows.occurrence_row(one, lost, line))
        else:
            plain.append(rows.plain_occurrence_row(one))
    tx.connection.executemany(_ADD, plain)
    tx.connection.executemany(_WRITE, others)


def close(tx: Transaction, places: Iterable[Place]) -> None:
    """Forget occurrences: they have their verdicts."""
    tx.connection.executemany("DELETE FROM occurrences WHERE job = ? AND key = ?", places)


def cancel(tx: Transaction, places: Iterable[Place]) -> None:
    """Mark running occurrences, so that their owners end them."""
    tx.connection.executemany("UPDATE occurrences SET cancel = 1 WHERE job = ? AND key = ?", places)


def orphan(tx: Transaction, owners: Iterable[str], now: datetime) -> None:
    """Let what dead owners were running be claimed by others, from now on."""
    # Owners die seldom and little is open: this looks at all of it, so that no run has to keep an index.
    tx.connection.execute(_ORPHAN, {"owners": listed(owners), "now": to_us(now)})


def place(tx: Transaction, jobs: Iterable[tuple[str, int, str]]) -> None:
    """Let what waits of redefined jobs, (executor, priority, alias), wait as these say."""
    tx.connection.executemany(
        "UPDATE occurrences SET executor = ?, priority = ? WHERE job = ? AND state <> 'running'", jobs
    )


def line_up(tx: Transaction, jobs: Iterable[str]) -> None:
    """Let what waits of jobs stand in line, or be held up, as the jobs now are."""
    tx.connection.executemany(f"UPDATE occurrences SET line = {LINE} WHERE job = ?", [(one,) for one in jobs])  # noqa: S608


def promote(tx: Transaction, now: datetime) -> None:
    """Let those stand in line for room whose moment has come."""
    tx.connection.execute(PROMOTE, (to_us(now),))
