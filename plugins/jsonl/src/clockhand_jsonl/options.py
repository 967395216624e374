"""The options of the history `jsonl`, and their checks: a ConfigError names the option and what was given."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import Any, Final

import attrs

from clockhand.contracts import format_span, parse_span
from clockhand.errors import ConfigError, DefinitionError, shown

LARGEST: Final = 1 << 40
LONGEST: Final = timedelta(days=36_500)
SHORTEST_KEEP: Final = timedelta(minutes=1)
"""Less is a number of segments with a slip in it."""
MOST: Final = 1_000_000

_UNITS: Final = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
_SIZE: Final = re.compile(rf"(\d{{1,15}}(?:\.\d{{1,6}})?) ?({'|'.join(_UNITS)})", re.ASCII)


def max_bytes(value: object) -> int | None:
    """Return how many bytes *value* names: a whole number, or a text like `10 MiB`."""
    if value is None:
        return None
    size = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        size = int(Fraction(match[1]) * _UNITS[match[2]])
    if size is None:
        raise ConfigError(f"max_bytes: not a size, given {shown(value)}; write it like 10485760 or '10 MiB'")
    if not 0 < size <= LARGEST:
        raise ConfigError(f"max_bytes: not between 1 byte and 1 TiB, given {shown(value)}")
    return size


def max_age(value: object) -> timedelta | None:
    """Return the length of time that *value* names."""
    return None if value is None else _span(value, "max_age", timedelta(microseconds=1), "not above zero")


def keep(value: object) -> int | timedelta | None:
    """Return a number of segments, or the length of time that a text names."""
    if isinstance(value, str | timedelta):
        return _span(value, "keep", SHORTEST_KEEP, "shorter than a minute")
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST):
        return value
    raise ConfigError(
        f"keep: not a whole number from 1 to {MOST:,}, nor a length of time like '30d', given {shown(value)}"
    )


def _span(value: object, where: str, least: timedelta, less: str) -> timedelta:
    try:
        span = parse_span(value, where)
    except DefinitionError as error:
        raise ConfigError(str(error)) from None
    given = format_span(value) if isinstance(value, timedelta) else shown(value)
    if span < least:
        raise ConfigError(f"{where}: {less}, given {given}")
    if span > LONGEST:
        raise ConfigError(f"{where}: longer than {LONGEST.days:,} days, given {given}")
    return span


def _file(_options: object, _field: object, path: Any) -> None:
    if not isinstance(path, str) or not path or "\0" in path:
        raise ConfigError(f"path: {shown(path)} is not the name of a file")


def _flag(_options: object, _field: object, value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"compress: not true or false, given {shown(value)}")


@attrs.frozen
class JsonlOptions:
    """Where the file is, when it is closed and begun anew, and how long closed ones are kept."""

    path: str = attrs.field(validator=_file)
    """`~` is understood; the file is made when it isn't there, its directory must be."""
    max_bytes: int | str | None = attrs.field(default=None, kw_only=True, converter=max_bytes)
    """The file is closed before it would grow beyond this: a number of bytes, or a text like `10 MiB`."""
    max_age: timedelta | None = attrs.field(default=None, kw_only=True, converter=max_age)
    """The file is closed when its oldest entry is older than this."""
    keep: int | timedelta | None = attrs.field(default=None, kw_only=True, converter=keep)
    """How many closed segments are kept, or for how long after their newest entry; None: all."""
    compress: bool = attrs.field(default=False, kw_only=True, validator=_flag)
    """Whether closed segments are compressed with gzip."""

    def __attrs_post_init__(self) -> None:
        if self.max_bytes is None and self.max_age is None:
            for name in ("keep", "compress"):
                if getattr(self, name) not in {None, False}:
                    raise ConfigError(
                        f"{name}: nothing is ever closed without max_bytes or max_age; give one"
                    )
