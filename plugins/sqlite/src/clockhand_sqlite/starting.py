"""Taking plans: what a planner decided becomes the job's new cursor, its occurrences and its entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import attrs

from clockhand.contracts import (
    Claim,
    ClaimReason,
    Conflict,
    Entry,
    OpenOccurrence,
    OpenState,
    Paused,
    Plan,
    StoredJob,
    rules,
)
from clockhand_sqlite import jobs, ledger, occurrences, owners
from clockhand_sqlite.rows import Open, plain
from clockhand_sqlite.transaction import Transaction

Asked = Mapping[str, OpenOccurrence]
"""The requested occurrences that a plan names, by key."""


def take(
    tx: Transaction, plans: Sequence[Plan], now: datetime, others: Sequence[Entry]
) -> list[Claim | Conflict]:
    """Take each plan that holds, write *others* in any case, and return what is to be run now."""
    kept = jobs.by_alias(tx, [plan.alias for plan in plans])
    living = owners.alive(tx, {plain(plan.owner) for plan in plans})
    open_now = occurrences.by_key(tx, [key for plan in plans for key in _keys(plan)])
    taken: dict[str, tuple[Plan, StoredJob]] = {}
    closed: list[str] = []
    results: list[Claim | Conflict] = []
    for plan in plans:
        job, asked = kept.get(plan.alias), _asked(plan, open_now)
        stored, reason = _checked(plan, job, living, asked)
        if stored is None or plan.alias in taken:
            results.append(Conflict(plan.alias, reason or "it was planned a moment ago"))
            continue
        refused = asked.keys() & plan.closed
        fresh = sum(one.key not in open_now for one in plan.occurrences)
        stored = attrs.evolve(_planned(stored, plan, now), open=stored.open - len(refused) + fresh)
        taken[plan.alias] = (plan, stored)
        closed += refused
        results += _claims(plan, stored, asked)
    occurrences.close(tx, closed)
    _write(tx, taken.values())
    ledger.record(tx, [*(entry for plan, _ in taken.values() for entry in plan.entries), *others])
    return results


def _keys(plan: Plan) -> list[str]:
    return [*plan.closed, *(one.key for one in plan.occurrences)]


def _asked(plan: Plan, open_now: Mapping[str, Open]) -> Asked:
    found = (open_now[key].one for key in _keys(plan) if key in open_now)
    return {one.key: one for one in found if one.state is OpenState.REQUESTED and one.job == plan.alias}


def _checked(
    plan: Plan, job: jobs.Kept | None, living: Collection[str], asked: Asked
) -> tuple[StoredJob | None, str]:
    """Return the job that a plan is for, or None and why the plan can't be taken."""
    if job is None:
        return None, "the job is gone"
    if plain(plan.owner) not in living:
        return None, "its owner is dead"
    if not isinstance(job.stored, StoredJob):
        return None, f"the job can't be read: {job.stored.reason}"
    if job.planner != plain(plan.owner) or job.planner_token != plan.token:
        return None, "the right to plan it was lost"
    if reason := _changed(plan, job.stored, asked):
        return None, reason
    return job.stored, ""


def _changed(plan: Plan, stored: StoredJob, asked: Asked) -> str:
    if stored.revision != plan.revision:
        return f"the job is at revision {stored.revision}"
    if stored.cursor != plan.old_cursor:
        return "its cursor has moved"
    if stored.quarantined:
        return "the job is in quarantine"
    if stored.paused and not _only_forced(plan, asked):
        return "the job is paused"
    return ""


def _only_forced(plan: Plan, asked: Asked) -> bool:
    """Say whether a plan for a paused job touches only what was asked for with force."""
    closed = (asked[key] for key in plan.closed if key in asked)
    return plan.cursor == plan.old_cursor and all(one.forced for one in (*plan.occurrences, *closed))


def _planned(stored: StoredJob, plan: Plan, now: datetime) -> StoredJob:
    """Return a job as its plan leaves it."""
    paused = stored.paused
    if plan.pause and paused is None:
        paused = Paused(plan.pause, "scheduler", now)
    return attrs.evolve(
        rules.recorded(stored, plan.entries),
        cursor=plan.cursor,
        reached=_reached(plan) if plan.cursor != plan.old_cursor else stored.reached,
        anchor=plan.anchor or stored.anchor,
        paused=paused,
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


def _claims(plan: Plan, stored: StoredJob, asked: Asked) -> list[Claim]:
    return [
        Claim(stored, one, ClaimReason.FIRED if one.key in asked else ClaimReason.DUE)
        for one in plan.occurrences
        if one.state is OpenState.RUNNING
    ]


def _write(tx: Transaction, taken: Collection[tuple[Plan, StoredJob]]) -> None:
    jobs.write_planned(tx, [stored for _, stored in taken])
    occurrences.write(tx, [one for plan, _ in taken for one in plan.occurrences])
