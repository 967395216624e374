"""`every(...)`: due each time a period of elapsed time has passed since an anchor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from clockhand._model.moments import EPOCH, format_span, parse_moment, parse_span, utc
from clockhand._model.protocols import NO_FACTS, Facts, Timer
from clockhand.errors import DefinitionError, shown
from clockhand.triggers.naive import refuses_naive

SHORTEST: Final = timedelta(milliseconds=1)
"""The shortest period: below it the loop would be busy with one job and nothing else."""


_DAYS: Final = {"d": "days", "w": "weeks"}
_PARTS: Final = re.compile(r"(\d+)([dw])", re.ASCII)
_NAMED: Final = re.compile(r"(\d+) ?(day|week|month|year)s?|(day|week|month|year)s? ?= ?(\d+)", re.ASCII)


def _period(value: object) -> timedelta:
    if isinstance(value, str) and (found := _NAMED.fullmatch(value)):
        unit, number = f"{found[2] or found[3]}s", found[1] or found[4]
        raise DefinitionError(
            f"every: {unit} are wall-clock time, given {shown(value)}; {_wall({unit: number})}"
        )
    period = parse_span(value, "every")
    if period < SHORTEST:
        raise DefinitionError(f"every: a period must be 1 ms or longer, given {shown(value)}")
    if isinstance(value, str) and not {"d", "w"}.isdisjoint(value):
        raise DefinitionError(
            f"every: a day is wall-clock time and can have 23 or 25 hours, given {shown(value)}; "
            + _instead(value, period)
        )
    return period


def _instead(value: str, period: timedelta) -> str:
    """Return what to write instead of a *period* whose text counts days or weeks."""
    elapsed = f"{format_span(period)} for elapsed time"
    parts = _PARTS.findall(value)
    if "".join(map("".join, parts)) != value:
        return f"write {elapsed}"
    return f"{_wall({_DAYS[unit]: number for number, unit in parts})}, or {elapsed}"


def _wall(units: Mapping[str, str]) -> str:
    """Return how to write an interval of the wall clock, in a table and in Python."""
    table = ", ".join(f"{name} = {number}" for name, number in units.items())
    return f"write {{{table}}} in TOML and commands, {table.replace(' = ', '=')} in Python"


def _anchor(value: datetime | str | None) -> datetime | None:
    if value is None:
        return None
    return parse_moment(value, "every: anchor") if isinstance(value, str) else utc(value, "every: anchor")


@attrs.frozen
class Every(Timer):
    """
    A timer that is due at its anchor and each whole number of *period*s after it, in elapsed time.

    *anchor* None: the job's own anchor, which is its start_time or else when it was first added.
    Takes a timedelta, seconds or a text such as `1h30m`. All answers are arithmetic, however long ago
    the anchor is.
    """

    period: timedelta = attrs.field(converter=_period)
    anchor: datetime | None = attrs.field(default=None, converter=_anchor)

    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the first due time strictly later than *moment*; None past the year 9999."""
        zero = self._zero(facts)
        try:
            return zero + max(0, (moment - zero) // self.period + 1) * self.period
        except OverflowError:
            return None
        except TypeError:
            utc(moment, "moment")  # says what is wrong with it
            raise

    @refuses_naive
    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last due time in the closed range from *since* to *moment*, or None."""
        zero = self._zero(facts)
        if moment < zero:
            return None
        due = moment.astimezone(UTC) - (moment - zero) % self.period
        return due if due >= since else None

    @refuses_naive
    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int:
        """Return how many due times lie in the closed range."""
        zero = self._zero(facts)
        before = -((zero - first) // self.period)
        return max(0, (last - zero) // self.period - max(0, before) + 1)

    def _zero(self, facts: Facts) -> datetime:
        # In UTC: two datetimes of one zone are subtracted by the wall, an hour off across a clock change.
        return self.anchor or (facts.anchor or EPOCH).astimezone(UTC)
