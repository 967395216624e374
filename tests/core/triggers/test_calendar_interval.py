"""every(days=...) and its kin, against a walk over every minute around the clock changes."""

import os
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count, takewhile
from time import process_time
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.contracts import EPOCH, Facts
from clockhand.errors import DefinitionError
from clockhand.triggers import CalendarInterval, Every, every

WALKS = 3_000 if os.environ.get("CLOCKHAND_BRUTE") == "all" else 30
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
ZONES = sorted(available_timezones() - {"localtime"})
ODD = [
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
]


def moves(zone, day):
    """Say whether the offset of *zone* is another one a day after *day*."""
    before, after = (one.astimezone(ZoneInfo(zone)).utcoffset() for one in (day, day + DAY))
    return before != after


@cache
def changes(zone):
    """Return the days of UTC, from 2000 to 2050, on which the offset of *zone* changes; else one day."""
    days = [datetime(2000, 1, 1, tzinfo=UTC) + number * DAY for number in range(0, 51 * 365, 7)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    found = [days[place] for place in range(len(days) - 1) if offsets[place] != offsets[place + 1]]
    found = [day + number * DAY for day in found for number in range(7) if moves(zone, day + number * DAY)]
    return found or [datetime(2026, 2, 28, tzinfo=UTC)]


def first_comings(zone, first, last):
    """Return when each minute of the wall clock was reached or passed for the first time, by walking."""
    found, reached, moment = [], None, first
    while moment <= last:
        wall = moment.astimezone(zone).replace(tzinfo=None)
        if reached is None or wall > reached:
            found.append((wall, moment))
            reached = wall
        moment += MINUTE
    return found


def walked(zone, first, last, dates, at, gap):
    """Return what is due on *dates* at *at*, as somebody finds it who looks at the clock each minute."""
    walls = first_comings(zone, first, last)
    seen = {wall.date() for wall, _ in walls}
    shown = {wall for wall, _ in walls}
    dues = []
    for day in dates:
        wanted = datetime.combine(day, at)
        due = next((moment for wall, moment in walls if wall >= wanted), None)
        if due is not None and day in seen and (gap == "after" or wanted in shown):
            dues.append(due)
    return dues


def stepped(anchor, days, months, month_end):
    """Yield the dates of an interval one by one, counted from the anchor."""
    for number in count():
        if days:
            yield anchor + number * days * DAY
            continue
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + number * months, 12)
        length = monthrange(year, month + 1)[1]
        if anchor.day <= length or month_end == "clamp":
            yield date(year, month + 1, min(anchor.day, length))


@pytest.mark.timeout(7_200)
@settings(deadline=None, max_examples=WALKS)
@given(data=st.data(), zone=st.one_of(st.sampled_from(ODD), st.sampled_from(ZONES)))
def test_a_walk_over_every_minute_agrees(data, zone):
    """In any zone, around any change of its clock: next, last and count are what somebody sees who looks."""
    change = data.draw(st.sampled_from(changes(zone)))
    at = time(*divmod(data.draw(st.integers(0, 24 * 60 - 1)), 60))
    days, months = data.draw(st.sampled_from([(1, 0), (1, 0), (2, 0), (7, 0), (0, 1), (0, 7), (0, 12)]))
    month_end = data.draw(st.sampled_from(["clamp", "skip"]))
    gap = data.draw(st.sampled_from(["after", "skip"]))
    near = change.date() + data.draw(st.integers(-2, 2)) * DAY
    anchor = near - data.draw(st.integers(0, 60)) * days * DAY if days else near.replace(year=1996)
    timer = CalendarInterval(days, months, at, zone, anchor, month_end, gap)
    first, last = change - 5 * DAY, change + 6 * DAY
    near_dates = (first.date() + number * DAY for number in range(-1, 13))
    upto = takewhile(lambda day: day <= last.date() + DAY, stepped(anchor, days, months, month_end))
    dates = set(upto) & set(near_dates)
    begin, end = first + DAY, last - DAY
    dues = [
        due
        for due in walked(ZoneInfo(zone), first - DAY, last + DAY, sorted(dates), at, gap)
        if begin <= due <= end
    ]
    found, due = [], timer.next_after(begin - TICK)
    while due is not None and due <= end:
        found.append(due)
        due = timer.next_after(due)
    assert found == dues
    moment = begin + data.draw(st.timedeltas(timedelta(), end - begin))
    assert timer.last_before(moment, since=begin) == max((one for one in dues if one <= moment), default=None)
    assert timer.count(begin, moment) == sum(one <= moment for one in dues)
    assert timer.count(moment, end) == sum(one >= moment for one in dues)


