"""What taking a plan does to a job."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, call, every
from clockhand.contracts import (
    End,
    Entry,
    OpenOccurrence,
    OpenState,
    Outcome,
    Paused,
    Plan,
    Result,
    Run,
    StoredJob,
    Verdict,
    What,
    plans,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROW = StoredJob(Job(alias="a", work=call("app:f"), triggers=every(60)), 1, "runtime", NOON, NOON)


def _plan(**fields):
    made = Plan("a", "ada", 7, 1, NOON, NOON + MINUTE)
    return attrs.evolve(made, **fields)


def _open(key="a@x", due=NOON, state=OpenState.RUNNING, *, forced=False):
    return OpenOccurrence(key, "a", due, state, 1, due, "thread", forced=forced)


OPENED = {
    one.key: one
    for one in (
        _open("asked", state=OpenState.REQUESTED),
        _open("forced", state=OpenState.REQUESTED, forced=True),
        _open("queued", state=OpenState.QUEUED),
        _open("planned", state=OpenState.PLANNED),
        _open("running"),
    )
}
PAUSED = attrs.evolve(ROW, paused=Paused("", "", NOON))


@pytest.mark.parametrize(
    ("row", "plan", "why"),
    [
        (ROW, _plan(), ""),
        (attrs.evolve(ROW, revision=2), _plan(), "the job is at revision 2"),
        (attrs.evolve(ROW, cursor=NOON + MINUTE), _plan(), "its cursor has moved"),
        (attrs.evolve(ROW, cursor=None), _plan(), "its cursor has moved"),
        (attrs.evolve(ROW, quarantined="poison"), _plan(), "the job is in quarantine"),
        (PAUSED, _plan(), "the job is paused"),
        (PAUSED, _plan(cursor=NOON, occurrences=[_open()]), "the job is paused"),
        (PAUSED, _plan(cursor=NOON, closed=["asked"]), "the job is paused"),
        (PAUSED, _plan(cursor=NOON, occurrences=[_open(forced=True)], closed=["forced"]), ""),
        (PAUSED, _plan(cursor=NOON, occurrences=[_open(forced=True)], cancel=["running"]), ""),
        (ROW, _plan(closed=["asked", "queued", "planned"], cancel=["running"]), ""),
        (ROW, _plan(closed=["asked", "running"]), "running is no longer waiting"),
        (ROW, _plan(closed=["gone", "asked"]), "gone is no longer waiting"),
        (ROW, _plan(cancel=["gone", "planned"]), ""),
    ],
)
def test_whether_a_plan_still_fits(row, plan, why):
    """Not when the job, or what is to be closed, has changed; of a paused job only what was forced."""
    assert plans.outdated(plan, row, OPENED) == why


def test_what_a_plan_covers_is_reached():
    """The last due time with a run, a place to wait, or a verdict; what was fired by hand doesn't count."""
    skipped = Entry(NOON, What.NEVER_RAN, "a", "", NOON, Verdict.COALESCED, None, "", NOON + MINUTE, 2)
    fired = _open("a!1", NOON + 9 * MINUTE)
    latest = _open("a@x", NOON + 2 * MINUTE)
    plan = _plan(cursor=NOON + 3 * MINUTE, occurrences=[fired, latest], entries=[skipped])
    made = plans.planned(ROW, plan, NOON, 2)
    assert (made.cursor, made.reached, made.open) == (NOON + 3 * MINUTE, NOON + 2 * MINUTE, 2)
    assert (made.last.verdict, made.last.due) == (Verdict.COALESCED, NOON + MINUTE)


def test_a_plan_that_leaves_the_cursor_reaches_nothing():
    """As one that only runs what was fired by hand."""
    made = plans.planned(ROW, _plan(cursor=NOON, occurrences=[_open("a!1")]), NOON, 1)
    assert (made.cursor, made.reached, made.anchor) == (NOON, None, NOON)


