"""What one owner is to run now of what waits: the highest priority first, then the earliest."""

from __future__ import annotations

import contextlib
from itertools import islice
from typing import Final

import attrs

from clockhand.contracts import Claim, ClaimReason, OpenOccurrence, OpenState, StoredJob, rules
from clockhand_sqlite import jobs, owners
from clockhand_sqlite.asker import Ask, Sieve
from clockhand_sqlite.due import BATCH
from clockhand_sqlite.known import Kept
from clockhand_sqlite.transaction import Transaction
from clockhand_sqlite.writes import Writes

READY: Final = (
    "SELECT o.key, o.job FROM occurrences o INDEXED BY occurrences_ready"
    " CROSS JOIN jobs j ON j.alias = o.job WHERE o.line = 'ready' AND o.executor = :executor"
    " AND o.not_before <= :now AND +j.work IN (SELECT value FROM json_each(:works))"
    " ORDER BY o.priority DESC, o.not_before"
)
"""The occurrences that stand in line for an executor, each with its job, in the order in which they go."""


def claims(tx: Transaction, ask: Ask, sieve: Sieve) -> list[Claim]:
    """Give the asker what waits, or lost its owner, as far as there is room, and return it."""
    found: list[tuple[Kept, OpenOccurrence]] = []
    for executor, room in ask.room.items():
        found += _first(tx, ask, executor, min(room, ask.limit), sieve)
    chosen = sorted(found, key=lambda item: (-item[1].priority, item[1].not_before))[: ask.limit]
    if not chosen:
        return []
    first = owners.tokens(tx, len(chosen))
    writes = Writes(tx, ask.now)
    made = [_claim(writes, ask, job, one, token) for token, (job, one) in enumerate(chosen, first)]
    writes.write()
    return made


def _first(
    tx: Transaction, ask: Ask, executor: str, room: int, sieve: Sieve
) -> list[tuple[Kept, OpenOccurrence]]:
    """Return the first *room* of those in line that can be run."""
    found: list[tuple[Kept, OpenOccurrence]] = []
    if room < 1:
        return found
    with contextlib.closing(tx.connection.execute(READY, ask.values(executor))) as line:
        while batch := list(islice(line, min(room - len(found), BATCH))):
            several = jobs.load(tx, [alias for _, alias in batch])
            for key, alias in batch:
                job = several.get(alias)
                one = job.opened.get(key) if job is not None and sieve.passes(job) else None
                if job is not None and one is not None and _waits(job, one):
                    found.append((job, one))
    return found


def _waits(job: Kept, one: OpenOccurrence) -> bool:
    return one.state is OpenState.PLANNED or one.key in job.orphaned


def _claim(writes: Writes, ask: Ask, job: Kept, one: OpenOccurrence, token: int) -> Claim:
    stored = job.shown()
    assert isinstance(stored, StoredJob)  # noqa: S101 - the others did not pass
    if one.key in job.orphaned:
        job.lost[one.key] = rules.lost_run(one)
        one = rules.died(one)
    lost = job.lost.get(one.key)
    claimed = attrs.evolve(
        one,
        state=OpenState.RUNNING,
        owner=ask.owner,
        token=token,
        revision=stored.revision,
        executor=job.executor,
        started=ask.now,
    )
    writes.open(job, claimed)
    return Claim(stored, claimed, ClaimReason.OWNER_DIED if lost else ClaimReason.QUEUED, lost)
