"""
Tables into attrs values and back: the one converter behind options, payloads and stored jobs.

Strict: nothing is coerced but what a person would call the same (an int where a float is wanted, a
list where a tuple is). A field with eq=False is no part of the payload.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any, Final, TypeVar

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from clockhand._model.moments import format_moment, format_span
from clockhand._plugins import nested, shapes
from clockhand._plugins.payload import payload_fields
from clockhand.errors import ClockhandError, ConfigError, UnknownName, did_you_mean, shown, told
from clockhand.triggers.clocktime import format_time

T = TypeVar("T")

_WRITERS: Final[dict[type[Any], Callable[[Any], Mapping[str, Any]]]] = {}
"""What writes a value, by its class."""
_OWN_WORDS: Final = (ClockhandError, TypeError, ValueError)
"""Errors whose text says enough by itself; of others the type is told too."""


def structure(table: object, cls: type[T], where: str) -> T:
    """
    Return *table* as a value of the attrs class *cls*.

    Raises UnknownName for a key that *cls* doesn't take, with the nearest one, and ConfigError for a
    missing key or a wrong value; both say *where* and what was given.
    """
    try:
        return converter().structure(table, cls)
    except Exception as error:
        leaf, place, given = _leaf(error, where, table)
        kind = UnknownName if isinstance(leaf, UnknownName) else ConfigError
        raise kind(_said(leaf, place, given)) from error


def unstructure(value: object) -> dict[str, Any]:
    """Return the payload of an attrs value as JSON, without fields that have their default."""
    cls = type(value)
    write = _WRITERS.get(cls)
    if write is None:
        # To find it takes the converter as long as to use it.
        write = _WRITERS[cls] = converter().get_unstructure_hook(cls)
    return dict(write(value))


def _leaf(error: BaseException, where: str, given: object) -> tuple[BaseException, str, object]:
    """Return the first leaf of a cattrs error group, with the path to it and what was given there."""
    while isinstance(error, cattrs.BaseValidationError):
        inner = error.exceptions[0]
        for note in getattr(inner, "__notes__", ()):
            if isinstance(note, cattrs.AttributeValidationNote):
                where, given = f"{where}.{note.name}", _at(given, note.name)
            elif isinstance(note, cattrs.IterableValidationNote):
                step = f".{note.index}" if isinstance(note.index, str) else f"[{note.index}]"
                where, given = f"{where}{step}", _at(given, note.index)
        error = inner
    return error, where, given


def _at(given: object, key: Any) -> object:
    try:
        return given[key]  # type: ignore[index]
    except (LookupError, TypeError):
        return given


def _said(error: BaseException, where: str, given: object) -> str:
    if isinstance(error, shapes.Wrong):
        return f"{where}: not {error}, given {shown(given)}"
    # What comes with attrs puts the field and the validator beside the text, for programs to read.
    if len(error.args) > 1 and isinstance(error.args[0], str) and isinstance(error.args[1], attrs.Attribute):
        return f"{where}: {error.args[0]}"
    if isinstance(error, _OWN_WORDS) and str(error):
        return f"{where}: {error}"
    return f"{where}: {told(error)}"


@cache
def converter() -> cattrs.Converter:
    """Return the converter that reads and writes every value of a kind."""
    made = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    shapes.register(made)
    nested.register(made)
    made.register_unstructure_hook(datetime, format_moment)
    made.register_unstructure_hook(timedelta, format_span)
    made.register_unstructure_hook(date, date.isoformat)
    made.register_unstructure_hook(time, format_time)
    made.register_unstructure_hook(Enum, lambda value: value.value)
    made.register_unstructure_hook_func(
        shapes.is_set, lambda value: sorted(made.unstructure(one) for one in value)
    )
    made.register_structure_hook_factory(attrs.has, lambda cls: _reader(cls, made))
    made.register_unstructure_hook_factory(attrs.has, lambda cls: _writer(cls, made))
    return made


def _skipped(cls: type[Any]) -> dict[str, Any]:
    """Return what tells cattrs to leave out the fields that are no part of the payload."""
    kept = {field.name for field in payload_fields(cls)}
    return {field.name: override(omit=True) for field in attrs.fields(cls) if field.name not in kept}


def _reader(cls: type[Any], made: cattrs.Converter) -> Callable[[Mapping[str, Any], Any], Any]:
    skipped = _skipped(cls)
    attrs.resolve_types(cls)
    read = make_dict_structure_fn(cls, made, _cattrs_use_alias=True, **skipped)
    fields = {field.alias or field.name: field for field in payload_fields(cls)}
    needed = [name for name, field in fields.items() if field.default is attrs.NOTHING]

    def checked(value: Mapping[str, Any], kind: Any) -> Any:
        if not isinstance(value, Mapping):
            raise shapes.Wrong("a table")
        for key in value:
            if key not in fields:
                raise UnknownName(f"unknown option {shown(key)}{did_you_mean(str(key), fields)}")
        for name in needed:
            if name not in value:
                raise ConfigError(f"option {name!r} is missing")
        return read(value, kind)

    return checked


def _writer(cls: type[Any], made: cattrs.Converter) -> Callable[[Any], dict[str, Any]]:
    skipped = _skipped(cls)
    return make_dict_unstructure_fn(
        cls,
        made,
        _cattrs_omit_if_default=True,
        _cattrs_use_alias=True,
        **skipped,
    )
