"""
What taking a plan does to one stored job: pure functions, the same in every silo.

A silo reads the job and its open occurrences, asks whether the plan holds, and writes what it makes of
the job, all in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from clockhand._model.occurrence import OpenOccurrence
from clockhand._model.stored import Paused, StoredJob
from clockhand.contracts.batches import Plan
from clockhand.contracts.rules import recorded


def outdated(plan: Plan, existing: StoredJob, opened: Mapping[str, OpenOccurrence]) -> str:
    """
    Return why *plan* no longer fits the job, empty if it does.

    *opened* are the job's open occurrences by key. Whether the planner still has its right is for the
    silo to see.
    """
    if existing.revision != plan.revision:
        return f"the job is at revision {existing.revision}"
    if existing.cursor != plan.old_cursor:
        return "its cursor has moved"
    if existing.quarantined:
        return "the job is in quarantine"
    if existing.paused and not _only_forced(plan, opened):
        return "the job is paused"
    return ""


def _only_forced(plan: Plan, opened: Mapping[str, OpenOccurrence]) -> bool:
    """Say whether a plan for a paused job touches only what was asked for with force."""
    closed = (opened[key] for key in plan.closed if key in opened)
    return plan.cursor == plan.old_cursor and all(one.forced for one in (*plan.occurrences, *closed))


def planned(existing: StoredJob, plan: Plan, now: datetime, opened: int) -> StoredJob:
    """Return the job as *plan* leaves it, with *opened* open occurrences."""
    paused = existing.paused
    if plan.pause and paused is None:
        paused = Paused(plan.pause, "scheduler", now)
    return attrs.evolve(
        recorded(existing, plan.entries),
        cursor=plan.cursor,
        reached=_reached(plan) if plan.cursor != plan.old_cursor else existing.reached,
        anchor=plan.anchor or existing.anchor,
        paused=paused,
        open=opened,
    )


def _reached(plan: Plan) -> datetime | None:
    """Return the last due time that a plan covers: with a run, a place to wait for one, or a verdict."""
    covered = [one.due for one in plan.occurrences if "!" not in one.key]
    covered += [
        entry.last or entry.due
        for entry in plan.entries
        if entry.verdict is not None and entry.due is not None and "!" not in entry.occurrence
    ]
    if plan.old_cursor is not None:
        covered.append(plan.old_cursor)
    return max(covered, default=None)
