"""The jobs that one owner may plan now: found by index, earliest first, and marked as its own."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from clockhand.contracts import DueJob, OpenState, StoredJob
from clockhand_sqlite import jobs, owners
from clockhand_sqlite.asker import Ask, Sieve
from clockhand_sqlite.known import Kept
from clockhand_sqlite.rows import Row
from clockhand_sqlite.transaction import Transaction

# The plus keeps SQLite from looking for an index on what only narrows the search down.
_DOABLE: Final = (
    " AND +j.work IN (SELECT value FROM json_each(:works))"
    " AND +j.executor IN (SELECT value FROM json_each(:executors))"
)
_FREE: Final = (
    " AND NOT EXISTS (SELECT 1 FROM rights r JOIN owners w ON w.name = r.owner"
    " WHERE r.job = j.id AND w.dead = 0)"
)
SLEEPING: Final = (
    "FROM jobs j INDEXED BY jobs_due WHERE j.cursor IS NOT NULL AND j.paused IS NULL AND j.quarantined = ''"
)
"""The jobs that will be due one day."""
DUE: Final = (
    f"SELECT j.id, j.alias, j.cursor {SLEEPING} AND j.cursor <= :now{_DOABLE}{_FREE} ORDER BY j.cursor"
)
"""The jobs that are due, by the moment since when."""
ASKING: Final = (
    "SELECT j.id, j.alias, o.not_before FROM occurrences o INDEXED BY occurrences_in_line"  # noqa: S608
    f" CROSS JOIN jobs j ON j.alias = o.job WHERE o.line = 'asking'{_DOABLE}{_FREE} ORDER BY o.not_before"
)
"""The jobs of which runs were asked for, by the moment since when; once for each run."""
BATCH: Final = 1_000
"""How many rows are looked at together."""


def due_jobs(tx: Transaction, ask: Ask, sieve: Sieve) -> list[DueJob]:
    """Give the asker the right to plan what is due and can be run there, and return it."""
    found = _plannable(tx, ask, sieve)
    if not found:
        return []
    # The plan's token is also that of the occurrence at the cursor; each request has one more.
    counts = [1 + _requested(job) for job in found]
    token = owners.tokens(tx, sum(counts))
    due = []
    for job, count in zip(found, counts, strict=True):
        job.token = token
        token += count
        stored = job.shown()
        assert isinstance(stored, StoredJob)  # noqa: S101 - the others did not pass
        due.append(DueJob(stored, job.token, tuple(job.opened.values())))
    owners.grant(tx, ask.owner, found)
    return due


def _requested(job: Kept) -> int:
    states = [one.state for one in job.opened.values()]
    return states.count(OpenState.REQUESTED)


def _plannable(tx: Transaction, ask: Ask, sieve: Sieve) -> list[Kept]:
    found: dict[int, Kept] = {}
    with _earliest(tx, ask) as rows:
        while batch := list(islice(rows, min(ask.limit - len(found), BATCH))):
            fresh = {one: alias for one, alias, _ in batch if one not in found}
            for job in jobs.load_by_id(tx, fresh):
                if sieve.passes(job):
                    found[job.id] = job
    return list(found.values())


@contextlib.contextmanager
def _earliest(tx: Transaction, ask: Ask) -> Iterator[Iterator[Row]]:
    values = ask.values()
    with (
        contextlib.closing(tx.connection.execute(DUE, values)) as due,
        contextlib.closing(tx.connection.execute(ASKING, values)) as asking,
    ):
        first = asking.fetchone()
        yield due if first is None else heapq.merge(due, chain([first], asking), key=_moment)


def _moment(row: Row) -> float:
    return row[2] if isinstance(row[2], int | float) else 0
