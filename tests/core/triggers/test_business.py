"""next_business_day: what falls on a closed day comes on the next open one, at the same time of day."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from composing import DAY, WINDOW, ZONES, agrees, beginnings, listed, simple
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.contracts import EPOCH
from clockhand.errors import DefinitionError
from clockhand.triggers import (
    NextBusinessDay,
    at,
    blackout,
    cron,
    date_range,
    dates,
    every,
    next_business_day,
    wallclock,
    weekdays,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def moved(due, tz, closed):
    """Return where a due time comes to, worked out by hand: step by day until one is open."""
    zone = ZoneInfo(tz)
    day = wallclock.day_of(due, zone)
    if not any(calendar.has(day) for calendar in closed):
        return due
    while any(calendar.has(day) for calendar in closed):
        day += DAY
    return wallclock.instant(datetime.combine(day, due.astimezone(zone).time()), zone)


@settings(deadline=None, max_examples=60)
@given(timer=simple, begin=beginnings, part=st.floats(0, 1), data=st.data())
def test_each_due_time_is_moved(timer, begin, part, data):
    """Moved one by one, those of all days come to the same moments, around clock changes too."""
    tz = data.draw(st.sampled_from(ZONES))
    closed = data.draw(
        st.sampled_from(
            [
                (weekdays("sat-sun"),),
                (weekdays("fri-mon"),),
                (weekdays("sun"), dates(begin.date() + 2 * DAY)),
                (weekdays("sat-sun"), date_range(begin.date() + 3 * DAY, begin.date() + 5 * DAY)),
            ]
        )
    )
    end = begin + WINDOW
    dues = {moved(due, tz, closed) for due in listed(timer, begin - 12 * DAY, end)}
    dues = sorted(due for due in dues if begin <= due <= end)
    agrees(next_business_day(timer, *closed, tz=tz), dues, begin, end, begin + part * WINDOW)


def test_the_first_of_the_month():
    """2026: February, March, August and November begin on a weekend; New Year's Day 2027 is a holiday."""
    timer = next_business_day(cron("0 9 1 * *"), weekdays("sat-sun"), dates("2027-01-01"))
    found = [due.strftime("%m-%d") for due in listed(timer, NOON - 60 * DAY, NOON + 320 * DAY)]
    assert found[:6] == ["01-01", "02-02", "03-02", "04-01", "05-01", "06-01"]
    assert found[6:] == ["07-01", "08-03", "09-01", "10-01", "11-02", "12-01", "01-04"]
    assert timer.count(NOON, NOON + 100 * DAY) == 4


def test_weekends_are_closed_unless_told_otherwise():
    """And two that come to the same moment are due once."""
    timer = next_business_day(every(days=1, at="09:00", anchor="2026-01-01"))
    assert timer == NextBusinessDay(every(days=1, at="09:00", anchor="2026-01-01"), (weekdays("sat-sun"),))
    found = [due.strftime("%a") for due in listed(timer, NOON, NOON + 7 * DAY)]
    assert found == ["Mon", "Tue", "Wed", "Thu", "Fri"]


def test_nothing_is_ever_open():
    """Then nothing is due, or the search says that it gave up."""
    shut = next_business_day(every(60), date_range("1800-01-01", "9999-12-31"))
    with pytest.raises(DefinitionError, match="a search ends after 10,000 steps or 100 years"):
        shut.next_after(NOON)
    with pytest.raises(DefinitionError, match="a search ends after 10,000 steps or 100 years"):
        shut.last_before(NOON, since=NOON - DAY)
    assert next_business_day(at(NOON)).next_after(NOON + DAY) is None
    assert next_business_day(at(NOON)).next_after(EPOCH) == NOON + DAY
    assert next_business_day(at(NOON)).last_before(NOON + 9 * DAY, since=EPOCH) == NOON + DAY
    assert next_business_day(at(NOON)).last_before(NOON, since=EPOCH) is None


def test_what_the_parts_say_goes_for_the_whole():
    """Whether it keeps the past, what it needs, and its zone and that of each part that left it open."""
    timer = next_business_day(cron("@daily"), weekdays("sat"))
    tokyo = "Asia/Tokyo"
    assert timer.in_zone(tokyo) == next_business_day(
        cron("@daily", tz=tokyo), weekdays("sat", tz=tokyo), tz=tokyo
    )
    assert next_business_day(at(NOON)).keeps_past
    assert not timer.needs


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: next_business_day(every(5), blackout(NOON, NOON + DAY)),
            "next_business_day: closed: not a calendar of whole days, given Blackout(",
        ),
        (lambda: next_business_day(weekdays()), "next_business_day: timer: not a timer, given weekdays("),
        (lambda: next_business_day(every(5), time(9)), "next_business_day: closed: not a calendar, given"),
        (lambda: next_business_day(every(5), date(2026, 1, 1)), "next_business_day: closed: not a calendar,"),
        (lambda: next_business_day(every(5), tz="Mars"), "tz: unknown time zone 'Mars'"),
    ],
)
def test_what_can_not_be(make, message):
    """The field is named."""
    with pytest.raises(DefinitionError) as caught:
        make()
    assert str(caught.value).startswith(message)
