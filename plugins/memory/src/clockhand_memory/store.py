"""The memory silo: the contract written out plainly, and what the other silos are compared with."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

import attrs

from clockhand.contracts import (
    Added,
    Beat,
    Cancel,
    Changed,
    Claim,
    ClaimReason,
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
from clockhand_memory.handing import Ask, claimed, granted
from clockhand_memory.row import Owner, Row
from clockhand_memory.shelf import Shelf
from clockhand_memory.staging import Staging


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
        for alias, stored in staging.jobs.items():
            definition = staging.definitions.get(alias)
            row = self._shelf.rows.get(alias)
            if row is None:
                row = Row(stored, staging.definitions[alias], bool(stored.job.missing))
                self._shelf.add(row)
            elif definition is not None:
                self._shelf.unindex(row)
                row.definition, row.missing = definition, bool(stored.job.missing)
            row.stored = stored
            self._shelf.index(row)
        self._tell(staging.entries)

    def _tell(self, entries: Iterable[Entry]) -> None:
        """Stamp entries and put them into the outbox."""
        life = self._opened().life
        for entry in entries:
            self._seq += 1
            self._position += 1
            entry.life, entry.seq, entry.position = life, self._seq, self._position
            self._outbox.append(entry)

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
        for other in tuple(self._shelf.owners.values()):
            if other is not asker and other.until <= now:
                self._shelf.bury(other)
        for alias in tuple(asker.planning):
            self._shelf.withdraw(self._shelf.rows[alias])
            self._shelf.index_job(self._shelf.rows[alias])
        ask = Ask(asker, now, room, works, limit)
        return Due(granted(self._shelf, ask), claimed(self._shelf, ask))

    async def next_due(self) -> datetime | None:
        """Return the earliest moment at which anything falls due."""
        self._opened()
        return self._shelf.next_due()

    # Starting and ending

    async def start(
        self, plans: Sequence[Plan], now: datetime, entries: Sequence[Entry] = ()
    ) -> list[Claim | Conflict]:
        """Take plans."""
        self._opened()
        steps: list[tuple[Plan, Row, StoredJob] | Conflict] = []
        taken: set[str] = set()
        for plan in plans:
            row = self._shelf.rows.get(plan.alias)
            reason = planning.conflict(plan, row, self._shelf.owners, taken)
            if row is None or reason:
                steps.append(Conflict(plan.alias, reason))
            else:
                taken.add(plan.alias)
                steps.append((plan, row, planning.planned(row, plan, now)))
        results: list[Claim | Conflict] = []
        for step in steps:
            results += [step] if isinstance(step, Conflict) else self._take(*step)
        self._tell(entries)
        return results

    def _take(self, plan: Plan, row: Row, stored: StoredJob) -> list[Claim]:
        shelf = self._shelf
        asked = {key for key, one in row.occurrences.items() if one.state is OpenState.REQUESTED}
        for key in asked.intersection(plan.closed):
            shelf.close(row, row.occurrences[key])
        row.stored = stored
        for one in plan.occurrences:
            shelf.keep(row, one)
        shelf.withdraw(row)
        if plan.pause:
            shelf.index(row)
        else:
            shelf.index_job(row)
        self._tell(plan.entries)
        return [
            Claim(row.shown(), one, ClaimReason.FIRED if one.key in asked else ClaimReason.DUE)
            for one in plan.occurrences
            if one.state is OpenState.RUNNING
        ]

    async def settle(self, ends: Sequence[End], now: datetime, entries: Sequence[Entry] = ()) -> list[bool]:
        """Close claims, or plan them again."""
        staging = self._staging()
        taken: dict[tuple[str, str], tuple[End, Row, OpenOccurrence]] = {}
        answers: list[bool] = []
        for end in ends:
            held = self._shelf.held(end.job, end.key, end.token)
            answers.append(held is not None and (end.job, end.key) not in taken)
            if held is not None and answers[-1]:
                taken[end.job, end.key] = (end, *held)
                before = staging.stored(end.job) or held[0].stored
                staging.put(planning.ended(before, end), end.entries)
        for alias, stored in staging.jobs.items():
            self._shelf.rows[alias].stored = stored
        for end, row, one in taken.values():
            self._end(end, row, one, now)
        self._tell((*staging.entries, *entries))
        return answers

    def _end(self, end: End, row: Row, one: OpenOccurrence, now: datetime) -> None:
        row.lost.pop(one.key, None)
        if end.verdict is None:
            self._shelf.keep(row, planning.again(one, end, now))
        else:
            self._shelf.close(row, one)
        if end.quarantine:
            self._shelf.index(row)

    async def hand_back(self, claims: Sequence[Claim], now: datetime) -> None:
        """Undo claims that were not begun."""
        self._opened()
        for claim in claims:
            one = claim.occurrence
            if held := self._shelf.held(one.job, one.key, one.token):
                self._shelf.keep(held[0], planning.back(held[1]))

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
        self._shelf.index_job(row)
        self._tell((entry,))
        return Requested("done", cancel.key)

    # Owners

    async def beat(self, owner: str, now: datetime, lease: timedelta) -> Beat:
        """Renew an owner's lease."""
        self._opened()
        if owner in self._shelf.dead:
            return Beat(alive=False)
        asker = self._shelf.owners.setdefault(owner, Owner(owner, now))
        asker.until = now + lease
        if lease <= timedelta():
            self._shelf.bury(asker)
            return Beat(alive=False)
        running = (self._shelf.rows[alias].occurrences[key] for alias, key in asker.running)
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
