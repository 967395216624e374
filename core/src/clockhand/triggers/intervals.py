"""`every(...)`: one word for two intervals, of elapsed time and of the wall clock, which don't mix."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, Never, overload

from clockhand.errors import DefinitionError, did_you_mean, shown
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.elapsed import Every
from clockhand.triggers.progression import MONTHS

_ELAPSED: Final = ("hours", "minutes", "seconds", "milliseconds")
_CALENDAR: Final = ("days", "weeks", "months", "years")
UNITS: Final = frozenset({*_ELAPSED, *_CALENDAR})
"""The arguments that count a unit each."""
_DETAILS: Final = ("at", "tz", "month_end", "gap")
_KNOWN: Final = ("period", *_ELAPSED, *_CALENDAR, *_DETAILS, "anchor")
_WEEK: Final = 7


@overload
def every(
    period: timedelta | float | str | None = None,
    *,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
    milliseconds: float = 0,
    anchor: datetime | str | None = None,
) -> Every: ...


@overload
def every(
    *,
    days: int = 0,
    weeks: int = 0,
    months: int = 0,
    years: int = 0,
    at: time | str | None = None,
    tz: str | tzinfo | None = None,
    anchor: datetime | date | str | None = None,
    month_end: Literal["clamp", "skip"] | None = None,
    gap: Literal["after", "skip"] | None = None,
) -> CalendarInterval: ...


def every(
    period: timedelta | float | str | None = None,
    *,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
    milliseconds: float = 0,
    days: int = 0,
    weeks: int = 0,
    months: int = 0,
    years: int = 0,
    at: time | str | None = None,
    tz: str | tzinfo | None = None,
    anchor: datetime | date | str | None = None,
    month_end: Literal["clamp", "skip"] | None = None,
    gap: Literal["after", "skip"] | None = None,
    **others: Never,
) -> Every | CalendarInterval:
    """
    Return a timer that is due whenever so much time has passed, counted from *anchor*.

    Elapsed time: *period* (a timedelta, seconds, or a text such as `1h30m`) or hours, minutes, seconds
    and milliseconds. The wall clock of *tz*: days and weeks, or months and years, at the time of day *at*;
    what that means at the end of a month and in a clock change, `CalendarInterval` says. A DefinitionError
    names what is wrong, and the units of the two kinds where both are given.
    """
    for name in others:
        raise DefinitionError(f"every: unknown argument {name!r}{did_you_mean(name, _KNOWN)}")
    elapsed = {"hours": hours, "minutes": minutes, "seconds": seconds, "milliseconds": milliseconds}
    calendar = {"days": days, "weeks": weeks, "months": months, "years": years}
    details = {"at": at, "tz": tz, "month_end": month_end, "gap": gap}
    if period is not None or not any(calendar.values()):
        _refuse_mixture({"period": period, **calendar, **details})
        return Every(_period(period, elapsed), _moment(anchor))
    _refuse_mixture({**calendar, **elapsed})
    return CalendarInterval(
        _whole(days, "days") + _whole(weeks, "weeks") * _WEEK,
        _whole(months, "months") + _whole(years, "years") * MONTHS,
        at,
        tz,
        anchor,
        month_end or "clamp",
        gap or "after",
    )


def _refuse_mixture(given: Mapping[str, object]) -> None:
    """Refuse what names units of both kinds, or a detail of the wall clock beside elapsed time."""
    names = [name for name, value in given.items() if value]
    calendar = [name for name in names if name in _CALENDAR]
    elapsed = [name for name in names if name in {"period", *_ELAPSED}]
    if calendar and elapsed:
        raise DefinitionError(
            f"every: {_joined(calendar)} are wall-clock time and {_joined(elapsed)} elapsed time; "
            "they don't mix: a day can have 23 or 25 hours"
        )
    details = [name for name in names if name in _DETAILS]
    if details:
        raise DefinitionError(
            f"every: {_joined(details)}: only for the wall clock; give days, weeks, months or years with it"
        )


def _joined(names: list[str]) -> str:
    return " and ".join(names)


def _period(period: timedelta | float | str | None, elapsed: Mapping[str, float]) -> timedelta | float | str:
    try:
        units = timedelta(**elapsed)
    except (OverflowError, TypeError, ValueError) as error:
        raise DefinitionError(f"every: not a length of time ({error}); give numbers") from None
    if period is None:
        if not any(elapsed.values()):
            raise DefinitionError(
                "every: no period given, or one of zero; write every(minutes=5), every('90s'), every(days=1)"
            )
        return units
    if units:
        raise DefinitionError(f"every: the period is given twice, {shown(period)} and by units; keep one")
    return period


def _moment(anchor: datetime | date | str | None) -> datetime | str | None:
    if isinstance(anchor, date) and not isinstance(anchor, datetime):
        raise DefinitionError(
            f"every: anchor: a date without a time, given {anchor}; elapsed time is counted from a moment"
        )
    return anchor


def _whole(value: int, name: str) -> int:
    if type(value) is not int or value < 0:
        raise DefinitionError(f"every: {name}: not a whole number from 1, given {shown(value)}")
    return value
