"""`every(...)`: due each time a period of elapsed time has passed since an anchor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Never

import attrs

from clockhand._model.moments import EPOCH, parse_moment, parse_span, utc
from clockhand._model.protocols import NO_FACTS, Facts, Timer
from clockhand.errors import DefinitionError, did_you_mean, shown

SHORTEST: Final = timedelta(milliseconds=1)
"""The shortest period: below it the loop would be busy with one job and nothing else."""

_ELAPSED: Final = ("hours", "minutes", "seconds", "milliseconds", "anchor")
_WALL: Final = ("days", "weeks", "months", "years", "at")


def _wall_clock(given: str) -> DefinitionError:
    return DefinitionError(
        f"every: a day is wall-clock time and can have 23 or 25 hours, given {given}; "
        "use hours=24 for elapsed time, or cron('0 9 * * *', tz=...) for a time of day"
    )


def _period(value: object) -> timedelta:
    if isinstance(value, str) and not {"d", "w"}.isdisjoint(value):
        raise _wall_clock(shown(value))
    period = parse_span(value, "every")
    if period < SHORTEST:
        raise DefinitionError(f"every: a period must be 1 ms or longer, given {shown(value)}")
    return period


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

    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last due time in the closed range from *since* to *moment*, or None."""
        zero = self._zero(facts)
        due = moment.astimezone(UTC) - (moment - zero) % self.period
        return due if due >= zero and due >= since else None

    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int:
        """Return how many due times lie in the closed range."""
        zero = self._zero(facts)
        before = -((zero - first) // self.period)
        return max(0, (last - zero) // self.period - max(0, before) + 1)

    def _zero(self, facts: Facts) -> datetime:
        # In UTC: two datetimes of one zone are subtracted by the wall, an hour off across a clock change.
        return self.anchor or (facts.anchor or EPOCH).astimezone(UTC)


def every(
    period: timedelta | float | str | None = None,
    *,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
    milliseconds: float = 0,
    anchor: datetime | str | None = None,
    **others: Never,
) -> Every:
    """
    Return a timer that is due whenever that much elapsed time has passed, counted from *anchor*.

    Say how long either by *period* (a timedelta, seconds, or a text such as `1h30m`) or by the units.
    A DefinitionError names what is wrong; days and weeks are refused, because they are not elapsed time.
    """
    for name in others:
        if name in _WALL:
            raise _wall_clock(f"{name}=")
        raise DefinitionError(f"every: unknown argument {name!r}{did_you_mean(name, _ELAPSED)}")
    try:
        units = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
    except (OverflowError, TypeError, ValueError) as error:
        raise DefinitionError(f"every: not a length of time ({error}); give numbers") from None
    if period is None:
        if not any((hours, minutes, seconds, milliseconds)):
            raise DefinitionError(
                "every: no period given, or one of zero; write every(minutes=5) or every('90s')"
            )
        return Every(units, anchor)
    if units:
        raise DefinitionError(f"every: the period is given twice, {shown(period)} and by units; keep one")
    return Every(period, anchor)
