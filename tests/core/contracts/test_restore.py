"""What putting a job of a snapshot back does."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, call, every
from clockhand.contracts import (
    Entry,
    Last,
    OpenOccurrence,
    OpenState,
    Outcome,
    Paused,
    Result,
    Run,
    StoredJob,
    Unreadable,
    Verdict,
    What,
    rules,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATER = NOON + 60 * MINUTE
JOB = Job(alias="a", work=call("app:f"), triggers=every(60))
ROW = StoredJob(
    JOB,
    7,
    "config:jobs.toml",
    anchor=NOON,
    cursor=NOON + 3 * MINUTE,
    reached=NOON + 2 * MINUTE,
    paused=Paused("lunch", "me", NOON),
    quarantined="poison",
    last=Last(Verdict.COALESCED, NOON + 2 * MINUTE, NOON + 2 * MINUTE),
    last_run=Last(Verdict.FAILED, NOON + MINUTE, NOON + MINUTE, "it broke"),
    failed_in_row=2,
    open=9,
)
RUNNING = OpenOccurrence(
    "a@x",
    "a",
    NOON + MINUTE,
    OpenState.RUNNING,
    2,
    NOON + MINUTE,
    "thread",
    owner="ada",
    token=9,
    revision=7,
    deaths=1,
    cancel=True,
    started=NOON + MINUTE,
    failures=1,
)


def _restored(row=ROW, opened=(), existing=None, *, merge=False):
    return rules.restore(row, opened, existing, LATER, merge=merge)


def test_a_job_is_as_it_was():
    """Phase, pause, quarantine, verdicts and counts; the revision is 1, and nothing is open."""
    answer, made, entries = _restored()
    assert (answer.what, answer.alias, answer.diff) == ("created", "a", ())
    assert answer.job == attrs.evolve(ROW, revision=1, open=0)
    assert made == ()
    assert entries == (Entry(LATER, What.JOB_ADDED, "a", reason="restored: config:jobs.toml"),)


@pytest.mark.parametrize("existing", [attrs.evolve(ROW, source="runtime"), Unreadable("a", "torn", b"")])
@pytest.mark.parametrize(("merge", "what"), [(False, "refused"), (True, "unchanged")])
def test_a_job_that_is_here_wins(existing, merge, what):
    """The answer has it, and whose it is; nothing is made of the snapshot."""
    answer, made, entries = _restored(opened=[RUNNING], existing=existing, merge=merge)
    assert (answer.what, answer.job, answer.owner) == (what, existing, existing.source)
    assert (made, entries) == ((), ())


@pytest.mark.parametrize("state", [OpenState.REQUESTED, OpenState.QUEUED, OpenState.PLANNED])
def test_what_waited_waits(state):
    """As it was, but for what belongs to a life that is over; and as the job says now where it waits."""
    one = attrs.evolve(RUNNING, state=state, forced=True, priority=4, started=None)
    answer, made, entries = _restored(opened=[one])
    assert made == (attrs.evolve(one, owner="", token=0, cancel=False, executor="thread", priority=0),)
    assert (answer.job.open, len(entries)) == (1, 1)
    assert one.token == 9, "the snapshot must not be touched"


def test_what_ran_comes_again():
    """As after the death of its owner: planned, one attempt and one death on."""
    answer, (one,), entries = _restored(opened=[RUNNING])
    assert (one.state, one.attempt, one.deaths, one.failures) == (OpenState.PLANNED, 3, 2, 1)
    assert (one.owner, one.token, one.cancel, one.started) == ("", 0, False, None)
    assert (one.key, one.due, one.not_before) == (RUNNING.key, RUNNING.due, RUNNING.not_before)
    assert (answer.job.open, answer.job.last_run, len(entries)) == (1, ROW.last_run, 1)


def test_what_ran_at_most_once_is_lost():
    """It has its verdict, which counts as the job's last, and its run is on record as it was."""
    row = attrs.evolve(ROW, job=JOB.modify(delivery="at-most-once"))
    waits = attrs.evolve(RUNNING, key="a!1", state=OpenState.PLANNED)
    answer, made, (added, ended) = _restored(row, [RUNNING, waits])
    assert [one.key for one in made] == ["a!1"]
    assert added.what is What.JOB_ADDED
    outcome = Outcome(Result.LOST, "owner-died", "it was running when the snapshot was made")
    run = Run(2, "ada", 9, 7, NOON + MINUTE, LATER, outcome)
    assert ended == Entry(LATER, What.RUN_ENDED, "a", "a@x", NOON + MINUTE, Verdict.LOST, run)
    last = Last(Verdict.LOST, NOON + MINUTE, LATER, outcome.reason)
    assert (answer.job.last, answer.job.last_run) == (last, last)
    assert (answer.job.open, answer.job.failed_in_row) == (1, 2)
