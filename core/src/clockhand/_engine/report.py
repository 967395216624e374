"""
How a silo does: told by what its loop knows, and by what the silo says that waits.

Who is only attached knows of no loop. What a scheduler elsewhere can't get into the history shows all
the same: it grows old in the silo's outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from clockhand._clock import Clock
from clockhand._engine.desk import OpenSilo
from clockhand._engine.lane import Lane
from clockhand._model.entry import Entry, What
from clockhand._model.moments import format_moment
from clockhand._model.occurrence import OpenState
from clockhand.contracts.history import History, Query
from clockhand.contracts.msgs import SiloHealth
from clockhand.contracts.silo import Silo
from clockhand.errors import told

SILENT: Final = 5.0
"""Seconds without an answer after which health says so."""
REPORT: Final = 1.0
"""Seconds that a silo has to say how much waits."""
MOST_COUNTED: Final = 10_000
"""How many open occurrences a report looks at."""
MOST_ENTRIES: Final = 1_000
"""How many entries of an outbox it looks at."""
KEEPS_UP: Final = timedelta(seconds=30)
"""A history that lacks what is older than this doesn't keep up."""
_COMINGS: Final = frozenset({What.SCHEDULER_STARTED, What.SCHEDULER_STOPPED})
_A_SCHEDULERS: Final = _COMINGS | {What.RUN_STARTED, What.RUN_ENDED}
"""What no command puts on record."""


def health_of(lane: Lane, clock: Clock) -> SiloHealth:
    """Return how a lane does, without asking its silo; may be called from any thread."""
    pulse, since = lane.pulse, lane.silent_since()
    error = pulse.error
    silent = 0.0 if since is None else clock.monotonic() - since
    if not error and silent > SILENT:
        error = f"no answer for {silent:.0f} s"
    return SiloHealth(
        lane.alias,
        lane.kind,
        not error,
        error,
        pulse.since,
        pulse.last_pass,
        len(lane.hand),
        None,
        None,
        lane.hand.going_on(),
    )


async def report_of(lane: Lane, clock: Clock) -> SiloHealth:
    """Return how a lane does, its silo asked how much waits."""
    try:
        async with asyncio.timeout(REPORT):
            backlog, oldest = await _waiting(lane.silo, lane.lease.now())
            entries = [] if lane.ledger.idle else await lane.silo.outbox(0, 1)
    except Exception:  # noqa: BLE001 - a silo that can't say so now is what the rest of the report is about
        return health_of(lane, clock)
    since = entries[0].at if entries else None
    return attrs.evolve(health_of(lane, clock), backlog=backlog, oldest_due=oldest, unrecorded=since)


async def report_of_attached(opened: OpenSilo, history: History, now: datetime) -> SiloHealth:
    """Return how a silo does that is only attached: what waits in it, and what the history doesn't have."""
    silo = opened.silo
    health = SiloHealth(opened.alias, opened.kind.name, ok=True)
    try:
        async with asyncio.timeout(REPORT):
            backlog, oldest = await _waiting(silo, now)
            since = await _unrecorded(silo, history)
    except TimeoutError:
        return attrs.evolve(health, ok=False, error=f"no answer for {REPORT:g} s")
    except Exception as error:  # noqa: BLE001 - whatever a store raises, it is what was asked about
        return attrs.evolve(health, ok=False, error=told(error))
    return attrs.evolve(health, backlog=backlog, oldest_due=oldest, unrecorded=since)


def behind(silos: Sequence[SiloHealth], now: datetime) -> list[str]:
    """Return a problem for each silo whose entries have waited for the history longer than they should."""
    return [
        f"history: entries of silo {one.alias} have waited for it since {format_moment(one.unrecorded)}"
        for one in silos
        if one.unrecorded is not None and now - one.unrecorded > KEEPS_UP
    ]


async def _waiting(silo: Silo, now: datetime) -> tuple[int, datetime | None]:
    """Return how many occurrences wait, and the earliest moment with something still to be done about it."""
    due = await silo.next_due()
    opened = await silo.list_open(None, "", MOST_COUNTED)
    waiting = [
        one.not_before for one in opened if one.state is not OpenState.RUNNING and one.not_before <= now
    ]
    oldest = min([*waiting, due] if due is not None and due <= now else waiting, default=None)
    return len(waiting), oldest


async def _unrecorded(silo: Silo, history: History) -> datetime | None:
    """Return since when entries have waited for *history*, None if none do or nobody was there to feed it."""
    if silo.location and silo.location == history.location:
        return None
    entries = await silo.outbox(0, MOST_ENTRIES)
    if not entries or not (_by_a_scheduler(entries) or await _one_is_there(history)):
        return None
    return entries[0].at


def _by_a_scheduler(entries: Sequence[Entry]) -> bool:
    return any(entry.what in _A_SCHEDULERS for entry in entries)


async def _one_is_there(history: History) -> bool:
    """Say whether the last that *history* has of a scheduler is that one started."""
    try:
        page = await history.read(Query(whats=_COMINGS, newest_first=True), None, 1)
    except Exception:  # noqa: BLE001 - what can't be read may well not take anything either
        return True
    return bool(page.entries) and page.entries[0].what is What.SCHEDULER_STARTED
