"""What the clock changes of a zone do to a timer of the wall clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.moments import EPOCH, MICROSECOND
from clockhand._model.protocols import Facts, Timer
from clockhand.triggers import wallclock
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.crontab import Cron, fields
from clockhand.triggers.crontab.spans import Change, changes
from clockhand.triggers.explaining import shown
from clockhand.triggers.explaining.holding import NOTHING_HELD, Holding
from clockhand.triggers.explaining.value import Surprise

_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_FEW: Final = 3
"""So many times of day are told one by one."""


@attrs.frozen
class Nominal:
    """A timer of the wall clock of *zone*: what it does, and its walls as if all days had 24 hours."""

    timer: Timer
    facts: Facts
    zone: ZoneInfo
    walls: Timer
    """Due in UTC when the timer would be due by the wall clock if that never changed."""
    skips: bool
    """Whether what a gap skips is not made up for."""
    holding: Holding = NOTHING_HELD
    """What of it is excluded."""

    @classmethod
    def of(cls, timer: Cron | CalendarInterval, facts: Facts, holding: Holding) -> Nominal:
        """Return that of *timer*, of whose due times the conditions in *holding* exclude some."""
        zone = wallclock.zone_of(timer.tz)
        if isinstance(timer, Cron):
            follows = fields.parse(timer.spec).wildcard
            return cls(
                timer,
                facts,
                zone,
                Cron(timer.spec),
                (timer.gap or ("skip" if follows else "after")) == "skip",
                holding,
            )
        anchor = timer.anchor or facts.anchor or EPOCH
        if isinstance(anchor, datetime):
            anchor = wallclock.wall_of(wallclock.within(anchor), zone).replace(tzinfo=UTC)
        walls = attrs.evolve(timer, tz=None, anchor=anchor)
        return cls(timer, facts, zone, walls, timer.gap == "skip", holding)

    @property
    def anchor(self) -> date | None:
        """The date that an interval is counted from; of a cron expression there is none."""
        return getattr(self.walls, "anchor", None)

    def between(self, first: datetime, end: datetime) -> Walls | None:
        """Return the walls, naive, from *first* up to *end* without it; None if there is none."""
        first, end = first.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
        due = first - MICROSECOND
        found: list[datetime] = []
        while len(found) <= _FEW:
            after = self.walls.next_after(due)
            if after is None or after >= end:
                break
            due = after
            found.append(due.replace(tzinfo=None))
        if len(found) <= _FEW:
            return Walls(found, len(found)) if found else None
        last = self.walls.last_before(end - MICROSECOND, since=first) or due
        number = self.walls.count(first, end - MICROSECOND)
        return Walls([found[0], last.replace(tzinfo=None)], number or len(found))

    def each(self, first: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the walls, naive, from *first* up to *end* without it."""
        due = self.walls.next_after(first.replace(tzinfo=UTC) - MICROSECOND)
        while due is not None and due < end.replace(tzinfo=UTC):
            yield due.replace(tzinfo=None)
            due = self.walls.next_after(due)

    def running(self, at: datetime, before: timedelta) -> Callable[[datetime, datetime], Walls | None]:
        """
        Return what `between` says, of those walls that would run if no clock had changed at *at*.

        *before* is the offset of the zone up to then.
        """
        if not self.holding:
            return self.between
        passes = self.holding.without_change(at)

        def between(first: datetime, end: datetime) -> Walls | None:
            return Walls.of(
                [wall for wall in self.each(first, end) if passes(wall.replace(tzinfo=UTC) - before)]
            )

        return between

    def is_wall(self, due: datetime) -> bool:
        """Say whether what is due then is what the wall clock shows, and makes up for nothing."""
        wall = shown.local(due, self.zone).replace(tzinfo=None)
        return self.between(wall, wall + MICROSECOND) is not None

    def next_after(self, moment: datetime) -> datetime | None:
        """Return what is really due next."""
        return self.timer.next_after(moment, self.facts)

    def is_due(self, moment: datetime) -> bool:
        """Say whether it is really due at *moment*."""
        return self.timer.last_before(moment, since=moment, facts=self.facts) is not None


@attrs.frozen
class Walls:
    """Some walls in a row: how many, and all of them, or where they are many the first and the last."""

    known: Sequence[datetime]
    number: int

    @classmethod
    def of(cls, walls: Sequence[datetime]) -> Walls | None:
        """Return *walls*, None if there is none."""
        known = walls if len(walls) <= _FEW else (walls[0], walls[-1])
        return cls(known, len(walls)) if walls else None

    def told(self, one: str, more: str) -> str:
        """Return their times of day with the verb *one* or *more*: `02:30 does not exist`."""
        times = [shown.clock(wall) for wall in self.known]
        if self.number == 1:
            return f"{times[0]} {one}"
        if self.number <= _FEW:
            return f"{shown.listed(times)} {more}"
        return f"{self.number:,} times from {times[0]} to {times[1]} {more}"


@lru_cache(64)
def _changes(zone: ZoneInfo, first: int, last: int) -> tuple[Change, ...]:
    return tuple(changes(zone, first, last))


