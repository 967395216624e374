"""The silo: each verb of the contract is one transaction on the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from clockhand.contracts import (
    Added,
    Beat,
    Cancel,
    Changed,
    Claim,
    Conflict,
    Due,
    End,
    Entry,
    Fire,
    Job,
    JobFilter,
    OpenOccurrence,
    Plan,
    Requested,
    Silo,
    StoreContext,
    StoredJob,
    Unreadable,
    rules,
)
from clockhand.errors import StoreClosed
from clockhand_sqlite import (
    asking,
    declaring,
    handing,
    ledger,
    occurrences,
    owners,
    replanning,
    settling,
    starting,
)
from clockhand_sqlite.asker import Ask
from clockhand_sqlite.connection import MOST, Connection
from clockhand_sqlite.declaring import Rule
from clockhand_sqlite.known import Known
from clockhand_sqlite.rows import plain
from clockhand_sqlite.transaction import Desk, Transaction

T = TypeVar("T")
Work = Callable[[Transaction], T]


class SqliteSilo(Silo):
    """Jobs, their open occurrences and the outbox, in the tables of one file."""

    def __init__(self, path: str, timeout: float = 5.0) -> None:
        self._file = Connection(path, timeout, "silo")
        self._desk: Desk | None = None

    @property
    def location(self) -> str:
        """The file, named as the history `sqlite` names it: there the outbox is the ledger."""
        return self._file.location

    async def startup(self, context: StoreContext) -> None:
        """Open the file, creating or upgrading it; StoreUnreachable says why it can't be."""
        self._desk = Desk(context.codec, plain(context.life))
        await self._file.open(context)

    async def teardown(self) -> None:
        """Close the file."""
        await self._file.close()

    async def _read(self, work: Work[T]) -> T:
        desk = self._opened()
        return await self._file.read(
            lambda connection: work(Transaction(connection, desk.codec, desk.definitions, desk.life, Known()))
        )

    async def _write(self, work: Work[T]) -> T:
        desk = self._opened()

        def inside(connection: sqlite3.Connection) -> T:
            desk.known.begin(self._file.written, self._file.by_others)
            return work(Transaction(connection, desk.codec, desk.definitions, desk.life, desk.known))

        return await self._file.write(inside)

    def _opened(self) -> Desk:
        if self._desk is None:
            raise StoreClosed("silo.sqlite: not open, used before startup()")
        return self._desk

    # Jobs

    async def add_jobs(self, jobs: Sequence[Job], now: datetime, source: str) -> list[Added]:
        """Declare jobs."""
        return await self._write(lambda tx: declaring.add(tx, jobs, now, source))

    async def get_jobs(self, aliases: Sequence[str]) -> list[StoredJob | Unreadable]:
        """Return the jobs that exist, by alias."""
        which = JobFilter(aliases=frozenset(aliases))
        return await self._read(lambda tx: declaring.listing(tx, which, "", MOST))

    async def list_jobs(
        self, which: JobFilter, after: str = "", limit: int = 1000
    ) -> list[StoredJob | Unreadable]:
        """Return one page of the jobs, by alias."""
        return await self._read(lambda tx: declaring.listing(tx, which, after, limit))

    async def modify_jobs(
        self, changes: Sequence[tuple[str, int, Job]], now: datetime, source: str
    ) -> list[Changed]:
        """Replace definitions."""

        def rule(revision: int, job: Job) -> Rule:
            return lambda stored, alias: rules.amend(stored, alias, revision, job, now, source)

        asked = [(alias, rule(revision, job)) for alias, revision, job in changes]
        return await self._write(lambda tx: declaring.change(tx, asked, now))

    async def pause_jobs(
        self, aliases: Sequence[str], now: datetime, reason: str = "", by: str = ""
    ) -> list[Changed]:
        """Pause jobs."""
        return await self._change(
            aliases, now, lambda stored, alias: rules.pause(stored, alias, now, reason, by)
        )

    async def resume_jobs(
        self, aliases: Sequence[str], now: datetime, run: Literal["latest"] | None = None
    ) -> list[Changed]:
        """Go on with paused jobs."""
        return await self._change(aliases, now, lambda stored, alias: rules.resume(stored, alias, now, run))

    async def replan_jobs(
        self, aliases: Sequence[str], now: datetime, *, started: bool, stepped: timedelta
    ) -> list[Changed]:
        """Plan jobs anew."""
        return await self._write(
            lambda tx: replanning.replan(tx, aliases, now, started=started, stepped=stepped)
        )

    async def release_jobs(self, aliases: Sequence[str], now: datetime) -> list[Changed]:
        """Take jobs out of quarantine."""
        return await self._change(aliases, now, lambda stored, alias: rules.release(stored, alias, now))

    async def _change(self, aliases: Sequence[str], now: datetime, rule: Rule) -> list[Changed]:
        asked = [(alias, rule) for alias in aliases]
        return await self._write(lambda tx: declaring.change(tx, asked, now))

    async def remove_jobs(
        self, aliases: Sequence[str], now: datetime, source: str | None = None
    ) -> list[Changed]:
        """Forget jobs."""
        return await self._write(lambda tx: declaring.remove(tx, aliases, now, source))

    # Planning and running

    async def get_due_jobs(
        self,
        now: datetime,
        *,
        owner: str,
        room: Mapping[str, int],
        works: frozenset[str],
        limit: int,
    ) -> Due:
        """Hand out the right to plan jobs, and occurrences to run."""
        ask = Ask(owner=plain(owner), now=now, room=dict(room), works=works, limit=max(0, limit))
        return await self._write(lambda tx: handing.hand_out(tx, ask))

    async def start(
        self, plans: Sequence[Plan], now: datetime, entries: Sequence[Entry] = ()
    ) -> list[Claim | Conflict]:
        """Take plans."""
        return await self._write(lambda tx: starting.take(tx, plans, now, entries))

    async def settle(
        self, ends: Sequence[End], now: datetime, entries: Sequence[Entry] = ()
    ) -> list[Sequence[Entry] | None]:
        """Close claims, or plan them again."""
        return await self._write(lambda tx: settling.settle(tx, ends, now, entries))

    async def hand_back(self, claims: Sequence[Claim], now: datetime) -> None:
        """Undo claims that were not begun."""
        await self._write(lambda tx: settling.hand_back(tx, claims, now))

    async def request(self, requests: Sequence[Fire | Cancel], now: datetime) -> list[Requested]:
        """Ask for runs, or for their end."""
        return await self._write(lambda tx: asking.answer(tx, requests, now))

    async def list_open(
        self, aliases: Sequence[str] | None = None, after: str = "", limit: int = 1000
    ) -> list[OpenOccurrence]:
        """Return one page of what has no verdict yet, by key."""
        return await self._read(lambda tx: occurrences.page(tx, aliases, after, limit))

    async def restore_jobs(
        self,
        jobs: Sequence[StoredJob],
        opened: Sequence[OpenOccurrence],
        now: datetime,
        *,
        merge: bool = False,
    ) -> list[Added]:
        """Put jobs of a snapshot back."""
        return await self._write(lambda tx: declaring.restore(tx, jobs, opened, now, merge=merge))

    async def next_due(self, after: datetime | None = None) -> datetime | None:
        """Return the earliest moment later than *after* at which anything falls due."""
        return await self._read(lambda tx: handing.next_due(tx, after))

    async def beat(self, owner: str, now: datetime, lease: timedelta) -> Beat:
        """Renew an owner's lease."""
        return await self._write(lambda tx: owners.beat(tx, owner, now, lease))

    # The outbox

    async def outbox(self, after: int, limit: int) -> list[Entry]:
        """Return entries that aren't acked; where the history is on the same file, all of them."""
        return await self._read(lambda tx: ledger.after(tx.connection, min(after, MOST), limit))

    async def ack(self, through: int) -> None:
        """Forget entries that a History has."""
        await self._write(lambda tx: ledger.acked(tx.connection, min(through, MOST)))
