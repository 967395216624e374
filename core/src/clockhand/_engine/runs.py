"""What a run's start, its owner's death and its end put on record: pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.moments import format_span
from clockhand._model.occurrence import OpenOccurrence
from clockhand._model.run import Outcome, Run
from clockhand._model.words import Delivery, Result, Verdict
from clockhand.contracts.batches import Claim, ClaimReason, End

POISON: Final = 5
"""After so many owners died while running it, a job goes to quarantine."""


def started(one: OpenOccurrence, now: datetime, reason: str = "") -> Entry:
    """Return the entry for the start of a run; it has a start record from here on."""
    run = Run(one.attempt, one.owner, one.token, one.revision, now)
    return Entry(now, What.RUN_STARTED, one.job, one.key, one.due, None, run, reason)


def take_over(claim: Claim, now: datetime) -> tuple[list[Entry], End | None]:
    """
    Return what to record when *claim* is handed out, and its end if it is not to be run.

    A run whose owner died is lost: at-most-once ends with that, poison goes to quarantine, anything
    else is started again.
    """
    one = claim.occurrence
    if claim.reason is not ClaimReason.OWNER_DIED:
        return [started(one, now, str(claim.reason))], None
    entries = [] if claim.lost is None else [_lost(one, claim.lost, now)]
    if one.deaths >= POISON:
        reason = f"{one.deaths} owners died while running it"
        entry = Entry(now, What.JOB_QUARANTINED, one.job, reason=reason)
        entries.append(
            Entry(now, What.NEVER_RAN, one.job, one.key, one.due, Verdict.QUARANTINED, reason=reason)
        )
        return [], End(one.job, one.key, one.token, Verdict.QUARANTINED, [*entries, entry], quarantine=reason)
    if claim.job.delivery is Delivery.AT_MOST_ONCE:
        for entry in entries:
            entry.verdict = Verdict.LOST
        return [], End(one.job, one.key, one.token, Verdict.LOST, entries)
    return [*entries, started(one, now, str(claim.reason))], None


def _lost(one: OpenOccurrence, run: Run, now: datetime) -> Entry:
    ended = attrs.evolve(run, ended=now, outcome=Outcome(Result.LOST, "owner-died", "its owner died"))
    return Entry(now, What.RUN_ENDED, one.job, one.key, one.due, None, ended)


def end_of(claim: Claim, outcome: Outcome, now: datetime) -> End:
    """Return the end of a claim whose run ended with *outcome*; an interrupted one is planned again."""
    one = claim.occurrence
    run = Run(one.attempt, one.owner, one.token, one.revision, one.started or now, now, outcome)
    again = outcome.result is Result.INTERRUPTED and claim.job.delivery is Delivery.AT_LEAST_ONCE
    verdict = None if again else _VERDICTS[outcome.result]
    entry = Entry(now, What.RUN_ENDED, one.job, one.key, one.due, verdict, run)
    if again:
        return End(one.job, one.key, one.token, None, [entry], one.attempt + 1, now)
    return End(one.job, one.key, one.token, verdict, [entry])


_VERDICTS: Final = {
    Result.SUCCEEDED: Verdict.SUCCEEDED,
    Result.FAILED: Verdict.FAILED,
    Result.TIMED_OUT: Verdict.TIMED_OUT,
    Result.CANCELLED: Verdict.CANCELLED,
    Result.INTERRUPTED: Verdict.LOST,
    Result.LOST: Verdict.LOST,
}


def timed_out(limit: timedelta, output: Mapping[str, Any] | None) -> Outcome:
    """Return the outcome of a run that took longer than *limit*."""
    return Outcome(Result.TIMED_OUT, "timeout", f"took longer than {format_span(limit)}", output)
