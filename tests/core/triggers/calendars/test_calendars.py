"""Calendars: what is in them, and where that changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.contracts import EPOCH
from clockhand.errors import DefinitionError
from clockhand.triggers import (
    Calendar,
    DateCalendar,
    Weekdays,
    blackout,
    date_range,
    dates,
    wallclock,
    weekdays,
)

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


class EvenDays(DateCalendar):
    """What a plugin writes that says no more than which days are in."""

    tz = "America/St_Johns"

    def has(self, day):
        """Say whether the number of the day is even."""
        return day.day % 2 == 0


calendars = st.one_of(
    st.builds(
        lambda days, tz: weekdays(days, tz=tz),
        st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, max_size=9),
        st.sampled_from([None, "Europe/Berlin", "America/Santiago", "America/St_Johns", "Pacific/Apia"]),
    ),
    st.lists(st.dates(date(2009, 1, 1), date(2013, 1, 1)), min_size=1, max_size=9).map(lambda d: dates(*d)),
    st.lists(st.dates(date(2009, 1, 1), date(2013, 1, 1)), min_size=2, max_size=2).map(
        lambda pair: date_range(min(pair), max(pair), tz="Pacific/Apia")
    ),
    st.builds(lambda hours: blackout(NOON, NOON + timedelta(hours=hours)), st.integers(1, 99)),
    st.just(EvenDays()),
)
moments = st.one_of(
    st.datetimes(datetime(2008, 12, 1), datetime(2013, 2, 1), timezones=st.just(UTC)),
    st.builds(
        lambda begin, span: begin + span,
        st.sampled_from([NOON, datetime(2010, 11, 7, 2, tzinfo=UTC), datetime(2011, 12, 29, 9, tzinfo=UTC)]),
        st.timedeltas(-2 * DAY, 2 * DAY),
    ),
)


@settings(deadline=None, max_examples=200)
@given(calendar=calendars, moment=moments, part=st.floats(0, 1))
def test_nothing_changes_between_two_changes(calendar, moment, part):
    """From the last change on, up to the next and without it, the answer is the same."""
    here, low, high = calendar.covers(moment), calendar.last_change(moment), calendar.next_change(moment)
    assert isinstance(calendar, Calendar)
    assert isinstance(here, bool)
    assert low is None or low <= moment
    assert high is None or high > moment
    first, last = low or moment - 400 * DAY, (high or moment + 400 * DAY) - TICK
    for one in (first, last, first + part * (last - first)):
        assert calendar.covers(one) is here
        assert calendar.covers(one.astimezone(ZoneInfo("Asia/Kathmandu"))) is here


def test_the_stretches_are_the_longest_there_are():
    """A weekend, a range and a date are one step each, not one a day."""
    for calendar in (weekdays("sat-sun"), date_range("2026-03-05", "2026-04-05"), dates("2026-03-09")):
        changes, moment = [], NOON
        while (moment := calendar.next_change(moment)) is not None and moment < NOON + 90 * DAY:
            changes.append(moment)
        answers = [calendar.covers(one) for one in (NOON, *changes)]
        assert all(one is not other for one, other in pairwise(answers))


def test_a_week_that_is_all_alike_never_changes():
    """Nor do dates that are over, or the ends of the calendar."""
    assert weekdays("mon-sun").next_change(NOON) is None
    assert weekdays("mon-sun").last_change(NOON) is None
    assert dates("2026-01-01").next_change(NOON) is None
    assert dates("2026-05-01").last_change(NOON) is None
    for calendar in (
        weekdays("mon"),
        EvenDays(),
        date_range("0001-01-01", "9999-12-31"),
        dates("9999-12-31"),
    ):
        assert calendar.next_change(END) is None
        assert calendar.last_change(datetime.min.replace(tzinfo=UTC)) is None
        assert isinstance(calendar.covers(END), bool)


def test_days_are_those_of_the_zone():
    """Sunday noon in UTC is Monday in Kiritimati; a zone that was left open can be written in."""
    assert weekdays("sun").covers(NOON)
    assert not weekdays("sun", tz="Pacific/Kiritimati").covers(NOON)
    assert weekdays("sun").in_zone("UTC") == weekdays("sun", tz="UTC")
    assert weekdays("sun", tz="Asia/Tokyo").in_zone("UTC") == weekdays("sun", tz="Asia/Tokyo")
    assert blackout(NOON, NOON + DAY).in_zone("UTC") == blackout(NOON, NOON + DAY)


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ("mon-fri", "mon-fri"),
        ("fri-mon", "mon,fri-sun"),
        ("Sun, MON", "mon,sun"),
        (["wed", "mon", "tue"], "mon-wed"),
        ("sat,sat", "sat"),
        ("mon-mon", "mon"),
        ("sun-sat", "mon-sun"),
    ],
)
def test_one_form_for_the_same_days(given, days):
    """In the order of the week, so that the same days are the same value."""
    assert weekdays(given).days == days
    assert weekdays(given) == Weekdays(days)
    assert repr(weekdays(given, tz="UTC")) == f"weekdays({days!r}, tz='UTC')"


def test_a_blackout_ends_before_its_end():
    """Its start is in, its end is out."""
    window = blackout("2026-03-01T13:00:00+01:00", NOON + DAY)
    assert [window.covers(one) for one in (NOON - TICK, NOON, NOON + DAY - TICK, NOON + DAY)] == [
        False,
        True,
        True,
        False,
    ]


def test_dates_are_kept_in_order_and_once():
    """As they are written, or as dates."""
    assert dates("2026-12-25", date(2026, 1, 1), "2026-12-25") == dates("2026-01-01", "2026-12-25")


def test_a_calendar_of_days_has_to_say_which():
    """The base alone can't."""

    class Nothing(DateCalendar):
        tz = None

    with pytest.raises(NotImplementedError):
        Nothing().covers(EPOCH)
    assert wallclock.zone_of(None).key == "UTC"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: weekdays("mom"), "weekdays: unknown day 'mom', did you mean 'mon'?"),
        (lambda: weekdays(""), "weekdays: unknown day '', known: fri, mon"),
        (lambda: weekdays("mon-"), "weekdays: unknown day ''"),
        (lambda: weekdays("m" * 99), "weekdays: 99 characters, at most 80 are read"),
        (lambda: weekdays(5), "weekdays: not days, given 5; write them like 'mon-fri'"),
        (lambda: weekdays([0, 1]), "weekdays: not days, given [0, 1]; write them like 'mon-fri'"),
        (lambda: weekdays(tz="Mars"), "tz: unknown time zone 'Mars'"),
        (dates, "dates: no date given, name at least one"),
        (lambda: dates("2026-13-01"), "dates: no such date, given '2026-13-01'"),
        (lambda: dates(NOON), "dates: not a date, given datetime.datetime(2026"),
        (lambda: dates(*(date(1, 1, 1) + n * DAY for n in range(10_001))), "dates: 10,001 dates, at most"),
        (
            lambda: date_range("2026-02-01", "2026-01-01"),
            "date_range: last: '2026-01-01' is before first, '2026-02-01'",
        ),
        (lambda: date_range("2026", "2026-01-01"), "date_range: first: not a date, given '2026'; write it"),
        (
            lambda: blackout(NOON, NOON),
            "blackout: end: 2026-03-01T12:00:00Z is not after start, 2026-03-01T12:00:00Z",
        ),
        (lambda: blackout("soon", NOON), "blackout: start: not a date and time, given 'soon'; write it like"),
        (lambda: blackout(NOON, 5), "blackout: end: not a datetime, given 5"),
    ],
)
def test_what_can_not_be(make, message):
    """The calendar, what was given, and what to do."""
    with pytest.raises(DefinitionError) as caught:
        make()
    assert str(caught.value).startswith(message)
