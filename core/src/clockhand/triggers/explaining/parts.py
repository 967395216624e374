"""The timers inside a timer."""

from __future__ import annotations

from collections.abc import Iterator

from clockhand._model.protocols import Timer
from clockhand.triggers.business import NextBusinessDay
from clockhand.triggers.combining import AllOf, AnyOf
from clockhand.triggers.excluding import ButNot


def timers(timer: Timer) -> Iterator[Timer]:
    """Yield *timer* and all timers inside it."""
    yield timer
    if isinstance(timer, AnyOf | AllOf):
        for one in timer.timers:
            yield from timers(one)
    elif isinstance(timer, ButNot | NextBusinessDay):
        yield from timers(timer.timer)
