"""Ending claims: with a verdict, for another attempt, or because they were not begun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from clockhand.contracts import Claim, End, Entry, OpenOccurrence, OpenState, StoredJob, plans
from clockhand_sqlite import jobs
from clockhand_sqlite.known import Kept
from clockhand_sqlite.transaction import Transaction
from clockhand_sqlite.writes import Writes


def settle(
    tx: Transaction, ends: Sequence[End], now: datetime, others: Sequence[Entry]
) -> list[Sequence[Entry] | None]:
    """End each claim whose token is the current one; *others* are written in any case."""
    found = jobs.load(tx, [end.job for end in ends])
    writes = Writes(tx, now)
    answers: list[Sequence[Entry] | None] = []
    for end in ends:
        job = found.get(end.job)
        one = None if job is None else job.held(end.key, end.token)
        if job is None or one is None:
            answers.append(None)
            continue
        more = _judged(writes, job, end)
        _ended(writes, job, one, end)
        writes.entries += end.entries
        writes.entries += more
        answers.append(more)
    writes.write(others)
    return answers


def _judged(writes: Writes, job: Kept, end: End) -> Sequence[Entry]:
    """Let a job be as its run's end leaves it; one that can't be read any more keeps what it had."""
    if isinstance(job.stored, StoredJob):
        stored, more = plans.ended(job.stored, end, writes.now)
        writes.job(job, stored)
        return more
    if end.quarantine:
        jobs.quarantine(writes.tx, [(job, end.quarantine)], writes.now)
    return ()


def _ended(writes: Writes, job: Kept, one: OpenOccurrence, end: End) -> None:
    """Close an occurrence, or let it wait for its next attempt; a death before is over with this end."""
    if end.verdict is not None:
        writes.close(job, one)
    else:
        job.lost.pop(one.key, None)
        again = attrs.evolve(
            job.placed(one),
            state=OpenState.PLANNED,
            owner="",
            attempt=end.attempt or one.attempt + 1,
            not_before=end.not_before or writes.now,
            failures=end.failures,
            started=None,
        )
        writes.open(job, again)
    writes.let_in_line(job)


def hand_back(tx: Transaction, claims: Sequence[Claim], now: datetime) -> None:
    """Let claims that were not begun be claimed again; stale tokens are ignored."""
    found = jobs.load(tx, [claim.occurrence.job for claim in claims])
    writes = Writes(tx, now)
    for claim in claims:
        job = found.get(claim.occurrence.job)
        one = None if job is None else job.held(claim.occurrence.key, claim.occurrence.token)
        if job is not None and one is not None:
            # A death before is still to be dealt with.
            writes.open(job, attrs.evolve(job.placed(one), state=OpenState.PLANNED, owner="", started=None))
    writes.write()
