"""What a verb does to jobs and to what is open of them: gathered, then written in few statements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from clockhand.contracts import Entry, OpenOccurrence, OpenState, Run, StoredJob, rules
from clockhand_sqlite import jobs, ledger, occurrences, owners
from clockhand_sqlite.known import Kept
from clockhand_sqlite.occurrences import Place
from clockhand_sqlite.transaction import Transaction


@attrs.define
class Writes:
    """Jobs as a verb is going to leave them; what comes later in a batch sees what came before it."""

    tx: Transaction
    now: datetime
    entries: list[Entry] = attrs.field(factory=list)
    _before: dict[int, tuple[Kept, StoredJob]] = attrs.field(factory=dict)
    _touched: dict[Place, Kept] = attrs.field(factory=dict)
    """Where occurrences are new, others, or gone."""
    _new: set[Place] = attrs.field(factory=set)
    """Where there was none before."""
    _cancelled: list[Place] = attrs.field(factory=list)
    _freed: list[int] = attrs.field(factory=list)

    def job(self, job: Kept, now: StoredJob) -> None:
        """Let a job be *now*, its definition apart."""
        if isinstance(job.stored, StoredJob):
            self._before.setdefault(job.id, (job, job.stored))
            job.stored = now

    def open(self, job: Kept, one: OpenOccurrence) -> None:
        """Let *one* be open, in place of what has its key."""
        place = (one.job, one.key)
        if one.key in job.orphaned:
            job.orphaned -= {one.key}
        if one.key not in job.opened and place not in self._touched:
            self._new.add(place)
        job.opened[one.key] = one
        self._touched[place] = job

    def close(self, job: Kept, one: OpenOccurrence) -> None:
        """Forget an open occurrence."""
        del job.opened[one.key]
        job.lost.pop(one.key, None)
        self._touched[one.job, one.key] = job

    def cancel(self, job: Kept, one: OpenOccurrence) -> None:
        """Mark what runs, so that its owner ends it."""
        job.opened[one.key] = attrs.evolve(one, cancel=True)
        self._cancelled.append((one.job, one.key))

    def free(self, job: Kept) -> None:
        """Let a job be planned by whoever asks first."""
        job.planner, job.token = "", 0
        self._freed.append(job.id)

    def let_in_line(self, job: Kept) -> None:
        """Let go of what is queued behind nothing any more."""
        for one in job.opened.values():
            if one.state is OpenState.QUEUED:
                break
        else:
            return
        if isinstance(job.stored, StoredJob):
            for one in rules.next_in_line(job.stored.job, job.opened.values()):
                self.open(job, one)

    def write(self, others: Iterable[Entry] = ()) -> None:
        """Write it all, and *others* to the ledger besides."""
        tx = self.tx
        jobs.write_changed(tx, self._before.values())
        gone: list[Place] = []
        opened: list[tuple[OpenOccurrence, Run | None, str | None]] = []
        for place, job in self._touched.items():
            one = job.opened.get(place[1])
            if one is None:
                gone.append(place)
            else:
                opened.append((one, job.lost.get(one.key), self._line(job, one)))
        occurrences.close(tx, gone)
        occurrences.write(tx, opened, self._new)
        occurrences.cancel(tx, self._cancelled)
        owners.free(tx, self._freed)
        ledger.record(tx, [*self.entries, *others])

    def _line(self, job: Kept, one: OpenOccurrence) -> str | None:
        """Return what an occurrence waits for."""
        if one.state is OpenState.RUNNING or one.state is OpenState.QUEUED:
            return None
        stored = job.stored
        if isinstance(stored, StoredJob) and (
            stored.quarantined or (stored.paused is not None and not one.forced)
        ):
            return None
        if one.state is OpenState.REQUESTED:
            return "asking"
        return "ready" if one.not_before <= self.now else "coming"
