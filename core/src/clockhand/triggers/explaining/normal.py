"""A trigger in its normal form: as it is written in Python, defaults left out."""

from __future__ import annotations

from datetime import date, datetime
from functools import singledispatch
from typing import Any, Final

from clockhand._model.moments import format_moment, format_span
from clockhand.triggers.business import NextBusinessDay
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.calendars import Blackout, DateRange, Dates
from clockhand.triggers.clocktime import format_time
from clockhand.triggers.combining import AllOf, AnyOf
from clockhand.triggers.crontab import Cron, fields
from clockhand.triggers.crontab.search import Gap, Overlap
from clockhand.triggers.elapsed import Every
from clockhand.triggers.excluding import ButNot
from clockhand.triggers.moments import At
from clockhand.triggers.progression import MONTHS
from clockhand.triggers.starting import AfterCompletion, AtStart
from clockhand.triggers.windows import On

_WEEK: Final = 7


def normal(trigger: Any) -> str:
    """
    Return *trigger* in its normal form: a cron expression that says all of it, else what makes it in Python.

    A plugin's own says it in an attribute `normal` that is a text; without one its repr stands for it.
    """
    return trigger.normal if isinstance(trigger, Cron) and not any(chosen(trigger)) else written(trigger)


def chosen(timer: Cron) -> tuple[Gap | None, Overlap | None]:
    """Return what *timer* does where clocks change, each None where its expression does so by itself."""
    gap, overlap = ("skip", "both") if fields.parse(timer.spec).wildcard else ("after", "first")
    return (
        None if timer.gap == gap else timer.gap,
        None if timer.overlap == overlap else timer.overlap,
    )


@singledispatch
def written(trigger: Any) -> str:
    """Return what makes *trigger* in Python."""
    own = getattr(trigger, "normal", None)
    return own if isinstance(own, str) and own else repr(trigger)


def _call(name: str, *parts: str, **options: object) -> str:
    """Return a call with *parts* that are written already, and those of the *options* that aren't None."""
    named = (f"{key}={value!r}" for key, value in options.items() if value is not None)
    return f"{name}({', '.join([*parts, *named])})"


def _anchor(anchor: datetime | date | None) -> str | None:
    if anchor is None:
        return None
    return format_moment(anchor) if isinstance(anchor, datetime) else anchor.isoformat()


@written.register
def _cron(timer: Cron) -> str:
    return _call("cron", repr(timer.normal), tz=timer.tz, gap=timer.gap, overlap=timer.overlap)


@written.register
def _every(timer: Every) -> str:
    return _call("every", repr(format_span(timer.period)), anchor=_anchor(timer.anchor))


@written.register
def _calendar_interval(timer: CalendarInterval) -> str:
    weeks, days = divmod(timer.days, _WEEK)
    years, months = divmod(timer.months, MONTHS)
    steps = {
        "days": None if not days else timer.days,
        "weeks": None if days or not weeks else weeks,
        "months": None if not months else timer.months,
        "years": None if months or not years else years,
    }
    return _call(
        "every",
        **steps,
        at=timer.at and format_time(timer.at),
        tz=timer.tz,
        anchor=_anchor(timer.anchor),
        month_end=timer.month_end if timer.month_end == "skip" else None,
        gap=timer.gap if timer.gap == "skip" else None,
    )


@written.register
def _at(timer: At) -> str:
    return _call("at", *(repr(format_moment(one)) for one in timer.moments))


@written.register
def _at_start(_timer: AtStart) -> str:
    return "at_start()"


@written.register
def _after_completion(timer: AfterCompletion) -> str:
    return _call("after_completion", repr(format_span(timer.delay)))


@written.register
def _any_of(timer: AnyOf) -> str:
    return _call("any_of", *map(written, timer.timers))


@written.register
def _all_of(timer: AllOf) -> str:
    return _call("all_of", *map(written, timer.timers))


@written.register
def _but_not(timer: ButNot) -> str:
    return _call("but_not", written(timer.timer), *map(written, timer.calendars))


@written.register
def _next_business_day(timer: NextBusinessDay) -> str:
    return _call("next_business_day", written(timer.timer), *map(written, timer.closed), tz=timer.tz)


@written.register
def _dates(calendar: Dates) -> str:
    return _call("dates", *(repr(str(day)) for day in calendar.dates), tz=calendar.tz)


@written.register
def _date_range(calendar: DateRange) -> str:
    return _call("date_range", repr(str(calendar.first)), repr(str(calendar.last)), tz=calendar.tz)


@written.register
def _blackout(calendar: Blackout) -> str:
    return _call("blackout", repr(format_moment(calendar.start)), repr(format_moment(calendar.end)))


@written.register
def _on(condition: On) -> str:
    return _call("on", *map(written, condition.calendars))
