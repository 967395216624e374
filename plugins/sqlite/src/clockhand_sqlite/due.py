"""What one owner may plan and run now: found by index, earliest first, and marked as its own."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

import attrs

from clockhand.contracts import (
    EPOCH,
    Claim,
    ClaimReason,
    Due,
    DueJob,
    OpenOccurrence,
    OpenState,
    StoredJob,
    from_us,
    rules,
    to_us,
)
from clockhand_sqlite import jobs, ledger, occurrences, owners
from clockhand_sqlite.rows import JOB, OCCURRENCE, OCCURRENCE_COLUMNS, Open, Row
from clockhand_sqlite.transaction import Transaction, listed

# The plus keeps SQLite from looking for an index on what only narrows the search down.
_DOABLE: Final = (
    " AND +j.work IN (SELECT value FROM json_each(:works))"
    " AND +j.executor IN (SELECT value FROM json_each(:executors))"
)
_FREE: Final = " AND (+j.planner = '' OR +j.planner NOT IN (SELECT name FROM owners WHERE dead = 0))"
_DUE: Final = (
    "FROM jobs j INDEXED BY jobs_due WHERE j.cursor IS NOT NULL AND j.paused IS NULL AND j.quarantined = ''"
)
_REQUESTED: Final = (
    "FROM occurrences r INDEXED BY occurrences_requested CROSS JOIN jobs j ON j.alias = r.job"
    " WHERE r.state = 'requested' AND j.quarantined = '' AND (j.paused IS NULL OR r.forced)"
)
_WAITING: Final = (
    " CROSS JOIN jobs j ON j.alias = o.job WHERE o.state IN ('planned', 'orphaned')"
    " AND j.quarantined = '' AND (j.paused IS NULL OR o.forced)"
)
DUE: Final = f"SELECT {JOB}, j.cursor {_DUE} AND j.cursor <= :now{_DOABLE}{_FREE} ORDER BY j.cursor"
"""The jobs that are due, by the moment since when."""
REQUESTED: Final = (
    f"SELECT {JOB}, min(r.not_before) {_REQUESTED}{_DOABLE}{_FREE}"
    " GROUP BY j.rowid ORDER BY min(r.not_before)"
)
"""The jobs of which runs were asked for, by the moment since when."""
WAITING: Final = (
    f"SELECT {OCCURRENCE}, {JOB} FROM occurrences o INDEXED BY occurrences_of_executor{_WAITING}"  # noqa: S608
    " AND o.executor = :executor AND o.not_before <= :now"
    " AND +j.work IN (SELECT value FROM json_each(:works)) ORDER BY o.not_before"
)
"""The occurrences of one executor that wait to be run, or whose owner is dead."""
NEXT: Final = (
    f"SELECT j.cursor {_DUE} AND typeof(j.cursor) = 'integer' ORDER BY j.cursor LIMIT 1",
    f"SELECT r.not_before {_REQUESTED} AND typeof(r.not_before) = 'integer' ORDER BY r.not_before LIMIT 1",
    (
        f"SELECT o.not_before FROM occurrences o INDEXED BY occurrences_waiting{_WAITING}"  # noqa: S608
        " AND typeof(o.not_before) = 'integer' ORDER BY o.not_before LIMIT 1"
    ),
)
"""The earliest moments of each of the three."""


class Bad(dict[int, tuple[jobs.Kept, str]]):
    """Jobs that can't be run because something of them can't be read, by rowid, each with the reason."""


@attrs.frozen(kw_only=True)
class Ask:
    """Who asks for work, when, and what it can do."""

    owner: str
    now: datetime
    room: Mapping[str, int]
    works: frozenset[str]
    limit: int

    def values(self, executor: str = "") -> dict[str, Any]:
        """Return the parameters of the queries of this module."""
        return {
            "owner": self.owner,
            "now": to_us(self.now),
            "works": listed(self.works),
            "executors": listed(self.room),
            "executor": executor,
        }


def hand_out(tx: Transaction, ask: Ask) -> Due:
    """Return what *ask*'s owner gets, written as its own; rows that can't be read go into quarantine."""
    if not owners.alive(tx, [ask.owner]):
        return Due()
    owners.expire(tx, ask.now, ask.owner)
    owners.withdraw(tx, [ask.owner])
    return Due(_due_jobs(tx, ask), _claims(tx, ask))


def next_due(tx: Transaction) -> datetime | None:
    """Return the earliest moment at which a job or an occurrence falls due, whoever may plan it."""
    rows = (tx.connection.execute(query).fetchone() for query in NEXT)
    moments = [row[0] for row in rows if row is not None]
    if not moments:
        return None
    try:
        return from_us(min(moments))
    except OverflowError:
        return EPOCH  # a row that goes into quarantine as soon as somebody asks for work


def _due_jobs(tx: Transaction, ask: Ask) -> list[DueJob]:
    bad = Bad()
    found = _plannable(tx, ask, bad)
    opened, unknown = occurrences.of_jobs(tx, [job.stored.alias for job in found])
    for job in found:
        if job.stored.alias in unknown:
            bad[job.rowid] = (job, unknown[job.stored.alias])
    _quarantine(tx, bad, ask.now)
    good = [job for job in found if job.rowid not in bad]
    due = _granted(tx, good, opened)
    tx.connection.executemany(
        "UPDATE jobs SET planner = ?, planner_token = ? WHERE rowid = ?",
        [(ask.owner, one.token, job.rowid) for job, one in zip(good, due, strict=True)],
    )
    return due


def _granted(
    tx: Transaction, found: Sequence[jobs.Kept], opened: Mapping[str, Sequence[OpenOccurrence]]
) -> list[DueJob]:
    """Return the jobs with their tokens: the plan's, which is also the cursor's, and one a request."""
    if not found:
        return []
    several = [opened.get(job.stored.alias, ()) for job in found]
    counts = [1 + sum(one.state is OpenState.REQUESTED for one in group) for group in several]
    first = owners.tokens(tx, sum(counts))
    tokens = accumulate(counts, initial=first)
    return [
        DueJob(job.stored, token, group)
        for job, token, group in zip(found, tokens, several, strict=False)
        if isinstance(job.stored, StoredJob)
    ]


def _plannable(tx: Transaction, ask: Ask, bad: Bad) -> list[jobs.Kept]:
    found: dict[int, jobs.Kept] = {}
    values = ask.values()
    with (
        contextlib.closing(tx.connection.execute(DUE, values)) as due,
        contextlib.closing(tx.connection.execute(REQUESTED, values)) as requested,
    ):
        for row in heapq.merge(due, requested, key=_moment):
            if len(found) >= ask.limit:
                break
            job = jobs.kept(tx, row)
            if not isinstance(job.stored, StoredJob):
                bad[job.rowid] = (job, job.stored.reason)
            elif not job.stored.job.missing:
                found.setdefault(job.rowid, job)
    return list(found.values())


def _moment(row: Row) -> float:
    return row[-1] if isinstance(row[-1], int | float) else 0


def _claims(tx: Transaction, ask: Ask) -> list[Claim]:
    bad = Bad()
    waiting: list[tuple[Open, jobs.Kept]] = []
    for executor, room in ask.room.items():
        if room > 0:
            waiting += _waiting(tx, ask, executor, min(room, ask.limit), bad)
    _quarantine(tx, bad, ask.now)
    ready = [item for item in waiting if item[1].rowid not in bad]
    chosen = sorted(ready, key=lambda item: item[0].one.not_before)[: ask.limit]
    if not chosen:
        return []
    first = owners.tokens(tx, len(chosen))
    claims = [_claim(item, job, ask, token) for token, (item, job) in enumerate(chosen, first)]
    occurrences.give(tx, claims)
    return claims


def _waiting(tx: Transaction, ask: Ask, executor: str, room: int, bad: Bad) -> list[tuple[Open, jobs.Kept]]:
    found: list[tuple[Open, jobs.Kept]] = []
    with contextlib.closing(tx.connection.execute(WAITING, ask.values(executor))) as rows:
        for row in rows:
            job, item = jobs.kept(tx, row[OCCURRENCE_COLUMNS:]), occurrences.read(row)
            if not isinstance(job.stored, StoredJob):
                bad[job.rowid] = (job, job.stored.reason)
            elif isinstance(item, str):
                bad[job.rowid] = (job, item)
            elif not job.stored.job.missing:
                found.append((item, job))
                if len(found) == room:
                    break
    return found


def _claim(item: Open, job: jobs.Kept, ask: Ask, token: int) -> Claim:
    assert isinstance(job.stored, StoredJob)  # noqa: S101 - the others went into quarantine
    one, lost = item.one, item.lost
    if item.orphaned:
        one, lost = rules.died(one), rules.lost_run(one)
    one.state, one.owner, one.token, one.started = OpenState.RUNNING, ask.owner, token, ask.now
    one.revision = job.stored.revision
    return Claim(job.stored, one, ClaimReason.OWNER_DIED if lost else ClaimReason.QUEUED, lost)


def _quarantine(tx: Transaction, bad: Bad, now: datetime) -> None:
    if bad:
        ledger.record(tx, jobs.quarantine(tx, bad.values(), now))
