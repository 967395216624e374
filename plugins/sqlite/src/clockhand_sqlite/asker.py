"""Who asks for work, and what is found on the way that can't be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from clockhand.contracts import Entry, StoredJob, to_us
from clockhand_sqlite import jobs, ledger
from clockhand_sqlite.known import Kept
from clockhand_sqlite.transaction import Transaction, listed


@attrs.frozen(kw_only=True)
class Ask:
    """Who asks for work, when, and what it can do."""

    owner: str
    now: datetime
    room: Mapping[str, int]
    works: frozenset[str]
    limit: int

    def values(self, executor: str = "") -> dict[str, Any]:
        """Return the parameters of the queries for what may be handed out."""
        return {
            "owner": self.owner,
            "now": to_us(self.now),
            "works": listed(self.works),
            "executors": listed(self.room),
            "executor": executor,
        }


class Sieve:
    """Lets the jobs through that can be run here, and puts those that can't be read into quarantine."""

    def __init__(self) -> None:
        self._bad: dict[int, tuple[Kept, str]] = {}

    def passes(self, job: Kept) -> bool:
        """Say whether a job can be read and has all its triggers here."""
        reason = job.bad if isinstance(job.stored, StoredJob) else job.stored.reason
        if reason:
            self._bad[job.id] = (job, reason)
        return not reason and isinstance(job.stored, StoredJob) and not job.stored.job.missing

    def quarantine(self, tx: Transaction, now: datetime) -> list[Entry]:
        """Write the quarantine of those that can't be read, and return what is on record of it."""
        if not self._bad:
            return []
        entries = jobs.quarantine(tx, self._bad.values(), now)
        ledger.record(tx, entries)
        return entries
