"""What a plan or an end does to a job of the memory silo: pure, asked before anything is written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import attrs

from clockhand.contracts import End, OpenOccurrence, OpenState, Plan, StoredJob, plans, rules
from clockhand_memory.row import Row


def conflict(plan: Plan, row: Row | None, alive: Collection[str], taken: Collection[str]) -> str:
    """Return why a plan can't be taken, empty if it can; *taken* are the jobs planned in the same batch."""
    if row is None:
        return "the job is gone"
    if plan.owner not in alive:
        return "its owner is dead"
    if plan.alias in taken or row.planner != plan.owner or row.token != plan.token:
        return "the right to plan it was lost"
    return plans.outdated(plan, row.stored, row.occurrences)


def planned(row: Row, plan: Plan, now: datetime) -> StoredJob:
    """Return a job as a plan leaves it."""
    opened = {*row.occurrences, *(one.key for one in plan.occurrences)}.difference(plan.closed)
    return plans.planned(row.stored, plan, now, len(opened))


def ended(stored: StoredJob, end: End) -> StoredJob:
    """Return a job as an end leaves it."""
    after = rules.recorded(stored, end.entries)
    return attrs.evolve(after, quarantined=end.quarantine) if end.quarantine else after


def again(one: OpenOccurrence, end: End, now: datetime) -> OpenOccurrence:
    """Return an occurrence that has ended without a verdict: it waits for its next attempt."""
    return attrs.evolve(
        one,
        state=OpenState.PLANNED,
        owner="",
        attempt=end.attempt or one.attempt + 1,
        not_before=end.not_before or now,
        started=None,
    )


def back(one: OpenOccurrence) -> OpenOccurrence:
    """Return an occurrence that was not begun: it waits for the same attempt."""
    return attrs.evolve(one, state=OpenState.PLANNED, owner="", started=None)
