"""Every trigger that core ships keeps all the laws."""

from datetime import UTC, datetime, timedelta

import pytest

from clockhand.contracts import Kind
from clockhand.testing import ConditionContract, TimerContract
from clockhand.triggers import (
    BUILTIN,
    after_completion,
    all_of,
    any_of,
    at,
    at_start,
    between,
    blackout,
    but_not,
    cron,
    date_range,
    dates,
    every,
    if_last,
    next_business_day,
    on,
    weekdays,
)

TIMERS = [
    at("2026-03-29T00:59:59.5Z", "2010-11-07T02:30:00Z", "2024-02-29T00:00:00Z", "1999-12-31T23:59:59Z"),
    every(hours=1),
    every("90s", anchor="2026-03-29T00:00:30Z"),
    every(seconds=1),
    every(days=1, at="02:30", tz="Europe/Berlin"),
    every(days=1, at="23:45", tz="America/St_Johns", gap="skip"),
    every(weeks=2, tz="Pacific/Apia"),
    every(months=1, at="00:00", anchor="2008-01-31", tz="Australia/Lord_Howe"),
    every(years=1, anchor="1996-02-29", month_end="skip"),
    cron("30 2 * * *", tz="Europe/Berlin"),
    cron("*/20 * * * *", tz="America/New_York"),
    cron("0 0 29 2 *"),
    at_start(),
    after_completion("30m"),
    any_of(cron("0 9 * * *", tz="America/St_Johns"), every(hours=7), at_start()),
    all_of(cron("30 * * * *"), every(minutes=45, anchor="1926-01-01T00:00:00Z")),
    but_not(
        every(hours=1),
        weekdays("sat-sun", tz="Pacific/Apia"),
        dates("2026-03-30"),
        date_range("2011-12-01", "2011-12-28"),
    ),
    but_not(
        cron("*/30 * * * *"), blackout(datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))
    ),
    next_business_day(cron("15 2 * * *", tz="America/New_York"), tz="America/New_York"),
    next_business_day(every(hours=5), weekdays("sun"), dates("2026-03-27"), tz="Europe/Berlin"),
]
CONDITIONS = [
    if_last("other"),
    if_last("other", "failed", within=timedelta(hours=1)),
    between("22:00", "06:00"),
    between("02:00", "02:30", tz="Europe/Berlin"),
    on(weekdays("mon-fri")),
    on(dates("2026-03-29", tz="Europe/Berlin"), weekdays("sun", tz="America/St_Johns")),
]
NAMES = {kind: name for name, kind in BUILTIN.items()}


class _OfItsKind:
    """Takes the kind from the value."""

    def rig(self, options):
        """Return the rig of the value's own kind."""
        self.kind = Kind(NAMES[type(options)], "a trigger of core", type(options))
        return super().rig(options)


class TestTimers(_OfItsKind, TimerContract):
    """All timers."""

    kind = Kind("every", "any of them", type(TIMERS[0]))

    @pytest.fixture(params=TIMERS, ids=lambda timer: NAMES[type(timer)])
    def options(self, request):
        """Return each of the timers."""
        return request.param


class TestConditions(_OfItsKind, ConditionContract):
    """All conditions."""

    kind = Kind("on", "any of them", type(CONDITIONS[0]))

    @pytest.fixture(params=CONDITIONS, ids=lambda condition: NAMES[type(condition)])
    def options(self, request):
        """Return each of the conditions."""
        return request.param


def test_none_is_left_out():
    """Each timer and condition among the kinds is there at least once."""
    calendars = {"weekdays", "dates", "date_range", "blackout"}
    assert {NAMES[type(value)] for value in (*TIMERS, *CONDITIONS)} == set(BUILTIN) - calendars
