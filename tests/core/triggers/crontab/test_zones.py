"""The engine against a daemon that looks at the wall clock each minute, around every clock change."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from operator import add
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.triggers import cron

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
ZONES = [
    "UTC",
    "Africa/Cairo",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
]


@attrs.frozen
class Spec:
    """An expression, and the values that each of its fields stands for, known without reading it."""

    text: str
    values: tuple[frozenset[int], ...]

    def matches(self, wall):
        """Say whether *wall* is a minute of the expression, by the rules of crontab(5)."""
        minutes, hours, *_ = self.values
        return wall.minute in minutes and wall.hour in hours and self.day_matches(wall)

    def day_matches(self, wall):
        """Say whether the date of *wall* is one of the expression."""
        _, _, days, months, weekdays = self.values
        stars = [field.startswith("*") for field in self.text.split()]
        day, weekday = wall.day in days, wall.isoweekday() % 7 in weekdays
        return wall.month in months and ((day and weekday) if stars[2] or stars[4] else (day or weekday))

    @property
    def comes(self):
        """Whether any of its dates is in the calendar, asked of the 28 years that hold each kind of year."""
        day = datetime(2000, 1, 1)
        return any(self.day_matches(day + number * DAY) for number in range(28 * 366))

    @property
    def follows_the_wall(self):
        """Whether its minute or hour field begins with a star."""
        return any(field.startswith("*") for field in self.text.split()[:2])


def field(low, high):
    """Return a strategy for one field: its text, and the set of its values."""
    every = range(low, high + 1)
    value = st.integers(low, high)
    step = st.integers(1, high - low + 1)
    pair = st.tuples(value, value).map(sorted)
    item = st.one_of(
        value.map(lambda a: (f"{a}", {a})),
        pair.map(lambda p: (f"{p[0]}-{p[1]}", set(range(p[0], p[1] + 1)))),
        st.tuples(pair, step).map(
            lambda q: (f"{q[0][0]}-{q[0][1]}/{q[1]}", set(range(q[0][0], q[0][1] + 1, q[1])))
        ),
        st.tuples(value, step).map(lambda q: (f"{q[0]}/{q[1]}", set(range(q[0], high + 1, q[1])))),
        step.map(lambda n: (f"*/{n}", set(every[::n]))),
    )
    several = st.lists(item, min_size=1, max_size=3).map(
        lambda items: (",".join(text for text, _ in items), set().union(*(values for _, values in items)))
    )
    return st.one_of(st.just(("*", set(every))), several)


def spec_of(fields):
    """Return the expression of five fields."""
    return Spec(" ".join(text for text, _ in fields), tuple(frozenset(values) for _, values in fields))


# Days and months mostly open, so that most expressions have something to do in a window of a few days.
SPECS = (
    st.tuples(
        field(0, 59),
        field(0, 23),
        st.one_of(st.just(("*", set(range(1, 32)))), field(1, 31)),
        st.one_of(st.just(("*", set(range(1, 13)))), st.just(("*", set(range(1, 13)))), field(1, 12)),
        st.one_of(st.just(("*", set(range(7)))), field(0, 6)),
    )
    .map(spec_of)
    .filter(lambda spec: spec.comes)
)


@cache
def changes(zone):
    """Return the days between 2000 and 2030 on which the offset of *zone* changes."""
    day, end = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    found = []
    while day < end:
        if day.astimezone(zone).utcoffset() != (day + DAY).astimezone(zone).utcoffset():
            found.append(day)
        day += DAY
    return found or [datetime(2026, 2, 28, tzinfo=UTC)]


def daemon(spec, zone, first, last):
    """Return when a daemon that has been up since long before *first* runs the job, up to *last*."""
    ran = []
    reached = (first - 3 * DAY).astimezone(zone).replace(tzinfo=None)
    moment = first - 3 * DAY + MINUTE
    while moment <= last:
        wall = moment.astimezone(zone).replace(tzinfo=None)
        if spec.follows_the_wall:
            due = spec.matches(wall)
        else:
            due = wall > reached and (spec.matches(wall) or any(map(spec.matches, made_up(reached, wall))))
        if due and moment >= first:
            ran.append(moment)
        reached = max(reached, wall)
        moment += MINUTE
    return ran


def made_up(reached, wall):
    """Return the walls that a gap has skipped, without those of a date that isn't there at all."""
    skipped = []
    missing = reached + MINUTE
    while missing < wall:
        midnight = missing.replace(hour=0, minute=0)
        if not (reached < midnight and midnight + DAY <= wall):
            skipped.append(missing)
        missing += MINUTE
    return skipped


