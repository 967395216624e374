"""A plan in the making: how many of the job are open, how many may start, and what was decided so far."""

from __future__ import annotations

from datetime import datetime

import attrs

from clockhand._engine.overlap import in_the_way
from clockhand._engine.runs import started
from clockhand._model.entry import Entry, What
from clockhand._model.occurrence import OpenOccurrence, OpenState
from clockhand._model.words import Verdict
from clockhand.contracts.batches import DueJob, Plan
from clockhand.contracts.plans import runs_of
from clockhand.contracts.rules import cancelled, never_ran


class Draft:
    """
    What is being decided about one due job.

    *room* is how many runs its executor would start at once, *strays* how many of its runs go on after
    their verdict.
    """

    def __init__(self, due: DueJob, owner: str, now: datetime, room: int, strays: int) -> None:
        self.due = due
        self.now = now
        self.cursor = due.stored.cursor
        self.entries: list[Entry] = []
        self._owner = owner
        self._room = room
        self._tokens = 1
        self._strays = strays
        self._busy: list[OpenOccurrence] = []
        self._waiting: list[OpenOccurrence] = []
        self._written: dict[str, OpenOccurrence] = {}
        self._closed: list[str] = []
        self._cancel: list[str] = []
        for one in due.open:
            if one.state is OpenState.REQUESTED:
                self._tokens += 1
            elif one.state is OpenState.QUEUED:
                self._waiting.append(one)
            else:
                self._busy.append(one)

    def free(self) -> bool:
        """Whether the job's policies let another run of it be open."""
        most = self.due.stored.job.terms.max_running
        return most is None or len(self._busy) + self._strays < most

    def in_the_way(self) -> str:
        """Return what keeps another run of it from being open."""
        return in_the_way(self._busy, self._strays, self.now)

    def spent(self) -> bool:
        """Whether the job's due times have had as many runs as they may have, with those of this plan."""
        row = self.due.stored
        most = row.job.terms.max_runs
        return most is not None and row.runs + runs_of(self.plan()) >= most

    def waiting(self) -> int:
        """How many are queued."""
        return len(self._waiting)

    def run(self, one: OpenOccurrence) -> None:
        """Let an occurrence run now if there is room, else as soon as there is."""
        one = attrs.evolve(one, state=OpenState.PLANNED, revision=self.due.stored.revision)
        self._busy.append(one)
        self._written[one.key] = one
        begun = len(self._written) - 1
        if self._room < 1 or begun >= self._tokens or one.not_before > self.now:
            return  # without a token it is claimed in the next turn
        self._room -= 1
        one.token = self.due.token + begun
        one.state = OpenState.RUNNING
        one.owner = self._owner
        one.started = self.now
        self.entries.append(started(one, self.now))

    def queue(self, one: OpenOccurrence) -> None:
        """Let an occurrence wait until others of the job have ended."""
        one = attrs.evolve(one, state=OpenState.QUEUED)
        self._waiting.append(one)
        self._written[one.key] = one

    def supersede_waiting(self, reason: str) -> None:
        """Give up what is queued, for a later one took its place; of a paused job only what was forced."""
        paused = self.due.stored.paused is not None
        for one in self._waiting:
            if one.forced or not paused:
                self._close(one, never_ran_once(one, Verdict.COALESCED, self.now, reason))
        self._waiting = [one for one in self._waiting if paused and not one.forced]

    def end_previous(self, key: str) -> None:
        """Cancel as many of the job's open runs, the oldest first, as must go for one more."""
        most = self.due.stored.job.terms.max_running or 1
        for one in sorted(self._busy, key=lambda one: one.due)[: len(self._busy) + self._strays - most + 1]:
            if one.state is OpenState.RUNNING:
                if not one.cancel and one.key not in self._written:
                    self._cancel.append(one.key)
            else:
                self._busy.remove(one)
                self._close(one, cancelled(one, self.now, f"{key}, which came later,"))

    def refuse(self, one: OpenOccurrence, reason: str) -> None:
        """Give an occurrence the verdict overlap-skipped."""
        if one.state is OpenState.REQUESTED:
            self._closed.append(one.key)
        self.entries.append(never_ran_once(one, Verdict.OVERLAP_SKIPPED, self.now, reason))

    def skip(self, due: datetime, verdict: Verdict, reason: str) -> None:
        """Give a due time a never-ran verdict."""
        row = self.due.stored
        self.entries.append(never_ran(row.job, row.anchor, due, due, verdict, self.now, reason))

    def _close(self, one: OpenOccurrence, entry: Entry) -> None:
        self._written.pop(one.key, None)
        if any(one.key == known.key for known in self.due.open):
            self._closed.append(one.key)
        self.entries.append(entry)

    def plan(self) -> Plan:
        """Return the plan."""
        row = self.due.stored
        return Plan(
            row.alias,
            self._owner,
            self.due.token,
            row.revision,
            row.cursor,
            self.cursor,
            list(self._written.values()),
            self._closed,
            self._cancel,
            self.entries,
        )


def never_ran_once(one: OpenOccurrence, verdict: Verdict, now: datetime, reason: str) -> Entry:
    """Return the entry that gives one occurrence a never-ran verdict."""
    return Entry(now, What.NEVER_RAN, one.job, one.key, one.due, verdict, None, reason)
