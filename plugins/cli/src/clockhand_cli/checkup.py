"""How the stores of a configuration do, as far as it shows in them: what is there, and what is late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from clockhand.contracts import OpenState, Query, StatusWord, What
from clockhand_cli import text
from clockhand_cli.asking import all_jobs
from clockhand_cli.opened import opened
from clockhand_cli.records import next_of, stamp

if TYPE_CHECKING:
    from clockhand import Scheduler
    from clockhand.msgs import JobInfo
    from clockhand_cli.opened import Open

_HELD = frozenset({StatusWord.PAUSED, StatusWord.QUARANTINED})
FEW = 3
"""How many jobs a problem names."""


@attrs.frozen
class Waiting:
    """Something that is due, since when, and what it waits for."""

    what: str
    since: datetime
    reason: str


@attrs.frozen
class SiloState:
    """What a silo has."""

    alias: str
    kind: str
    jobs: int
    running: int
    waiting: int
    paused: int
    quarantined: tuple[str, ...]
    unresolved: tuple[str, ...]
    oldest: Waiting | None
    unrecorded: datetime | None
    """Since when entries have waited in its outbox for the history; None: the history keeps up."""

    def record(self) -> dict[str, Any]:
        """Return it as JSON."""
        oldest = self.oldest
        return {
            "alias": self.alias,
            "kind": self.kind,
            "jobs": self.jobs,
            "running": self.running,
            "waiting": self.waiting,
            "paused": self.paused,
            "quarantined": list(self.quarantined),
            "unresolved": list(self.unresolved),
            "oldest": oldest and {"what": oldest.what, "since": stamp(oldest.since), "reason": oldest.reason},
            "unrecorded": self.unrecorded and stamp(self.unrecorded),
        }

    def problems(self, now: datetime, late: timedelta) -> Iterable[str]:
        """Yield what is wrong with it; what is due may wait as long as *late*."""
        oldest = self.oldest
        if oldest is not None and now - oldest.since > late:
            yield (
                f"silo {self.alias!r}: {oldest.what} has been due for {text.span(now - oldest.since)}, "
                f"{oldest.reason}"
            )
        if self.unrecorded is not None and now - self.unrecorded > late:
            yield (
                f"history: what silo {self.alias!r} put on record has waited for it for "
                f"{text.span(now - self.unrecorded)}; the log of 'clockhand run' says why, if one is running"
            )
        if self.quarantined:
            yield (
                f"silo {self.alias!r}: in quarantine: {text.few(self.quarantined, FEW)}; "
                "'clockhand show JOB' says why, 'clockhand release JOB' lets it go on"
            )


async def silo_state(
    scheduler: Scheduler, alias: str, now: datetime, unrecorded: datetime | None
) -> SiloState:
    """Return what the silo *alias* has at *now*, *unrecorded* being what Health says of its outbox."""
    infos = await all_jobs(scheduler, alias)
    some_open = any(getattr(info.row, "open", 0) for info in infos)
    unsettled = await opened(scheduler, [alias]) if some_open else []
    running = sum(one.state is OpenState.RUNNING for one in unsettled)
    held = {info.alias for info in infos if info.status.word in _HELD}
    late = [*_due(infos, now), *_not_begun(unsettled, held, now)]
    return SiloState(
        alias,
        scheduler.settings.silos[alias].kind,
        len(infos),
        running,
        len(unsettled) - running,
        sum(info.status.word is StatusWord.PAUSED for info in infos),
        tuple(info.alias for info in infos if info.status.word is StatusWord.QUARANTINED),
        tuple(info.alias for info in infos if info.unresolved),
        min(late, key=lambda one: one.since, default=None),
        unrecorded,
    )


def _due(infos: Iterable[JobInfo], now: datetime) -> Iterable[Waiting]:
    for info in infos:
        due = next_of(info)
        if due is not None and due <= now:
            reason = f"and this machine can't run it: {info.unresolved}" if info.unresolved else _NOBODY
            yield Waiting(f"job {info.alias!r}", due, reason)


def _not_begun(unsettled: Iterable[Open], held: set[str], now: datetime) -> Iterable[Waiting]:
    for one in unsettled:
        if one.job in held or one.not_before > now:
            continue
        if one.state is OpenState.REQUESTED:
            yield Waiting(one.key, one.not_before, _NOBODY)
        elif one.state is OpenState.PLANNED:
            yield Waiting(one.key, one.not_before, "and waits for a free worker; is a scheduler running?")


_NOBODY = "and nobody has taken it up; is a scheduler running?"


async def history_record(scheduler: Scheduler) -> dict[str, Any]:
    """Return how large the history is, when its latest entry is from, and what a scheduler last did."""
    settings = scheduler.settings
    chosen = settings.history or settings.silos.get("default") or next(iter(settings.silos.values()))
    latest = await scheduler.read(Query(newest_first=True), limit=1)
    comings = frozenset({What.SCHEDULER_STARTED, What.SCHEDULER_STOPPED})
    seen = await scheduler.read(Query(whats=comings, newest_first=True), limit=1)
    return {
        "kind": chosen.kind,
        "bytes": await scheduler.history.size(),
        "latest": stamp(latest.entries[0].at) if latest.entries else None,
        "scheduler": None if not seen.entries else _coming(seen.entries[0].what, seen.entries[0].at),
    }


def _coming(what: What, at: datetime) -> dict[str, Any]:
    return {"what": what.removeprefix("scheduler-"), "at": stamp(at)}
