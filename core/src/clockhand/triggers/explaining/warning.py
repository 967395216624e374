"""What in a timer is right, and may not be what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from clockhand._model.protocols import Timer
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.elapsed import Every
from clockhand.triggers.explaining import shown
from clockhand.triggers.explaining.normal import normal
from clockhand.triggers.explaining.parts import timers
from clockhand.triggers.moments import At


def warnings(timer: Timer, after: datetime, added: datetime | None) -> Iterator[str]:
    """
    Yield the warnings of *timer* and of all inside it, these with what they are about in front.

    *added* is when it is taken to be added, where its due times may depend on that.
    """
    for one in timers(timer):
        yield from (f"{_about(one, timer)}{text}" for text in (*_own(one), *_of(one, after, added)))


def notes(timer: Timer) -> Iterator[str]:
    """Yield those of the warnings that *timer*, and all inside it, has by itself, whenever it is added."""
    for one in timers(timer):
        yield from (f"{_about(one, timer)}{text}" for text in _own(one))


def _about(timer: Timer, whole: Timer) -> str:
    return "" if timer is whole else f"{normal(timer)}: "


def _own(timer: Timer) -> tuple[str, ...]:
    said = getattr(timer, "warnings", ())
    return said if isinstance(said, tuple) else ()


def _of(timer: Timer, after: datetime, added: datetime | None) -> Iterator[str]:
    if isinstance(timer, Every | CalendarInterval) and timer.anchor is None and added is not None:
        yield f"counted from {shown.whole(added)}, as if it were added then; an anchor would fix it"
    if isinstance(timer, At):
        past = sum(moment <= after for moment in timer.moments)
        if past:
            those = (
                "its moment has passed"
                if past == len(timer.moments) == 1
                else f"{past:,} of its moments have passed"
            )
            yield f"{those}; a job that is added now makes up for it as its catch-up says"
