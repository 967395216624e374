"""`but_not(timer, calendar)`: the due times of a timer that are in no calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self

import attrs

from clockhand._model.moments import MICROSECOND
from clockhand._model.protocols import NO_FACTS, Calendar, Facts, Timer
from clockhand.errors import DefinitionError
from clockhand.triggers.naive import refuses_naive
from clockhand.triggers.search import (
    Budget,
    Composite,
    ask_last,
    ask_next,
    checked_calendars,
    checked_timer,
    zoned_parts,
)
from clockhand.triggers.zones import zone_named

STRETCHES: Final = 400
"""Over how many stretches of time, in or out of the calendars, due times are counted; not over more."""


def _timer(value: object) -> Timer:
    return checked_timer(value, "but_not: timer")


def _calendars(value: object) -> tuple[Calendar, ...]:
    return checked_calendars(value, "but_not: calendars")


@attrs.frozen
class ButNot(Composite):
    """A timer that is due when *timer* is, but never at a moment that one of the *calendars* covers."""

    timer: Timer = attrs.field(converter=_timer)
    calendars: tuple[Calendar, ...] = attrs.field(converter=_calendars)

    @property
    def keeps_past(self) -> bool:
        """Whether its timer does."""
        return self.timer.keeps_past

    @property
    def needs(self) -> frozenset[str]:
        """What its timer does."""
        return self.timer.needs

    def in_zone(self, tz: str) -> Self:
        """Return it with *tz* where its timer left its time zone open; its calendars get the timer's."""
        return zoned_parts(zoned_parts(self, tz, "timer"), zone_named(self.timer) or tz, "calendars")

    def next_in(self, moment: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return the timer's next that no calendar covers; what one covers is skipped by the stretch."""
        due = ask_next(self.timer, moment, facts, budget)
        while due is not None and (calendar := self._covering(due)) is not None:
            change = _later(calendar, due)
            if change is None:
                return None
            budget.step(change)
            due = ask_next(self.timer, change - MICROSECOND, facts, budget)
        return due

    def last_in(self, moment: datetime, since: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return the timer's last that no calendar covers; what one covers is skipped by the stretch."""
        due = ask_last(self.timer, moment, since, facts, budget)
        while due is not None and (calendar := self._covering(due)) is not None:
            change = calendar.last_change(due)
            if change is None or change <= since:
                return None
            budget.step(change)
            due = ask_last(self.timer, min(change, due) - MICROSECOND, since, facts, budget)
        return due

    def at_most(self, first: datetime, last: datetime, facts: Facts) -> int | None:
        """Return what its timer counts."""
        return self.timer.count(first, last, facts)

    @refuses_naive
    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int | None:
        """Return how many due times lie in the closed range: what its timer counts between the calendars."""
        found = 0
        for _ in range(STRETCHES):
            if first > last:
                return found
            changes = [_later(calendar, first) for calendar in self.calendars]
            end = min((one for one in changes if one is not None and one <= last), default=None)
            if self._covering(first) is None:
                here = self.timer.count(first, last if end is None else end - MICROSECOND, facts)
                if here is None:
                    return None
                found += here
            if end is None:
                return found
            first = end
        return None

    def _covering(self, moment: datetime) -> Calendar | None:
        return next((calendar for calendar in self.calendars if calendar.covers(moment)), None)


def _later(calendar: Calendar, moment: datetime) -> datetime | None:
    change = calendar.next_change(moment)
    if change is not None and change <= moment:
        raise DefinitionError(f"{calendar!r} says it changes at {change} after {moment}, which is not later")
    return change


def but_not(timer: Timer, *calendars: Calendar) -> ButNot:
    """Return a timer that is due when *timer* is, but never at a moment that one of *calendars* covers."""
    return ButNot(timer, calendars)
