"""The balance sees what is forgotten, doubled or made up; it is only as good as what it finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clockhand import Job, StoredJob, at, call, every
from clockhand.contracts import Entry, Outcome, Result, Run, Verdict, What, due_key, fired_key
from clockhand_cli.demo.balance import balance

ZERO = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROW = StoredJob(Job(alias="a", work=call("m:f"), triggers=every(seconds=1)), 1, "x", ZERO, ZERO + 5 * SECOND)
UNTIL = ZERO + 4.5 * SECOND


def _due(number: int) -> datetime:
    return ZERO + number * SECOND


def _ran(number: int, verdict: Verdict | None = Verdict.SUCCEEDED) -> Entry:
    due = _due(number)
    run = Run(1, "o", number, 1, due, due, Outcome(Result(verdict or "failed")))
    return Entry(due, What.RUN_ENDED, "a", due_key("a", due), due, verdict, run)


def _never(first: int, last: int, count: int | None) -> Entry:
    return Entry(UNTIL, What.NEVER_RAN, "a", "", _due(first), Verdict.COALESCED, None, "", _due(last), count)


def test_each_due_time_with_one_verdict_is_settled() -> None:
    """The due times come from the anchor on, and each has one verdict."""
    (account,) = balance([ROW], [_ran(1), _ran(2), _ran(3, Verdict.FAILED), _ran(4)], UNTIL)
    assert account.settled
    assert (account.due, account.ran) == (4, 4)
    assert account.verdicts == {Verdict.SUCCEEDED: 3, Verdict.FAILED: 1}


def test_a_forgotten_due_time_is_found() -> None:
    """No verdict for one: missing."""
    (account,) = balance([ROW], [_ran(1), _ran(2), _ran(4)], UNTIL)
    assert not account.settled
    assert account.missing == (_due(3),)


def test_nothing_on_record_is_all_missing() -> None:
    """A scheduler that did nothing doesn't balance, whatever its cursor says."""
    (account,) = balance([ROW], [], UNTIL)
    assert account.missing == tuple(map(_due, (1, 2, 3, 4)))


def test_a_second_verdict_is_found() -> None:
    """Two verdicts for one due time: double; also when one comes with a range."""
    (account,) = balance([ROW], [_ran(1), _ran(2), _ran(2), _ran(3), _ran(4)], UNTIL)
    assert account.double == (_due(2),)
    (account,) = balance([ROW], [_never(1, 3, 3), _ran(3), _ran(4)], UNTIL)
    assert account.double == (_due(3),)


def test_a_made_up_due_time_is_found() -> None:
    """A verdict for a time at which the job was never due is unknown."""
    odd = _ran(1)
    odd.due = ZERO + SECOND / 2
    (account,) = balance([ROW], [odd, _ran(1), _ran(2), _ran(3), _ran(4)], UNTIL)
    assert account.unknown == (odd.due,)
    assert not account.settled


@pytest.mark.parametrize("count", [3, None])
def test_a_range_covers_what_lies_in_it(count: int | None) -> None:
    """A range gives its verdict to each due time inside, whether or not it says how many."""
    (account,) = balance([ROW], [_never(1, 3, count), _ran(4)], UNTIL)
    assert account.settled
    assert (account.due, account.ran) == (4, 1)
    assert account.verdicts[Verdict.COALESCED] == 3


def test_a_range_that_counts_wrong_is_found() -> None:
    """A range that says another number than lies in it doesn't balance."""
    (account,) = balance([ROW], [_never(1, 3, 2), _ran(4)], UNTIL)
    assert not account.settled


def test_attempts_that_are_tried_again_are_no_verdict() -> None:
    """Only what closes an occurrence counts; a fired one has no due time of the timetable."""
    fired = Entry(UNTIL, What.RUN_ENDED, "a", fired_key("a"), UNTIL, Verdict.SUCCEEDED)
    (account,) = balance([ROW], [_ran(1, None), _ran(1), _ran(2), _ran(3), _ran(4), fired], UNTIL)
    assert account.settled
    assert account.due == 4


def test_what_is_decided_after_the_end_counts_if_it_is_there() -> None:
    """A due time after the end may have its verdict already, or not."""
    entries = [_ran(1), _ran(2), _ran(3), _ran(4)]
    for more, due in (([], 4), ([_ran(6)], 5)):
        (account,) = balance([ROW], [*entries, *more], UNTIL)
        assert account.settled
        assert account.due == due


def test_a_single_moment_is_due_once() -> None:
    """A one-shot, also one dated before the job was added, is due and needs its verdict."""
    job = Job(alias="a", work=call("m:f"), triggers=at(ZERO - SECOND))
    row = StoredJob(job, 1, "x", ZERO, None)
    assert balance([row], [], UNTIL)[0].missing == (ZERO - SECOND,)
    assert balance([row], [_ran(-1)], UNTIL)[0].settled
