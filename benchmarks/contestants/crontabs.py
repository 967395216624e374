"""Four readers of cron expressions: the next fire, one after the other, and a timer from text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from contestants.stopwatch import measured

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
MICROSECONDS: Final = 1e6


def _fires(walk: Callable[[int], None], steps: int, times: int) -> dict[str, float]:
    """Return what a fire takes: *steps* of them in a row, *times* over from the same start."""
    walk(1)
    with measured() as lap:
        for _ in range(times):
            walk(steps)
    return {"us": lap.seconds / (steps * times) * MICROSECONDS}


def _made(make: Callable[[], Any], number: int) -> dict[str, float]:
    """Return what making one takes, of *number*."""
    make()
    with measured() as lap:
        for _ in range(number):
            make()
    return {"us": lap.seconds / number * MICROSECONDS}


def ours(spec: str, tz: str, steps: int, times: int) -> dict[str, float]:
    """Ask `next_after` with the answer before."""
    from clockhand import cron

    timer = cron(spec, tz=tz)

    def walk(steps: int) -> None:
        moment = START
        for _ in range(steps):
            moment = timer.next_after(moment)  # type: ignore[assignment]

    return _fires(walk, steps, times)


def ours_made(spec: str, tz: str, number: int) -> dict[str, float]:
    """Make the value, compiled; nothing is kept between two."""
    from clockhand import cron

    return _made(lambda: cron(spec, tz=tz), number)


def cronsim(spec: str, tz: str, steps: int, times: int) -> dict[str, float]:
    """Ask the iterator for the next; it is made once for all of them."""
    from cronsim import CronSim

    start = START.astimezone(_zone(tz))

    def walk(steps: int) -> None:
        fires = CronSim(spec, start)
        for _ in range(steps):
            next(fires)

    return _fires(walk, steps, times)


def cronsim_made(spec: str, tz: str, number: int) -> dict[str, float]:
    """Make the iterator."""
    from cronsim import CronSim

    start = START.astimezone(_zone(tz))
    return _made(lambda: CronSim(spec, start), number)


def croniter(spec: str, tz: str, steps: int, times: int) -> dict[str, float]:
    """Ask the iterator for the next datetime; it is made once for all of them."""
    from croniter import croniter as make

    start = START.astimezone(_zone(tz))

    def walk(steps: int) -> None:
        fires = make(spec, start)
        for _ in range(steps):
            fires.get_next(datetime)

    return _fires(walk, steps, times)


def croniter_made(spec: str, tz: str, number: int) -> dict[str, float]:
    """Make the iterator."""
    from croniter import croniter as make

    start = START.astimezone(_zone(tz))
    return _made(lambda: make(spec, start), number)


def apscheduler(fields: dict[str, str], tz: str, steps: int, times: int) -> dict[str, float]:
    """Ask the trigger with the fire before; it has words of its own for what depends on the month."""
    from apscheduler.triggers.cron import CronTrigger

    trigger = CronTrigger(**fields, timezone=_zone(tz))

    def walk(steps: int) -> None:
        moment = START
        for _ in range(steps):
            moment = trigger.get_next_fire_time(moment, moment)

    return _fires(walk, steps, times)


def apscheduler_made(fields: dict[str, str], tz: str, number: int) -> dict[str, float]:
    """Make the trigger from the texts of its fields, which need not be split."""
    from apscheduler.triggers.cron import CronTrigger

    zone = _zone(tz)
    return _made(lambda: CronTrigger(**fields, timezone=zone), number)


def _zone(tz: str) -> Any:
    # Its own UTC is what the fastest of them has a shorter way for.
    return UTC if tz == "UTC" else ZoneInfo(tz)
