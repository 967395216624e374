"""What is put on record of a run's start, its owner's death and its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, at
from clockhand._engine.runs import POISON, end_of, take_over
from clockhand.contracts import (
    Claim,
    ClaimReason,
    OpenOccurrence,
    OpenState,
    Outcome,
    Result,
    Run,
    StoredJob,
    Verdict,
    What,
    Work,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(seconds=30)


@attrs.frozen
class Nothing(Work):
    """Does nothing."""

    async def func(self, context) -> None:
        """Do nothing."""


def claim(reason=ClaimReason.OWNER_DIED, deaths=1, delivery="at-least-once") -> Claim:
    """Return a claim, by default of a run whose owner died."""
    job = Job(alias="job", work=Nothing(), triggers=at(START), delivery=delivery)
    one = OpenOccurrence("job@x", "job", START, OpenState.RUNNING, 2, START, "async", token=9, revision=1)
    one.deaths, one.owner, one.started = deaths, "me", NOW
    lost = Run(1, "dead", 4, 1, START) if reason is ClaimReason.OWNER_DIED else None
    return Claim(StoredJob(job, 1, "", START, None), one, reason, lost)


def test_a_dead_owners_run_is_lost_and_starts_again():
    """At least once: the lost run ends on record, without a verdict, and the next attempt starts."""
    entries, end = take_over(claim(), NOW)
    assert end is None
    lost, started = entries
    assert (lost.what, lost.verdict, lost.run.attempt, lost.run.owner) == (What.RUN_ENDED, None, 1, "dead")
    assert (lost.run.started, lost.run.ended, lost.run.outcome.result) == (START, NOW, "lost")
    assert (started.what, started.run.attempt, started.run.token, started.reason) == (
        What.RUN_STARTED,
        2,
        9,
        "owner-died",
    )


def test_at_most_once_ends_as_lost():
    """At most once: the occurrence gets the verdict lost, and is not started again."""
    entries, end = take_over(claim(delivery="at-most-once"), NOW)
    assert entries == []
    assert (end.verdict, end.token) == (Verdict.LOST, 9)
    assert [(entry.what, entry.verdict) for entry in end.entries] == [(What.RUN_ENDED, Verdict.LOST)]


def test_poison_goes_to_quarantine():
    """After five dead owners the job is quarantined with the reason, and its occurrence has a verdict."""
    assert take_over(claim(deaths=POISON - 1), NOW)[1] is None
    entries, end = take_over(claim(deaths=POISON), NOW)
    assert entries == []
    assert end.quarantine == "5 owners died while running it"
    assert [(entry.what, entry.verdict) for entry in end.entries] == [
        (What.RUN_ENDED, None),
        (What.NEVER_RAN, Verdict.QUARANTINED),
        (What.JOB_QUARANTINED, None),
    ]


def test_what_had_to_wait_just_starts():
    """A queued or fired claim is started, with the reason on record."""
    entries, end = take_over(claim(ClaimReason.QUEUED, deaths=0), NOW)
    assert end is None
    assert [(entry.what, entry.reason) for entry in entries] == [(What.RUN_STARTED, "queued")]


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (Result.SUCCEEDED, Verdict.SUCCEEDED),
        (Result.FAILED, Verdict.FAILED),
        (Result.TIMED_OUT, Verdict.TIMED_OUT),
        (Result.CANCELLED, Verdict.CANCELLED),
        (Result.LOST, Verdict.LOST),
    ],
)
def test_each_outcome_has_its_verdict(result, verdict):
    """The outcome of the last attempt decides the verdict; the run is on record whole."""
    end = end_of(claim(), Outcome(result, "code", "reason", {"a": 1}), NOW + timedelta(seconds=5))
    (entry,) = end.entries
    assert (end.verdict, entry.verdict, end.not_before) == (verdict, verdict, None)
    assert (entry.run.started, entry.run.ended) == (NOW, NOW + timedelta(seconds=5))
    assert entry.run.outcome == Outcome(result, "code", "reason", {"a": 1})


def test_an_interrupted_run_is_planned_again_only_at_least_once():
    """Cut off by a stop: at least once it is planned again, at most once it is lost."""
    end = end_of(claim(), Outcome(Result.INTERRUPTED), NOW)
    assert (end.verdict, end.attempt, end.not_before) == (None, 3, NOW)
    end = end_of(claim(delivery="at-most-once"), Outcome(Result.INTERRUPTED), NOW)
    assert (end.verdict, end.entries[0].run.outcome.result) == (Verdict.LOST, "interrupted")
