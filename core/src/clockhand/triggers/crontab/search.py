"""The next and the last wall-clock minute that a table matches, found by skipping over what can't match."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import Final

from clockhand.triggers.crontab.table import Table

MINUTE: Final = timedelta(minutes=1)
_DECEMBER: Final = 12


def next_wall(table: Table, wall: datetime) -> datetime | None:
    """Return the first whole minute not earlier than *wall* that matches, or None before the year 10000."""
    year, month, day = wall.year, wall.month, wall.day
    if table.days_in(year, month) >> day & 1:
        time = _next_time(table, wall.hour, wall.minute)
        if time is not None:
            return wall.replace(hour=time[0], minute=time[1])
    found = _next_date(table, year, month, day + 1)
    if found is None:
        return None
    year, month, day = found
    return wall.replace(
        year=year, month=month, day=day, hour=_lowest(table.hours), minute=_lowest(table.minutes)
    )


def last_wall(table: Table, wall: datetime) -> datetime | None:
    """Return the last whole minute not later than *wall* that matches, or None after the year 0."""
    year, month, day = wall.year, wall.month, wall.day
    if table.days_in(year, month) >> day & 1:
        time = _last_time(table, wall.hour, wall.minute)
        if time is not None:
            return wall.replace(hour=time[0], minute=time[1])
    found = _last_date(table, year, month, day - 1)
    if found is None:
        return None
    year, month, day = found
    return wall.replace(
        year=year,
        month=month,
        day=day,
        hour=table.hours.bit_length() - 1,
        minute=table.minutes.bit_length() - 1,
    )


def count_walls(table: Table, first: datetime, last: datetime) -> int:
    """Return how many minutes of the closed range match: days by the month, times by the day."""
    if first > last:
        return 0
    days = 0
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        days += _between(table, year, month, first, last).bit_count()
        year, month = (year, month + 1) if month < _DECEMBER else (year + 1, 1)
    cut = 0
    if table.days_in(first.year, first.month) >> first.day & 1:
        cut += _times_before(table, first.hour, first.minute)
    if table.days_in(last.year, last.month) >> last.day & 1:
        cut += table.per_day - _times_before(table, last.hour, last.minute + 1)
    return days * table.per_day - cut


def _between(table: Table, year: int, month: int, first: datetime, last: datetime) -> int:
    days = table.days_in(year, month)
    if (year, month) == (first.year, first.month):
        days = days >> first.day << first.day
    if (year, month) == (last.year, last.month):
        days &= (2 << last.day) - 1
    return days


def _times_before(table: Table, hour: int, minute: int) -> int:
    earlier = (table.hours & (1 << hour) - 1).bit_count() * table.minutes.bit_count()
    if table.hours >> hour & 1:
        earlier += (table.minutes & (1 << minute) - 1).bit_count()
    return earlier


def _next_time(table: Table, hour: int, minute: int) -> tuple[int, int] | None:
    if table.hours >> hour & 1:
        minutes = table.minutes >> minute
        if minutes:
            return hour, minute + _lowest(minutes)
    hours = table.hours >> hour + 1
    if hours:
        return hour + 1 + _lowest(hours), _lowest(table.minutes)
    return None


def _last_time(table: Table, hour: int, minute: int) -> tuple[int, int] | None:
    if table.hours >> hour & 1:
        minutes = table.minutes & (2 << minute) - 1
        if minutes:
            return hour, minutes.bit_length() - 1
    hours = table.hours & (1 << hour) - 1
    if hours:
        return hours.bit_length() - 1, table.minutes.bit_length() - 1
    return None


def _next_date(table: Table, year: int, month: int, day: int) -> tuple[int, int, int] | None:
    while year <= MAXYEAR:
        days = table.days_in(year, month) >> day
        if days:
            return year, month, day + _lowest(days)
        months = table.months >> month + 1
        if months:
            month, day = month + 1 + _lowest(months), 1
        else:
            year, month, day = year + 1, _lowest(table.months), 1
    return None


def _last_date(table: Table, year: int, month: int, day: int) -> tuple[int, int, int] | None:
    while year >= MINYEAR:
        days = table.days_in(year, month) & (2 << day) - 1
        if days:
            return year, month, days.bit_length() - 1
        months = table.months & (1 << month) - 1
        if months:
            month, day = months.bit_length() - 1, 31
        else:
            year, month, day = year - 1, table.months.bit_length() - 1, 31
    return None


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
