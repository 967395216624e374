"""`next_business_day(...)`: what is due on a closed day comes on the next open one, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Self
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.moments import MICROSECOND
from clockhand._model.protocols import Facts, Timer
from clockhand._model.zone import zone_key
from clockhand.errors import DefinitionError, shown
from clockhand.triggers import wallclock
from clockhand.triggers.calendars import DateCalendar, weekdays
from clockhand.triggers.search import (
    Budget,
    Composite,
    ask_last,
    ask_next,
    checked_calendars,
    checked_timer,
    zoned_parts,
)
from clockhand.triggers.wallclock import Stretch
from clockhand.triggers.zones import zone_named

Pick = Callable[[date, date, Stretch, datetime, datetime | None], datetime | None]

WEEKEND: Final = weekdays("sat-sun")
_DAY: Final = timedelta(days=1)


def _timer(value: object) -> Timer:
    return checked_timer(value, "next_business_day: timer")


def _closed(value: object) -> tuple[DateCalendar, ...]:
    if value == ():
        return (WEEKEND,)
    found = []
    for one in checked_calendars(value, "next_business_day: closed"):
        if not isinstance(one, DateCalendar):
            raise DefinitionError(
                f"next_business_day: closed: not a calendar of whole days, given {shown(one)}"
            )
        found.append(one)
    return tuple(found)


@attrs.frozen
class NextBusinessDay(Composite):
    """
    A timer that is due when *timer* is, and where that is a closed day, on the next one that is open.

    The days are those of the zone *tz*, and what is moved keeps its time of day there. A day is closed if
    one of the calendars *closed* has it, without any at weekends; they must be of whole days. Two that
    come to the same moment are one due time.
    """

    timer: Timer = attrs.field(converter=_timer)
    closed: tuple[DateCalendar, ...] = attrs.field(default=(), converter=_closed)
    tz: str | None = attrs.field(default=None, converter=zone_key)

    @property
    def keeps_past(self) -> bool:
        """Whether its timer does."""
        return self.timer.keeps_past

    @property
    def needs(self) -> frozenset[str]:
        """What its timer does."""
        return self.timer.needs

    def in_zone(self, tz: str) -> Self:
        """Return it with *tz* where its timer left its time zone open; its days get the timer's."""
        days = zone_named(self.timer) or tz
        filled = zoned_parts(zoned_parts(self, tz, "timer"), days, "closed")
        return super(NextBusinessDay, filled).in_zone(days)

    def next_in(self, moment: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return the first on the open day of *moment* or the next, else on the next with any."""
        days = _Days(self, facts, budget)
        moment = wallclock.within(moment)
        if moment == wallclock.LATEST:
            return None
        target = days.open_from(wallclock.day_of(moment, days.zone))
        while target is not None:
            found = days.first_on(target, moment)
            if found is not None:
                return found
            after = ask_next(self.timer, days.start(target + _DAY) - MICROSECOND, facts, budget)
            if after is None or after >= wallclock.LATEST:
                return None
            budget.step(after)
            target = days.open_from(wallclock.day_of(after, days.zone))
        return None

    def last_in(self, moment: datetime, since: datetime, facts: Facts, budget: Budget) -> datetime | None:
        """Return the last on the open day of *moment* or the one before, else on the last with any."""
        days = _Days(self, facts, budget)
        moment, since = wallclock.within(moment), wallclock.within(since)
        target = days.open_until(wallclock.day_of(moment, days.zone))
        earliest = _Days(self, facts, Budget()).first_source(since)
        if earliest is None:
            return None
        while target is not None and days.start(target + _DAY) > since:
            found = days.last_on(target, moment)
            if found is not None:
                return found if found >= since else None
            end = days.start(days.sources(target)[0]) - MICROSECOND
            before = ask_last(self.timer, end, earliest, facts, budget)
            if before is None:
                return None
            budget.step(before)
            target = days.open_from(wallclock.day_of(before, days.zone))
        return None

    def at_most(self, first: datetime, last: datetime, facts: Facts) -> int | None:
        """Return what its timer counts, from the closed days before *first* on."""
        earliest = _Days(self, facts, Budget()).first_source(wallclock.within(first))
        return 0 if earliest is None else self.timer.count(min(first, earliest), last, facts)


@attrs.frozen
class _Days:
    """One question's look at the days: which are open, and what comes to an open one from closed ones."""

    whole: NextBusinessDay
    facts: Facts
    budget: Budget
    zone: ZoneInfo = attrs.field(init=False)

    @zone.default
    def _zone(self) -> ZoneInfo:
        return wallclock.zone_of(self.whole.tz)

    def start(self, day: date) -> datetime:
        return wallclock.start_of(day, self.zone)

    def _closed(self, day: date) -> bool:
        return any(calendar.has(day) for calendar in self.whole.closed) or not wallclock.exists(
            day, self.zone
        )

    def open_from(self, day: date) -> date | None:
        """Return the first open day from *day* on."""
        return self._open(day, _DAY)

    def open_until(self, day: date) -> date | None:
        """Return the last open day up to *day*."""
        return self._open(day, -_DAY)

    def _open(self, day: date, step: timedelta) -> date | None:
        while self._closed(day):
            self.budget.step(datetime.combine(day, datetime.min.time(), UTC))
            day += step
            if not wallclock.EARLIEST.date() < day < wallclock.LATEST.date():
                return None
        return day

    def sources(self, target: date) -> list[date]:
        """Return the open day *target* and the closed days right before it, in order."""
        days = [target]
        while self._closed(days[-1] - _DAY):
            days.append(days[-1] - _DAY)
            self.budget.step(datetime.combine(days[-1], datetime.min.time(), UTC))
        return days[::-1]

    def first_source(self, moment: datetime) -> datetime | None:
        """Return the first moment of which anything can come to *moment* or later; None if all is closed."""
        target = self.open_from(wallclock.day_of(moment, self.zone))
        return None if target is None else self.start(self.sources(target)[0])

    def first_on(self, target: date, moment: datetime) -> datetime | None:
        """Return the first due time after *moment* among those that come to the open day *target*."""
        return min(self._coming(target, moment, self._first_of), default=None)

    def last_on(self, target: date, moment: datetime) -> datetime | None:
        """Return the last due time up to *moment* among those that come to the open day *target*."""
        return max(self._coming(target, moment, self._last_of), default=None)

    def _coming(self, target: date, moment: datetime, pick: Pick) -> Iterator[datetime]:
        wall = moment.astimezone(self.zone)
        for day in self.sources(target):
            for stretch in wallclock.stretches(day, self.zone):
                # Where the clock shows a day that is over or repeats itself, times of day tell no order.
                plain = wall.date() == target and not wall.fold and stretch.shows(day)
                near = stretch.moment_of(datetime.combine(day, wall.time())) if plain else None
                due = pick(day, target, stretch, moment, near)
                if due is not None:
                    yield due

    def _first_of(
        self, day: date, target: date, stretch: Stretch, moment: datetime, near: datetime | None
    ) -> datetime | None:
        low = max(stretch.start, near or stretch.start) - MICROSECOND
        while (due := self._next(low)) is not None and due < stretch.end:
            moved = self._moved(due, day, target, stretch)
            if moved > moment:
                return moved
            self.budget.step(due)
            low = due
        return None

    def _last_of(
        self, day: date, target: date, stretch: Stretch, moment: datetime, near: datetime | None
    ) -> datetime | None:
        high = min(stretch.end - MICROSECOND, near or stretch.end)
        while (due := self._last(high, stretch.start)) is not None:
            moved = self._moved(due, day, target, stretch)
            if moved <= moment:
                return moved
            self.budget.step(due)
            high = due - MICROSECOND
        return None

    def _next(self, moment: datetime) -> datetime | None:
        return ask_next(self.whole.timer, moment, self.facts, self.budget)

    def _last(self, moment: datetime, since: datetime) -> datetime | None:
        return ask_last(self.whole.timer, moment, since, self.facts, self.budget)

    def _moved(self, due: datetime, day: date, target: date, stretch: Stretch) -> datetime:
        if day == target:
            return due
        return wallclock.instant(datetime.combine(target, stretch.wall_of(due).time()), self.zone)


def next_business_day(timer: Timer, *closed: DateCalendar, tz: str | tzinfo | None = None) -> NextBusinessDay:
    """
    Return a timer that is due when *timer* is, and where that is a closed day, on the next that is open.

    *closed* are calendars of whole days, weekdays("sat-sun") if none is given. The time of day stays, by
    the wall clock of *tz*.
    """
    return NextBusinessDay(timer, closed, tz)
