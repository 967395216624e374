"""What in a cron expression is right and may not be what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clockhand.triggers.crontab.dialect import DAY, FIELDS, HOUR, MINUTE, SECOND, WEEKDAY
from clockhand.triggers.crontab.fields import split
from clockhand.triggers.crontab.normal import bits, step_of
from clockhand.triggers.crontab.table import Table
from clockhand.triggers.crontab.words import has_all

_FEBRUARY: Final = 1 << 2
_TWO: Final = 2
_LEAP_DAY: Final = 29
"""The first day that not each month has."""


def doubts(spec: str, table: Table) -> tuple[str, ...]:
    """Return what people are surprised by in *spec*, of which *table* is what it says: a sentence each."""
    texts = split(spec)
    return (*_day_fields(table), *_days(texts, table), *_steps(texts, table), *_quartz(texts))


def _day_fields(table: Table) -> Iterator[str]:
    every_day, every_weekday = has_all(DAY, table.days), has_all(WEEKDAY, table.weekdays)
    if table.either and (every_day or every_weekday):
        yield "both day fields are restricted and one of them has every day, so every day matches"
    elif table.either:
        yield "both day fields are restricted, so one of the two is enough"
    elif not (every_day or every_weekday):
        yield "a day field begins with *, so both day fields must match"


def _step(text: str, values: list[int]) -> int:
    """Return by how much each of *values* is above the one before; of two, only where a step was written."""
    if len(values) == _TWO and text.startswith("*"):
        return values[1] - values[0]
    return step_of(values)


def _days(texts: list[str], table: Table) -> Iterator[str]:
    days = bits(table.days & DAY.full)
    step = _step(texts[-3], days)
    if step > 1 and days[0] == 1 and days[-1] + step > DAY.high:
        yield f"day-of-month: every {step} begins again on day 1 of each month"
    only_days = table.days <= DAY.full and not table.either
    if only_days and days[0] >= _LEAP_DAY:
        if table.months == _FEBRUARY:
            yield "day-of-month: 29 February comes in leap years only"
        else:
            yield f"day-of-month: a month without day {days[0]} has no run; L is the last day of each"


def _steps(texts: list[str], table: Table) -> Iterator[str]:
    second, minute, hour = ["0", *texts][-6:-3]
    for field, text, mask in (
        (SECOND, second, table.seconds),
        (MINUTE, minute, table.minutes),
        (HOUR, hour, table.hours),
    ):
        values = bits(mask)
        step = _step(text, values)
        if step > 1 and values[0] == 0 and values[-1] + step >= field.size and field.size % step:
            rest = field.size - values[-1]
            yield f"{field.name}: every {step} begins again at 0, which is {rest} after {values[-1]}"


def _quartz(texts: list[str]) -> Iterator[str]:
    """Yield that weekdays have other numbers in Quartz, for what looks as if it came from there."""
    weekdays = (item.partition("#")[0] for item in texts[-1].split(","))
    numbered = any(char.isdecimal() for item in weekdays for char in item.partition("/")[0])
    if len(texts) > len(FIELDS) and "?" in texts and numbered:
        yield "day-of-week: weekdays are counted from Sunday = 0 here, Quartz counts from Sunday = 1"
