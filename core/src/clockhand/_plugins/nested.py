"""Triggers inside triggers: fields that hold timers, conditions or calendars, and their tables."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Union, get_args, get_origin

import attrs
import cattrs

from clockhand._model.protocols import (
    Calendar,
    Condition,
    Timer,
    is_calendar,
    is_condition,
    is_timer,
)
from clockhand._plugins.payload import payload_fields
from clockhand._plugins.shapes import Wrong

_PARTS: Final[dict[Any, tuple[str, Callable[[object], bool]]]] = {
    Timer: ("a timer", is_timer),
    Condition: ("a condition", is_condition),
    Calendar: ("a calendar", is_calendar),
}
_UNIONS: Final = (Union, types.UnionType)

_FIELDS: Final[dict[type[Any], tuple[str, ...]]] = {}

Build = Callable[[object, str], Any]
"""Makes a value of a table, and of where that stands."""


def register(made: cattrs.Converter) -> None:
    """Teach *made* that a part is there already when its whole is read, and stays so when that is written."""
    made.register_structure_hook_func(_is_part, _read)
    made.register_unstructure_hook_func(_is_part, lambda value: value)


def _protocol(kind: object) -> Any:
    """Return the protocol of parts that the class *kind* is or fulfils, None for any other."""
    if isinstance(kind, type) and not attrs.has(kind):
        return next((one for one in _PARTS if one in kind.__mro__), None)
    return None


def _is_part(kind: object) -> bool:
    return _protocol(kind) is not None


def _read(value: object, kind: Any) -> object:
    name, fulfils = _PARTS[_protocol(kind)]
    if isinstance(value, type) or not fulfils(value):
        raise Wrong(name)
    return value


def part_fields(cls: type[Any]) -> tuple[str, ...]:
    """Return the names of the payload fields of *cls* that hold parts, one or a list of them."""
    if cls not in _FIELDS:
        _FIELDS[cls] = tuple(_found(cls)) if attrs.has(cls) else ()
    return _FIELDS[cls]


def _found(cls: type[Any]) -> Iterator[str]:
    attrs.resolve_types(cls)
    for field in payload_fields(cls):
        if any(_is_part(kind) for kind in _within(field.type)):
            yield field.alias or field.name


def _within(kind: Any) -> Iterator[Any]:
    """Yield what a field of *kind* may hold: itself, the members of a union, the items of a list."""
    yield kind
    if get_origin(kind) in {*_UNIONS, tuple, list}:
        for one in get_args(kind):
            yield from _within(one)


def with_parts(table: Mapping[str, Any], cls: type[Any], build: Build, where: str = "") -> Mapping[str, Any]:
    """
    Return *table*, which is to be a *cls*, with what *build* makes of each table that is a part of it.

    *build* gets where the part stands, as *where* and then `.timers[1]`.
    """
    names = part_fields(cls)
    if not names:
        return table
    return {
        name: _built(value, build, f"{where}.{name}") if name in names else value
        for name, value in table.items()
    }


def _built(value: object, build: Build, where: str) -> object:
    if isinstance(value, Mapping):
        return build(value, where)
    if isinstance(value, list | tuple):
        return [_built(one, build, f"{where}[{place}]") for place, one in enumerate(value)]
    return value
