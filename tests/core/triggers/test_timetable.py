"""A job's own due times: its timer inside its window, counted from its anchor."""

from datetime import UTC, datetime, timedelta

import pytest

from clockhand import Job, at, call, cron, every
from clockhand.triggers.timetable import (
    anchor_of,
    count_due,
    first_due,
    floor_to,
    last_due,
    next_due,
    upcoming,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


def _job(timer, **fields):
    return Job(alias="a", work=call("app:f"), triggers=timer, **fields)


HOURLY = [
    every(hours=1, anchor=NOON),
    cron("0 * * * *"),
    at(*(NOON + timedelta(hours=n) for n in range(-9, 9))),
]


def test_the_anchor():
    """start_time, to the microsecond; else the second in which the job was added."""
    assert anchor_of(_job(every(60)), NOON + 999_999 * TICK) == NOON
    assert anchor_of(_job(every(60), start_time=NOON + TICK), NOON + MINUTE) == NOON + TICK


@pytest.mark.parametrize("timer", HOURLY, ids=["every", "cron", "at"])
class TestWindow:
    """start_time and end_time are inclusive, whichever way one looks."""

    def test_start_time(self, timer):
        """A due time at that very moment counts, one a microsecond before it doesn't."""
        for start, first in [(NOON, NOON), (NOON + TICK, NOON + 60 * MINUTE), (NOON - TICK, NOON)]:
            job = _job(timer, start_time=start)
            assert next_due(job, NOON - timedelta(hours=5), NOON) == first
            assert last_due(job, NOON + 59 * MINUTE, NOON - timedelta(hours=5), NOON) == (
                NOON if first == NOON else None
            )

    def test_end_time(self, timer):
        """A due time at that very moment counts, none after it."""
        job = _job(timer, end_time=NOON)
        assert next_due(job, NOON - TICK, NOON) == NOON
        assert next_due(job, NOON, NOON) is None
        assert last_due(job, NOON + timedelta(hours=5), NOON - MINUTE, NOON) == NOON
        earlier = _job(timer, end_time=NOON - TICK)
        assert next_due(earlier, NOON - TICK, NOON) is None
        assert last_due(earlier, NOON + MINUTE, NOON - MINUTE, NOON) is None

    def test_both(self, timer):
        """A window of a single moment has a single due time, or none."""
        assert upcoming(_job(timer, start_time=NOON, end_time=NOON), NOON - MINUTE, NOON, 5) == [NOON]
        assert upcoming(_job(timer, start_time=NOON + TICK, end_time=NOON + MINUTE), NOON, NOON, 5) == []

    def test_what_is_upcoming(self, timer):
        """In order, strictly later, and no more than was asked for."""
        found = upcoming(_job(timer), NOON, NOON, 3)
        assert found == [NOON + timedelta(hours=n) for n in (1, 2, 3)]
        assert upcoming(_job(timer), NOON, NOON, 0) == []
        assert count_due(_job(timer), found[0], found[2], NOON) == 3
        assert count_due(_job(timer), NOON, NOON, NOON) == 1

    def test_the_range_is_closed(self, timer):
        """A due time at either end is in it; a range that ends before it begins has none."""
        job = _job(timer)
        assert last_due(job, NOON, NOON, NOON) == NOON
        assert last_due(job, NOON - TICK, NOON - 59 * MINUTE, NOON) is None
        assert last_due(job, NOON - TICK, NOON, NOON) is None


def test_the_first_due_time_of_a_new_job():
    """Later than now; named moments of the past too, but for those outside the window."""
    moments = at(NOON - MINUTE, NOON + MINUTE)
    assert first_due(_job(moments), NOON, NOON) == NOON - MINUTE
    assert first_due(_job(moments, start_time=NOON), NOON, NOON) == NOON + MINUTE
    assert first_due(_job(moments, end_time=NOON - 2 * MINUTE), NOON, NOON) is None
    assert first_due(_job(every(60)), NOON, NOON) == NOON + MINUTE


def test_the_ends_of_time():
    """No OverflowError at the first or the last year."""
    begin, end = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    for timer in (every(hours=1), cron("0 * * * *"), at(NOON)):
        job = _job(timer, start_time=begin, end_time=end)
        assert next_due(job, begin, begin) is not None
        assert next_due(job, end, begin) is None


def test_floor():
    """The last whole number of periods that isn't later, also before zero."""
    assert floor_to(NOON + 7 * MINUTE, NOON, 5 * MINUTE) == NOON + 5 * MINUTE
    assert floor_to(NOON - MINUTE, NOON, 5 * MINUTE) == NOON - 5 * MINUTE
    assert floor_to(NOON, NOON, 5 * MINUTE) == NOON
