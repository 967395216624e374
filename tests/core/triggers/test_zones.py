"""Where a trigger names no zone, that of the timer it goes with fills in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clockhand import any_of, between, but_not, cron, dates, every, next_business_day, on, weekdays
from clockhand.triggers.zones import in_zones, zone_named

CAIRO, BERLIN = "Africa/Cairo", "Europe/Berlin"


@pytest.mark.parametrize(
    ("trigger", "zone"),
    [
        (cron("0 0 * * *"), None),
        (cron("0 0 * * *", tz=CAIRO), CAIRO),
        (every(hours=1), None),
        (any_of(cron("0 0 * * *", tz=CAIRO), every(hours=1)), CAIRO),
        (any_of(cron("0 0 * * *", tz=CAIRO), cron("0 1 * * *", tz=BERLIN)), None),
        (but_not(every(hours=1), weekdays("fri", tz=BERLIN)), BERLIN),
        (next_business_day(but_not(cron("0 9 * * *", tz=CAIRO), dates("2026-01-01"))), CAIRO),
    ],
)
def test_the_zone_that_is_named(trigger, zone):
    """The one that all parts agree on that name one at all."""
    assert zone_named(trigger) == zone


def test_a_condition_has_the_zone_of_its_timer():
    """Ten at night in Berlin is not to be held against a window of UTC."""
    timer, window = in_zones([cron("30 22 * * *", tz=BERLIN), between("22:00", "23:00")], "UTC")
    assert (timer.tz, window.tz) == (BERLIN, BERLIN)
    assert in_zones([between("22:00", "23:00"), every(hours=1)], CAIRO)[0].tz == CAIRO
    assert in_zones([on(weekdays("fri", tz=CAIRO)), cron("@daily", tz=BERLIN)], "UTC")[0] == on(
        weekdays("fri", tz=CAIRO)
    )


def test_a_calendar_has_the_zone_of_its_timer():
    """Friday is Cairo's where the timer is; a timer without any gets what everything else gets."""
    timer = but_not(cron("0 1 * * *", tz=CAIRO), weekdays("fri"))
    assert timer.in_zone("America/New_York").calendars[0].tz == CAIRO
    assert but_not(cron("0 1 * * *"), weekdays("fri")).in_zone(BERLIN) == but_not(
        cron("0 1 * * *", tz=BERLIN), weekdays("fri", tz=BERLIN)
    )


def test_business_days_are_those_of_the_timer():
    """Midnight in Auckland on a Monday is Sunday in UTC, and nothing moves for that."""
    auckland = next_business_day(cron("0 0 1 * *", tz="Pacific/Auckland")).in_zone("UTC")
    assert auckland.tz == "Pacific/Auckland"
    first = datetime(2027, 1, 31, 11, tzinfo=UTC)
    assert auckland.next_after(datetime(2027, 1, 15, tzinfo=UTC)) == first
