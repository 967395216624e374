"""A trigger, or a calendar in it, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import singledispatch
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.moments import MICROSECOND
from clockhand.errors import shown as cut
from clockhand.triggers.business import NextBusinessDay
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.calendars import Blackout, DateRange, Dates, Weekdays
from clockhand.triggers.clocktime import format_time
from clockhand.triggers.combining import AllOf, AnyOf
from clockhand.triggers.conditions import IfLast
from clockhand.triggers.crontab import Cron
from clockhand.triggers.elapsed import Every
from clockhand.triggers.excluding import ButNot
from clockhand.triggers.explaining import shown
from clockhand.triggers.explaining.normal import chosen
from clockhand.triggers.moments import At
from clockhand.triggers.progression import MONTHS
from clockhand.triggers.starting import AfterCompletion, AtStart
from clockhand.triggers.windows import Between, On
from clockhand.triggers.zones import zones

_FEW: Final = 3
"""So many moments or dates are told one by one."""
_WEEK: Final = 7
_SHORTEST: Final = 28
"""Every month has this many days."""
_DAYS: Final = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
_GAPS: Final = {
    "after": ", right after a clock change that skips that",
    "skip": ", not where a clock change skips that",
}
_OVERLAPS: Final = {
    "first": ", the first time only where a clock change repeats that",
    "second": ", the second time only where a clock change repeats that",
    "both": ", both times where a clock change repeats that",
}
_UNITS: Final = (
    ("day", 86_400_000_000),
    ("hour", 3_600_000_000),
    ("minute", 60_000_000),
    ("second", 1_000_000),
)


@attrs.frozen
class _Reader:
    """Somebody who lives in the zone *tz*, and the zones that go without saying for them."""

    tz: str
    unsaid: frozenset[str]


def told(thing: Any, tz: str = "UTC") -> str:
    """
    Return what *thing*, a trigger or a calendar, says in plain words, for somebody who lives in *tz*.

    Where a zone in it is another one, all are named. What comes from a plugin says it itself, in an
    attribute `words` that is a text; without one its repr stands for it.
    """
    return told_together([thing], tz)[0]


def told_together(things: Sequence[Any], tz: str) -> list[str]:
    """Return the words of *things* that stand in one sentence: where a zone is named, all are."""
    alike = {zone for thing in things for zone in zones(thing)} <= {tz}
    reader = _Reader(tz, frozenset({tz} if alike else ()))
    return [_told(thing, reader) for thing in things]


@singledispatch
def _told(thing: Any, reader: _Reader) -> str:
    words = getattr(thing, "words", None)
    return words if isinstance(words, str) and words else cut(thing)


def _zoned(thing: Any, reader: _Reader) -> str:
    return "" if thing.tz is None or thing.tz in reader.unsaid else f" in {thing.tz}"


@_told.register
def _cron(timer: Cron, reader: _Reader) -> str:
    return timer.words + _zoned(timer, reader) + _at_changes(timer)


def _at_changes(timer: Cron) -> str:
    """Return what is chosen for clock changes, where the expression would do otherwise by itself."""
    gap, overlap = chosen(timer)
    return _GAPS.get(gap or "", "") + _OVERLAPS.get(overlap or "", "")


def _counted_from(anchor: datetime | date | None, reader: _Reader) -> str:
    if anchor is None:
        return ""
    when = _moment(anchor, reader) if isinstance(anchor, datetime) else shown.short_day(anchor)
    return f", counted from {when}"


def _moment(moment: datetime, reader: _Reader) -> str:
    return shown.moment(moment, ZoneInfo(reader.tz))


def _spell(span: timedelta) -> str:
    """Return *span* as `5 minutes`, `1 hour 30 minutes`, `0.25 seconds`; a single unit alone as `hour`."""
    micros, parts = span // MICROSECOND, []
    for unit, size in _UNITS[:-1]:
        amount, micros = divmod(micros, size)
        if amount:
            parts.append((str(amount), unit))
    if micros or not parts:
        parts.append((f"{micros / 1_000_000:.6f}".rstrip("0").rstrip("."), "second"))
    return " ".join(f"{amount} {unit}" if amount == "1" else f"{amount} {unit}s" for amount, unit in parts)


@_told.register
def _every(timer: Every, reader: _Reader) -> str:
    spelled = _spell(timer.period)
    one = spelled.startswith("1 ") and spelled.count(" ") == 1
    period = spelled.removeprefix("1 ") if one else spelled
    elapsed = " of elapsed time" if timer.period >= timedelta(days=1) else ""
    return f"every {period}{elapsed}{_counted_from(timer.anchor, reader)}"


@_told.register
def _calendar_interval(timer: CalendarInterval, reader: _Reader) -> str:
    at = "at the time of day of its anchor" if timer.at is None else f"at {format_time(timer.at)}"
    zone, gap = _zoned(timer, reader), ", not where a clock change skips that" if timer.gap == "skip" else ""
    return f"{_step(timer)} {at}{zone}{_counted_from(timer.anchor, reader)}{_month_end(timer)}{gap}"


def _step(timer: CalendarInterval) -> str:
    if timer.days:
        weeks = timer.days % _WEEK == 0
        return shown.counted(timer.days // _WEEK, "week") if weeks else shown.counted(timer.days, "day")
    years = timer.months % MONTHS == 0
    return shown.counted(timer.months // MONTHS, "year") if years else shown.counted(timer.months, "month")


def _month_end(timer: CalendarInterval) -> str:
    if not timer.months or (timer.anchor is not None and timer.anchor.day <= _SHORTEST):
        return ""
    if timer.month_end == "skip":
        return ", not in a month without that day"
    return ", on the last day of a month without that day"


@_told.register
def _at(timer: At, reader: _Reader) -> str:
    moments = timer.moments
    if len(moments) > _FEW:
        ends = f"from {_moment(moments[0], reader)} to {_moment(moments[-1], reader)}"
        return f"at {len(moments):,} moments {ends}"
    once = "once, " if len(moments) == 1 else ""
    return f"{once}at {shown.listed([_moment(one, reader) for one in moments])}"


@_told.register
def _at_start(_timer: AtStart, _reader: _Reader) -> str:
    return "each time a scheduler starts"


@_told.register
def _after_completion(timer: AfterCompletion, _reader: _Reader) -> str:
    after = f"{_spell(timer.delay)} after" if timer.delay else "as soon as"
    return f"{after} the last run has ended, the first time when it is added"


def _part(timer: Any, reader: _Reader) -> str:
    """Return the words of a timer inside another one: in brackets where they could be read otherwise."""
    words = _told(timer, reader)
    return f"({words})" if isinstance(timer, AnyOf | AllOf | ButNot | NextBusinessDay) else words


@_told.register
def _any_of(timer: AnyOf, reader: _Reader) -> str:
    return "; or ".join(_part(one, reader) for one in timer.timers)


@_told.register
def _all_of(timer: AllOf, reader: _Reader) -> str:
    if len(timer.timers) == 1:
        return _told(timer.timers[0], reader)
    return f"when all of these meet: {'; '.join(_part(one, reader) for one in timer.timers)}"


@_told.register
def _but_not(timer: ButNot, reader: _Reader) -> str:
    return f"{_part(timer.timer, reader)}, but not {_listed(timer.calendars, reader)}"


@_told.register
def _next_business_day(timer: NextBusinessDay, reader: _Reader) -> str:
    # Its days are those of its own zone; the zones of its calendars say nothing.
    closed = _listed(timer.closed, _Reader(reader.tz, frozenset(zones(timer))))
    falls = f"what falls {closed}{_zoned(timer, reader)} comes on the next open day"
    return f"{_part(timer.timer, reader)}; {falls}"


def _listed(calendars: tuple[Any, ...], reader: _Reader) -> str:
    return shown.listed([_told(one, reader) for one in calendars], "or")


@_told.register
def _weekdays(calendar: Weekdays, reader: _Reader) -> str:
    parts = []
    for part in calendar.days.split(","):
        first, dash, last = part.partition("-")
        parts.append(f"{_DAYS[first]} to {_DAYS[last]}" if dash else _DAYS[first])
    return f"on {shown.listed(parts, 'or')}{_zoned(calendar, reader)}"


@_told.register
def _dates(calendar: Dates, reader: _Reader) -> str:
    days = calendar.dates
    if len(days) <= _FEW:
        return f"on {shown.listed([shown.short_day(day) for day in days], 'or')}{_zoned(calendar, reader)}"
    ends = f"from {shown.short_day(days[0])} to {shown.short_day(days[-1])}"
    return f"on {len(days):,} days {ends}{_zoned(calendar, reader)}"


@_told.register
def _date_range(calendar: DateRange, reader: _Reader) -> str:
    days = f"from {shown.short_day(calendar.first)} to {shown.short_day(calendar.last)}"
    return f"{days}{_zoned(calendar, reader)}"


@_told.register
def _blackout(calendar: Blackout, reader: _Reader) -> str:
    return f"from {_moment(calendar.start, reader)} up to {_moment(calendar.end, reader)}"


@_told.register
def _if_last(condition: IfLast, _reader: _Reader) -> str:
    within = "" if condition.within is None else f", no longer ago than {_spell(condition.within)}"
    return f"if the last run of {condition.job!r} ended as {condition.verdict}{within}"


@_told.register
def _between(condition: Between, reader: _Reader) -> str:
    hours = f"{format_time(condition.start)} up to {format_time(condition.end)}"
    return f"if that is from {hours}{_zoned(condition, reader)}"


@_told.register
def _on(condition: On, reader: _Reader) -> str:
    return f"if that is {_listed(condition.calendars, reader)}"
