"""`weekdays("mon-fri")`: days of the week."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo
from typing import Final

import attrs

from clockhand._model.zone import zone_key
from clockhand.errors import DefinitionError, did_you_mean, shown
from clockhand.triggers.calendars.days import DAY, DateCalendar

NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK: Final = len(NAMES)
_RUN: Final = 3
"""From so many days in a row on they are written as a range."""
_LONGEST: Final = 80


def _number(name: str) -> int:
    if name not in NAMES:
        near = "" if len(name) > _LONGEST else did_you_mean(name, NAMES)
        raise DefinitionError(f"weekdays: unknown day {shown(name)}{near}")
    return NAMES.index(name)


def _numbers(text: str) -> set[int]:
    """Return the numbers, Monday is 0, of days such as `mon-fri,sun`; a range may go over the week's end."""
    found: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        start = _number(first)
        length = (_number(last) - start) % _WEEK if dash else 0
        found |= {(start + number) % _WEEK for number in range(length + 1)}
    return found


def _days(value: object) -> str:
    """Return the days that *value* names in one form: in the order of the week, long runs as ranges."""
    if not isinstance(value, str):
        if not isinstance(value, Iterable) or not all(isinstance(one, str) for one in value):
            raise DefinitionError(f"weekdays: not days, given {shown(value)}; write them like 'mon-fri'")
        value = ",".join(value)
    if len(value) > _LONGEST:
        raise DefinitionError(f"weekdays: {len(value):,} characters, at most {_LONGEST} are read")
    days = sorted(_numbers(value))
    runs: list[list[int]] = []
    for one in days:
        if runs and runs[-1][-1] == one - 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ",".join(
        f"{NAMES[run[0]]}-{NAMES[run[-1]]}" if len(run) >= _RUN else ",".join(NAMES[one] for one in run)
        for run in runs
    )


@attrs.frozen(repr=False)
class Weekdays(DateCalendar):
    """A calendar of days of the week: three-letter names, ranges and lists, such as `mon-fri,sun`."""

    days: str = attrs.field(converter=_days)
    tz: str | None = attrs.field(default=None, converter=zone_key)

    _numbers: frozenset[int] = attrs.field(init=False, eq=False, repr=False)

    @_numbers.default
    def _numbers_of_days(self) -> frozenset[int]:
        return frozenset(_numbers(self.days))

    def __repr__(self) -> str:
        """Return it as it is written in Python."""
        return f"weekdays({self.days!r})" if self.tz is None else f"weekdays({self.days!r}, tz={self.tz!r})"

    def has(self, day: date) -> bool:
        """Say whether the *day* is one of those of the week."""
        return day.weekday() in self._numbers

    def next_day(self, day: date) -> date | None:
        """Return the first day after *day* that is otherwise; None if the whole week is alike."""
        return self._other(day, 1)

    def last_day(self, day: date) -> date | None:
        """Return the first of the days up to *day* that are all alike; None if the whole week is."""
        other = self._other(day, -1)
        return None if other is None else other + DAY

    def _other(self, day: date, step: int) -> date | None:
        here = self.has(day)
        try:
            days = (day + number * step * DAY for number in range(1, _WEEK))
            return next((one for one in days if self.has(one) != here), None)
        except OverflowError:
            return None


def weekdays(days: str | Iterable[str] = "mon-fri", *, tz: str | tzinfo | None = None) -> Weekdays:
    """
    Return a calendar of *days* of the week in *tz*: `mon-fri`, `sat,sun`, or a list of three-letter names.

    A DefinitionError names what can't be.
    """
    return Weekdays(days, tz)
