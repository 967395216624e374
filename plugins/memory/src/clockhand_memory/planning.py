"""What a plan or an end does to the occurrences of a job of the memory silo: pure, asked before it writes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import attrs

from clockhand.contracts import End, OpenOccurrence, OpenState, Plan, plans
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


def opened(row: Row, plan: Plan) -> int:
    """Return how many occurrences of a job are open once a plan is taken."""
    new = sum(one.key not in row.occurrences for one in plan.occurrences)
    return len(row.occurrences) - len(plan.closed) + new


def again(one: OpenOccurrence, end: End, now: datetime) -> OpenOccurrence:
    """Return an occurrence that has ended without a verdict: it waits for its next attempt."""
    return attrs.evolve(
        one,
        state=OpenState.PLANNED,
        owner="",
        attempt=end.attempt or one.attempt + 1,
        not_before=end.not_before or now,
        failures=end.failures,
        started=None,
    )


def back(one: OpenOccurrence) -> OpenOccurrence:
    """Return an occurrence that was not begun: it waits for the same attempt."""
    return attrs.evolve(one, state=OpenState.PLANNED, owner="", started=None)
