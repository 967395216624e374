"""A cron expression in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from clockhand.triggers.crontab.dialect import (
    DAY,
    FIFTH,
    HOUR,
    LAST_DAY,
    LAST_WEEKDAY,
    MINUTE,
    MONTH,
    SECOND,
    WEEK,
    WEEKDAY,
    Field,
    last,
    nearest,
    nth,
)
from clockhand.triggers.crontab.normal import bits, runs, step_of
from clockhand.triggers.crontab.table import Table

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_PLACES: Final = ("first", "second", "third", "fourth", "fifth")
_MOST: Final = 6
"""How many times of day are told one by one."""
_RUN: Final = 3


def told(table: Table) -> str:
    """Return what *table* says: `at 09:00 on Monday to Friday`, `every 5 minutes in January`."""
    parts = [_time(table), _day(table)]
    if table.months != MONTH.full:
        parts.append(f"in {listed(_named(bits(table.months), MONTHS, 1))}")
    return " ".join(filter(None, parts))


def has_all(field: Field, mask: int) -> bool:
    """Say whether each value of *field* is in the set, whatever else is."""
    return mask & field.full == field.full


def listed(items: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))


def _numbers(values: list[int]) -> str:
    return listed(list(_named(values, [str(value) for value in range(values[-1] + 1)], 0)))


def _named(values: list[int], names: Sequence[str], low: int) -> list[str]:
    found = []
    for first, end in runs(values):
        if end - first + 1 >= _RUN:
            found.append(f"{names[first - low]} to {names[end - low]}")
        else:
            found += names[first - low : end - low + 1]
    return found


def _time(table: Table) -> str:
    seconds, minutes, hours = bits(table.seconds), bits(table.minutes), bits(table.hours)
    if len(seconds) * len(minutes) * len(hours) <= _MOST:
        times = product(hours, minutes, seconds)
        return f"at {listed([':'.join(f'{n:02}' for n in time[: 2 + (seconds != [0])]) for time in times])}"
    if table.by_minute:
        return _minutes(minutes, hours)
    period = _period(SECOND, table.seconds)
    what = period or f"at {_counted('second', seconds)}"
    if table.minutes == MINUTE.full and table.hours == HOUR.full:
        return what if period else f"{what} of every minute"
    return f"{what}, {_minutes(minutes, hours)}"


def _minutes(minutes: list[int], hours: list[int]) -> str:
    every_hour = len(hours) == HOUR.size
    period = _period(MINUTE, sum(1 << minute for minute in minutes))
    if period:
        return period if every_hour else f"{period} {_during(hours)}"
    at = f"at {_counted('minute', minutes)}"
    beat = _period(HOUR, sum(1 << hour for hour in hours))
    return f"{beat} {at}" if beat else f"{at} of {_counted('hour', hours)}"


def _period(field: Field, mask: int) -> str:
    """Return `every 5 minutes` where that is what it comes to, across the end of the field too."""
    values = bits(mask)
    if len(values) == field.size:
        return f"every {field.name}"
    step = values[1] - values[0] if len(values) > 1 else 0
    if step and field.size % step == 0 and values == list(range(0, field.size, step)):
        return f"every {step} {field.name}s"
    return ""


def _counted(noun: str, values: list[int]) -> str:
    return f"{noun}{'s' if len(values) > 1 else ''} {_numbers(values)}"


def _during(hours: list[int]) -> str:
    run = _around(hours, HOUR.size)
    if run is not None:
        return f"from {run[0]:02}:00 to {run[1]:02}:59"
    return f"in the hours {_numbers(hours)}"


def _around(values: list[int], size: int) -> tuple[int, int] | None:
    """Return the ends of *values* if they follow one another, also across the end of the field."""
    starts = [value for value in values if (value - 1) % size not in values]
    ends = [value for value in values if (value + 1) % size not in values]
    return (starts[0], ends[0]) if len(starts) == 1 else None


def _day(table: Table) -> str:
    every_day, every_weekday = has_all(DAY, table.days), has_all(WEEKDAY, table.weekdays)
    if (every_day or every_weekday) if table.either else (every_day and every_weekday):
        return ""
    day, weekday = listed(list(_days(table.days))), listed(list(_weekdays(table.weekdays)))
    if table.either:
        return f"on {day} of the month or on {weekday}"
    if every_weekday:
        return f"on {day} of the month"
    return f"on {weekday}" if every_day else f"on {day} of the month if that is also {weekday}"


def _days(days: int) -> Iterator[str]:
    plain = bits(days & DAY.full)
    step = step_of(plain)
    if step > 1 and len(plain) > _RUN:
        yield f"every {step} days from day {plain[0]} to {plain[-1]}"
    elif plain:
        yield _counted("day", plain)
    yield from (f"the weekday nearest to day {n}" for n in range(DAY.low, DAY.high + 1) if days & nearest(n))
    if days & LAST_DAY:
        yield "the last day"
    if days & LAST_WEEKDAY:
        yield "the last weekday"


def _weekdays(weekdays: int) -> Iterator[str]:
    plain = bits(weekdays & WEEKDAY.full)
    run = _around(plain, WEEK)
    if run is not None and len(plain) >= _RUN:
        yield f"{WEEKDAYS[run[0]]} to {WEEKDAYS[run[1]]}"
    else:
        yield from (WEEKDAYS[value] for value in sorted(plain, key=lambda value: (value - 1) % WEEK))
    for weekday in range(WEEK):
        for number in range(1, FIFTH + 1):
            if weekdays & nth(weekday, number):
                yield f"the {_PLACES[number - 1]} {WEEKDAYS[weekday]}"
        if weekdays & last(weekday):
            yield f"the last {WEEKDAYS[weekday]}"
