"""Taking plans: what a planner decided becomes the job's new cursor, its occurrences and its entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from clockhand.contracts import (
    Claim,
    ClaimReason,
    Conflict,
    Entry,
    OpenOccurrence,
    OpenState,
    Plan,
    StoredJob,
)
from clockhand.contracts import plans as rules_of_plans
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
        stored = rules_of_plans.planned(stored, plan, now, stored.open - len(refused) + fresh)
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
    if reason := rules_of_plans.outdated(plan, job.stored, asked):
        return None, reason
    return job.stored, ""


def _claims(plan: Plan, stored: StoredJob, asked: Asked) -> list[Claim]:
    return [
        Claim(stored, one, ClaimReason.FIRED if one.key in asked else ClaimReason.DUE)
        for one in plan.occurrences
        if one.state is OpenState.RUNNING
    ]


def _write(tx: Transaction, taken: Collection[tuple[Plan, StoredJob]]) -> None:
    jobs.write_planned(tx, [stored for _, stored in taken])
    occurrences.write(tx, [one for plan, _ in taken for one in plan.occurrences])
