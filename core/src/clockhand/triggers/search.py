"""Timers made of timers: what they share, and how far a search for their next due time goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypeVar

import attrs

from clockhand._model.moments import MICROSECOND, format_moment
from clockhand._model.protocols import NO_FACTS, Calendar, Facts, Timer, is_calendar, is_condition, is_timer
from clockhand.errors import DefinitionError, shown
from clockhand.triggers.naive import refuses_naive

STEPS: Final = 10_000
"""How many moments one question may look at, those of timers inside included."""
YEARS: Final = 100
"""How far from the first of these moments a search goes."""
COUNTED: Final = 250
"""How many due times are counted one by one, in four times as many steps; of more the number isn't told."""
MOST: Final = 100
"""How many parts one timer may have."""

Part = TypeVar("Part")
T = TypeVar("T")

_FAR: Final = timedelta(days=YEARS * 365.25)


class Exhausted(DefinitionError):
    """A search went as far as it may, and found nothing; that is no proof that there is nothing."""


class Budget:
    """How far one question may still look."""

    def __init__(self, steps: int = STEPS) -> None:
        self._from: datetime | None = None
        self._left = steps

    def step(self, reached: datetime) -> None:
        """Take note that the search has come to *reached*; Exhausted if that is one too many or too far."""
        self._left -= 1
        # Counted from the first: what is due may lie far from the moment that was asked about.
        if self._from is None:
            self._from = reached
        if self._left < 0 or abs(reached - self._from) > _FAR:
            raise Exhausted(
                f"no due time found from {format_moment(self._from)} to {format_moment(reached)}: a search "
                f"ends after {STEPS:,} steps or {YEARS} years; do its parts ever agree?"
            )


class Composite(Timer):
    """A timer that asks other timers, and may have to ask them often: one budget for all it asks."""

    @refuses_naive
    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the first due time strictly later than *moment*, or None; Exhausted if none is found."""
        return self.next_in(moment, facts, Budget())

    @refuses_naive
    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last due time in the closed range, or None; Exhausted if none is found."""
        return self.last_in(moment, since, facts, Budget())

    @refuses_naive
    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int | None:
        """Return how many due times lie in the closed range; None for more than 250, or a long search."""
        most = self.at_most(first, last, facts)
        if most is None or most > COUNTED:
            return None
        budget, found = Budget(4 * COUNTED), 0
        try:
            due = self.next_in(first - MICROSECOND, facts, budget) if first <= last else None
            while due is not None and due <= last:
                found += 1
                due = self.next_in(due, facts, budget)
        except Exhausted:
            return None
        return found

    def next_in(self, moment: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return what `next_after` does, within the *budget* of whoever asks."""
        raise NotImplementedError

    def last_in(self, moment: datetime, since: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return what `last_before` does, within the *budget* of whoever asks."""
        raise NotImplementedError

    def at_most(self, first: datetime, last: datetime, facts: Facts) -> int | None:
        """Return a number that `count` can't exceed, None if there is no telling."""
        raise NotImplementedError


def ask_next(timer: Timer, moment: datetime, facts: Facts, budget: Budget) -> datetime | None:
    """Return the next due time of a part, on the budget of the whole."""
    if isinstance(timer, Composite):
        return timer.next_in(moment, facts, budget)
    return timer.next_after(moment, facts)


def ask_last(
    timer: Timer, moment: datetime, since: datetime, facts: Facts, budget: Budget
) -> datetime | None:
    """Return the last due time of a part in the closed range, on the budget of the whole."""
    if since > moment:
        return None
    if isinstance(timer, Composite):
        return timer.last_in(moment, since, facts, budget)
    return timer.last_before(moment, since=since, facts=facts)


def checked_timer(value: object, where: str) -> Timer:
    """Return *value* if it is a timer, else raise a DefinitionError that names *where*."""
    if is_timer(value) and not isinstance(value, type):
        return value
    hint = "; a condition stands beside the timer of its job" if is_condition(value) else ""
    raise DefinitionError(f"{where}: not a timer, given {shown(value)}{hint}")


def checked_calendars(value: object, where: str) -> tuple[Calendar, ...]:
    """Return the calendars that *value* is or lists, each once; else raise a DefinitionError."""
    listed = value if isinstance(value, list | tuple) else (value,)
    for one in listed:
        if not is_calendar(one) or isinstance(one, type):
            raise DefinitionError(
                f"{where}: not a calendar, given {shown(one)}; write it like weekdays('sat-sun')"
            )
    if not listed:
        raise DefinitionError(f"{where}: no calendar given, name at least one")
    return limited(listed, where)


def limited(parts: list[Part] | tuple[Part, ...], where: str) -> tuple[Part, ...]:
    """Return *parts*, each once; more than 100 are a DefinitionError."""
    found: list[Part] = []
    for one in parts:
        if one in found:
            continue
        if len(found) == MOST:
            raise DefinitionError(f"{where}: more parts than the {MOST} allowed, {len(parts):,} given")
        found.append(one)
    return tuple(found)


def zoned_parts(whole: T, tz: str, *names: str) -> T:
    """Return *whole* with *tz* wherever the parts in the fields *names* left their zone open."""
    changes: dict[str, object] = {}
    for name in names:
        held = getattr(whole, name)
        zoned = tuple(one.in_zone(tz) for one in held) if isinstance(held, tuple) else held.in_zone(tz)
        if zoned != held:
            changes[name] = zoned
    return attrs.evolve(whole, **changes) if changes else whole  # type: ignore[misc]
