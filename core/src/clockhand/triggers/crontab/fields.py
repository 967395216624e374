"""Reading a cron expression into bit sets."""

from __future__ import annotations

from typing import Final

from clockhand.triggers.crontab import mistakes
from clockhand.triggers.crontab.dialect import (
    DAY,
    FIELDS,
    FIFTH,
    HOUR,
    LAST_DAY,
    LAST_WEEKDAY,
    MINUTE,
    MONTH,
    NICKNAMES,
    SECOND,
    WEEK,
    WEEKDAY,
    Field,
    last,
    nearest,
    nth,
)
from clockhand.triggers.crontab.table import Table

LONGEST: Final = 1_024
"""How many characters of an expression are read; a longer one is refused as it is."""

_FIVE: Final = len(FIELDS)
_ON_THE_MINUTE: Final = 1
STRIDES: Final = tuple(sum(1 << n for n in range(0, 64, step)) if step else 0 for step in range(61))
"""By the step: the set of its multiples."""
_ENDS: Final = {"l": LAST_DAY, "lw": LAST_WEEKDAY}
STARS: Final = ("*", "?")


def parse(spec: object) -> Table:
    """Return the bit sets that *spec* stands for; a DefinitionError names the field that is wrong."""
    texts = split(spec)
    seconds = _ON_THE_MINUTE
    if len(texts) > _FIVE:
        seconds = field_of(SECOND, texts.pop(0))
    minute, hour, day, month, weekday = texts
    # What `field_of` does, without the calls: making a timer is mostly this.
    table = Table(
        seconds,
        MINUTE.bits.get(minute) or _field(MINUTE, minute),
        HOUR.bits.get(hour) or _field(HOUR, hour),
        DAY.bits.get(day) or _field(DAY, day),
        MONTH.bits.get(month) or _field(MONTH, month),
        WEEKDAY.bits.get(weekday) or _field(WEEKDAY, weekday),
        not (day.startswith(STARS) or weekday.startswith(STARS)),
        minute[0] == "*" or hour[0] == "*",
    )
    if not table.possible:
        raise mistakes.never(spec)
    return table


def split(spec: object) -> list[str]:
    """Return the texts of the five or six fields that *spec* has or its nickname stands for."""
    if not isinstance(spec, str):
        raise mistakes.no_text(spec)
    if len(spec) > LONGEST:
        raise mistakes.too_long(spec, LONGEST)
    if spec.startswith("@"):
        if spec not in NICKNAMES:
            raise mistakes.unknown_nickname(spec)
        spec = NICKNAMES[spec]
    texts = spec.replace("\t", " ").split(" ")
    if "" in texts:
        texts = [text for text in texts if text]
    if not _FIVE <= len(texts) <= _FIVE + 1:
        raise mistakes.wrong_number(spec, len(texts))
    return texts


def field_of(field: Field, text: str) -> int:
    """Return the set of bits that the *text* of one field stands for."""
    return field.bits.get(text) or _field(field, text)


def _field(field: Field, text: str) -> int:
    if not text.isascii():
        raise mistakes.not_understood(field, text)
    mask = 0
    for item in text.split(","):
        mask |= field.bits.get(item) or _item(field, item)
    return mask


def _item(field: Field, item: str) -> int:
    whole, slash, step = item.partition("/")
    stepped = _step(field, item, step) if slash else 1
    low, dash, high = whole.partition("-")
    if dash:
        if field is WEEKDAY and "#" in high:
            raise mistakes.numbered_range(item)
        return _range(field, item, low, high, stepped)
    if whole == "*":
        return STRIDES[stepped] << field.low & field.full
    if slash:
        return STRIDES[stepped] << field.folded(_value(field, item, low)) & field.full
    if field.of_days and (special := _special(field, item)):
        return special
    return 1 << field.folded(_value(field, item, low))


def _range(field: Field, item: str, low: str, high: str, step: int) -> int:
    first, end = _value(field, item, low), _value(field, item, high)
    if field is WEEKDAY:
        if end == 0 < first:
            end = WEEK
        if first == WEEK > end:
            first = 0
    if first <= end:
        mask = STRIDES[step] << first & (2 << end) - 1
        return (mask | mask >> WEEK) & WEEKDAY.full if field is WEEKDAY else mask
    if field is DAY:
        raise mistakes.backwards(field, item)
    mask = 0
    for place in range(0, end - first + field.size + 1, step):
        mask |= 1 << field.low + (first - field.low + place) % field.size
    return mask


def _special(field: Field, item: str) -> int:
    """Return the bit of what depends on the month, 0 if *item* is nothing of the kind."""
    text = item.lower()
    if field is DAY:
        if text in _ENDS:
            return _ENDS[text]
        return nearest(_value(field, item, text[:-1])) if text[-1:] == "w" and text != "w" else 0
    weekday, hash_, number = text.partition("#")
    if hash_:
        week = HOUR.values.get(number, 0)
        if not 1 <= week <= FIFTH:
            raise mistakes.no_such_week(item)
        return nth(field.folded(_value(field, item, weekday)), week)
    if text == "l":
        raise mistakes.which_weekday()
    for name in (text[:-1] if text[-1:] == "l" else "", text[1:] if text[:1] == "l" else ""):
        if name in field.values:
            return last(field.folded(field.values[name]))
    return 0


def _value(field: Field, item: str, text: str) -> int:
    value = field.values.get(text)
    if value is not None:
        return value
    if text.isdecimal():
        # However many zeros stand before it.
        value = field.values.get(text.lstrip("0") or "0")
        if value is None:
            raise mistakes.out_of_range(field, item)
        return value
    value = field.values.get(text.lower())
    if value is None:
        raise mistakes.not_understood(field, item)
    return value


def _step(field: Field, item: str, text: str) -> int:
    if not text.isdecimal():
        raise mistakes.not_understood(field, item)
    digits = text.lstrip("0")
    step = int(digits) if 1 <= len(digits) <= len("60") else 0
    if not 1 <= step <= field.size:
        raise mistakes.wrong_step(field, item)
    return step