def changes_between(zone: ZoneInfo, first: datetime, last: datetime) -> tuple[Change, ...]:
    """Return the clock changes of *zone* in the closed range, in order."""
    return _changes(zone, (first - EPOCH) // _SECOND, (last - EPOCH) // _SECOND)


def surprises(nominal: Nominal, first: datetime, last: datetime) -> Iterator[Surprise]:
    """Yield what the timer does otherwise because of a clock change in the closed range."""
    for change in changes_between(nominal.zone, first, last):
        at = EPOCH + timedelta(seconds=change.instant)
        before, after = (
            at.replace(tzinfo=None) + timedelta(seconds=offset) for offset in (change.before, change.after)
        )
        if before < after:
            yield from _skipped(nominal, at, before, after)
        else:
            yield from _repeated(nominal, after, before)


def _skipped(nominal: Nominal, at: datetime, begin: datetime, end: datetime) -> Iterator[Surprise]:
    """Yield what became of the walls from *begin* up to *end*, which a change at *at* skips."""
    running = nominal.running(at, begin - at.replace(tzinfo=None))
    lost = [day for day in _days(begin, end) if not wallclock.exists(day, nominal.zone)]
    for day in lost:
        midnight = datetime.combine(day, time())
        if running(midnight, midnight + _DAY) is not None:
            yield Surprise(at, day, "this day does not exist, does not fire", fires=False)
    last = datetime.combine(lost[-1] + _DAY, time()) if lost else end
    parts = [(begin, datetime.combine(lost[0], time())), (last, end)] if lost else [(begin, end)]
    walls = next(filter(None, (running(*part) for part in parts)), None)
    if walls is not None:
        yield _gone(nominal, at, walls)
    elif nominal.holding and not nominal.skips:
        yield from _let_through(
            nominal, at, next(filter(None, (nominal.between(*one) for one in parts)), None)
        )


def _let_through(nominal: Nominal, at: datetime, walls: Walls | None) -> Iterator[Surprise]:
    """Yield what becomes of *walls* that are excluded on any other day, where it now isn't."""
    told = None if walls is None else _gone(nominal, at, walls)
    if told is not None and told.fires and not nominal.is_wall(told.at):
        yield told


def _gone(nominal: Nominal, at: datetime, walls: Walls) -> Surprise:
    """Return what becomes of *walls*, which a change at *at* skips."""
    day = walls.known[0].date()
    gone = walls.told("does not exist", "do not exist")
    due = nominal.next_after(at - MICROSECOND)
    if nominal.skips or due is None:
        does = "does not fire" if walls.number == 1 else "do not fire"
        return Surprise(at, day, f"{gone}, {does}", fires=False)
    there = shown.local(due, nominal.zone)
    when = (
        shown.clock(there)
        if there.date() == day
        else f"{shown.clock(there)} on {shown.whole_day(there.date())}"
    )
    if not nominal.holding.passes(due):
        return Surprise(at, day, f"{gone}, {when} is excluded", fires=False)
    if nominal.is_wall(due):
        what = f"{gone}, {'comes' if walls.number == 1 else 'come'} with {when}"
    else:
        what = f"{gone}, {'fires' if walls.number == 1 else 'fire once,'} {when}"
    return Surprise(due, day, what, fires=True)


def _days(begin: datetime, end: datetime) -> Iterator[date]:
    day = begin.date()
    while day <= end.date():
        yield day
        day += _DAY


def _repeated(nominal: Nominal, begin: datetime, end: datetime) -> Iterator[Surprise]:
    """Yield what becomes of the walls from *begin* up to *end*, which come twice."""
    walls = nominal.between(begin, end)
    if walls is None:
        return
    due = tuple(map(nominal.is_due, _passes(nominal, walls.known[0])))
    if not nominal.holding:
        yield from _twice(nominal, walls, due)
        return
    running: dict[tuple[bool, ...], list[datetime]] = {}
    for wall in nominal.each(begin, end):
        dues = zip(due, _passes(nominal, wall), strict=True)
        running.setdefault(tuple(is_due and nominal.holding.passes(at) for is_due, at in dues), []).append(
            wall
        )
    for those, found in running.items():
        yield from _twice(nominal, Walls.of(found) or walls, those)


def _passes(nominal: Nominal, wall: datetime) -> list[datetime]:
    """Return when the wall clock shows *wall* for the first and for the second time."""
    return [wall.replace(tzinfo=nominal.zone, fold=fold).astimezone(UTC) for fold in (0, 1)]


def _twice(nominal: Nominal, walls: Walls, runs: tuple[bool, ...]) -> Iterator[Surprise]:
    """Yield that *walls* come twice, and at which of the two times they run, if at any."""
    if not any(runs):
        return
    which = "both times" if all(runs) else f"the {'first' if runs[0] else 'second'} time only"
    what = f"{walls.told('comes twice', 'come twice')}, {'fires' if walls.number == 1 else 'fire'} {which}"
    at = _passes(nominal, walls.known[0])[runs.index(True)]
    yield Surprise(at, walls.known[0].date(), what, fires=True)