def test_a_plan_may_pause_and_re_anchor():
    """A trigger that raised pauses its job with the reason; a pause that is there stays."""
    made = plans.planned(ROW, _plan(cursor=NOON, pause="it raised", anchor=NOON + MINUTE), NOON + MINUTE, 0)
    assert made.paused == Paused("it raised", "scheduler", NOON + MINUTE)
    assert made.anchor == NOON + MINUTE
    again = plans.planned(made, _plan(cursor=NOON, pause="once more"), NOON + 2 * MINUTE, 0)
    assert again.paused == made.paused


def _end(verdict, reason="it broke", **fields):
    run = Run(1, "ada", 7, 1, NOON, NOON, Outcome(Result.FAILED, "exit:1", reason))
    entry = Entry(NOON, What.RUN_ENDED, "a", "a@x", NOON, verdict, run)
    return End("a", "a@x", 7, verdict, [entry], **fields)


def _row(failed, **policies):
    return attrs.evolve(ROW, job=ROW.job.modify(**policies), failed_in_row=failed, open=1)


@pytest.mark.parametrize(
    ("failed", "verdict", "counted"),
    [
        (0, Verdict.FAILED, 1),
        (4, Verdict.TIMED_OUT, 5),
        (4, Verdict.SUCCEEDED, 0),
        (4, Verdict.CANCELLED, 4),
        (4, Verdict.LOST, 4),
        (4, Verdict.QUARANTINED, 4),
        (4, None, 4),
    ],
)
def test_failures_in_a_row(failed, verdict, counted):
    """Failed and timed out count on, success counts anew, and nothing else says anything of the job."""
    row, more = plans.ended(_row(failed), _end(verdict), NOON)
    assert (row.failed_in_row, row.paused, row.open, more) == (counted, None, 1, ())


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.TIMED_OUT])
def test_a_job_that_failed_too_often_is_paused(verdict):
    """With the last reason, by the scheduler, and an entry that says the same."""
    row, more = plans.ended(_row(2, pause_after=3), _end(verdict), NOON + MINUTE)
    reason = "3 failed in a row, the last with: it broke"
    assert row.paused == Paused(reason, "scheduler", NOON + MINUTE)
    assert more == (Entry(NOON + MINUTE, What.JOB_PAUSED, "a", reason=reason),)
    assert (row.cursor, row.last_run.verdict) == (NOON, verdict)


@pytest.mark.parametrize(
    ("row", "end"),
    [
        (_row(1, pause_after=3), _end(Verdict.FAILED)),
        (_row(9, pause_after="none"), _end(Verdict.FAILED)),
        (_row(9), _end(Verdict.FAILED)),
        (_row(9, pause_after=3), _end(Verdict.SUCCEEDED)),
        (_row(9, pause_after=3), _end(Verdict.CANCELLED)),
        (_row(9, pause_after=3), _end(Verdict.LOST)),
        (_row(9, pause_after=3), _end(None)),
        (attrs.evolve(_row(9, pause_after=3), paused=Paused("lunch", "me", NOON)), _end(Verdict.FAILED)),
    ],
)
def test_when_an_end_pauses_nothing(row, end):
    """Too few, no limit, no failure, or paused already: by whom it was stays."""
    after, more = plans.ended(row, end, NOON + MINUTE)
    assert (after.paused, more) == (row.paused, ())


def test_an_end_may_put_its_job_into_quarantine():
    """With the reason; and an end that says nothing of it doesn't take it out."""
    row, more = plans.ended(_row(0), _end(Verdict.LOST, quarantine="poison"), NOON)
    assert (row.quarantined, more) == ("poison", ())
    assert plans.ended(row, _end(Verdict.SUCCEEDED), NOON)[0].quarantined == "poison"


def test_each_end_counts_on():
    """As in a batch: the third failure pauses, the fourth has nothing to add."""
    row, told = _row(0, pause_after=3), []
    for _ in range(4):
        row, more = plans.ended(row, _end(Verdict.FAILED), NOON)
        told.append(len(more))
    assert (told, row.failed_in_row) == ([0, 0, 1, 0], 4)
