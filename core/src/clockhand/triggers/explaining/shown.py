"""Moments, days, times and lengths as an explanation shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from clockhand._model.moments import MICROSECOND

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MICROS: Final = 1_000_000
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60))
_HOURS: Final = 48 * 3_600
"""Below this even days are told in hours, for the days in question have 23, 24 or 25 of them."""


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return *moment* in *zone*, and at the ends of the calendar, where there is none, in UTC."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment.astimezone(UTC)


def month(day: date) -> str:
    """Return the month of *day* as `Feb 2027`."""
    return f"{_MONTHS[day.month - 1]} {day.year:04}"


def short_day(day: date) -> str:
    """Return *day* as `28 Mar 2027`."""
    return f"{day.day} {month(day)}"


def whole_day(day: date) -> str:
    """Return *day* as `Sun 28 Mar 2027`."""
    return f"{_WEEKDAYS[day.weekday()]} {short_day(day)}"


def clock(moment: datetime) -> str:
    """Return what a wall clock shows at *moment*: `02:30`, with seconds where there are some."""
    if moment.microsecond:
        return moment.time().isoformat().rstrip("0")
    return moment.time().isoformat("seconds" if moment.second else "minutes")


def whole(moment: datetime) -> str:
    """Return *moment* as `Sun 28 Mar 2027 03:00 +02:00`, in its own zone."""
    offset = moment.isoformat()[-6:]
    return f"{whole_day(moment.date())} {clock(moment)} {offset}"


def moment(moment: datetime, zone: ZoneInfo) -> str:
    """Return *moment* as `28 Mar 2027 03:00 +02:00`, by the wall clock of *zone*."""
    there = local(moment, zone)
    offset = "UTC" if there.tzinfo is UTC or zone.key == "UTC" else there.isoformat()[-6:]
    return f"{short_day(there.date())} {clock(there)} {offset}"


def length(span: timedelta) -> str:
    """Return *span* in all its units: `25h`, `1h 30m`, `1461d`, `0.25s`; days from two of them on."""
    micros = span // MICROSECOND
    seconds, fraction = divmod(micros, _MICROS)
    parts = []
    for unit, size in _UNITS[seconds < _HOURS :]:
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount}{unit}")
    if fraction:
        parts.append(f"{seconds}.{fraction:06}".rstrip("0") + "s")
    elif seconds or not parts:
        parts.append(f"{seconds}s")
    return " ".join(parts)


def counted(number: int, noun: str) -> str:
    """Return `every day` for one, `every 3 days` for more."""
    return f"every {noun}" if number == 1 else f"every {number:,} {noun}s"


def listed(items: Sequence[str], word: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return f" {word} ".join(filter(None, (", ".join(items[:-1]), items[-1])))
