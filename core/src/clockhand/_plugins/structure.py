"""
Tables into attrs values and back: the one converter behind options, payloads and stored jobs.

Strict: nothing is coerced but what a person would call the same (an int where a float is wanted, a
list where a tuple is). A field with eq=False is no part of the payload.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from clockhand._model.moments import format_moment, format_span, parse_moment, parse_span, utc
from clockhand.errors import ClockhandError, ConfigError, UnknownName, did_you_mean, shown

T = TypeVar("T")

_PLAIN: Final = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


class _Wrong(ValueError):
    """A value of the wrong type: what was wanted."""


def structure(table: object, cls: type[T], where: str) -> T:
    """
    Return *table* as a value of the attrs class *cls*.

    Raises UnknownName for a key that *cls* doesn't take, with the nearest one, and ConfigError for a
    missing key or a wrong value; both say *where* and what was given.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: not a table, given {shown(table)}")
    known = [field.alias or field.name for field in payload_fields(cls)]
    for key in table:
        if key not in known:
            raise UnknownName(f"{where}: unknown option {key!r}{did_you_mean(str(key), known)}")
    for field in payload_fields(cls):
        name = field.alias or field.name
        if field.default is attrs.NOTHING and name not in table:
            raise ConfigError(f"{where}: option {name!r} is missing")
    try:
        return converter().structure(table, cls)
    except cattrs.BaseValidationError as group:
        raise ConfigError(_first(group, where, table)) from group
    except ClockhandError as error:
        raise ConfigError(f"{where}: {error}") from error
    except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{where}: {error}") from error


def unstructure(value: object) -> dict[str, Any]:
    """Return the payload of an attrs value as JSON, without fields that have their default."""
    return dict(converter().unstructure(value, type(value)))


def payload_fields(cls: type[Any]) -> list[attrs.Attribute[Any]]:
    """Return the attrs fields of *cls* that are its payload."""
    return [field for field in attrs.fields(cls) if field.init and field.eq]


def _first(error: BaseException, where: str, given: object) -> str:
    """Return the first leaf of a cattrs error group, with the path to it and what was given there."""
    while isinstance(error, cattrs.BaseValidationError):
        inner = error.exceptions[0]
        for note in getattr(inner, "__notes__", ()):
            if isinstance(note, cattrs.AttributeValidationNote):
                where, given = f"{where}.{note.name}", _at(given, note.name)
            elif isinstance(note, cattrs.IterableValidationNote):
                where, given = f"{where}[{note.index}]", _at(given, note.index)
        error = inner
    if isinstance(error, _Wrong):
        return f"{where}: not {error}, given {shown(given)}"
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        return f"{where}: unknown option {', '.join(sorted(map(repr, error.extra_fields)))}"
    if isinstance(error, KeyError):
        return f"{where}: option {error.args[0]!r} is missing" if error.args else f"{where}: incomplete"
    return f"{where}: {error}"


def _at(given: object, key: Any) -> object:
    try:
        return given[key]  # type: ignore[index]
    except (LookupError, TypeError):
        return given


@cache
def converter() -> cattrs.Converter:
    """Return the converter that reads and writes every value of a kind."""
    made = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind, name in _PLAIN.items():
        made.register_structure_hook(kind, _plain(kind, name))
    made.register_structure_hook(datetime, _read_moment)
    made.register_structure_hook(timedelta, lambda value, _: parse_span(value, ""))
    made.register_unstructure_hook(datetime, format_moment)
    made.register_unstructure_hook(timedelta, format_span)
    made.register_structure_hook_func(_is_json, lambda value, _: value)
    made.register_structure_hook_factory(_is_plain_union, _plain_union)
    made.register_structure_hook_factory(_is_sequence, _sequence)
    made.register_unstructure_hook_func(
        _is_frozenset, lambda value: sorted(made.unstructure(one) for one in value)
    )
    made.register_structure_hook_factory(attrs.has, lambda cls: _reader(cls, made))
    made.register_unstructure_hook_factory(attrs.has, lambda cls: _writer(cls, made))
    return made


def _reader(cls: type[Any], made: cattrs.Converter) -> Callable[[Mapping[str, Any], Any], Any]:
    skipped = {field.name: override(omit=True) for field in attrs.fields(cls) if not field.eq}
    attrs.resolve_types(cls)
    read = make_dict_structure_fn(cls, made, _cattrs_forbid_extra_keys=True, **skipped)  # type: ignore[arg-type]

    def checked(value: Mapping[str, Any], kind: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _Wrong("a table")
        return read(value, kind)

    return checked


def _writer(cls: type[Any], made: cattrs.Converter) -> Callable[[Any], dict[str, Any]]:
    skipped = {field.name: override(omit=True) for field in attrs.fields(cls) if not field.eq}
    return make_dict_unstructure_fn(cls, made, _cattrs_omit_if_default=True, **skipped)  # type: ignore[arg-type]


def _plain(kind: type[Any], name: str) -> Callable[[object, Any], Any]:
    def read(value: object, _: object) -> object:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise _Wrong(name)
        return value

    return read


def _read_moment(value: object, _: object) -> datetime:
    return parse_moment(value, "") if isinstance(value, str) else utc(value, "")


def _is_json(kind: Any) -> bool:
    return kind is Any or kind is object


def _is_frozenset(kind: Any) -> bool:
    return kind is frozenset or get_origin(kind) is frozenset


def _is_plain_union(kind: Any) -> bool:
    if get_origin(kind) not in {Union, types.UnionType}:
        return False
    members = [arg for arg in get_args(kind) if arg is not types.NoneType]
    return len(members) > 1 and all(_is_leaf(arg) for arg in members)


def _is_leaf(kind: Any) -> bool:
    return kind in {*_PLAIN, timedelta, datetime} or get_origin(kind) is Literal


def _plain_union(kind: Any) -> Callable[[object, Any], Any]:
    members = get_args(kind)
    plain = {arg for arg in members if arg in _PLAIN}
    literals = [one for arg in members if get_origin(arg) is Literal for one in get_args(arg)]

    def read(value: object, _: object) -> object:
        if (value is None and types.NoneType in members) or value in literals or type(value) in plain:
            return value
        if float in plain and type(value) is int:
            return float(value)
        if datetime in members and isinstance(value, str | datetime):
            return _read_moment(value, None)
        if timedelta in members:
            return parse_span(value, "")
        raise _Wrong(" or ".join([*(_PLAIN[arg] for arg in members if arg in _PLAIN), *map(repr, literals)]))

    return read


def _is_sequence(kind: Any) -> bool:
    return get_origin(kind) in {tuple, list, frozenset, set, Sequence, Iterable} and bool(get_args(kind))


def _sequence(kind: Any) -> Callable[[object, Any], Any]:
    origin, (item, *_) = get_origin(kind), get_args(kind)
    build = origin if origin in {tuple, list, frozenset, set} else tuple

    def read(value: object, _: object) -> object:
        if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
            raise _Wrong("a list")
        found: list[object] = []
        for index, one in enumerate(value):
            try:
                found.append(converter().structure(one, item))
            except Exception as error:
                error.__notes__ = [
                    *getattr(error, "__notes__", ()),
                    cattrs.IterableValidationNote(f"item {index}", index, item),
                ]
                raise cattrs.IterableValidationError("list", [error], kind) from error
        return build(found)

    return read
