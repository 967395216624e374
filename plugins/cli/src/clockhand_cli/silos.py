"""Which silo a command means: the one that is named, or the only one that it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockhand_cli.exits import Misused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clockhand import Scheduler


def check_name(scheduler: Scheduler, silo: str | None) -> None:
    """Raise Misused if *silo* is given and the configuration has none of that alias."""
    from clockhand.errors import did_you_mean, shown

    known = scheduler.settings.silos_or_default()
    if silo is not None and silo not in known:
        raise Misused(f"--silo: unknown silo {shown(silo)}{did_you_mean(silo, known)}")


def only_one(scheduler: Scheduler, silo: str | None) -> str:
    """Return *silo* if it is given, else the only one there is; Misused if there are several."""
    known = scheduler.settings.silos_or_default()
    if silo is not None:
        return silo
    if len(known) > 1:
        raise Misused(f"--silo: missing; there are several, name one: {', '.join(sorted(known))}")
    return next(iter(known))


def in_several(job: str, silos: Iterable[str]) -> Misused:
    """Return the error for a job that several silos have, where none of them is named."""
    return Misused(f"--silo: missing; several have a job {job!r}, name one: {', '.join(silos)}")
