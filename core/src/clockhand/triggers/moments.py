"""`at(...)`: due at named moments, once each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

import attrs

from clockhand._model.moments import parse_moment, utc
from clockhand._model.protocols import NO_FACTS, Facts, Timer
from clockhand.errors import DefinitionError
from clockhand.triggers.naive import refuses_naive


def _moment(value: object) -> datetime:
    return parse_moment(value, "at") if isinstance(value, str) else utc(value, "at")


def _moments(value: object) -> tuple[datetime, ...]:
    several = value if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    moments = tuple(sorted({_moment(one) for one in several}))
    if not moments:
        raise DefinitionError("at: no moment given, name at least one")
    return moments


@attrs.frozen
class At(Timer):
    """
    A timer that is due at each of its *moments*.

    Takes one or several aware datetimes, or texts such as `2026-12-01T09:00:00Z`; keeps them in UTC,
    in order, each once. A moment that has passed when the job is added is due all the same.
    """

    keeps_past: ClassVar[bool] = True

    moments: tuple[datetime, ...] = attrs.field(converter=_moments)

    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the first of the moments that is strictly later than *moment*, or None."""
        try:
            place = bisect_right(self.moments, moment)
        except TypeError:
            utc(moment, "moment")  # says what is wrong with it
            raise
        return self.moments[place] if place < len(self.moments) else None

    @refuses_naive
    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last of the moments in the closed range from *since* to *moment*, or None."""
        place = bisect_right(self.moments, moment)
        return self.moments[place - 1] if place and self.moments[place - 1] >= since else None

    @refuses_naive
    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int:
        """Return how many of the moments lie in the closed range."""
        return max(0, bisect_right(self.moments, last) - bisect_left(self.moments, first))


def at(moment: datetime | str | Iterable[datetime | str], *more: datetime | str) -> At:
    """
    Return a timer that is due at *moment* and each of *more*: aware datetimes, or texts with an offset.

    Alone, *moment* may be a list of them.
    """
    return At((moment, *more) if more or isinstance(moment, str) else moment)
