"""What taking a plan does to a job."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, call, every
from clockhand.contracts import (
    Entry,
    OpenOccurrence,
    OpenState,
    Paused,
    Plan,
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


def _open(key="a@x", due=NOON, *, forced=False):
    return OpenOccurrence(key, "a", due, OpenState.RUNNING, 1, due, "thread", forced=forced)


@pytest.mark.parametrize(
    ("row", "plan", "why"),
    [
        (ROW, _plan(), ""),
        (attrs.evolve(ROW, revision=2), _plan(), "the job is at revision 2"),
        (attrs.evolve(ROW, cursor=NOON + MINUTE), _plan(), "its cursor has moved"),
        (attrs.evolve(ROW, cursor=None), _plan(), "its cursor has moved"),
        (attrs.evolve(ROW, quarantined="poison"), _plan(), "the job is in quarantine"),
        (attrs.evolve(ROW, paused=Paused("", "", NOON)), _plan(), "the job is paused"),
        (
            attrs.evolve(ROW, paused=Paused("", "", NOON)),
            _plan(cursor=NOON, occurrences=[_open()]),
            "the job is paused",
        ),
        (
            attrs.evolve(ROW, paused=Paused("", "", NOON)),
            _plan(cursor=NOON, closed=["plain"]),
            "the job is paused",
        ),
        (
            attrs.evolve(ROW, paused=Paused("", "", NOON)),
            _plan(cursor=NOON, occurrences=[_open(forced=True)], closed=["forced", "gone"]),
            "",
        ),
    ],
)
def test_whether_a_plan_still_fits(row, plan, why):
    """Not when the job has changed meanwhile; of a paused one only what was asked for with force."""
    opened = {"plain": _open("plain"), "forced": _open("forced", forced=True)}
    assert plans.outdated(plan, row, opened) == why


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
