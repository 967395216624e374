"""The normal form of a cron expression: five or six fields that any two of the same meaning share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from clockhand.triggers.crontab.dialect import (
    DAY,
    FIELDS,
    FIFTH,
    LAST_DAY,
    LAST_WEEKDAY,
    SECOND,
    WEEK,
    WEEKDAY,
    Field,
    last,
    nearest,
    nth,
)
from clockhand.triggers.crontab.fields import STARS, STRIDES, field_of, split

_RUN = 3
"""From how many values on a range or a step is written instead of a list."""


def normal(spec: str) -> str:
    """
    Return *spec* in numbers, in order, with ranges and steps where there are some; without second 0.

    A field that begins with `*` still does, for that decides what its job does when clocks change and
    how the two day fields go together.
    """
    texts = split(spec)
    fields = (SECOND, *FIELDS)[-len(texts) :]
    written = [
        _text(field, field_of(field, text), star=text.startswith(STARS))
        for field, text in zip(fields, texts, strict=True)
    ]
    return " ".join(written[1:] if len(written) > len(FIELDS) and written[0] == "0" else written)


def _text(field: Field, mask: int, *, star: bool) -> str:
    plain = mask & field.full
    if star and plain == field.full:
        return "*"
    items = []
    if star:
        step = next(step for step in range(1, field.size + 1) if not _every(field, step) & ~plain)
        plain &= ~_every(field, step)
        items = [f"*/{step}"]
    return ",".join([*items, *_plain(bits(plain)), *_special(field, mask)])


def _every(field: Field, step: int) -> int:
    return STRIDES[step] << field.low & field.full


def bits(mask: int) -> list[int]:
    """Return the values of a set of bits, in order."""
    return [value for value in range(mask.bit_length()) if mask >> value & 1]


def runs(values: list[int]) -> list[tuple[int, int]]:
    """Return *values*, which are in order, as closed ranges."""
    found: list[tuple[int, int]] = []
    for value in values:
        if found and found[-1][1] == value - 1:
            found[-1] = (found[-1][0], value)
        else:
            found.append((value, value))
    return found


def step_of(values: list[int]) -> int:
    """Return by how much each of three or more *values* is above the one before, 0 if that differs."""
    steps = {after - before for before, after in pairwise(values)}
    return steps.pop() if len(values) >= _RUN and len(steps) == 1 else 0


def _plain(values: list[int]) -> Iterator[str]:
    step = step_of(values)
    if step > 1:
        yield f"{values[0]}-{values[-1]}/{step}"
        return
    for first, end in runs(values):
        if end - first + 1 >= _RUN:
            yield f"{first}-{end}"
        else:
            yield from map(str, range(first, end + 1))


def _special(field: Field, mask: int) -> Iterator[str]:
    if field is DAY:
        yield from (f"{day}W" for day in range(1, DAY.high + 1) if mask & nearest(day))
        yield from (text for bit, text in ((LAST_DAY, "L"), (LAST_WEEKDAY, "LW")) if mask & bit)
    elif field is WEEKDAY:
        for weekday in range(WEEK):
            yield from (f"{weekday}#{n}" for n in range(1, FIFTH + 1) if mask & nth(weekday, n))
            if mask & last(weekday):
                yield f"{weekday}L"
