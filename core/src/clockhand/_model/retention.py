"""How long what has happened is kept, and how much of it."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import attrs

from clockhand._model.moments import parse_span, shown_span
from clockhand.errors import ConfigError, DefinitionError, shown

if TYPE_CHECKING:
    from clockhand._model.use import Use

NONE: Final = "none"
"""How a limit says that there is none."""
SHORTEST: Final = timedelta(minutes=1)
"""A shorter limit is a number of days with its unit forgotten."""
LONGEST: Final = timedelta(days=36_500)
LEAST: Final = 1 << 16
"""A smaller limit is a number of mebibytes with its unit forgotten."""
LARGEST: Final = 1 << 50

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


def _span(value: object, field: str) -> timedelta | None:
    if value is None or value == NONE:
        return None
    try:
        span = parse_span(value, field)
    except DefinitionError as error:
        raise ConfigError(f"{error}; write 'none' for no limit") from None
    given = shown_span(value)
    if span < SHORTEST:
        raise ConfigError(f"{field}: shorter than a minute, given {given}; write it like '30d'")
    if span > LONGEST:
        raise ConfigError(
            f"{field}: longer than {LONGEST.days:,} days, given {given}; write 'none' for no limit"
        )
    return span


def _history(value: object) -> timedelta | None:
    return _span(value, "history")


def _finished_jobs(value: object) -> timedelta | None:
    return _span(value, "finished_jobs")


def _history_bytes(value: object) -> int | None:
    if value is None or value == NONE:
        return None
    size = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        size = int(Fraction(match[1]) * _UNITS[match[2]])
    if size is None:
        raise ConfigError(
            f"history_bytes: not a size, given {shown(value)}; write it like '1GiB' or 1073741824, "
            "or 'none' for no limit"
        )
    if not LEAST <= size <= LARGEST:
        raise ConfigError(
            f"history_bytes: not between 64 KiB and 1,024 TiB, given {shown(value)}; write it like '1GiB', "
            "or 'none' for no limit"
        )
    return size


@attrs.frozen(kw_only=True)
class Retention:
    """
    How long what has happened is kept, and how much of it; "none", or None, is no limit.

    It is looked after about once an hour. Whatever is wrong raises a ConfigError that names the field.
    """

    history: timedelta | None = attrs.field(default=timedelta(days=30), converter=_history)
    """Older entries go: a text like `30d`, a timedelta, or seconds."""
    history_bytes: int | None = attrs.field(default=1 << 30, converter=_history_bytes)
    """When the history takes more, its oldest entries go: a text like `1GiB`, or a number."""
    rotate_to: Use | None = None
    """Another history, which is given the entries before they go from the first."""
    finished_jobs: timedelta | None = attrs.field(default=timedelta(days=7), converter=_finished_jobs)
    """Jobs that were added at run time are forgotten when they have been finished for so long."""


OPTIONS: Final[tuple[str, ...]] = tuple(field.name for field in attrs.fields(Retention))
"""The names of all options."""
