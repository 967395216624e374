"""The engine against a daemon that looks at the clock each minute, around every clock change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from daemon import DAY, MINUTE, SECOND, TICK, asked, asked_back, changes, defaults, fired, walk
from expressions import seeded
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.triggers import cron

ZONES = [
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Volgograd",
    "Pacific/Apia",
]
SPECS = st.integers(0, 2**32).map(seeded)
SIX = st.integers(0, 2**32).map(lambda seed: seeded(seed, seconds=True))
GAPS = st.sampled_from([None, "after", "skip"])
OVERLAPS = st.sampled_from([None, "first", "second", "both"])


def a_change(data, zone):
    """Return the hour of a clock change, or of nothing in particular where there is none."""
    return data.draw(st.sampled_from(changes(ZoneInfo(zone)) or (datetime(2026, 2, 28, tzinfo=UTC),)))


@settings(max_examples=150, deadline=None)
@given(spec=SPECS, zone=st.sampled_from(ZONES), gap=GAPS, overlap=OVERLAPS, data=st.data())
def test_the_engine_agrees_with_a_minute_by_minute_walk(spec, zone, gap, overlap, data):
    """next_after, last_before and count say what a daemon does that looks at the clock each minute."""
    first = a_change(data, zone) - DAY
    last = first + 3 * DAY
    timer = cron(spec.text, tz=zone, gap=gap, overlap=overlap)
    looks = walk(ZoneInfo(zone), first, last)
    expected = fired(spec, looks, gap, overlap)
    assert asked(timer, first, last) == asked_back(timer, first, last) == expected
    places = st.integers(0, len(looks) - 1)
    for place in data.draw(st.lists(places, min_size=8, max_size=8)):
        beside = data.draw(st.sampled_from([timedelta(), TICK, 30 * SECOND, MINUTE - TICK]))
        moment = min(looks[place].moment + beside, last)
        # Made anew each time: what an earlier question left behind must not matter.
        timer = cron(spec.text, tz=zone, gap=gap, overlap=overlap)
        before = [due for due in expected if due <= moment]
        assert timer.last_before(moment, since=first) == (before[-1] if before else None)
        later = [due for due in expected if due > moment]
        answer = timer.next_after(moment)
        assert answer == later[0] if later else answer is None or answer > last
        assert timer.count(first, moment) == len(before)
        assert timer.count(moment + TICK, last) == len(later)


@settings(max_examples=25, deadline=None)
@given(spec=SIX, zone=st.sampled_from(ZONES), gap=GAPS, overlap=OVERLAPS, data=st.data())
def test_the_engine_agrees_with_a_second_by_second_walk(spec, zone, gap, overlap, data):
    """The same with seconds, an hour and a half on either side of a change."""
    first = a_change(data, zone) - timedelta(minutes=30)
    last = first + timedelta(hours=3)
    timer = cron(spec.text, tz=zone, gap=gap, overlap=overlap)
    looks = walk(ZoneInfo(zone), first, last, SECOND)
    # With second 0 alone it looks each minute, as it does with five fields.
    expected = fired(spec, looks, gap, overlap)
    assert asked(timer, first, last) == asked_back(timer, first, last) == expected
    assert timer.count(first, last) == len(expected)


@settings(max_examples=200, deadline=None)
@given(
    spec=SPECS,
    zone=st.sampled_from(ZONES),
    gap=GAPS,
    overlap=OVERLAPS,
    moment=st.datetimes(
        datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones(), allow_imaginary=False
    ),
)
def test_answers_are_later_exist_and_agree(spec, zone, gap, overlap, moment):
    """From any start: strictly later, a real local time in UTC; asking back or again gives the same."""
    timer = cron(spec.text, tz=zone, gap=gap, overlap=overlap)
    due = timer.next_after(moment)
    assert due == timer.next_after(moment)
    assert due == cron(spec.text, tz=zone, gap=gap, overlap=overlap).next_after(moment.astimezone(UTC))
    if due is None:
        return
    assert due.tzinfo is UTC
    assert due > moment.astimezone(UTC)
    there = due.astimezone(ZoneInfo(zone))
    assert there.astimezone(UTC) == due
    assert (there.second, there.microsecond) == (0, 0)
    assert timer.last_before(due, since=due) == due
    assert timer.count(due, due) == timer.count(moment.astimezone(UTC) + TICK, due) == 1
    assert timer.last_before(due - TICK, since=moment + TICK) is None


@settings(max_examples=50, deadline=None)
@given(spec=SPECS, zone=st.sampled_from(ZONES))
def test_none_is_the_rule_of_debian(spec, zone):
    """Without gap and overlap it is as if they had been written as that rule says."""
    gap, overlap = defaults(spec, None, None)
    start = datetime(2010, 1, 1, tzinfo=UTC)
    end = start + 5_000 * DAY
    plain, written = cron(spec.text, tz=zone), cron(spec.text, tz=zone, gap=gap, overlap=overlap)
    assert plain.count(start, end) == written.count(start, end)
    assert plain.next_after(start) == written.next_after(start)
    assert plain != written


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
    due = asked(timer, around, around + timedelta(hours=3))
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
    assert len(asked(timer, midnight, end)) == timer.count(midnight, end) == fired


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
