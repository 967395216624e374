"""Of runs whose owners keep dying, one goes on at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, at
from clockhand._engine.apart import APART, PUT_OFF, apart, put_off
from clockhand._engine.runs import POISON
from clockhand.contracts import (
    Claim,
    ClaimReason,
    OpenOccurrence,
    OpenState,
    Result,
    Run,
    StoredJob,
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


def claim(alias: str, deaths: int, reason=ClaimReason.OWNER_DIED, delivery="at-least-once") -> Claim:
    """Return a claim of a job whose owners died so often."""
    job = Job(alias=alias, work=Nothing(), triggers=at(START), delivery=delivery)
    one = OpenOccurrence(
        f"{alias}@x", alias, START, OpenState.RUNNING, deaths + 1, START, "async", token=9, revision=1
    )
    one.deaths, one.failures = deaths, 2
    lost = Run(deaths, "dead", 4, 1, START) if reason is ClaimReason.OWNER_DIED else None
    return Claim(StoredJob(job, 1, "", START, None), one, reason, lost)


def aliases(claims) -> list[str]:
    """Return the jobs of *claims*."""
    return [one.job.alias for one in claims]


def test_one_of_them_begins():
    """The first; whoever has lost fewer owners begins beside it, and whoever isn't run is in nobody's way."""
    claims = [
        claim("done-for", POISON),
        claim("once", APART, delivery="at-most-once"),
        claim("first", APART),
        claim("new", 0, ClaimReason.QUEUED),
        claim("second", POISON - 1),
        claim("put-off", APART, ClaimReason.QUEUED),
        claim("unlucky", APART - 1),
    ]
    begin, wait = apart(claims, [])
    assert aliases(begin) == ["done-for", "once", "first", "new", "unlucky"]
    assert aliases(wait) == ["second", "put-off"]


@pytest.mark.parametrize(("deaths", "waits"), [(APART, ["next"]), (APART - 1, [])])
def test_one_that_goes_on_is_waited_for(deaths, waits):
    """Also across turns: as long as a run of that kind goes on, no other begins."""
    assert aliases(apart([claim("next", APART)], [claim("before", deaths).occurrence])[1]) == waits


def test_whoever_waits_loses_nothing():
    """The same attempt, the same failures, and what its dead owner left is on record once."""
    end = put_off(claim("job", APART), NOW)
    assert (end.verdict, end.attempt, end.failures, end.not_before) == (None, APART + 1, 2, NOW + PUT_OFF)
    (entry,) = end.entries
    assert (entry.what, entry.verdict, entry.run.outcome.result) == (What.RUN_ENDED, None, Result.LOST)
    assert not put_off(claim("job", APART, ClaimReason.QUEUED), NOW).entries