def fires(timer, first, last):
    """Return what next_after gives, one after the other, in the closed range."""
    found = []
    moment = timer.next_after(first - TICK)
    while moment is not None and moment <= last:
        found.append(moment)
        moment = timer.next_after(moment)
    return found


def moments(first, last):
    """Return a strategy for moments of a range, many of them just beside a whole minute."""
    minutes = st.integers(0, (last - first) // MINUTE - 1).map(lambda minutes: first + minutes * MINUTE)
    beside = st.sampled_from([timedelta(), TICK, timedelta(seconds=30), MINUTE - TICK])
    return st.builds(add, minutes, beside)


@settings(max_examples=150, deadline=None)
@given(spec=SPECS, zone=st.sampled_from(ZONES), data=st.data())
def test_the_engine_agrees_with_a_minute_by_minute_walk(spec, zone, data):
    """next_after, last_before and count say what a daemon does that looks at the clock each minute."""
    first = data.draw(st.sampled_from(changes(ZoneInfo(zone)))) - DAY
    last = first + 3 * DAY
    timer = cron(spec.text, tz=zone)
    expected = daemon(spec, ZoneInfo(zone), first, last)
    assert fires(timer, first, last) == expected
    assert timer.count(first, last) == len(expected)
    for moment in data.draw(st.lists(moments(first, last), min_size=5, max_size=5)):
        assert timer.last_before(moment, since=first) == max(
            (e for e in expected if e <= moment), default=None
        )
        later = min((e for e in expected if e > moment), default=None)
        answer = timer.next_after(moment)
        assert answer == later if later else answer is None or answer > last


@settings(max_examples=200, deadline=None)
@given(
    spec=SPECS,
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(
        datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones(), allow_imaginary=False
    ),
)
def test_answers_are_later_exist_and_agree(spec, zone, moment):
    """From any start: strictly later, a real local time in UTC; asking back or again gives the same."""
    timer = cron(spec.text, tz=zone)
    due = timer.next_after(moment)
    assert due == timer.next_after(moment) == cron(spec.text, tz=zone).next_after(moment.astimezone(UTC))
    if due is None:
        return
    assert due.tzinfo is UTC
    assert due > moment.astimezone(UTC)
    there = due.astimezone(ZoneInfo(zone))
    assert there.astimezone(UTC) == due
    assert (there.second, there.microsecond) == (0, 0)
    assert timer.last_before(due, since=due) == due
    assert timer.count(due, due) == 1
    assert timer.last_before(due - TICK, since=moment + TICK) is None


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("Europe/Amsterdam", datetime(1937, 6, 30, 22, tzinfo=UTC)),
        ("Africa/Monrovia", datetime(1972, 1, 6, 23, tzinfo=UTC)),
        ("America/New_York", datetime(1883, 11, 18, 15, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(1905, 12, 31, 17, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("text", ["* * * * *", "*/7 * * * *", "0-59 0-23 * * *", "0-59/7 0-23 * * *"])
def test_offsets_of_odd_seconds(zone, around, text):
    """Where local time was off by odd seconds, all three still agree, second by second."""
    timer = cron(text, tz=zone)
    due = fires(timer, around, around + timedelta(hours=3))
    assert len(due) >= 24
    for before, after in pairwise(due):
        second = before
        while second < after:
            assert timer.next_after(second) == after
            assert timer.last_before(second, since=around) == before
            second += timedelta(seconds=1)
    assert all(moment.astimezone(ZoneInfo(zone)).second == 0 for moment in due)


def local(timer, moment, number, zone):
    """Return the next *number* answers as texts of local time."""
    found = []
    for _ in range(number):
        moment = timer.next_after(moment)
        found.append(moment.astimezone(ZoneInfo(zone)).strftime("%d %H:%M %z"))
    return found


def test_a_fixed_time_in_the_gap_comes_right_after_it():
    """New York, 8 March 2026: 02:30 does not exist; the job runs once, at 03:00."""
    timer = cron("30 2 * * *", tz="America/New_York")
    found = local(timer, datetime(2026, 3, 7, 12, tzinfo=UTC), 2, "America/New_York")
    assert found == ["08 03:00 -0400", "09 02:30 -0400"]


def test_several_fixed_times_in_one_gap_come_once():
    """02:10, 02:30 and 03:00 are one run at 03:00 when the hour from 02:00 is left out."""
    timer = cron("0,10,30 2,3 * * *", tz="Europe/Berlin")
    found = local(timer, datetime(2026, 3, 28, 23, tzinfo=UTC), 3, "Europe/Berlin")
    assert found == ["29 03:00 +0200", "29 03:10 +0200", "29 03:30 +0200"]


def test_a_fixed_time_in_the_overlap_comes_in_the_first_pass_only():
    """New York, 1 November 2026: 01:30 comes twice; the job runs at the first."""
    timer = cron("30 1 * * *", tz="America/New_York")
    found = local(timer, datetime(2026, 10, 31, 12, tzinfo=UTC), 2, "America/New_York")
    assert found == ["01 01:30 -0400", "02 01:30 -0500"]


def test_a_question_in_the_second_pass_is_answered_as_if_up_all_along():
    """At 01:10, the second time: 01:30 has had its run, so the next is tomorrow's."""
    timer = cron("30 1 * * *", tz="America/New_York")
    second_pass = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert local(timer, second_pass, 1, "America/New_York") == ["02 01:30 -0500"]
    assert timer.last_before(second_pass, since=second_pass - DAY) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_wildcard_asked_back_in_the_second_pass():
    """At 01:10 for the second time: 01:00 has just been, 01:30 was in the first pass."""
    second_pass = datetime(2022, 10, 30, 7, 10, tzinfo=UTC)
    for moment in (second_pass, second_pass + TICK, second_pass + MINUTE - TICK):
        for minute, expected in (
            (0, second_pass.replace(minute=0)),
            (30, second_pass.replace(hour=6, minute=30)),
        ):
            timer = cron(f"{minute} * * * *", tz="America/Monterrey")
            assert timer.last_before(moment, since=second_pass - DAY) == expected


def test_a_wildcard_asked_on_in_the_first_pass():
    """At 01:50 for the first time: what comes next of 01:30 is its second pass."""
    first_pass = datetime(2022, 10, 30, 6, 50, tzinfo=UTC)
    timer = cron("30 * * * *", tz="America/Monterrey")
    assert timer.next_after(first_pass + TICK) == datetime(2022, 10, 30, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours", "fired"), [((3, 8, 5), 23, 46), ((11, 1, 4), 25, 50)])
def test_a_wildcard_follows_the_wall(day, hours, fired):
    """*/30 in New York: 46 fires on the day of 23 hours, 50 on that of 25."""
    timer = cron("*/30 * * * *", tz="America/New_York")
    midnight = datetime(2026, *day, tzinfo=UTC)
    end = midnight + timedelta(hours=hours) - MINUTE
    assert len(fires(timer, midnight, end)) == timer.count(midnight, end) == fired


def test_hourly_is_a_wildcard():
    """@hourly comes at each real hour: twice at 02:00 in the overlap of Berlin, never in its gap."""
    timer = cron("@hourly", tz="Europe/Berlin")
    autumn = local(timer, datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 3, "Europe/Berlin")
    assert autumn == ["25 02:00 +0200", "25 02:00 +0100", "25 03:00 +0100"]
    spring = local(timer, datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 2, "Europe/Berlin")
    assert spring == ["29 03:00 +0200", "29 04:00 +0200"]


def test_a_date_that_a_zone_leaves_out_has_no_run():
    """Apia went from 29 to 31 December 2011; a job of the 30th waits a year, a daily one skips it."""
    before = datetime(2011, 12, 29, 22, tzinfo=UTC)
    daily = local(cron("0 9 * * *", tz="Pacific/Apia"), before, 2, "Pacific/Apia")
    assert daily == ["31 09:00 +1400", "01 09:00 +1400"]
    assert cron("0 9 30 12 *", tz="Pacific/Apia").next_after(before) == datetime(2012, 12, 29, 19, tzinfo=UTC)
    back = cron("0 9 30 12 *", tz="Pacific/Apia")
    assert back.last_before(before + 5 * DAY, since=before - 5 * DAY) is None


def test_midnight_in_a_gap():
    """Santiago, 6 September 2026: the day begins at 01:00, and so does its midnight job."""
    timer = cron("@daily", tz="America/Santiago")
    found = local(timer, datetime(2026, 9, 5, 12, tzinfo=UTC), 2, "America/Santiago")
    assert found == ["06 01:00 -0300", "07 00:00 -0300"]


def test_half_an_hour():
    """Lord Howe moves by half an hour: 02:15 on 4 October 2026 becomes 02:30."""
    timer = cron("15 2 * * *", tz="Australia/Lord_Howe")
    found = local(timer, datetime(2026, 10, 3, tzinfo=UTC), 2, "Australia/Lord_Howe")
    assert found == ["04 02:30 +1100", "05 02:15 +1100"]


def test_back_across_midnight():
    """St. John's went from 00:01 back to 23:01: the midnight job ran at the first midnight."""
    timer = cron("0 0 * * *", tz="America/St_Johns")
    found = local(timer, datetime(2010, 11, 6, 12, tzinfo=UTC), 2, "America/St_Johns")
    assert found == ["07 00:00 -0230", "08 00:00 -0330"]
