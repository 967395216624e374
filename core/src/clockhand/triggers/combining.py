"""`any_of(...)` and `all_of(...)`: one timer of several."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

import attrs

from clockhand._model.moments import MICROSECOND
from clockhand._model.protocols import Facts, Timer
from clockhand.errors import DefinitionError, shown
from clockhand.triggers.search import (
    Budget,
    Composite,
    ask_last,
    ask_next,
    checked_timer,
    limited,
    zoned_parts,
)


def _flat(value: object, kind: type[_Combined], where: str) -> tuple[Timer, ...]:
    """Return the timers of *value*, with those of its own *kind* inside taken apart."""
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise DefinitionError(f"{where}: not a list of timers, given {shown(value)}")
    timers: list[Timer] = []
    for one in value:
        timer = checked_timer(one, where)
        timers += timer.timers if isinstance(timer, kind) else [timer]
    if not timers:
        raise DefinitionError(f"{where}: no timer given, name at least one")
    return limited(timers, where)


class _Combined(Composite):
    timers: tuple[Timer, ...]

    @property
    def keeps_past(self) -> bool:
        """Whether all of its timers do."""
        return all(timer.keeps_past for timer in self.timers)

    @property
    def needs(self) -> frozenset[str]:
        """What any of its timers does."""
        return frozenset().union(*(timer.needs for timer in self.timers))

    def in_zone(self, tz: str) -> Self:
        """Return it with *tz* wherever one of its timers left its time zone open."""
        return zoned_parts(self, tz, "timers")

    def _counts(self, first: datetime, last: datetime, facts: Facts) -> list[int | None]:
        return [timer.count(first, last, facts) for timer in self.timers]


def _any(value: object) -> tuple[Timer, ...]:
    return _flat(value, AnyOf, "any_of")


def _all(value: object) -> tuple[Timer, ...]:
    return _flat(value, AllOf, "all_of")


@attrs.frozen
class AnyOf(_Combined):
    """A timer that is due whenever one of its *timers* is; when several are at once, that is one due time."""

    timers: tuple[Timer, ...] = attrs.field(converter=_any)

    def next_in(self, moment: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return the earliest that any of the timers says."""
        found = (ask_next(timer, moment, facts, budget) for timer in self.timers)
        return min((due for due in found if due is not None), default=None)

    def last_in(self, moment: datetime, since: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return the latest that any of the timers says."""
        found = (ask_last(timer, moment, since, facts, budget) for timer in self.timers)
        return max((due for due in found if due is not None), default=None)

    def at_most(self, first: datetime, last: datetime, facts: Facts) -> int | None:
        """Return the sum of what the timers count."""
        counts = self._counts(first, last, facts)
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


@attrs.frozen
class AllOf(_Combined):
    """A timer that is due at the moments at which all of its *timers* are, to the microsecond."""

    timers: tuple[Timer, ...] = attrs.field(converter=_all)

    def next_in(self, moment: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return the first moment that all timers agree on, found from one's next to another's."""
        while True:
            found = [ask_next(timer, moment, facts, budget) for timer in self.timers]
            dues = [due for due in found if due is not None]
            if len(dues) < len(found):
                return None
            latest = max(dues)
            if latest == min(dues):
                return latest
            budget.step(latest)
            moment = latest - MICROSECOND

    def last_in(self, moment: datetime, since: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return the last moment that all timers agree on, found from one's last to another's."""
        while True:
            found = [ask_last(timer, moment, since, facts, budget) for timer in self.timers]
            dues = [due for due in found if due is not None]
            if len(dues) < len(found):
                return None
            earliest = min(dues)
            if earliest == max(dues):
                return earliest
            budget.step(earliest)
            moment = earliest

    def at_most(self, first: datetime, last: datetime, facts: Facts) -> int | None:
        """Return the least that any of the timers counts."""
        counts = self._counts(first, last, facts)
        return min((count for count in counts if count is not None), default=None)


def any_of(*timers: Timer) -> AnyOf:
    """Return a timer that is due whenever one of *timers* is."""
    return AnyOf(timers)


def all_of(*timers: Timer) -> AllOf:
    """
    Return a timer that is due at the moments at which all of *timers* are.

    A search for such a moment ends after 10,000 steps or 100 years with a DefinitionError: the job is
    refused, or paused with that reason.
    """
    return AllOf(timers)
