"""The memory silo: the contract written out plainly, and what the other silos are compared with."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import nsmallest
from itertools import islice
from typing import Literal

import attrs

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
    OpenState,
    Plan,
    Requested,
    Silo,
    StoreContext,
    StoredJob,
    Unreadable,
    rules,
)
from clockhand.errors import StoreClosed
from clockhand_memory import planning
from clockhand_memory.collector import at_rest
from clockhand_memory.handing import Ask, claimed, granted
from clockhand_memory.row import Owner, Row
from clockhand_memory.shelf import Shelf
from clockhand_memory.staging import Staging
from clockhand_memory.taking import settle, take


class MemorySilo(Silo):
    """
    Jobs and their open occurrences in dictionaries.

    No verb awaits anything, so each is one step to everybody else on the event loop. Each finds out
    all it is about to write before it writes the first of it, so that one which raises wrote nothing.
    """

    def __init__(self) -> None:
        self._context: StoreContext | None = None
        self._shelf = Shelf()
        self._outbox: deque[Entry] = deque()
        self._position = 0
        self._seq = 0

    async def startup(self, context: StoreContext) -> None:
        """Begin a life."""
        self._context = context
        self._seq = 0

    async def teardown(self) -> None:
        """End it."""
        self._context = None

    def _opened(self) -> StoreContext:
        if self._context is None:
            raise StoreClosed("silo.memory: not open, used before startup() or after teardown()")
        return self._context

    # Definitions: read, ask the rule, stage what it says; write when the whole batch is staged.

    async def add_jobs(self, jobs: Sequence[Job], now: datetime, source: str) -> list[Added]:
        """Declare jobs."""
        staging = self._staging()
        replies = []
        with at_rest(len(jobs)):
            for job in jobs:
                reply, entries = rules.admit(job, staging.stored(job.alias), now, source)
                if reply.what in {"created", "updated"}:
                    staging.put(reply.job, entries)
                replies.append(reply)
            self._write(staging)
        return replies

    async def get_jobs(self, aliases: Sequence[str]) -> list[StoredJob | Unreadable]:
        """Return the jobs that exist, by alias."""
        self._opened()
        rows = self._shelf.rows
        return [rows[alias].shown() for alias in sorted(set(aliases)) if alias in rows]

    async def list_jobs(
        self, which: JobFilter, after: str = "", limit: int = 1000
    ) -> list[StoredJob | Unreadable]:
        """Return one page of the jobs, by alias."""
        self._opened()
        rows = self._shelf.rows
        aliases = self._shelf.aliases() if which.aliases is None else sorted(which.aliases & rows.keys())
        shown = (rows[alias].shown() for alias in islice(aliases, bisect_right(aliases, after), None))
        return list(islice(filter(which.matches, shown), limit))

    async def modify_jobs(
        self, changes: Sequence[tuple[str, int, Job]], now: datetime, source: str
    ) -> list[Changed]:
        """Replace definitions."""
        staging = self._staging()
        stored = staging.stored
        return self._change(
            staging,
            (rules.amend(stored(alias), alias, number, job, now, source) for alias, number, job in changes),
        )

    async def pause_jobs(
        self, aliases: Sequence[str], now: datetime, reason: str = "", by: str = ""
    ) -> list[Changed]:
        """Pause jobs."""
        staging = self._staging()
        return self._change(
            staging, (rules.pause(staging.stored(alias), alias, now, reason, by) for alias in aliases)
        )

    async def resume_jobs(
        self, aliases: Sequence[str], now: datetime, run: Literal["latest"] | None = None
    ) -> list[Changed]:
        """Go on with paused jobs."""
        staging = self._staging()
        return self._change(
            staging, (rules.resume(staging.stored(alias), alias, now, run) for alias in aliases)
        )

    async def replan_jobs(
        self, aliases: Sequence[str], now: datetime, *, started: bool, stepped: timedelta
    ) -> list[Changed]:
        """Plan jobs anew."""
        staging = self._staging()
        replies = self._change(
            staging,
            (
                rules.replan(staging.stored(alias), alias, now, started=started, stepped=stepped)
                for alias in aliases
            ),
        )
        if stepped > timedelta():
            rows = [self._shelf.rows[alias] for alias in {*aliases} if alias in self._shelf.rows]
            for row in rows:
                for one in tuple(row.occurrences.values()):
                    near = rules.brought_near(row.stored.job, one, now)
                    if near is not one:
                        self._shelf.keep(row, near)
                self._shelf.index_job(row)
        return replies

    async def release_jobs(self, aliases: Sequence[str], now: datetime) -> list[Changed]:
        """Take jobs out of quarantine."""
        staging = self._staging()
        return self._change(staging, (rules.release(staging.stored(alias), alias, now) for alias in aliases))

    async def remove_jobs(
        self, aliases: Sequence[str], now: datetime, source: str | None = None
    ) -> list[Changed]:
        """Forget jobs."""
        self._opened()
        replies: list[Changed] = []
        gone: dict[str, Row] = {}
        for alias in aliases:
            row = None if alias in gone else self._shelf.rows.get(alias)
            opened = tuple(row.occurrences.values()) if row else ()
            reply = rules.remove(row.shown() if row else None, alias, opened, now, source)
            if row and reply.what == "done":
                gone[alias] = row
            replies.append(reply)
        for row in gone.values():
            self._shelf.remove(row)
        for reply in replies:
            self._tell(reply.entries)
        return replies

    async def list_open(
        self, aliases: Sequence[str] | None = None, after: str = "", limit: int = 1000
    ) -> list[OpenOccurrence]:
        """Return one page of what has no verdict yet, by key."""
        self._opened()
        rows = self._shelf.rows
        wanted = rows.values() if aliases is None else [rows[one] for one in set(aliases) if one in rows]
        opened = (one for row in wanted for one in row.occurrences.values() if one.key > after)
        return nsmallest(limit, opened, key=lambda one: one.key)

    async def restore_jobs(
        self,
        jobs: Sequence[StoredJob],
        opened: Sequence[OpenOccurrence],
        now: datetime,
        *,
        merge: bool = False,
    ) -> list[Added]:
        """Put jobs of a snapshot back."""
        staging = self._staging()
        back: defaultdict[str, list[OpenOccurrence]] = defaultdict(list)
        for one in opened:
            back[one.job].append(one)
        replies: list[Added] = []
        made: list[OpenOccurrence] = []
        for job in jobs:
            reply, again, entries = rules.restore(
                job, back[job.alias], staging.stored(job.alias), now, merge=merge
            )
            if reply.what == "created":
                staging.put(reply.job, entries)
                made += again
            replies.append(reply)
        self._write(staging)
        for one in made:
            row = self._shelf.rows[one.job]
            self._shelf.keep(row, row.placed(one))
        for alias in {one.job for one in made}:
            self._shelf.let_in_line(self._shelf.rows[alias])
            self._shelf.index_job(self._shelf.rows[alias])
        return replies

    def _staging(self) -> Staging:
        return Staging(self._shelf.rows, self._opened().codec)

    def _change(self, staging: Staging, answers: Iterable[Changed]) -> list[Changed]:
        """Write what the rules answer; each is asked when the answer before it is staged."""
        replies: list[Changed] = []
        for reply in answers:
            if reply.what == "done":
                staging.put(reply.job, reply.entries)
            replies.append(reply)
        self._write(staging)
        return replies

    def _write(self, staging: Staging) -> None:
        self._shelf.add(staging.made)
        for alias, stored in staging.jobs.items():
            work = staging.works.get(alias)
            row = self._shelf.rows[alias]
            if work is not None:
                self._shelf.unindex(row)
                row.work, row.executor = work, stored.job.wanted_executor
                row.missing = bool(stored.job.missing)
            row.stored = stored
            if work is not None:
                row.occurrences = {
                    key: one if one.state is OpenState.RUNNING else row.placed(one)
                    for key, one in row.occurrences.items()
                }
            self._shelf.let_in_line(row)
            self._shelf.index(row)
        self._tell(staging.entries)

    def _tell(self, entries: Iterable[Entry]) -> None:
        """Stamp entries and put them into the outbox."""
        life, seq, position, keep = self._opened().life, self._seq, self._position, self._outbox.append
        for entry in entries:
            seq += 1
            position = seq if position + 1 == seq else position + 1  # the same number is kept once
            entry.life, entry.seq, entry.position = life, seq, position
            keep(entry)
        self._seq, self._position = seq, position

    # What is due

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
        self._opened()
        asker = self._shelf.owners.get(owner)
        if asker is None:
            return Due()
        self._shelf.expire(now, asker)
        for alias in tuple(asker.planning):
            self._shelf.withdraw(self._shelf.rows[alias])
            self._shelf.index_job(self._shelf.rows[alias])
        ask = Ask(asker, now, room, works, limit)
        return Due(granted(self._shelf, ask), claimed(self._shelf, ask))

    async def next_due(self, after: datetime | None = None) -> datetime | None:
        """Return the earliest moment later than *after* at which anything falls due."""
        self._opened()
        return self._shelf.next_due(after)

    # Starting and ending

    async def start(
        self, plans: Sequence[Plan], now: datetime, entries: Sequence[Entry] = ()
    ) -> list[Claim | Conflict]:
        """Take plans."""
        self._opened()
        results, told = take(self._shelf, plans, now)
        self._tell(told)
        self._tell(entries)
        return results

    async def settle(
        self, ends: Sequence[End], now: datetime, entries: Sequence[Entry] = ()
    ) -> list[Sequence[Entry] | None]:
        """Close claims, or plan them again."""
        self._opened()
        answers, told = settle(self._shelf, ends, now)
        self._tell(told)
        self._tell(entries)
        return answers

    async def hand_back(self, claims: Sequence[Claim], now: datetime) -> None:
        """Undo claims that were not begun."""
        self._opened()
        for claim in claims:
            one = claim.occurrence
            if held := self._shelf.held(one.job, one.key, one.token):
                self._shelf.keep(held[0], planning.back(held[0].placed(held[1])))

    # Asking for runs, and for their end

    async def request(self, requests: Sequence[Fire | Cancel], now: datetime) -> list[Requested]:
        """Ask for runs, or for their end."""
        self._opened()
        return [self._fire(one, now) if isinstance(one, Fire) else self._cancel(one, now) for one in requests]

    def _fire(self, fire: Fire, now: datetime) -> Requested:
        row = self._shelf.rows.get(fire.alias)
        answer, one = rules.fire(row.shown() if row else None, fire, now)
        if row and one and one.key not in row.occurrences:
            self._shelf.keep(row, one)
            self._shelf.index_job(row)
        return answer

    def _cancel(self, cancel: Cancel, now: datetime) -> Requested:
        row = self._shelf.rows.get(re.split("[@!]", cancel.key, maxsplit=1)[0])
        one = row.occurrences.get(cancel.key) if row else None
        if row is None or one is None:
            return Requested("missing", reason=f"no open occurrence {cancel.key!r} in this silo")
        if one.state is OpenState.RUNNING:
            self._shelf.keep(row, attrs.evolve(one, cancel=True))
            return Requested("done", cancel.key)
        entry = rules.cancelled(one, now, cancel.by)
        row.stored = rules.recorded(row.stored, (entry,))
        self._shelf.close(row, one)
        # Whoever is planning the job counts on the occurrence: its plan must not bring it back.
        self._shelf.withdraw(row)
        self._shelf.let_in_line(row)
        self._shelf.index_job(row)
        self._tell((entry,))
        return Requested("done", cancel.key)

    # Owners

    async def beat(self, owner: str, now: datetime, lease: timedelta) -> Beat:
        """Renew an owner's lease."""
        self._opened()
        if owner in self._shelf.dead:
            return Beat(alive=False)
        asker = self._shelf.owners.setdefault(owner, Owner(owner, now, lease))
        asker.until, asker.lease = now + lease, lease
        if lease <= timedelta():
            self._shelf.bury(asker, now)
            return Beat(alive=False)
        running = (self._shelf.rows[alias].occurrences[key] for key, alias in asker.running.items())
        return Beat(alive=True, cancel=frozenset(one.token for one in running if one.cancel))

    # The outbox

    async def outbox(self, after: int, limit: int) -> list[Entry]:
        """Return entries that aren't acked."""
        self._opened()
        if not self._outbox:
            return []
        skipped = max(0, after - self._outbox[0].position + 1)
        return list(islice(self._outbox, skipped, skipped + limit))

    async def ack(self, through: int) -> None:
        """Forget entries that a History has."""
        self._opened()
        while self._outbox and self._outbox[0].position <= through:
            self._outbox.popleft()
