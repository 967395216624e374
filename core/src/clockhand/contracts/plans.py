"""
What a plan and the end of a run do to one stored job: pure functions, the same in every silo.

A silo reads the job and its open occurrences, asks whether the plan holds, and writes what it makes of
the job, all in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.occurrence import OpenOccurrence, OpenState
from clockhand._model.stored import Paused, StoredJob
from clockhand._model.words import Verdict
from clockhand.contracts.batches import End, Plan
from clockhand.contracts.replanning import after_end, follows_end
from clockhand.contracts.rules import recorded

SCHEDULER = "scheduler"
"""Who paused a job that nobody paused by hand."""
_FAILED = frozenset({Verdict.FAILED, Verdict.TIMED_OUT})


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
    for key in plan.closed:
        if key not in opened or opened[key].state is OpenState.RUNNING:
            return f"{key} is no longer waiting"
    return ""


def _only_forced(plan: Plan, opened: Mapping[str, OpenOccurrence]) -> bool:
    """Say whether a plan for a paused job touches only what was asked for with force."""
    closed = (opened[key] for key in plan.closed if key in opened)
    return plan.cursor == plan.old_cursor and all(one.forced for one in (*plan.occurrences, *closed))


def planned(existing: StoredJob, plan: Plan, now: datetime, opened: int) -> StoredJob:
    """Return the job as *plan* leaves it, with *opened* open occurrences."""
    row, paused, reached, runs = existing, existing.paused, existing.reached, existing.runs
    for entry in plan.entries:
        if entry.verdict is not None:
            row = recorded(existing, plan.entries)
            break
    if plan.cursor != plan.old_cursor:
        reached = _reached(plan)
    if plan.pause and paused is None:
        paused = Paused(plan.pause, SCHEDULER, now)
    if row.job.terms.max_runs is not None:
        runs = max(0, runs + runs_of(plan))
    made = StoredJob(
        row.job,
        row.revision,
        row.source,
        plan.anchor or row.anchor,
        plan.cursor,
        reached,
        paused,
        row.quarantined,
        row.last,
        row.last_run,
        row.failed_in_row,
        opened,
        runs,
    )
    if row is not existing and not opened and follows_end(row.job):
        made.cursor = after_end(made)
    return made


def runs_of(plan: Plan) -> int:
    """
    Return how many more due times have a run by a plan: what is fired by hand, or waited before, is none.

    One that waited for its run, and is given up for a later one, has none after all.
    """
    if plan.old_cursor is None:
        return 0
    given = sum("@" in one.key and one.due >= plan.old_cursor for one in plan.occurrences)
    return given - _given_up(plan) if plan.closed else given


def _given_up(plan: Plan) -> int:
    """Return how many due times that waited for their run get none."""
    return sum(
        entry.verdict is Verdict.COALESCED and "@" in entry.occurrence and entry.occurrence in plan.closed
        for entry in plan.entries
    )


def ended(existing: StoredJob, end: End, now: datetime) -> tuple[StoredJob, tuple[Entry, ...]]:
    """
    Return the job as *end* leaves it, but for `open`, and what else goes on record.

    A job that has failed as often in a row as its policies allow is paused, until somebody resumes it.
    """
    row = recorded(existing, end.entries)
    if end.quarantine:
        row = attrs.evolve(row, quarantined=end.quarantine)
    most = row.job.terms.pause_after
    if most is None or row.failed_in_row < most or end.verdict not in _FAILED or row.paused is not None:
        return row, ()
    last = row.last_run.reason if row.last_run is not None else ""
    reason = f"{row.failed_in_row} failed in a row, the last with: {last}"
    paused = Entry(now, What.JOB_PAUSED, row.alias, reason=reason)
    return attrs.evolve(row, paused=Paused(reason, SCHEDULER, now)), (paused,)


def _reached(plan: Plan) -> datetime | None:
    """Return the last due time that a plan covers: with a run, a place to wait for one, or a verdict."""
    reached = plan.old_cursor
    for one in plan.occurrences:
        if (reached is None or one.due > reached) and "!" not in one.key:
            reached = one.due
    for entry in plan.entries:
        if entry.verdict is None or entry.due is None or "!" in entry.occurrence:
            continue
        due = entry.last or entry.due
        if reached is None or due > reached:
            reached = due
    return reached
