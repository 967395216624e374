"""A compiled cron expression: sets of bits for minutes, hours and months, and for the days of a month."""

from __future__ import annotations

from calendar import isleap
from datetime import date
from typing import Final

import attrs

_LENGTHS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2
_WEEK: Final = 0b111_1111
_EACH_WEEK: Final = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28


@attrs.frozen
class Table:
    """
    The bit sets of a cron expression; bit n stands for the value n.

    `days` has one set for each weekday that the first of a month can be (0: Sunday), with both day
    fields in it. `wildcard`: the minute or hour field begins with `*`.
    """

    minutes: int
    hours: int
    months: int
    days: tuple[int, ...]
    wildcard: bool

    @classmethod
    def of(
        cls, minutes: int, hours: int, days: int, months: int, weekdays: int, *, either: bool, wildcard: bool
    ) -> Table:
        """Return the table for five sets of values; *either*: one of the two day fields is enough."""
        by_first = tuple(_days_of(weekdays, first) for first in range(7))
        both = tuple(days | of_week if either else days & of_week for of_week in by_first)
        return cls(minutes, hours, months, both, wildcard)

    @property
    def possible(self) -> bool:
        """Whether any date matches: in 400 years each length of a month meets each first weekday."""
        return any(
            days & (2 << _LENGTHS[month]) - 1
            for month in range(1, 13)
            if self.months >> month & 1
            for days in self.days
        )

    @property
    def per_day(self) -> int:
        """How many times a day that matches has."""
        return self.minutes.bit_count() * self.hours.bit_count()

    def days_in(self, year: int, month: int) -> int:
        """Return the set of days of that month that match."""
        if not self.months >> month & 1:
            return 0
        length = _LENGTHS[month]
        if month == _FEBRUARY and not isleap(year):
            length = 28
        return self.days[date(year, month, 1).isoweekday() % 7] & (2 << length) - 1


def _days_of(weekdays: int, first: int) -> int:
    # One week, beginning at the weekday of the first; repeated; moved up, because days count from 1.
    week = (weekdays >> first | weekdays << (7 - first)) & _WEEK
    return week * _EACH_WEEK << 1
