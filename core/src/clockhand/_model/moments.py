"""Moments and spans: aware datetimes, microseconds since 1970, and their texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from clockhand.errors import DefinitionError, shown

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
_PLAIN: Final = -len("+00:00")

_UNITS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = re.compile(r"-?(?:\d{1,12}(?:\.\d{1,6})?(?:ms|[wdhms]))+", re.ASCII)
_PART = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(ms|[wdhms])", re.ASCII)


def _wrong(where: str, what: str) -> DefinitionError:
    return DefinitionError(f"{where}: {what}" if where else what)


def utc(moment: object, where: str) -> datetime:
    """Return *moment* in UTC; a naive datetime or anything else is a DefinitionError that names *where*."""
    if not isinstance(moment, datetime):
        raise _wrong(where, f"not a datetime, given {shown(moment)}")
    if moment.utcoffset() is None:
        raise _wrong(
            where,
            f"a datetime without a time zone, given {moment.isoformat()}; "
            "add one, for example tzinfo=ZoneInfo('Europe/Berlin')",
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise _wrong(where, f"outside the years 1 to 9999 in UTC, given {shown(moment)}") from None


def to_us(moment: datetime) -> int:
    """Return *moment* as whole microseconds since 1970-01-01 UTC."""
    return (moment - EPOCH) // MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return the UTC datetime that lies *microseconds* after 1970-01-01."""
    return EPOCH + timedelta(microseconds=microseconds)


def format_moment(moment: datetime) -> str:
    """Return *moment* as `2026-03-01T09:00:00Z`, with six digits of fraction when they aren't zero."""
    if moment.tzinfo is UTC:
        return moment.isoformat()[:_PLAIN] + "Z"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_moment(text: str, where: str) -> datetime:
    """Return the UTC datetime that an ISO 8601 *text* with an offset names; else a DefinitionError."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise _wrong(
            where, f"not a date and time, given {shown(text)}; write it like 2026-03-01T09:00:00Z"
        ) from None
    if moment.utcoffset() is None:
        raise _wrong(
            where,
            f"a datetime without a time zone, given {shown(text)}; write it like {moment.isoformat()}Z, "
            "or with an offset such as +01:00",
        )
    return utc(moment, where)


def format_span(span: timedelta) -> str:
    """Return *span* as `1h30m`, `0.25s`: what `parse_span` reads back to the same value."""
    if span < timedelta():
        return f"-{_format(-(span // MICROSECOND))}"
    return _format(span // MICROSECOND)


def shown_span(value: object) -> str:
    """Return how an error shows *value*, given as a length of time: a timedelta as people write it."""
    return format_span(value) if isinstance(value, timedelta) else shown(value)


def _format(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    parts = []
    for unit in "hm":
        amount, seconds = divmod(seconds, _UNITS[unit])
        if amount:
            parts.append(f"{amount}{unit}")
    if fraction:
        parts.append(f"{seconds}.{fraction:06d}".rstrip("0") + "s")
    elif seconds or not parts:
        parts.append(f"{seconds}s")
    return "".join(parts)


def parse_span(value: object, where: str) -> timedelta:
    """
    Return the length of time that *value* names: a timedelta, a number of seconds, or `1h30m`, `250ms`.

    Units are w, d, h, m, s and ms, all elapsed time (a day is 24 hours); a leading `-` makes it negative.
    Anything else is a DefinitionError.
    """
    if isinstance(value, timedelta):
        return value
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return timedelta(seconds=value)
        if isinstance(value, str) and _SPAN.fullmatch(value):
            span = sum((_part(n, unit) for n, unit in _PART.findall(value)), timedelta())
            return -span if value.startswith("-") else span
    except ValueError:
        pass  # not a number
    except OverflowError:
        raise _wrong(where, f"too long, given {shown(value)}") from None
    raise _wrong(where, f"not a length of time, given {shown(value)}; write it like '90s' or '1h30m'")


def _part(amount: str, unit: str) -> timedelta:
    whole, _, fraction = amount.partition(".")
    micros = int(whole) * 1_000_000 + int(fraction.ljust(6, "0") or 0)
    if unit == "ms":
        return timedelta(microseconds=micros // 1000)
    return timedelta(microseconds=micros * _UNITS[unit])
