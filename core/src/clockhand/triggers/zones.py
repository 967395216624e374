"""The time zones that triggers name, and which one fills in where one names none: that of its timer first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from clockhand._model.protocols import Trigger, is_timer
from clockhand._model.zone import zone_key
from clockhand.errors import DefinitionError

_PARTS = ("timers", "timer", "calendars", "closed")


def zone_named(trigger: Any) -> str | None:
    """Return the zone that *trigger*, with all that is inside it, names; None: none, or more than one."""
    found = set(zones(trigger))
    return found.pop() if len(found) == 1 else None


def own_zone(trigger: Any) -> str | None:
    """Return the first zone that *trigger*, or a timer or calendar inside it, names; None: it names none."""
    return next(zones(trigger), None)


def zones(trigger: Any) -> Iterator[str]:
    """Yield the zones that *trigger*, and each timer and calendar inside it, names."""
    tz = getattr(trigger, "tz", None)
    if isinstance(tz, str):
        with suppress(DefinitionError):  # a plugin's field of that name may be something else
            yield str(zone_key(tz))
    for name in _PARTS:
        held = getattr(trigger, name, ())
        for one in held if isinstance(held, tuple) else (held,):
            yield from zones(one)


def in_zones(triggers: Iterable[Trigger], tz: str) -> tuple[Trigger, ...]:
    """
    Return the triggers of a job with their zones filled in.

    The timer's open ones become *tz*; those of conditions the zone that the timer names, if it names one.
    """
    given = tuple(triggers)
    if len(given) == 1:
        return (given[0].in_zone(tz),)
    named = next((zone_named(one) for one in given if is_timer(one)), None) or tz
    return tuple(one.in_zone(tz if is_timer(one) else named) for one in given)
