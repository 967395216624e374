"""What a timer does otherwise than people may think, day by day of a year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import singledispatch
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.moments import EPOCH
from clockhand._model.protocols import Facts, Timer
from clockhand.triggers import wallclock
from clockhand.triggers.business import NextBusinessDay
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.combining import AllOf, AnyOf
from clockhand.triggers.crontab import Cron
from clockhand.triggers.elapsed import Every
from clockhand.triggers.excluding import ButNot
from clockhand.triggers.explaining import clockchanges, months, moved, shown
from clockhand.triggers.explaining.holding import Holding
from clockhand.triggers.explaining.value import Surprise

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7


def surprises(
    timer: Timer, facts: Facts, first: datetime, last: datetime, tz: str, holding: Holding
) -> list[Surprise]:
    """
    Return the surprises of the closed range in order, told for somebody who lives in *tz*.

    What is excluded by *holding* is told as that, or not at all where it would be in any case.
    """
    found = dict.fromkeys(_of(timer, _Asked(facts, first, last, tz, holding)))
    return sorted(found, key=lambda one: (one.at, one.what))


@attrs.frozen
class _Asked:
    """What is asked of each timer inside another one alike."""

    facts: Facts
    first: datetime
    last: datetime
    tz: str
    holding: Holding


@singledispatch
def _of(_timer: object, _asked: _Asked) -> Iterator[Surprise]:
    """Yield the surprises of a timer; of one that isn't known here there is no telling."""
    return iter(())


@_of.register
def _any_of(timer: AnyOf, asked: _Asked) -> Iterator[Surprise]:
    for part in timer.timers:
        yield from _of(part, asked)


@_of.register
def _all_of(timer: AllOf, asked: _Asked) -> Iterator[Surprise]:
    for part in timer.timers:
        yield from (one for one in _of(part, asked) if one.fires and _is_due(timer, one.at, asked.facts))


@_of.register
def _but_not(timer: ButNot, asked: _Asked) -> Iterator[Surprise]:
    for one in _of(timer.timer, asked):
        if one.whole_month or not any(calendar.covers(one.at) for calendar in timer.calendars):
            yield one


@_of.register
def _next_business_day(timer: NextBusinessDay, asked: _Asked) -> Iterator[Surprise]:
    for one in _of(timer.timer, asked):
        if not one.fires or _is_due(timer, one.at, asked.facts):
            yield one
    yield from moved.days(timer, asked.facts, asked.first, asked.last, asked.holding)


@_of.register
def _wall_clock(timer: Cron | CalendarInterval, asked: _Asked) -> Iterator[Surprise]:
    zone = "" if (timer.tz or "UTC") == asked.tz else f" (in {timer.tz or 'UTC'})"
    facts, first, last = asked.facts, asked.first, asked.last
    nominal = clockchanges.Nominal.of(timer, facts, asked.holding)
    short = (
        months.of_cron(timer, first, last, asked.holding)
        if isinstance(timer, Cron)
        else months.of_interval(timer, facts, first, last, asked.holding)
    )
    for one in chain(clockchanges.surprises(nominal, first, last), short):
        yield attrs.evolve(one, what=one.what + zone)


@_of.register
def _drifts(timer: Every, asked: _Asked) -> Iterator[Surprise]:
    """Yield where a period of whole days, in elapsed time, goes on at another time of the wall clock."""
    if timer.period % _DAY:
        return
    zone, facts = ZoneInfo(asked.tz), asked.facts
    for change in clockchanges.changes_between(zone, asked.first, asked.last):
        at = EPOCH + timedelta(seconds=change.instant)
        before, after = timer.last_before(at, since=asked.first, facts=facts), timer.next_after(at, facts)
        if before is None or after is None:
            continue
        old, new = (shown.clock(one.astimezone(zone)) for one in (before, after))
        ran, runs = (
            _any_passes(one, step, asked) for one, step in ((before, -timer.period), (after, timer.period))
        )
        if old != new and (ran or runs):
            day = wallclock.wall_of(at, zone).date()
            what = (
                f"fires {new} from then on, not {old}"
                if runs
                else f"{new} from then on is excluded, {old} was not"
            )
            yield Surprise(at, day, f"clocks change, {what}", fires=False)


def _any_passes(due: datetime, step: timedelta, asked: _Asked) -> bool:
    """Say whether a condition lets run *due*, or one of the next that are a *step* apart, a week of days."""
    dues = (due + number * step for number in range(_WEEK))
    return any(asked.holding.passes(one) for one in dues if asked.first <= one <= asked.last)


def _is_due(timer: Timer, moment: datetime, facts: Facts) -> bool:
    return timer.last_before(moment, since=moment, facts=facts) is not None
