"""Dates at equal steps of days or months from a first one: which is number n, and how many there are."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, date, timedelta
from math import gcd
from typing import Final

import attrs

MONTHS: Final = 12
_SHORTEST: Final = 28
"""Every month has this many days."""
_LEAP_DAY: Final = 29
_LONGEST: Final = 31
_FEBRUARY: Final = 1
"""Its place in the year, counted from 0, as places are here."""
_SHORT_OF_31: Final = (1, 3, 5, 8, 10)


@attrs.frozen
class Progression:
    """
    The dates that lie a whole number of steps after *first*: of so many days, else of so many months.

    Number 0 is *first*. A month without the day of *first* has its last day instead, or with *skip* none.
    """

    first: date
    days: int
    months: int
    skip: bool

    def date_of(self, number: int) -> date | None:
        """Return the date of that number, None for one that is skipped; OverflowError past the calendar."""
        if self.days:
            return self.first + timedelta(days=number * self.days)
        year, month = divmod(_place(self.first) + number * self.months, MONTHS)
        if year > MAXYEAR:
            raise OverflowError(number)
        length = monthrange(year, month + 1)[1]
        if self.first.day > length and self.skip:
            return None
        return date(year, month + 1, min(self.first.day, length))

    def number_up_to(self, day: date) -> int:
        """Return the largest number whose date, or for months whose month, isn't later than *day*'s."""
        if self.days:
            return (day - self.first).days // self.days
        return (_place(day) - _place(self.first)) // self.months

    def has(self, day: date) -> bool:
        """Say whether *day* is one of the dates."""
        number = self.number_up_to(day)
        return number >= 0 and self.date_of(number) == day

    def count(self, low: int, high: int) -> int:
        """Return how many of the numbers from *low* to *high*, both included, have a date."""
        total = high - low + 1
        day = self.first.day
        if self.days or not self.skip or day <= _SHORTEST:
            return total
        if day == _LONGEST:
            return total - sum(self._matching(low, high, month, MONTHS) for month in _SHORT_OF_31)
        without = self._matching(low, high, _FEBRUARY, MONTHS)
        if day == _LEAP_DAY:
            fourth, hundredth, four_hundredth = (
                self._matching(low, high, _FEBRUARY, MONTHS * years) for years in (4, 100, 400)
            )
            without -= fourth - hundredth + four_hundredth
        return total - without

    def _matching(self, low: int, high: int, rest: int, modulus: int) -> int:
        """Return for how many of the numbers the months since the year 0 leave that *rest*."""
        wanted = rest - _place(self.first) - low * self.months
        common = gcd(self.months, modulus)
        if wanted % common:
            return 0
        modulus //= common
        first = wanted // common * pow(self.months // common, -1, modulus) % modulus
        return max(0, (high - low - first) // modulus + 1)


def _place(day: date) -> int:
    """Return how many months lie between January of the year 0 and the month of *day*."""
    return day.year * MONTHS + day.month - 1
