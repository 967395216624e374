"""`dates(...)` and `date_range(first, last)`: days by their date."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, tzinfo
from typing import Final

import attrs

from clockhand._model.zone import zone_key
from clockhand.errors import DefinitionError, shown
from clockhand.triggers.calendars.days import DAY, DateCalendar
from clockhand.triggers.clocktime import checked_date

MOST: Final = 10_000
"""How many dates one calendar may list."""


def _dates(value: object) -> tuple[date, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        value = (value,)
    days = tuple(sorted({checked_date(one, "dates") for one in value}))
    if not days:
        raise DefinitionError("dates: no date given, name at least one")
    if len(days) > MOST:
        raise DefinitionError(f"dates: {len(days):,} dates, at most {MOST:,} are allowed")
    return days


@attrs.frozen
class Dates(DateCalendar):
    """A calendar of single *dates*."""

    dates: tuple[date, ...] = attrs.field(converter=_dates)
    tz: str | None = attrs.field(default=None, converter=zone_key)

    def has(self, day: date) -> bool:
        """Say whether the *day* is one of them."""
        place = bisect_right(self.dates, day)
        return place > 0 and self.dates[place - 1] == day

    def next_day(self, day: date) -> date | None:
        """Return the day after one of them, else the next of them; None after the last."""
        if self.has(day):
            return super().next_day(day)
        place = bisect_right(self.dates, day)
        return self.dates[place] if place < len(self.dates) else None

    def last_day(self, day: date) -> date | None:
        """Return *day* if it is one of them, else the day after the last one; None before the first."""
        if self.has(day):
            return day
        place = bisect_right(self.dates, day)
        return self.dates[place - 1] + DAY if place else None


def _first(value: object) -> date:
    return checked_date(value, "date_range: first")


def _last(value: object) -> date:
    return checked_date(value, "date_range: last")


@attrs.frozen
class DateRange(DateCalendar):
    """A calendar of all days from *first* to *last*, both included."""

    first: date = attrs.field(converter=_first)
    last: date = attrs.field(converter=_last)
    tz: str | None = attrs.field(default=None, converter=zone_key)

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            raise DefinitionError(
                f"date_range: last: {shown(str(self.last))} is before first, {shown(str(self.first))}"
            )

    def has(self, day: date) -> bool:
        """Say whether the *day* is in the range."""
        return self.first <= day <= self.last

    def next_day(self, day: date) -> date | None:
        """Return the first day, or the one after the last, whichever is ahead; None after both."""
        if day < self.first:
            return self.first
        return self.last + DAY if day <= self.last < date.max else None

    def last_day(self, day: date) -> date | None:
        """Return the first day, or the one after the last, whichever is behind; None before both."""
        if day > self.last:
            return self.last + DAY
        return self.first if day >= self.first else None


def dates(*days: date | str, tz: str | tzinfo | None = None) -> Dates:
    """Return a calendar of single *days* in *tz*: dates, or texts such as `2026-12-25`."""
    return Dates(days, tz)


def date_range(first: date | str, last: date | str, *, tz: str | tzinfo | None = None) -> DateRange:
    """Return a calendar of all days in *tz* from *first* to *last*: dates, or texts such as `2026-12-25`."""
    return DateRange(first, last, tz)