@settings(deadline=None, max_examples=40)
@given(
    anchor=st.dates(date(1890, 1, 1), date(1999, 12, 31)),
    step=st.sampled_from([(1, 0), (3, 0), (14, 0), (0, 1), (0, 2), (0, 5), (0, 12), (0, 48), (0, 84)]),
    month_end=st.sampled_from(["clamp", "skip"]),
    gap=st.sampled_from(["after", "skip"]),
    zone=st.sampled_from(ODD),
    years=st.integers(1, 90),
)
def test_an_anchor_of_long_ago_is_arithmetic(anchor, step, month_end, gap, zone, years):
    """Decades later, each answer is what stepping there from the anchor gives, and so is their number."""
    timer = CalendarInterval(*step, time(2, 30), zone, anchor, month_end, gap)
    end = anchor.replace(day=1, year=anchor.year + years)
    found, due = [], timer.next_after(EPOCH.replace(year=1800))
    dates = takewhile(lambda day: day <= end, stepped(anchor, *step, month_end))
    if gap == "after":
        wanted = [day for day in dates if (zone, day) != ("Pacific/Apia", date(2011, 12, 30))]
        for day in wanted[-3:]:
            midnight = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
            due = timer.next_after(midnight - TICK)
            assert due.astimezone(ZoneInfo(zone)).date() == day
            assert timer.last_before(due, since=due) == due
            assert timer.last_before(due + timedelta(hours=1), since=due) == due
        first = timer.next_after(EPOCH.replace(year=1800))
        assert timer.count(first, due) == len(wanted)
    elif years < 20:
        while due is not None and due.date() <= end:
            found.append(due)
            due = timer.next_after(due)
        if found:
            assert timer.count(found[0], found[-1]) == len(found)


def dues(timer, moment, number):
    """Return the next due times, as texts of the timer's own zone."""
    found, zone = [], ZoneInfo(timer.tz or "UTC")
    for _ in range(number):
        moment = timer.next_after(moment)
        found.append(moment.astimezone(zone).strftime("%m-%d %H:%M"))
    return found


def test_the_31st_comes_back():
    """Counted from the anchor, not from the last: February has no say about March."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    clamp = every(months=1, at="09:00", anchor="2026-01-31")
    assert dues(clamp, begin, 4) == ["01-31 09:00", "02-28 09:00", "03-31 09:00", "04-30 09:00"]
    skip = every(months=1, at="09:00", anchor="2026-01-31", month_end="skip")
    assert dues(skip, begin, 4) == ["01-31 09:00", "03-31 09:00", "05-31 09:00", "07-31 09:00"]
    leap = every(years=1, at="09:00", anchor="2024-02-29", month_end="skip")
    assert [leap.next_after(begin.replace(year=year)).year for year in (2025, 2029, 2097)] == [
        2028,
        2032,
        2104,
    ]


def test_nine_stays_nine_and_a_gap_is_made_up_for():
    """In New York on 8 March 2026: 09:00 as ever, 02:30 right after the gap, or dropped."""
    begin = datetime(2026, 3, 7, 12, tzinfo=UTC)
    new_york = {"tz": "America/New_York", "anchor": "2026-01-01"}
    assert dues(every(days=1, at="09:00", **new_york), begin, 2) == ["03-07 09:00", "03-08 09:00"]
    assert dues(every(days=1, at="02:30", **new_york), begin, 2) == ["03-08 03:00", "03-09 02:30"]
    assert dues(every(days=1, at="02:30", gap="skip", **new_york), begin, 2) == ["03-09 02:30", "03-10 02:30"]


def test_an_overlap_counts_once():
    """01:30 on 1 November 2026 in New York comes twice: the first is due, the second isn't."""
    timer = every(days=1, at="01:30", tz="America/New_York", anchor="2026-01-01")
    first = timer.next_after(datetime(2026, 11, 1, tzinfo=UTC))
    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert timer.next_after(first) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_a_day_that_never_was():
    """Samoa had no 30 December 2011: nothing is due, and it isn't counted."""
    timer = every(days=1, at="09:00", tz="Pacific/Apia", anchor="2011-12-28")
    begin = datetime(2011, 12, 28, 20, tzinfo=UTC)
    assert dues(timer, begin, 3) == ["12-29 09:00", "12-31 09:00", "01-01 09:00"]
    assert timer.count(begin, begin + 3 * DAY) == 3


def test_the_anchor_is_its_own_then_the_jobs_then_1970():
    """And gives the time of day where `at` doesn't; nothing is due before it."""
    facts = Facts(anchor=datetime(2026, 1, 5, 10, 15, 30, tzinfo=UTC))
    timer = every(days=2)
    assert timer.next_after(EPOCH, facts) == facts.anchor
    assert timer.next_after(facts.anchor, facts) == facts.anchor + 2 * DAY
    assert timer.next_after(EPOCH) == EPOCH + 2 * DAY
    assert every(days=2, at="09:00").next_after(EPOCH, facts) == datetime(2026, 1, 7, 9, tzinfo=UTC)
    assert timer.last_before(facts.anchor - TICK, since=EPOCH, facts=facts) is None
    assert timer.count(EPOCH, facts.anchor - TICK, facts) == 0
    moment = every(days=1, anchor="2026-01-01T12:00:00+01:00", tz="Europe/Berlin")
    assert moment.next_after(EPOCH) == datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert not timer.keeps_past


