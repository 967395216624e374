"""What the gates make of runs that are about to start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from clockhand._engine.gates import Gates
from clockhand._engine.runs import end_of
from clockhand._model.entry import Entry, What
from clockhand._model.occurrence import OpenOccurrence, OpenState
from clockhand._model.run import Outcome
from clockhand._model.words import Result, Verdict
from clockhand.contracts.batches import Claim, ClaimReason, DueJob, End, Plan


async def vetoed_claims(gates: Gates, claims: Sequence[Claim], now: datetime) -> dict[int, End]:
    """Return the ends of the claims that may not start, by their tokens."""
    vetoes = await gates.vetoes(claims)
    return {
        claim.occurrence.token: _end(claim, veto, now)
        for claim, veto in zip(claims, vetoes, strict=True)
        if veto
    }


async def veto_plans(
    gates: Gates, jobs: Sequence[DueJob], plans: Sequence[Plan], now: datetime
) -> list[OpenOccurrence]:
    """Take out of *plans* what may not start, with its verdict; return that."""
    begun = [
        (due, plan, one)
        for due, plan in zip(jobs, plans, strict=True)
        for one in plan.occurrences
        if one.state is OpenState.RUNNING
    ]
    vetoes = await gates.vetoes([Claim(due.stored, one, ClaimReason.DUE) for due, _, one in begun])
    vetoed = []
    for (due, plan, one), veto in zip(begun, vetoes, strict=True):
        if veto:
            _take_out(due, plan, one, veto, now)
            vetoed.append(one)
    return vetoed


def _end(claim: Claim, veto: str, now: datetime) -> End:
    """
    Return the end of a claim that may not start.

    One that never ran gets the verdict vetoed; of one that did, this attempt fails with the code `vetoed`.
    """
    one = claim.occurrence
    if one.attempt > 1 or claim.lost is not None:
        return end_of(claim, Outcome(Result.FAILED, "vetoed", veto), now)
    return End(one.job, one.key, one.token, Verdict.VETOED, [_entry(one, veto, now)])


def _take_out(due: DueJob, plan: Plan, one: OpenOccurrence, veto: str, now: datetime) -> None:
    """Take *one*, which would have started, out of *plan*, and give it the verdict vetoed."""
    plan.occurrences = [other for other in plan.occurrences if other is not one]
    plan.entries = [entry for entry in plan.entries if entry.run is None or entry.occurrence != one.key]
    plan.entries.append(_entry(one, veto, now))
    if any(known.key == one.key for known in due.open):
        plan.closed = [*plan.closed, one.key]


def _entry(one: OpenOccurrence, veto: str, now: datetime) -> Entry:
    return Entry(now, What.NEVER_RAN, one.job, one.key, one.due, Verdict.VETOED, None, veto)
