"""From the wall clock to UTC: what the timers of days build on."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from clockhand.triggers import wallclock

DAY = timedelta(days=1)


def test_no_zone_changes_twice_within_a_week_and_ends_where_it_was():
    """What `gaps` takes for granted, of a sample of zones: each gap that days show, weeks show."""
    for key in sorted(available_timezones() - {"localtime"})[::60]:
        zone = ZoneInfo(key)
        offsets = [
            (datetime(1970, 1, 1, tzinfo=UTC) + number * DAY).astimezone(zone).utcoffset()
            for number in range(80 * 365)
        ]
        gaps = sum(before < after for before, after in pairwise(offsets))
        known = sum(len(wallclock.gaps(key, year)) for year in range(1970, 2050))
        assert abs(gaps - known) <= 1, key


def test_the_days_that_zones_left_out():
    """Those who moved over the date line, and nobody else."""
    found = {
        (key, day)
        for key in ("Pacific/Apia", "Pacific/Kiritimati", "Pacific/Kwajalein", "Europe/Berlin", "Asia/Manila")
        for year in range(1840, 2040)
        for day in wallclock.lost_days(key, year)
    }
    assert found == {
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Kiritimati", date(1994, 12, 31)),
        ("Pacific/Kwajalein", date(1993, 8, 21)),
        ("Asia/Manila", date(1844, 12, 31)),
    }


def test_a_day_goes_on_until_the_next_has_begun():
    """St John's went back over midnight: the minute after it and the hour before it are of the new day."""
    zone = ZoneInfo("America/St_Johns")
    began = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    assert wallclock.start_of(date(2010, 11, 7), zone) == began
    for minutes, wall in ((0, 0), (1, 23), (30, 23), (61, 0)):
        moment = began + timedelta(minutes=minutes)
        assert moment.astimezone(zone).hour == wall
        assert wallclock.day_of(moment, zone) == date(2010, 11, 7)
    assert wallclock.day_of(began - timedelta(seconds=1), zone) == date(2010, 11, 6)


@pytest.mark.parametrize(
    ("key", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), [2, 21]),
        ("Europe/Berlin", date(2026, 10, 25), [3, 22]),
        ("America/Santiago", date(2026, 9, 6), [23]),
        ("UTC", date(2026, 3, 29), [24]),
        ("Pacific/Apia", date(2011, 12, 30), []),
    ],
)
def test_the_stretches_of_a_day(key, day, hours):
    """One, two around a clock change, none of a day that never was."""
    found = wallclock.stretches(day, ZoneInfo(key))
    assert [(one.end - one.start) / timedelta(hours=1) for one in found] == hours
