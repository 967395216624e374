"""
What a child process and its parent say to each other: JSON in frames, each a value of one class.

What comes from a child is held to these classes: it ran foreign code and may say anything.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import attrs
from attrs.validators import deep_mapping, in_, instance_of, optional

from clockhand._model.run import STREAMS
from clockhand._model.words import Result
from clockhand.errors import told

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT: Final = 1_000_000
"""How many bytes a child may say at once."""

_text: Final = instance_of(str)
_whole: Final = instance_of(int)
_number: Final = instance_of((int, float))
_table: Final = deep_mapping(_text, lambda *_: None, instance_of(dict))


class Garbage(ValueError):
    """A child said what can't be understood."""


@attrs.frozen
class Ready:
    """It has started."""


@attrs.frozen
class Begun:
    """It has taken a run: from here on a death is the death of that run."""

    run: int = attrs.field(validator=_whole)


@attrs.frozen
class Progressed:
    """How far the run is."""

    run: int = attrs.field(validator=_whole)
    done: float = attrs.field(validator=_number)
    total: float | None = attrs.field(validator=optional(_number))
    note: str = attrs.field(validator=_text)


@attrs.frozen
class Recorded:
    """Fields for the run's record."""

    run: int = attrs.field(validator=_whole)
    fields: dict[str, Any] = attrs.field(validator=_table)


@attrs.frozen
class Printed:
    """What the run shows to whoever watches it."""

    run: int = attrs.field(validator=_whole)
    stream: str = attrs.field(validator=in_(STREAMS))
    text: str = attrs.field(validator=_text)


@attrs.frozen
class Logged:
    """A record of the child's log."""

    run: int = attrs.field(validator=_whole)
    name: str = attrs.field(validator=_text)
    level: int = attrs.field(validator=_whole)
    text: str = attrs.field(validator=_text)
    created: float = attrs.field(validator=_number)
    path: str = attrs.field(validator=_text)
    line: int = attrs.field(validator=_whole)
    function: str = attrs.field(validator=_text)
    thread: str = attrs.field(validator=_text)
    trace: str = attrs.field(validator=_text)


@attrs.frozen
class Ended:
    """How the run ended; `last`: the child takes no more runs."""

    run: int = attrs.field(validator=_whole)
    result: str = attrs.field(validator=in_((Result.SUCCEEDED, Result.FAILED, Result.CANCELLED)))
    code: str = attrs.field(validator=_text)
    reason: str = attrs.field(validator=_text)
    output: dict[str, Any] | None = attrs.field(validator=optional(_table))
    retry_after: float | None = attrs.field(validator=optional(_number))
    last: bool = attrs.field(validator=instance_of(bool))


Said: TypeAlias = Ready | Begun | Progressed | Recorded | Printed | Logged | Ended

_CLASSES: Final[dict[str, Callable[..., Said]]] = {
    cls.__name__: cls for cls in (Ready, Begun, Progressed, Recorded, Printed, Logged, Ended)
}


def written(value: Any) -> bytes:
    """Return an attrs value as a frame; ValueError or TypeError if not all of it is JSON."""
    table = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    return json.dumps({"say": type(value).__name__, **table}, allow_nan=False).encode()


def understood(frame: bytes) -> Said:
    """Return what a child said; Garbage if it is none of the things that it can say."""
    try:
        table = json.loads(frame, parse_float=_finite, parse_constant=_refuse)
        return _CLASSES[table.pop("say")](**table)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise Garbage(told(error, 200)) from error


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
