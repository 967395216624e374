"""Keeping apart what may be killing the process: of runs whose owners keep dying, one at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from clockhand._engine.runs import POISON, lost_entries
from clockhand._model.occurrence import OpenOccurrence
from clockhand._model.words import Delivery
from clockhand.contracts.batches import Claim, ClaimReason, End

APART: Final = 3
"""From so many dead owners on, an occurrence begins beside no other of that kind."""
PUT_OFF: Final = timedelta(seconds=1)
"""How long one waits then, before it is looked at again."""


def is_suspect(one: OpenOccurrence) -> bool:
    """Say whether so many owners died while running it that it may be what kills them."""
    return one.deaths >= APART


def apart(claims: Sequence[Claim], running: Iterable[OpenOccurrence]) -> tuple[Sequence[Claim], list[Claim]]:
    """
    Return which of *claims* are to be begun, or ended, now, and which are to wait.

    Whatever ran in a process when it died shares the blame. A run that kills it does so again; apart
    from it, another one that only ran beside it comes to its end, instead of to quarantine with it.
    """
    if not any(is_suspect(claim.occurrence) for claim in claims):
        return claims, []
    taken = any(map(is_suspect, running))
    now: list[Claim] = []
    wait: list[Claim] = []
    for claim in claims:
        if not is_suspect(claim.occurrence) or not _runs(claim):
            now.append(claim)
        elif taken:
            wait.append(claim)
        else:
            taken = True
            now.append(claim)
    return now, wait


def put_off(claim: Claim, now: datetime) -> End:
    """Return the end of a claim that has to wait: planned again, the same attempt, a little later."""
    one = claim.occurrence
    return End(
        one.job,
        one.key,
        one.token,
        None,
        lost_entries(claim, now),
        one.attempt,
        now + PUT_OFF,
        failures=one.failures,
    )


def _runs(claim: Claim) -> bool:
    """Say whether *claim* is to be run at all, see `runs.take_over`."""
    if claim.reason is not ClaimReason.OWNER_DIED:
        return True
    return claim.occurrence.deaths < POISON and claim.job.terms.delivery is Delivery.AT_LEAST_ONCE
