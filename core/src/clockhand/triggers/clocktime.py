"""Times of day and dates, as people write them: `09:00`, `09:00:30`, `2026-12-25`."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from clockhand.errors import DefinitionError, shown

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _wrong(where: str, what: str) -> DefinitionError:
    return DefinitionError(f"{where}: {what}" if where else what)


def time_of_day(value: object, where: str) -> time:
    """Return the time of day that *value* is or says, to the second; a DefinitionError names *where*."""
    if isinstance(value, str):
        found = _TIME.fullmatch(value)
        if found is not None:
            hour, minute, second = (int(part) for part in found.groups(default="0"))
            return time(hour, minute, second)
    elif isinstance(value, time):
        if value.tzinfo is not None:
            raise _wrong(where, f"a time with a zone, given {value}; give the zone as tz")
        if value.microsecond:
            raise _wrong(where, f"a fraction of a second, given {value}; whole seconds are kept")
        return value.replace(fold=0)
    raise _wrong(where, f"not a time of day, given {shown(value)}; write it like '09:00'")


def checked_date(value: object, where: str) -> date:
    """Return the date that *value* is or says; a DefinitionError names *where*."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise _wrong(where, f"no such date, given {shown(value)}") from None
    raise _wrong(where, f"not a date, given {shown(value)}; write it like '2026-12-25'")


def format_time(value: time) -> str:
    """Return *value* as `09:00`, with its seconds when they aren't zero."""
    return value.isoformat("seconds" if value.second else "minutes")
