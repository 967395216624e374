"""What the conditions of a job exclude, as far as that is known before a due time comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Self

import attrs

from clockhand._model.moments import EPOCH
from clockhand._model.protocols import Calendar, Condition, ConditionContext
from clockhand.triggers import wallclock
from clockhand.triggers.calendars import DateCalendar
from clockhand.triggers.crontab.spans import span_of
from clockhand.triggers.verdict import validate_trigger
from clockhand.triggers.windows import Between, On

Passes = Callable[[datetime], bool]
"""Whether what is due at a moment isn't excluded."""

_NONE: Final = timedelta()
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)


@attrs.frozen
class Holding:
    """The conditions of the job *alias* that read of no job, and so can be asked beforehand."""

    conditions: tuple[Condition, ...] = ()
    alias: str = ""

    @classmethod
    def of(cls, conditions: Iterable[Condition], alias: str) -> Self:
        """Return those of *conditions* that can be asked beforehand."""
        return cls(tuple(one for one in conditions if not one.reads), alias)

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def by(self, due: datetime) -> Condition | None:
        """Return the first condition that excludes what is due then; None: all of them pass."""
        return validate_trigger(self.conditions, _context(self.alias, due))

    def passes(self, due: datetime) -> bool:
        """Say whether what is due then isn't excluded."""
        return self.by(due) is None

    def without_change(self, at: datetime) -> Passes:
        """Return what says whether a moment would pass if no zone had changed its clocks at *at*."""
        asked = [_unchanged(one, self.alias, at) for one in self.conditions]
        return lambda moment: all(passes(moment) for passes in asked)


NOTHING_HELD: Final = Holding()
"""What excludes nothing: a timer alone."""


def _unchanged(condition: Condition, alias: str, at: datetime) -> Passes:
    if isinstance(condition, On):
        calendars = [_covers_unchanged(one, at) for one in condition.calendars]
        return lambda moment: any(covers(moment) for covers in calendars)
    offset = _NONE
    if isinstance(condition, Between):
        offset = _offset(condition.tz, at - _SECOND)
        condition = attrs.evolve(condition, tz="UTC")
    return lambda moment: condition.passes(_context(alias, moment + offset))


def _covers_unchanged(calendar: Calendar, at: datetime) -> Passes:
    if isinstance(calendar, DateCalendar):
        offset = _offset(calendar.tz, at - _SECOND)
        return lambda moment: calendar.has((moment + offset).date())
    return calendar.covers


def _context(alias: str, due: datetime) -> ConditionContext:
    return ConditionContext(job=alias, due=due, now=due)


def opening(condition: Condition, moment: datetime) -> datetime | None:
    """
    Return up to when a *condition* that excludes *moment* goes on to do so; None: for ever.

    Of a condition that isn't known here that is the moment itself.
    """
    if isinstance(condition, Between):
        return _window(condition, wallclock.within(moment))
    if isinstance(condition, On):
        changes = [calendar.next_change(moment) for calendar in condition.calendars]
        return min((one for one in changes if one is not None), default=None)
    return moment


def _window(condition: Between, moment: datetime) -> datetime:
    """Return when the window opens next, or the next clock change, if that comes first."""
    zone = wallclock.zone_of(condition.tz)
    offset = _offset(condition.tz, moment)
    wall = moment + offset
    start = datetime.combine(wall.date(), condition.start, UTC)
    opens = (start if start > wall else start + _DAY) - offset
    change = EPOCH + span_of(zone, (moment - EPOCH) // _SECOND).end * _SECOND
    return min(opens, change)


def _offset(tz: str | None, moment: datetime) -> timedelta:
    return moment.astimezone(wallclock.zone_of(tz)).utcoffset() or _NONE
