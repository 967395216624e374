"""but_not: due times without those that a calendar covers."""

from datetime import UTC, date, datetime, timedelta
from time import process_time

import pytest
from composing import DAY, WINDOW, ZONES, agrees, beginnings, listed, local, simple
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.contracts import EPOCH
from clockhand.errors import DefinitionError
from clockhand.triggers import (
    Calendar,
    at,
    blackout,
    but_not,
    cron,
    date_range,
    dates,
    every,
    weekdays,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@settings(deadline=None, max_examples=40)
@given(timer=simple, begin=beginnings, part=st.floats(0, 1), data=st.data())
def test_it_is_the_difference(timer, begin, part, data):
    """What is due on days, in ranges and in windows that are named is left out, around clock changes too."""
    tz = data.draw(st.sampled_from([zone for zone in ZONES if zone != "America/St_Johns"]))
    days = data.draw(st.sampled_from(["sat-sun", "mon,wed,fri", "fri-mon"]))
    one = begin.date() + data.draw(st.integers(0, 9)) * DAY
    start = begin + data.draw(st.floats(0, 1)) * WINDOW
    window = (start, start + data.draw(st.timedeltas(timedelta(minutes=1), 3 * DAY)))
    calendars = [weekdays(days, tz=tz), dates(one, tz=tz), blackout(*window)]

    def left_out(due):
        day = local(due, tz).date()
        numbers = {"sat-sun": {5, 6}, "mon,wed,fri": {0, 2, 4}, "fri-mon": {4, 5, 6, 0}}[days]
        return day.weekday() in numbers or day == one or window[0] <= due < window[1]

    end = begin + WINDOW
    dues = [due for due in listed(timer, begin, end) if not left_out(due)]
    agrees(but_not(timer, *calendars), dues, begin, end, begin + part * WINDOW)


def test_a_stretch_is_one_step():
    """Fifty years of a closed range are skipped at once, forwards and backwards."""
    timer = but_not(every(1), date_range("2000-01-01", "2049-12-31", tz="Europe/Berlin"))
    began = process_time()
    first = datetime(2049, 12, 31, 23, tzinfo=UTC)
    assert timer.next_after(NOON) == first
    assert timer.last_before(NOON, since=EPOCH) == datetime(1999, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert timer.count(datetime(1999, 12, 31, tzinfo=UTC), first + timedelta(seconds=9)) == 23 * 3600 + 10
    assert process_time() - began < 0.01


def test_nothing_is_left():
    """Of a timer on closed days only there is no next, or the search says that it gave up."""
    assert but_not(every(60), weekdays("mon-sun")).next_after(NOON) is None
    assert but_not(every(60), weekdays("mon-sun")).last_before(NOON, since=EPOCH) is None
    assert but_not(every(60), weekdays("mon-sun")).count(EPOCH, NOON) == 0
    with pytest.raises(DefinitionError, match="a search ends after 10,000 steps or 100 years"):
        but_not(cron("0 0 * * mon"), weekdays("mon")).next_after(NOON)
    assert but_not(at(NOON), dates("2026-03-01")).next_after(EPOCH) is None
    assert but_not(every(1), weekdays("mon")).count(EPOCH, NOON + 100 * 366 * DAY) is None


def test_a_calendar_that_goes_nowhere_is_named():
    """One that never changes after the moment it is asked about is a fault of its author's."""

    class Stuck(Calendar):
        def covers(self, moment):
            return True

        def next_change(self, moment):
            return moment

        def last_change(self, moment):
            return moment

        def __repr__(self):
            return "stuck()"

    with pytest.raises(
        DefinitionError, match=r"stuck\(\) says it changes at .* after .*, which is not later"
    ):
        but_not(every(60), Stuck()).next_after(NOON)


def test_what_the_parts_say_goes_for_the_whole():
    """Whether it keeps the past, and the zone of each part that left it open."""
    assert but_not(at(NOON), weekdays()).keeps_past
    assert not but_not(every(5), weekdays()).keeps_past
    zoned = but_not(cron("@daily"), weekdays("sat"), dates("2026-12-25", tz="UTC")).in_zone("Asia/Tokyo")
    assert zoned == but_not(
        cron("@daily", tz="Asia/Tokyo"), weekdays("sat", tz="Asia/Tokyo"), dates("2026-12-25", tz="UTC")
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: but_not(every(5)), "but_not: calendars: no calendar given, name at least one"),
        (lambda: but_not(every(5), every(5)), "but_not: calendars: not a calendar, given Every(period="),
        (lambda: but_not(weekdays(), weekdays()), "but_not: timer: not a timer, given weekdays('mon-fri')"),
        (
            lambda: but_not(every(5), date(2026, 1, 1)),
            "but_not: calendars: not a calendar, given datetime.date",
        ),
    ],
)
def test_what_can_not_be(make, message):
    """The field is named."""
    with pytest.raises(DefinitionError) as caught:
        make()
    assert str(caught.value).startswith(message)
