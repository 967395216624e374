"""
By how much an occurrence starts after its nominal due time: spread over a stretch, and jitter.

The offset is added to the due time each time anew, and never to what it came to the last time: it can't
drift, and the due time stays what the occurrence is known by.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from clockhand._model.moments import MICROSECOND, format_span, to_us
from clockhand.errors import DefinitionError

_NONE: Final = timedelta()
_SIZE: Final = 16
"""Bytes of the hash: so many that each microsecond of a stretch of years is as likely as any other."""


def offset(
    alias: str,
    due: datetime,
    *,
    spread: timedelta = _NONE,
    jitter: timedelta = _NONE,
    seed: str = "",
) -> timedelta:
    """
    Return how long after *due* the job *alias* starts: from zero to *spread* and *jitter* together.

    The part of *spread* is the same for each due time of the alias, that of *jitter* another one each time.
    Both are hashes: the same on every host and at every try, another one for another *seed*.
    """
    return _part(spread, "spread", seed, alias) + _part(jitter, "jitter", seed, alias, due)


def _part(most: timedelta, name: str, seed: str, alias: str, due: datetime | None = None) -> timedelta:
    """Return a length of time from zero to *most*, both included, by a hash of all the rest."""
    if not most:
        return _NONE
    text = f"{alias}@{'' if due is None else to_us(due)}".encode()
    key = blake2b(seed.encode(), digest_size=_SIZE).digest()
    number = int.from_bytes(blake2b(text, digest_size=_SIZE, key=key, person=name.encode()).digest(), "big")
    return number * (most // MICROSECOND + 1) // (1 << 8 * _SIZE) * MICROSECOND


def refuse_too_long(period: timedelta, *, spread: timedelta = _NONE, jitter: timedelta = _NONE) -> None:
    """
    Raise a DefinitionError where the offset could reach the next due time, *period* after the last.

    A start that may come after the next due time would not keep their order.
    """
    named = [name for name, span in (("spread", spread), ("jitter", jitter)) if span]
    if named and spread + jitter >= period:
        raise DefinitionError(
            f"{' and '.join(named)}: not shorter than the time between two due times, given "
            f"{format_span(spread + jitter)} and {format_span(period)}"
        )