def test_a_century_is_arithmetic():
    """Next, last and count of 100 years of days in a zone with clock changes: under 10 ms."""
    timer = every(days=1, at="02:30", tz="Europe/Berlin", anchor="1926-01-01")
    first, last = datetime(1926, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    took = []
    for _ in range(3):
        began = process_time()
        assert timer.count(first, last) == 36_525
        timer.next_after(last)
        timer.last_before(last, since=first)
        took.append(process_time() - began)
    assert min(took) < 0.01


def test_the_ends_of_the_calendar():
    """Past the year 9999 there is nothing, and nothing is raised at either end."""
    for timer in (every(days=1), every(months=1, anchor="2026-01-31", tz="Asia/Tokyo"), every(years=400)):
        assert timer.next_after(datetime.max.replace(tzinfo=UTC)) is None
        assert timer.next_after(datetime.min.replace(tzinfo=UTC)) is not None
        assert timer.last_before(datetime.min.replace(tzinfo=UTC), since=EPOCH) is None
        assert timer.count(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)) > 0
    assert every(years=400, anchor="9999-01-01").count(EPOCH, datetime.max.replace(tzinfo=UTC)) == 1


def test_the_zone_is_written_in():
    """A timer that left its zone open gets one; another keeps its own."""
    assert every(days=1).in_zone("Asia/Tokyo") == every(days=1, tz="Asia/Tokyo")
    assert every(days=1, tz="UTC").in_zone("Asia/Tokyo") == every(days=1, tz="UTC")


def test_one_word_for_two_intervals():
    """Units choose the kind; a week is seven days and a year twelve months, the same value."""
    assert isinstance(every(hours=24), Every)
    assert isinstance(every(days=1), CalendarInterval)
    assert every(weeks=1, days=1) == every(days=8)
    assert every(years=1, months=6) == every(months=18)
    assert every(days=1, at="09:00") == every(days=1, at=time(9))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"hours": 3, "days": 1},
            "every: days are wall-clock time and hours elapsed time; they don't mix: a day can have 23 or 25",
        ),
        (
            {"period": "5m", "weeks": 2},
            "every: weeks are wall-clock time and period elapsed time; they don't",
        ),
        ({"days": 1, "months": 1}, "every: days and months don't mix, given 1 day and 1 month; any_of("),
        (
            {"hours": 1, "at": "09:00"},
            "every: at: only for the wall clock; give days, weeks, months or years",
        ),
        ({"at": "09:00", "tz": "UTC"}, "every: at and tz: only for the wall clock; give days, weeks, months"),
        ({"days": 1, "at": "9:00"}, "every: at: not a time of day, given '9:00'; write it like '09:00'"),
        ({"days": 1, "at": "24:00"}, "every: at: not a time of day, given '24:00'; write it like '09:00'"),
        ({"days": 1, "at": 9}, "every: at: not a time of day, given 9; write it like '09:00'"),
        ({"days": 1, "at": time(9, tzinfo=UTC)}, "every: at: a time with a zone, given 09:00:00+00:00; give"),
        ({"days": 1, "at": time(9, 0, 0, 5)}, "every: at: a fraction of a second, given 09:00:00.000005; "),
        ({"days": 1, "tz": "Mars"}, "tz: unknown time zone 'Mars'"),
        ({"days": 1, "tz": 5}, "tz: not a time zone, given 5; write it like 'Europe/Berlin'"),
        ({"days": 1.5}, "every: days: not a whole number from 1, given 1.5"),
        ({"days": -1}, "every: days: not a whole number from 1, given -1"),
        ({"days": True}, "every: days: not a whole number from 1, given True"),
        ({"years": 401}, "every: months: at most 4,800, given 4812"),
        ({"days": 1, "anchor": "2026-02-30"}, "every: anchor: no such date, given '2026-02-30'"),
        ({"days": 1, "anchor": "soon"}, "every: anchor: not a date and time, given 'soon'; write it like"),
        ({"days": 1, "anchor": 5}, "every: anchor: not a datetime, given 5"),
        (
            {"hours": 1, "anchor": date(2026, 1, 1)},
            "every: anchor: a date without a time, given 2026-01-01; ",
        ),
        ({"days": 1, "gap": "before"}, "every: gap: unknown value 'before', known: after, skip"),
        ({"days": 1, "month_end": 5}, "every: month_end: unknown value 5, known: clamp, skip"),
    ],
)
def test_what_is_wrong_is_named(arguments, message):
    """The field, what was given, and what to do."""
    with pytest.raises(DefinitionError) as caught:
        every(**arguments)
    assert str(caught.value).startswith(message)


def test_an_interval_of_nothing_is_refused():
    """Of the value itself too."""
    with pytest.raises(DefinitionError, match=r"^every: no period given, or one of zero"):
        CalendarInterval()
