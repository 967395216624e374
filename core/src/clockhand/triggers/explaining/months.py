"""Months that lack a day that a timer names: the 31st, 29 February, a fifth Friday."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from typing import Final

import attrs

from clockhand._model.moments import MICROSECOND
from clockhand._model.protocols import Facts
from clockhand.triggers import wallclock
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.crontab import Cron, fields
from clockhand.triggers.crontab.dialect import DAY, FIFTH, LAST_DAY, WEEK, WEEKDAY, nearest, nth
from clockhand.triggers.crontab.normal import bits, step_of
from clockhand.triggers.crontab.words import WEEKDAYS, has_all
from clockhand.triggers.explaining import shown
from clockhand.triggers.explaining.clockchanges import Nominal
from clockhand.triggers.explaining.holding import Holding
from clockhand.triggers.explaining.value import Surprise

_YEAR: Final = 12
_TIMES: Final = 100
"""So many times of one day are looked at for one that a condition lets run."""
_FROM: Final = 29
"""The first day that not each month has."""


def of_cron(timer: Cron, first: datetime, last: datetime, holding: Holding) -> Iterator[Surprise]:
    """Yield the months that end in the closed range and lack a day that the expression names."""
    table = fields.parse(timer.spec)
    zone = wallclock.zone_of(timer.tz)
    days, fifths = _days(timer), _fifths(timer)
    if not (days or fifths):
        return
    for month in _months(first, last):
        length = monthrange(month.year, month.month)[1]
        begin = wallclock.start_of(month, zone)
        end = wallclock.start_of(month + timedelta(days=length), zone)
        if not table.months >> month.month & 1 or not first < end <= last:
            continue
        gone = [f"day {day}" for day in days if day > length]
        opening = (month.weekday() + 1) % WEEK
        gone += [
            f"fifth {WEEKDAYS[day]}"
            for day in fifths
            if (day - opening) % WEEK + 1 + WEEK * (FIFTH - 1) > length
        ]
        if gone and _would_run(month + timedelta(days=length - 1), timer, holding):
            fires = timer.count(begin, end - MICROSECOND) > 0
            what = f"has no {shown.listed(gone, 'or')}{'' if fires else ', does not fire'}"
            yield Surprise(begin, month, what, fires=False, whole_month=True)


def _would_run(last: date, timer: Cron, holding: Holding) -> bool:
    """
    Say whether what the month of the day *last* lacks would run if it came.

    That is if at any time of day of the timer a condition lets it run on one of the month's last days.
    """
    if not holding:
        return True
    zone = wallclock.zone_of(timer.tz)
    due = timer.next_after(wallclock.start_of(last, zone))
    day = None if due is None else wallclock.wall_of(due, zone).date()
    for _ in range(_TIMES):
        if due is None or (wall := wallclock.wall_of(due, zone)).date() != day:
            break
        days = (last - timedelta(days=number) for number in range(WEEK))
        if any(holding.passes(wallclock.instant(datetime.combine(one, wall.time()), zone)) for one in days):
            return True
        due = timer.next_after(due)
    return False


def _days(timer: Cron) -> list[int]:
    """Return the days from the 29th on that somebody has named one by one, or in a range."""
    days, star = fields.parse(timer.spec).days, timer.normal.split()[-3].startswith("*")
    plain = bits(days & DAY.full)
    if star or has_all(DAY, days) or days & LAST_DAY or step_of(plain) > 1:
        return []
    return [day for day in range(_FROM, DAY.high + 1) if day in plain or days & nearest(day)]


def _fifths(timer: Cron) -> list[int]:
    """Return the weekdays of which the expression names the fifth of a month."""
    weekdays = fields.parse(timer.spec).weekdays
    if has_all(WEEKDAY, weekdays):
        return []
    return [day for day in range(WEEK) if weekdays & nth(day, FIFTH) and not weekdays & 1 << day]


def _months(first: datetime, last: datetime) -> Iterator[date]:
    """Yield the first day of each month that may end between the two, whatever the zone."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        if (MINYEAR, 1) < (year, month) < (MAXYEAR, _YEAR):
            yield date(year, month, 1)
        year, month = (year, month + 1) if month < _YEAR else (year + 1, 1)


def of_interval(
    timer: CalendarInterval, facts: Facts, first: datetime, last: datetime, holding: Holding
) -> Iterator[Surprise]:
    """Yield the months in which an interval of months does not come on the day that it is counted from."""
    nominal = Nominal.of(timer, facts, holding)
    anchor = nominal.anchor
    if not timer.months or anchor is None or anchor.day < _FROM:
        return
    clamped = attrs.evolve(nominal.walls, month_end="clamp")  # type: ignore[misc]
    due = clamped.next_after(wallclock.wall_of(first, nominal.zone).replace(tzinfo=UTC))
    while due is not None and due.replace(tzinfo=None) <= wallclock.wall_of(last, nominal.zone):
        wall = due.replace(tzinfo=None)
        if due.day < anchor.day and holding.passes(wallclock.instant(wall, nominal.zone)):
            yield _short(nominal, wall, anchor.day, skips=timer.month_end == "skip")
        due = clamped.next_after(due)


def _short(nominal: Nominal, wall: datetime, day: int, *, skips: bool) -> Surprise:
    gone = f"has no day {day}"
    if skips:
        begin = wallclock.instant(datetime.combine(wall.date().replace(day=1), time()), nominal.zone)
        return Surprise(begin, wall.date(), f"{gone}, does not fire", fires=False, whole_month=True)
    what = f"{gone}, fires on day {wall.day}"
    return Surprise(wallclock.instant(wall, nominal.zone), wall.date(), what, fires=True, whole_month=True)
