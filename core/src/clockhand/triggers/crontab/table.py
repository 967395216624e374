"""A compiled cron expression: one set of bits for each field, and which days of a month they are."""

from __future__ import annotations

from typing import Final

import attrs

from clockhand.triggers.crontab.dialect import (
    DAY,
    LAST_DAY,
    LAST_WEEKDAY,
    MONTH,
    WEEK,
    WEEKDAY,
    last,
    nearest,
    nth,
)

LENGTHS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""How many days each month can have."""
_SHORT_FEBRUARY: Final = 28
_FEBRUARY: Final = 2
_SATURDAY: Final = 6
_EACH_WEEK: Final = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28
_EVERY: Final = DAY.full
_ENDS: Final = LAST_DAY | LAST_WEEKDAY
_NEAREST: Final = nearest(0).bit_length() - 1
_PLAIN_WEEK: Final = WEEKDAY.full


@attrs.define(slots=False)
class Table:
    """
    The bit sets of a cron expression, as `crontab.dialect` says what each bit stands for.

    `either`: neither day field begins with `*`, so that one of the two is enough. `wildcard`: the minute
    or the hour field begins with `*`.
    """

    seconds: int
    minutes: int
    hours: int
    days: int
    months: int
    weekdays: int
    either: bool
    wildcard: bool

    @property
    def by_minute(self) -> bool:
        """Whether it is due at whole minutes only."""
        return self.seconds == 1

    @property
    def every_day(self) -> bool:
        """Whether each date matches."""
        days, weekdays = self.days & _EVERY == _EVERY, self.weekdays & _PLAIN_WEEK == _PLAIN_WEEK
        return self.months == MONTH.full and (days or weekdays if self.either else days and weekdays)

    @property
    def possible(self) -> bool:
        """Whether any date matches: in 400 years each length of a month meets each first weekday."""
        if self.either or self.days & _EVERY == _EVERY:
            return True
        if self.weekdays & _PLAIN_WEEK == _PLAIN_WEEK:
            days = self.days & _EVERY | self.days >> _NEAREST
            return bool(self.days & _ENDS) or (days & -days).bit_length() - 1 <= self._longest
        lengths = {length for month, length in enumerate(LENGTHS) if self.months >> month & 1}
        if self.months >> _FEBRUARY & 1:
            lengths.add(_SHORT_FEBRUARY)  # its last week begins on the 22nd
        return any(self.days_of(length, first) for length in lengths for first in range(WEEK))

    @property
    def _longest(self) -> int:
        """The length of the longest of its months."""
        return max(LENGTHS[month] for month in range(1, 13) if self.months >> month & 1)

    def days_of(self, length: int, first: int) -> int:
        """
        Return the set of days that match in a month of *length* days that begins on the weekday *first*.

        Bit 0 is the first of the month, Sunday is 0.
        """
        days, weekdays = days_of_month(self.days, length, first), days_of_weeks(self.weekdays, length, first)
        return days | weekdays if self.either else days & weekdays


def days_of_month(days: int, length: int, first: int) -> int:
    """Return the days that a day-of-month field names in such a month; bit 0 is the first."""
    month = (1 << length) - 1
    found = days >> 1 & month
    if days > _EVERY:
        if days & LAST_DAY:
            found |= 1 << length - 1
        if days & LAST_WEEKDAY:
            found |= _weekday_near(length, length, first)
        for day in range(1, length + 1):
            if days & nearest(day):
                found |= _weekday_near(day, length, first)
    return found


def _weekday_near(day: int, length: int, first: int) -> int:
    weekday = (first + day - 1) % WEEK
    if weekday == _SATURDAY:
        day += -1 if day > 1 else 2
    elif weekday == 0:
        day += 1 if day < length else -2
    return 1 << day - 1


def days_of_weeks(weekdays: int, length: int, first: int) -> int:
    """Return the days that a day-of-week field names in such a month; bit 0 is the first."""
    month = (1 << length) - 1
    plain = weekdays & _PLAIN_WEEK
    # One week that begins at the weekday of the first, repeated.
    found = ((plain >> first | plain << (WEEK - first)) & _PLAIN_WEEK) * _EACH_WEEK & month
    if weekdays > _PLAIN_WEEK:
        for day in range(length):
            weekday = (first + day) % WEEK
            if weekdays & nth(weekday, day // WEEK + 1) or (
                day + WEEK >= length and weekdays & last(weekday)
            ):
                found |= 1 << day
    return found
