"""`between(...)` and `on(...)`: conditions on the time of day, and on the calendar, of what is due."""

from __future__ import annotations

from datetime import time, tzinfo
from typing import Self

import attrs

from clockhand._model.protocols import Calendar, Condition, ConditionContext
from clockhand._model.zone import zone_key
from clockhand.errors import DefinitionError
from clockhand.triggers.clocktime import format_time, time_of_day
from clockhand.triggers.search import checked_calendars, zoned_parts
from clockhand.triggers.wallclock import within, zone_of


def _start(value: object) -> time:
    return time_of_day(value, "between: start")


def _end(value: object) -> time:
    return time_of_day(value, "between: end")


@attrs.frozen(repr=False)
class Between(Condition):
    """
    A condition that passes what is due from *start* up to *end*, without it, by the wall clock in *tz*.

    An *end* that is earlier than *start* is on the next day. It is the nominal due time that counts, also
    of what runs late.
    """

    start: time = attrs.field(converter=_start)
    end: time = attrs.field(converter=_end)
    tz: str | None = attrs.field(default=None, converter=zone_key)
    reads: frozenset[str] = attrs.field(default=frozenset(), init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.start == self.end:
            raise DefinitionError(
                f"between: start and end are both {format_time(self.start)}, so nothing would pass"
            )

    def __repr__(self) -> str:
        """Return it as it is written in Python; the history has that as the reason of what is excluded."""
        tz = "" if self.tz is None else f", tz={self.tz!r}"
        return f"between({format_time(self.start)!r}, {format_time(self.end)!r}{tz})"

    def passes(self, context: ConditionContext) -> bool:
        """Say whether the wall clock shows such a time when the occurrence is due."""
        shown = within(context.due).astimezone(zone_of(self.tz)).time()
        if self.start < self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end


def _calendars(value: object) -> tuple[Calendar, ...]:
    return checked_calendars(value, "on: calendars")


@attrs.frozen(repr=False)
class On(Condition):
    """A condition that passes what is due at a moment that one of the *calendars* covers."""

    calendars: tuple[Calendar, ...] = attrs.field(converter=_calendars)
    reads: frozenset[str] = attrs.field(default=frozenset(), init=False, eq=False)

    def __repr__(self) -> str:
        """Return it as it is written in Python; the history has that as the reason of what is excluded."""
        return f"on({', '.join(map(repr, self.calendars))})"

    def in_zone(self, tz: str) -> Self:
        """Return it with *tz* wherever a calendar left its time zone open."""
        return zoned_parts(self, tz, "calendars")

    def passes(self, context: ConditionContext) -> bool:
        """Say whether a calendar covers the moment at which the occurrence is due."""
        return any(calendar.covers(context.due) for calendar in self.calendars)


def between(start: time | str, end: time | str, tz: str | tzinfo | None = None) -> Between:
    """
    Return a condition that passes what is due from *start* up to *end* by the wall clock in *tz*.

    Times of day are texts such as `22:00`, or times; over midnight if *end* is the earlier. A
    DefinitionError names what can't be.
    """
    return Between(start, end, tz)


def on(*calendars: Calendar) -> On:
    """Return a condition that passes what is due at a moment that one of *calendars* covers."""
    return On(calendars)
