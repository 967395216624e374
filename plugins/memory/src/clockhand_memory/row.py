"""A row: one job as the memory silo holds it, with its open occurrences and who may plan it."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, cast

import attrs

from clockhand.contracts import OpenOccurrence, OpenState, Run, StoredJob

# Members of an enumeration by names of their own: to look one up takes longer than the rest of its line.
_QUEUED: Final = OpenState.QUEUED
_REQUESTED: Final = OpenState.REQUESTED

NOTHING: Final[dict[str, Any]] = cast("dict[str, Any]", MappingProxyType({}))
"""One for all rows that have none: an empty dictionary of its own takes 64 bytes."""


@attrs.define(eq=False)
class Row:
    """
    What the silo knows of one job.

    The values in it were handed out, so they are never changed, only replaced: a dead owner that
    still holds an occurrence must not find a new token in it.
    """

    stored: StoredJob
    work: str
    """The key of its work: what a node must have to run it."""
    executor: str
    missing: bool = False
    """Whether the job names a kind that this process doesn't have."""
    occurrences: dict[str, OpenOccurrence] = NOTHING
    """By key, what is open; `put` writes."""
    lost: dict[str, Run] = NOTHING
    """By occurrence: the run that a dead owner left, until another run of it has ended; `lose` writes."""
    planner: str = ""
    """The owner that may plan the job; empty: whoever asks first."""
    token: int = 0
    """The planner's token."""

    def shown(self) -> StoredJob:
        """Return the job with the number of its open occurrences."""
        if self.stored.open != len(self.occurrences):
            self.stored = attrs.evolve(self.stored, open=len(self.occurrences))
        return self.stored

    def put(self, one: OpenOccurrence) -> None:
        """Write an open occurrence, in place of the one of that key."""
        if self.occurrences is NOTHING:
            self.occurrences = {}
        self.occurrences[one.key] = one

    def drop(self, key: str) -> OpenOccurrence:
        """Take an open occurrence out, and return it."""
        one = self.occurrences.pop(key)
        if not self.occurrences:
            self.occurrences = NOTHING
        return one

    def lose(self, key: str, run: Run) -> None:
        """Note the run of an occurrence that a dead owner left."""
        self.lost = {**self.lost, key: run}

    @property
    def queues(self) -> bool:
        """Whether any of its occurrences is queued."""
        for one in self.occurrences.values():  # noqa: SIM110 - asked with every run, and any() takes twice as long
            if one.state is _QUEUED:
                return True
        return False

    def placed(self, one: OpenOccurrence) -> OpenOccurrence:
        """Return an open occurrence as it waits under the definition of now: for whom, and before whom."""
        return attrs.evolve(one, executor=self.executor, priority=self.stored.job.terms.priority)

    def lets(self, one: OpenOccurrence) -> bool:
        """Say whether an open occurrence may be handed out, as far as its job is concerned."""
        if self.missing or self.stored.quarantined:
            return False
        return one.forced or self.stored.paused is None

    @property
    def planned_at(self) -> datetime | None:
        """When somebody has to plan the job: at its cursor, or when something was asked for; None: never."""
        stored = self.stored
        first = None if stored.paused or stored.quarantined or self.missing else stored.cursor
        if not self.occurrences:
            return first
        for one in self.occurrences.values():
            if one.state is _REQUESTED and self.lets(one):
                first = one.not_before if first is None else min(first, one.not_before)
        return first

    def planned_later(self, after: datetime) -> datetime | None:
        """Return the earliest moment later than *after* at which somebody has to plan the job, or None."""
        stored = self.stored
        moments = [
            one.not_before
            for one in self.occurrences.values()
            if one.state is OpenState.REQUESTED and self.lets(one)
        ]
        if stored.cursor is not None and not (stored.paused or stored.quarantined or self.missing):
            moments.append(stored.cursor)
        return min((moment for moment in moments if moment > after), default=None)


@attrs.define(eq=False)
class Owner:
    """An owner that is alive: its name, until when, which jobs it may plan, and what it runs."""

    name: str
    until: datetime
    lease: timedelta
    """How long it lives on after each beat."""
    planning: set[str] = attrs.field(factory=set)
    running: dict[str, str] = attrs.field(factory=dict)
    """By occurrence key: the alias of its job."""
