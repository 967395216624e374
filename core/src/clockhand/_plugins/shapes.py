"""How each shape that a field can be annotated with is read: strictly, with words for what was wanted."""

from __future__ import annotations

import collections.abc as abstract
import math
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs
import cattrs

from clockhand._model.moments import parse_moment, parse_span, utc
from clockhand.errors import ConfigError, did_you_mean, shown
from clockhand.triggers.clocktime import checked_date, time_of_day

Read = Callable[[object, Any], Any]

_PLAIN: Final = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
_WORDY: Final = (datetime, date, time, timedelta)
"""What says best itself how it is written."""
_LISTS: Final = (tuple, list, frozenset, set, abstract.Sequence, abstract.Iterable, abstract.Set)
_TABLES: Final = (dict, abstract.Mapping, abstract.MutableMapping)


class Wrong(ValueError):
    """A value of the wrong type: what was wanted, as in `a whole number`."""


def register(made: cattrs.Converter) -> None:
    """Teach *made* to read every shape but attrs classes."""
    for kind, name in _PLAIN.items():
        made.register_structure_hook(kind, _plain(kind, name))
    made.register_structure_hook(Enum, _member)
    made.register_structure_hook(datetime, _moment)
    made.register_structure_hook(date, lambda value, _: checked_date(value, ""))
    made.register_structure_hook(time, lambda value, _: time_of_day(value, ""))
    made.register_structure_hook(timedelta, lambda value, _: parse_span(value, ""))
    made.register_structure_hook_func(_is_any, lambda value, _: value)
    made.register_structure_hook_func(_is_literal, _literal)
    made.register_structure_hook_factory(lambda kind: _base(kind) in _LISTS, lambda kind: _list(kind, made))
    made.register_structure_hook_factory(lambda kind: _base(kind) in _TABLES, lambda kind: _table(kind, made))
    made.register_structure_hook_factory(_is_union, lambda kind: _union(kind, made))


def _is_any(kind: Any) -> bool:
    return kind in {Any, object}


def _is_literal(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is Literal


def is_set(kind: Any) -> bool:
    """Say whether *kind* is a set of something; a bare one can't be told from what a field of Any holds."""
    return get_origin(kind) in {frozenset, set, abstract.Set}


def _base(kind: Any) -> Any:
    return get_origin(kind) or kind


def _plain(kind: type[Any], name: str) -> Read:
    def read(value: object, wanted: Any) -> object:
        if wanted is not kind and isinstance(wanted, type) and issubclass(wanted, Enum):
            return _member(value, wanted)
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise Wrong(name)
        if kind is float and not math.isfinite(value):  # type: ignore[arg-type]
            raise Wrong("a finite number")
        return value

    return read


def _member(value: object, kind: type[Enum]) -> Enum:
    for member in kind:
        if type(value) in {type(member.value), kind} and value in {member, member.value}:
            return member
    raise ConfigError(f"unknown value {shown(value)}{_near(value, [member.value for member in kind])}")


def _literal(value: object, kind: Any) -> object:
    for one in get_args(kind):
        if type(value) is type(one) and value == one:
            return one
    raise ConfigError(f"unknown value {shown(value)}{_near(value, get_args(kind))}")


def _near(value: object, known: Iterable[object]) -> str:
    if isinstance(value, str):
        return did_you_mean(value, map(str, known))
    return f", known: {', '.join(map(str, known))}"


def _moment(value: object, _: object) -> datetime:
    return parse_moment(value, "") if isinstance(value, str) else utc(value, "")


def _list(kind: Any, made: cattrs.Converter) -> Read:
    base, args = _base(kind), get_args(kind)
    each = args if base is tuple and args and args[-1] is not Ellipsis else None
    build = {list: list, set: set, frozenset: frozenset, abstract.Set: frozenset}.get(base, tuple)

    def read(value: object, _: object) -> object:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            raise Wrong("a list")
        items = list(value)
        if each is not None and len(items) != len(each):
            raise Wrong(f"a list of {len(each)}")
        kinds = each or (args[0] if args else Any,) * len(items)
        pairs = enumerate(zip(items, kinds, strict=True))
        return build([_item(made, kind, index, one, wanted) for index, (one, wanted) in pairs])

    return read


def _table(kind: Any, made: cattrs.Converter) -> Read:
    names, values = get_args(kind) or (str, Any)

    def read(value: object, _: object) -> object:
        if not isinstance(value, Mapping):
            raise Wrong("a table")
        return {
            _item(made, kind, name, name, names): _item(made, kind, name, one, values)
            for name, one in value.items()
        }

    return read


def _item(made: cattrs.Converter, kind: Any, index: Any, one: object, wanted: Any) -> Any:
    """Return *one* as *wanted*; its error says at which *index* of the list or table it stands."""
    try:
        return made.structure(one, wanted)
    except Exception as error:
        note = cattrs.IterableValidationNote(f"at {index}", index, wanted)
        error.__notes__ = [*getattr(error, "__notes__", ()), note]
        raise cattrs.IterableValidationError("item", [error], kind) from error


def _is_union(kind: Any) -> bool:
    if get_origin(kind) not in {Union, types.UnionType}:
        return False
    members = [arg for arg in get_args(kind) if arg is not types.NoneType]
    return len(members) > 1 and not all(attrs.has(arg) for arg in members)


def _union(kind: Any, made: cattrs.Converter) -> Read:
    """Return what tries the members whose shape fits the value; cattrs itself tells attrs classes apart."""
    members = [arg for arg in get_args(kind) if arg is not types.NoneType]
    classes = tuple(arg for arg in members if attrs.has(arg))
    lists = [arg for arg in members if _base(arg) in _LISTS]
    tables = [arg for arg in members if _base(arg) in _TABLES]
    if classes:
        tables = [Union[classes], *tables]  # noqa: UP007 - as many as there are
    leaves = [arg for arg in members if arg not in {*classes, *lists, *tables}]

    def read(value: object, _: object) -> object:
        if value is None and types.NoneType in get_args(kind):
            return None
        fitting = (
            tables if isinstance(value, Mapping) else lists if isinstance(value, list | tuple) else leaves
        )
        if len(fitting) == 1 and fitting is not leaves:
            return made.structure(value, fitting[0])
        said: ValueError | None = None
        for one in fitting:
            try:
                return made.structure(value, one)
            except (ValueError, cattrs.BaseValidationError) as error:
                said = error if one in _WORDY and isinstance(error, ValueError) else said
        raise said or Wrong(" or ".join(_words(members)))

    return read


def _words(members: Iterable[Any]) -> Iterable[str]:
    for one in members:
        if _is_literal(one):
            yield from map(repr, get_args(one))
        elif _base(one) in _LISTS:
            yield "a list"
        elif attrs.has(one) or _base(one) in _TABLES:
            yield "a table"
        else:
            yield _PLAIN.get(one, getattr(one, "__name__", str(one)))
