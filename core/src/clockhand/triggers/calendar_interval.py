"""`every(days=...)`: due each so many days, weeks, months or years, at a time of day of the wall clock."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.moments import EPOCH, MICROSECOND, parse_moment, utc
from clockhand._model.protocols import NO_FACTS, Facts, Timer
from clockhand._model.zone import zone_key
from clockhand.errors import DefinitionError, did_you_mean, shown
from clockhand.triggers import wallclock
from clockhand.triggers.clocktime import checked_date, time_of_day
from clockhand.triggers.naive import refuses_naive
from clockhand.triggers.progression import Progression

LONGEST: Final = {"days": 366 * 400, "months": 12 * 400}
"""After 400 years the calendar begins anew; a longer step is a slip of the pen."""


def _step(value: object, name: str) -> int:
    if type(value) is not int or value < 0:
        raise DefinitionError(f"every: {name}: not a whole number from 1, given {shown(value)}")
    if value > LONGEST[name]:
        raise DefinitionError(f"every: {name}: at most {LONGEST[name]:,}, given {shown(value)}")
    return value


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _days(value: object) -> int:
    return _step(value, "days")


def _months(value: object) -> int:
    return _step(value, "months")


def _choice(value: object, name: str, known: tuple[str, ...]) -> object:
    if value not in known:
        hint = did_you_mean(value, known) if isinstance(value, str) else f", known: {', '.join(known)}"
        raise DefinitionError(f"every: {name}: unknown value {shown(value)}{hint}")
    return value


def _month_end(value: object) -> Literal["clamp", "skip"]:
    return "skip" if _choice(value, "month_end", ("clamp", "skip")) == "skip" else "clamp"


def _gap(value: object) -> Literal["after", "skip"]:
    return "skip" if _choice(value, "gap", ("after", "skip")) == "skip" else "after"


def _at(value: object) -> time | None:
    return None if value is None else time_of_day(value, "every: at")


def _anchor(value: object) -> datetime | date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if not isinstance(value, str):
        return utc(value, "every: anchor")
    whole_day = len(value) == len("2026-01-31")
    return checked_date(value, "every: anchor") if whole_day else parse_moment(value, "every: anchor")


@attrs.frozen
class CalendarInterval(Timer):
    """
    A timer that is due each so many *days* or *months* of the wall clock in *tz*, at the time of day *at*.

    Counted from *anchor*, a date or a moment: the job's own anchor if it is None. *at* None: the time of
    day of the anchor. A month without the anchor's day is due on its last day (*month_end* `clamp`) or
    not at all (`skip`). What a clock change skips is due right after it (*gap* `after`) or not (`skip`);
    what it repeats is due the first time. A week is seven days, a year twelve months.
    """

    days: int = attrs.field(default=0, converter=_days)
    months: int = attrs.field(default=0, converter=_months)
    at: time | None = attrs.field(default=None, converter=_at)
    tz: str | None = attrs.field(default=None, converter=zone_key)
    anchor: datetime | date | None = attrs.field(default=None, converter=_anchor)
    month_end: Literal["clamp", "skip"] = attrs.field(default="clamp", converter=_month_end)
    gap: Literal["after", "skip"] = attrs.field(default="after", converter=_gap)

    def __attrs_post_init__(self) -> None:
        if self.days and self.months:
            raise DefinitionError(
                f"every: days and months don't mix, given {_counted(self.days, 'day')} and "
                f"{_counted(self.months, 'month')}; "
                "any_of(every(days=...), every(months=...)) is due at both"
            )
        if not self.days and not self.months:
            raise DefinitionError("every: no period given, or one of zero; write every(days=1, at='09:00')")

    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the first due time strictly later than *moment*; None past the year 9999."""
        found = _Dates.of(self, facts).next(wallclock.within(moment))
        return found[1] if found else None

    @refuses_naive
    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last due time in the closed range from *since* to *moment*, or None."""
        found = _Dates.of(self, facts).last(wallclock.within(moment))
        return found[1] if found and found[1] >= since else None

    @refuses_naive
    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int:
        """Return how many due times lie in the closed range: arithmetic, less the days that are left out."""
        dates = _Dates.of(self, facts)
        low = dates.next(wallclock.within(first) - MICROSECOND)
        high = dates.last(wallclock.within(last))
        if low is None or high is None or high[0] < low[0]:
            return 0
        return dates.count(low[0], high[0])


@attrs.frozen
class _Dates:
    """The due times of one interval, with its anchor known: by number, and back."""

    steps: Progression
    at: time
    zone: ZoneInfo
    zero: datetime
    """Nothing is due before it."""
    skips_gaps: bool

    @classmethod
    def of(cls, timer: CalendarInterval, facts: Facts) -> _Dates:
        zone = wallclock.zone_of(timer.tz)
        anchor = timer.anchor or facts.anchor or EPOCH
        if isinstance(anchor, datetime):
            zero = wallclock.within(anchor)
            wall = wallclock.wall_of(zero, zone)
        else:
            wall = datetime.combine(anchor, time())
            zero = wallclock.start_of(anchor, zone)
        steps = Progression(wall.date(), timer.days, timer.months, timer.month_end == "skip")
        return cls(steps, timer.at or wall.time(), zone, zero, timer.gap == "skip")

    def next(self, moment: datetime) -> tuple[int, datetime] | None:
        """Return the number and the moment of the first due time strictly later than *moment*."""
        number = max(0, self.steps.number_up_to(wallclock.wall_of(moment, self.zone).date()))
        try:
            while True:
                due = self._due(number)
                if due is not None and due > moment and due >= self.zero:
                    return (number, due) if due < wallclock.LATEST else None
                number += 1
        except OverflowError:
            return None

    def last(self, moment: datetime) -> tuple[int, datetime] | None:
        """Return the number and the moment of the last due time not later than *moment*."""
        # A day may have begun that a clock put back over midnight doesn't show any more.
        day = wallclock.wall_of(moment, self.zone).date() + wallclock.DAY
        for number in range(self.steps.number_up_to(day), -1, -1):
            due = self._due(number)
            if due is not None and due <= moment:
                return (number, due) if due >= self.zero else None
        return None

    def _due(self, number: int) -> datetime | None:
        day = self.steps.date_of(number)
        if day is None:
            return None
        here = datetime.combine(day, self.at, self.zone)
        if not wallclock.in_gap(here):
            return here.astimezone(UTC)
        if self.skips_gaps or not wallclock.exists(day, self.zone):
            return None
        return wallclock.instant(here.replace(tzinfo=None), self.zone)

    def count(self, low: int, high: int) -> int:
        """Return how many of the numbers from *low* to *high*, two that are due, are due."""
        first, last = self.steps.date_of(low), self.steps.date_of(high)
        assert first is not None  # noqa: S101 - for the type checker: what is due has a date
        assert last is not None  # noqa: S101 - likewise
        lost = {
            day
            for year in range(max(MINYEAR, first.year - 1), min(MAXYEAR, last.year + 1) + 1)
            for day in self._left_out(year)
            if first < day < last and self.steps.has(day)
        }
        return self.steps.count(low, high) - len(lost)

    def _left_out(self, year: int) -> list[date]:
        """Return the days around the *year* on which nothing is due because of a clock change."""
        if not self.skips_gaps:
            return list(wallclock.lost_days(self.zone.key, year))
        return [
            day
            for first, end in wallclock.gaps(self.zone.key, year)
            for day in (first.date() + number * wallclock.DAY for number in range(3))
            if first <= datetime.combine(day, self.at) < end
        ]
