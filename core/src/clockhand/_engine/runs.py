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
    entries = lost_entries(claim, now)
    if one.deaths >= POISON:
        reason = f"{one.deaths} owners died while running it"
        entry = Entry(now, What.JOB_QUARANTINED, one.job, reason=reason)
        entries.append(
            Entry(now, What.NEVER_RAN, one.job, one.key, one.due, Verdict.QUARANTINED, reason=reason)
        )
        return [], End(one.job, one.key, one.token, Verdict.QUARANTINED, [*entries, entry], quarantine=reason)
    if claim.job.terms.delivery is Delivery.AT_MOST_ONCE:
        for entry in entries:
            entry.verdict = Verdict.LOST
        return [], End(one.job, one.key, one.token, Verdict.LOST, entries)
    return [*entries, started(one, now, str(claim.reason))], None


def lost_entries(claim: Claim, now: datetime) -> list[Entry]:
    """Return the entry for the end of the run that died with its owner, if there was one."""
    if claim.lost is None:
        return []
    one = claim.occurrence
    outcome = Outcome(Result.LOST, "owner-died", "its owner died")
    ended = attrs.evolve(claim.lost, ended=now, outcome=outcome)
    return [Entry(now, What.RUN_ENDED, one.job, one.key, one.due, None, ended)]


def end_of(claim: Claim, outcome: Outcome, now: datetime) -> End:
    """
    Return the end of a claim whose run ended with *outcome*.

    One that was interrupted is planned again, and so is one that failed and has an attempt left.
    """
    one = claim.occurrence
    job, key, token = one.job, one.key, one.token
    run = Run(one.attempt, one.owner, token, one.revision, one.started or now, now, outcome)
    again = None if outcome.result is _SUCCEEDED else _again(claim, outcome, now)
    if again is None:
        verdict = _VERDICTS[outcome.result]
        return End(job, key, token, verdict, [Entry(now, _ENDED, job, key, one.due, verdict, run)])
    failures, not_before = again
    entry = Entry(now, _ENDED, job, key, one.due, None, run)
    return End(job, key, token, None, [entry], one.attempt + 1, not_before, failures=failures)


def _again(claim: Claim, outcome: Outcome, now: datetime) -> tuple[int, datetime] | None:
    """Return how many attempts have failed by now, and when the next one may start; None: there is none."""
    one, terms = claim.occurrence, claim.job.terms
    if outcome.result is Result.INTERRUPTED:
        return (one.failures, now) if terms.delivery is Delivery.AT_LEAST_ONCE else None
    if outcome.result not in _FAILURES or terms.retries is None:
        return None
    failures = one.failures + 1
    if not terms.retries.covers(outcome.code, failures):
        return None
    return failures, now + terms.retries.wait(one.key, failures, outcome.retry_after)


# By names of their own: to look a member of an enumeration up takes longer than the rest of a line.
_SUCCEEDED: Final = Result.SUCCEEDED
_ENDED: Final = What.RUN_ENDED
_FAILURES: Final = frozenset({Result.FAILED, Result.TIMED_OUT})
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
