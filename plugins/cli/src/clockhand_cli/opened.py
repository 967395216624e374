"""What has no verdict yet: the occurrences that are asked for, wait or run."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from clockhand.contracts import OpenState, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clockhand import Scheduler


@attrs.frozen
class Open:
    """An occurrence that has no verdict yet, and where it is."""

    key: str
    job: str
    due: datetime
    state: OpenState
    not_before: datetime


async def opened(scheduler: Scheduler, silos: Iterable[str] | None = None) -> list[Open]:
    """
    Return what is open in *silos*, None: in all that are there, by key.

    It asks for a snapshot, so it takes a while.
    """
    from clockhand.errors import StoreMissing

    found: list[Open] = []
    for name in scheduler.settings.silos_or_default() if silos is None else silos:
        with contextlib.suppress(*(StoreMissing,) if silos is None else ()):
            found += map(_open, (await scheduler.snapshot(name))["open"])
    return sorted(found, key=lambda one: one.key)


def _open(table: Mapping[str, str]) -> Open:
    return Open(
        table["key"],
        table["job"],
        parse_moment(table["due"], "due"),
        OpenState(table["state"]),
        parse_moment(table["not_before"], "not_before"),
    )
