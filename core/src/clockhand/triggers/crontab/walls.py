"""
The next and the last time on a wall clock that a table matches, found by skipping over what can't match.

A wall is a number here: the seconds from 1970-01-01 00:00 to what the clock shows, as if it were UTC.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date
from typing import Final, TypeAlias

from clockhand.triggers.crontab.dialect import WEEK
from clockhand.triggers.crontab.table import LENGTHS, Table

DAY: Final = 86_400
HOUR: Final = 3_600
MINUTE: Final = 60

_EPOCH: Final = date(1970, 1, 1).toordinal()
_THURSDAY: Final = 4
"""The weekday of 1970-01-01."""
_DECEMBER: Final = 12
_CYCLE: Final = 146_097
"""Days after which the calendar begins again: 400 years, whole weeks."""

_Month: TypeAlias = tuple[int, int, int, int, int]
"""The first day of a month, the first of the next, counted from 1970; its set of days; year and month."""


class Walls:
    """
    Searches in the walls of one table.

    Keeps what it found out: the days of each shape of a month, of which there are 28, and where it
    looked last.
    """

    __slots__ = (
        "_first",
        "_hours",
        "_minutes",
        "_month",
        "_opening",
        "_per_day",
        "_seconds",
        "_shapes",
        "_table",
    )

    def __init__(self, table: Table) -> None:
        self._table = table
        self._hours, self._minutes, self._seconds = table.hours, table.minutes, table.seconds
        self._opening = lowest(table.minutes) * MINUTE + lowest(table.seconds)
        self._first = lowest(table.hours) * HOUR + self._opening
        self._per_day = self._times(DAY)
        self._shapes: dict[tuple[int, int], int] = {}
        self._month: _Month = (0, 0, 0, 0, 0)

    def next(self, wall: int) -> int | None:
        """Return the first wall not earlier than *wall* that matches, or None before the year 10000."""
        day, second = divmod(wall, DAY)
        month = self._month
        if not month[0] <= day < month[1]:
            month = self._month = self._of(day)
        days = month[2] >> day - month[0]
        if days & 1:
            hour, second = divmod(second, HOUR)
            if self._hours >> hour & 1:
                minute, second = divmod(second, MINUTE)
                if self._minutes >> minute & 1:
                    ahead = self._seconds >> second
                    if ahead:
                        return wall + (ahead & -ahead).bit_length() - 1
                ahead = self._minutes >> minute + 1
                if ahead:
                    minute += (ahead & -ahead).bit_length()
                    return day * DAY + hour * HOUR + minute * MINUTE + lowest(self._seconds)
            ahead = self._hours >> hour + 1
            if ahead:
                return day * DAY + (hour + (ahead & -ahead).bit_length()) * HOUR + self._opening
        ahead = days >> 1
        if ahead:
            return (day + (ahead & -ahead).bit_length()) * DAY + self._first
        return self._next_month(month[3], month[4])

    def _next_month(self, year: int, month: int) -> int | None:
        while True:
            months = self._table.months >> month + 1
            if months:
                month += (months & -months).bit_length()
            else:
                year, month = year + 1, lowest(self._table.months)
                if year > MAXYEAR:
                    return None
            found = self._at(year, month)
            if found[2]:
                self._month = found
                return (found[0] + lowest(found[2])) * DAY + self._first

    def last(self, wall: int) -> int | None:
        """Return the last wall not later than *wall* that matches, or None after the year 0."""
        day, second = divmod(wall, DAY)
        month = self._month
        if not month[0] <= day < month[1]:
            month = self._month = self._of(day)
        if month[2] >> day - month[0] & 1:
            time = self._last_time(second)
            if time is not None:
                return day * DAY + time
        days = month[2] & (1 << day - month[0]) - 1
        if days:
            return (month[0] + days.bit_length() - 1) * DAY + self._closing
        return self._last_month(month[3], month[4])

    def _last_time(self, second: int) -> int | None:
        hour, second = divmod(second, HOUR)
        if self._hours >> hour & 1:
            minute, second = divmod(second, MINUTE)
            if self._minutes >> minute & 1:
                seconds = self._seconds & (2 << second) - 1
                if seconds:
                    return hour * HOUR + minute * MINUTE + highest(seconds)
            minutes = self._minutes & (1 << minute) - 1
            if minutes:
                return hour * HOUR + highest(minutes) * MINUTE + highest(self._seconds)
        hours = self._hours & (1 << hour) - 1
        return highest(hours) * HOUR + self._closing % HOUR if hours else None

    def _last_month(self, year: int, month: int) -> int | None:
        while True:
            months = self._table.months & (1 << month) - 1
            if months:
                month = highest(months)
            else:
                year, month = year - 1, highest(self._table.months)
                if year < MINYEAR:
                    return None
            found = self._at(year, month)
            if found[2]:
                self._month = found
                return (found[0] + highest(found[2])) * DAY + self._closing

    @property
    def _closing(self) -> int:
        """The last time of a day that matches, in seconds."""
        return highest(self._hours) * HOUR + highest(self._minutes) * MINUTE + highest(self._seconds)

    def count(self, first: int, last: int) -> int:
        """Return how many walls of the closed range match: days by the month, times by the day."""
        if first > last:
            return 0
        day, second = divmod(first, DAY)
        end, closing = divmod(last, DAY)
        found = self._days(day, end) * self._per_day
        if second and self._matches(day):
            found -= self._times(second)
        if closing < DAY - 1 and self._matches(end):
            found -= self._per_day - self._times(closing + 1)
        return found

    def _matches(self, day: int) -> int:
        month = self._month
        if not month[0] <= day < month[1]:
            month = self._month = self._of(day)
        return month[2] >> day - month[0] & 1

    def _times(self, end: int) -> int:
        """Return how many times a day has before the second *end* of it."""
        hour, second = divmod(end, HOUR)
        minute, second = divmod(second, MINUTE)
        seconds = self._seconds.bit_count()
        found = (self._hours & (1 << hour) - 1).bit_count() * self._minutes.bit_count() * seconds
        if self._hours >> hour & 1:
            found += (self._minutes & (1 << minute) - 1).bit_count() * seconds
            if self._minutes >> minute & 1:
                found += (self._seconds & (1 << second) - 1).bit_count()
        return found

    def _days(self, first: int, last: int) -> int:
        """Return how many days of the closed range match."""
        if self._table.every_day:
            return last - first + 1
        cycles = (last - first) // _CYCLE
        found = 0
        if cycles:
            found = cycles * self._days(first, first + _CYCLE - 1)
            first += cycles * _CYCLE
        month = self._of(first)
        days = month[2] >> first - month[0] << first - month[0]
        while last >= month[1]:
            found += days.bit_count()
            year, number = month[3], month[4]
            month = self._at(year, number + 1) if number < _DECEMBER else self._at(year + 1, 1)
            days = month[2]
        return found + (days & (2 << last - month[0]) - 1).bit_count()

    def _of(self, day: int) -> _Month:
        there = date.fromordinal(day + _EPOCH)
        return self._at(there.year, there.month)

    def _at(self, year: int, month: int) -> _Month:
        begin = date(year, month, 1).toordinal() - _EPOCH
        length = LENGTHS[month]
        if month == 2 and (year % 4 or (year % 100 == 0 and year % 400)):  # noqa: PLR2004 - the calendar's own
            length = 28
        if not self._table.months >> month & 1:
            return begin, begin + length, 0, year, month
        shape = length, (begin + _THURSDAY) % WEEK
        days = self._shapes.get(shape)
        if days is None:
            days = self._shapes[shape] = self._table.days_of(*shape)
        return begin, begin + length, days, year, month


def lowest(mask: int) -> int:
    """Return the lowest bit of a set that has one."""
    return (mask & -mask).bit_length() - 1


def highest(mask: int) -> int:
    """Return the highest bit of a set that has one."""
    return mask.bit_length() - 1
