"""A row: one job as the memory silo holds it, with its open occurrences and who may plan it."""

from __future__ import annotations

from datetime import datetime

import attrs

from clockhand.contracts import Definition, OpenOccurrence, OpenState, Run, StoredJob


@attrs.define(eq=False)
class Row:
    """
    What the silo knows of one job.

    The values in it were handed out, so they are never changed, only replaced: a dead owner that
    still holds an occurrence must not find a new token in it.
    """

    stored: StoredJob
    definition: Definition
    missing: bool = False
    """Whether the job names a kind that this process doesn't have."""
    occurrences: dict[str, OpenOccurrence] = attrs.field(factory=dict)
    lost: dict[str, Run] = attrs.field(factory=dict)
    """By occurrence: the run that a dead owner left, until another run of it has ended."""
    planner: str = ""
    """The owner that may plan the job; empty: whoever asks first."""
    token: int = 0
    """The planner's token."""

    def shown(self) -> StoredJob:
        """Return the job with the number of its open occurrences."""
        if self.stored.open != len(self.occurrences):
            self.stored = attrs.evolve(self.stored, open=len(self.occurrences))
        return self.stored

    def lets(self, one: OpenOccurrence) -> bool:
        """Say whether an open occurrence may be handed out, as far as its job is concerned."""
        if self.missing or self.stored.quarantined:
            return False
        return one.forced or self.stored.paused is None

    @property
    def planned_at(self) -> datetime | None:
        """When somebody has to plan the job: at its cursor, or when something was asked for; None: never."""
        moments = [
            one.not_before
            for one in self.occurrences.values()
            if one.state is OpenState.REQUESTED and self.lets(one)
        ]
        stored = self.stored
        if stored.cursor is not None and not (stored.paused or stored.quarantined or self.missing):
            moments.append(stored.cursor)
        return min(moments, default=None)


@attrs.define(eq=False)
class Owner:
    """An owner that is alive: its name, until when, which jobs it may plan, and what it runs."""

    name: str
    until: datetime
    planning: set[str] = attrs.field(factory=set)
    running: set[tuple[str, str]] = attrs.field(factory=set)
    """(alias, occurrence key)."""
