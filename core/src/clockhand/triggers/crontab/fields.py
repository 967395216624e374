"""Reading the five fields of a cron expression into bit sets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import attrs

from clockhand.errors import DefinitionError, did_you_mean, shown
from clockhand.triggers.crontab.table import Table

LONGEST: Final = 1_024
"""How many characters of an expression are read; a longer one is refused as it is."""

_NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ITEM: Final = re.compile(
    r"(?P<first>\*|[0-9]+|[a-z]{3})(?:(?<!\*)-(?P<last>[0-9]+|[a-z]{3}))?(?:/(?P<step>[0-9]+))?",
    re.ASCII | re.IGNORECASE,
)


@attrs.frozen
class Field:
    """One of the five fields: its name, the values it takes, and their names."""

    name: str
    low: int
    high: int
    names: Mapping[str, int] = attrs.field(factory=dict)
    instead: str = ""
    """What to write instead of a step that is longer than the field."""

    @property
    def size(self) -> int:
        """How many values the field has."""
        return self.high - self.low + 1


def _numbered(names: str, first: int) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.split(), first)}


_SATURDAY: Final = 6
_FIELDS: Final = (
    Field("minute", 0, 59, instead="; use every(minutes=...) for a longer period"),
    Field("hour", 0, 23, instead="; use every(hours=...) for a longer period"),
    Field("day-of-month", 1, 31),
    Field("month", 1, 12, _numbered("jan feb mar apr may jun jul aug sep oct nov dec", 1)),
    Field("day-of-week", 0, _SATURDAY, _numbered("sun mon tue wed thu fri sat", 0)),
)
_WEEKDAY: Final = _FIELDS[-1]


def parse(spec: object) -> Table:
    """Return the bit sets that *spec* stands for; a DefinitionError names the field that is wrong."""
    texts = _split(spec)
    minutes, hours, days, months, weekdays = map(_field, _FIELDS, texts)
    any_minute, any_hour, any_day, _, any_weekday = (text.startswith("*") for text in texts)
    either = not (any_day or any_weekday)
    table = Table.of(minutes, hours, days, months, weekdays, either=either, wildcard=any_minute or any_hour)
    if not table.possible:
        raise DefinitionError(f"cron: day-of-month and month: no such date ever comes, given {shown(spec)}")
    return table


def _split(spec: object) -> list[str]:
    if not isinstance(spec, str):
        raise DefinitionError(f"cron: not a text, given {shown(spec)}; write it like '0 9 * * mon-fri'")
    if len(spec) > LONGEST:
        raise DefinitionError(f"cron: {len(spec):,} characters, at most {LONGEST:,} are read")
    if spec.startswith("@"):
        return _nickname(spec).split(" ")
    texts = [text for text in spec.replace("\t", " ").split(" ") if text]
    if len(texts) != len(_FIELDS):
        names = " ".join(field.name for field in _FIELDS)
        raise DefinitionError(f"cron: {len(texts)} fields, given {shown(spec)}; write five: {names}")
    return texts


def _nickname(spec: str) -> str:
    if spec in _NICKNAMES:
        return _NICKNAMES[spec]
    hint = "; use every(...)" if spec.startswith("@every") else did_you_mean(spec[:20], _NICKNAMES)
    raise DefinitionError(f"cron: unknown nickname {shown(spec)}{hint}")


def _field(field: Field, text: str) -> int:
    mask = 0
    for item in text.split(","):
        mask |= _item(field, item)
    return mask


def _item(field: Field, item: str) -> int:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise _wrong(
            field, f"{shown(item)} is not understood", "write *, a, a-b, or one of them with a step /n"
        )
    first, last = _range(field, item, match["first"], match["last"], stepped=match["step"] is not None)
    mask = 0
    for value in range(first, last + 1, _step(field, item, match["step"])):
        mask |= 1 << value
    if field is _WEEKDAY:
        mask = (mask | mask >> 7) & 0b111_1111
    return mask


def _range(field: Field, item: str, low: str, high: str | None, *, stepped: bool) -> tuple[int, int]:
    if low == "*":
        return field.low, field.high
    first = _value(field, item, low)
    if high is None:
        if field is _WEEKDAY:
            first %= 7
        return first, field.high if stepped else first
    last = _value(field, item, high)
    if field is _WEEKDAY and first > last == 0:
        last = 7
    elif field is _WEEKDAY and first > last:
        first %= 7
    if first > last:
        raise _wrong(field, f"the range {shown(item)} ends before it begins", "write two ranges")
    return first, last


def _value(field: Field, item: str, text: str) -> int:
    if not text.isdigit():
        if text.lower() in field.names:
            return field.names[text.lower()]
        hint = did_you_mean(text.lower(), field.names)
        raise _wrong(field, f"{shown(item)} is not understood{hint}", f"allowed are {field.low}-{field.high}")
    value = int(text)
    if not field.low <= value <= (7 if field is _WEEKDAY else field.high):
        sunday = ", and 7 for Sunday" if field is _WEEKDAY else ""
        raise _wrong(field, f"{shown(item)} is out of range", f"allowed are {field.low}-{field.high}{sunday}")
    return value


def _step(field: Field, item: str, text: str | None) -> int:
    step = 1 if text is None else int(text)
    if not 1 <= step <= field.size:
        allowed = f"allowed are 1-{field.size}{field.instead}"
        raise _wrong(field, f"the step of {shown(item)} is out of range", allowed)
    return step


def _wrong(field: Field, what: str, instead: str) -> DefinitionError:
    return DefinitionError(f"cron: {field.name}: {what}; {instead}")
