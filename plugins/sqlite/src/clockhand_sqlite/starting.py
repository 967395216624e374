"""Taking plans: what a planner decided becomes the job's new cursor, its occurrences and its entries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from clockhand.contracts import Claim, ClaimReason, Conflict, Entry, OpenState, Plan, StoredJob
from clockhand.contracts import plans as rules_of_plans
from clockhand_sqlite import jobs, owners
from clockhand_sqlite.known import Kept
from clockhand_sqlite.rows import plain
from clockhand_sqlite.transaction import Transaction
from clockhand_sqlite.writes import Writes


def take(
    tx: Transaction, plans: Sequence[Plan], now: datetime, others: Sequence[Entry]
) -> list[Claim | Conflict]:
    """Take each plan that holds, write *others* in any case, and return what is to be run now."""
    found = jobs.load(tx, [plan.alias for plan in plans])
    living = owners.alive(tx, {plain(plan.owner) for plan in plans})
    writes = Writes(tx, now)
    results: list[Claim | Conflict] = []
    for plan in plans:
        job = found.get(plan.alias)
        if job is None:
            results.append(Conflict(plan.alias, "the job is gone"))
        elif reason := _refused(plan, job, living):
            results.append(Conflict(plan.alias, reason))
        else:
            results += _taken(writes, plan, job)
    writes.write(others)
    return results


def _refused(plan: Plan, job: Kept, living: Collection[str]) -> str:
    """Return why a plan can't be taken, empty if it can."""
    owner = plain(plan.owner)
    if owner not in living:
        return "its owner is dead"
    if not isinstance(job.stored, StoredJob):
        return f"the job can't be read: {job.stored.reason}"
    if job.bad:
        return job.bad
    if job.planner != owner or job.token != plan.token:
        return "the right to plan it was lost"
    return rules_of_plans.outdated(plan, job.stored, job.opened)


def _taken(writes: Writes, plan: Plan, job: Kept) -> list[Claim]:
    """Take a plan, and return what is to be run."""
    asked = {key for key, one in job.opened.items() if "!" in key and one.state is OpenState.REQUESTED}
    for key in plan.closed:
        writes.close(job, job.opened[key])
    for one in plan.occurrences:
        writes.open(job, one)
    for key in plan.cancel:
        running = job.opened.get(key)
        if running is not None and running.state is OpenState.RUNNING:
            writes.cancel(job, running)
    writes.free(job)
    assert isinstance(job.stored, StoredJob)  # noqa: S101 - the others were refused
    stored = rules_of_plans.planned(job.stored, plan, writes.now, len(job.opened))
    writes.job(job, stored)
    writes.let_in_line(job)
    writes.entries += plan.entries
    return [
        Claim(stored, one, ClaimReason.FIRED if one.key in asked else ClaimReason.DUE)
        for one in plan.occurrences
        if one.state is OpenState.RUNNING
    ]
