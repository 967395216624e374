"""One silo's loop: due, decide, start, execute, settle, tell, rest. A silo that hangs delays no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Final, TypeVar

import attrs

from clockhand._engine.decide import decide
from clockhand._engine.hand import Hand
from clockhand._engine.lease import Lease
from clockhand._engine.ledger import Ledger
from clockhand._engine.pulse import Pulse
from clockhand._engine.runs import take_over
from clockhand._engine.shop import Shop
from clockhand._engine.waker import Waker
from clockhand._model.entry import Entry, What
from clockhand._model.event import ClockStepped
from clockhand._model.last import Last
from clockhand._model.occurrence import OpenState
from clockhand._model.stored import StoredJob
from clockhand._model.words import Result
from clockhand.contracts.batches import Beat, Claim, ClaimReason, Conflict, Due, DueJob, Plan
from clockhand.contracts.msgs import SiloHealth
from clockhand.contracts.silo import Silo

BATCH: Final = 1_000
"""How many jobs, and how many claims, one turn takes at most."""

T = TypeVar("T")


@attrs.frozen
class Turn:
    """What one turn did."""

    settled: int = 0
    planned: int = 0
    started: int = 0
    conflicts: int = 0

    @property
    def moved(self) -> bool:
        """Whether it changed anything, so that another turn at once may find more."""
        return bool(self.planned - self.conflicts or self.started)


class Lane:
    """The loop over one silo."""

    def __init__(self, alias: str, kind: str, silo: Silo, shop: Shop, ledger: Ledger) -> None:
        self.alias = alias
        self.kind = kind
        self.silo = silo
        self.ledger = ledger
        self.waker = Waker()
        self.pulse = Pulse(alias, shop)
        self.lease = Lease(silo, shop, self._heard, self.pulse.failed)
        self.hand = Hand(alias, shop, self.waker, self.lease.now)
        self.turning = asyncio.Lock()
        """Held during a turn: who holds it knows that no turn is half done."""
        self.closing = False
        """Whether its tasks are being ended, as they should be."""
        self._shop = shop
        self._draining = False
        self._patience = shop.timing.patience.total_seconds()
        self._doubtful: list[Claim] = []
        self._notes: list[Entry] = []
        """What is to be put on record besides what jobs do."""

    async def _patient(self, call: Awaitable[T]) -> T:
        async with asyncio.timeout(self._patience):
            return await call

    async def run(self) -> None:
        """Take turns until cancelled; a silo that fails is tried again, ever less often."""
        while True:
            try:
                turn = await self.turn()
                seconds = await self._rest_for(turn)
            except Exception as error:  # noqa: BLE001 - whatever a silo raises, the loop lives and tries again
                await asyncio.sleep(self.pulse.failed(error))
                continue
            self.pulse.went_well()
            await self.waker.rest(seconds)

    async def turn(self) -> Turn:
        """Settle what has ended, then plan and start what is due; raises what the silo raises."""
        async with self.turning:
            return await self._turn()

    async def _turn(self) -> Turn:
        self._notice_step()
        settled = await self.settle()
        await self._undo_doubtful()
        if self._shop.paused or self._draining:
            return Turn(settled)
        now = self.lease.now()
        due = await self._due(now)
        entries, claims = self._begin_claims(due.claims, now)
        try:
            plans = await self._decide(due.jobs, now)
            started, conflicts = await self._start(due.jobs, plans, now, [*self._notes, *entries])
            self._notes.clear()
        except BaseException:
            self._doubt_claims(claims)
            raise
        for claim in (*claims, *started):
            self.hand.begin(claim)
        return Turn(settled, len(plans), len(claims) + len(started), conflicts)

    def note(self, what: What, reason: str = "") -> None:
        """Put something that concerns no job on record, with the next turn."""
        self._notes.append(self._entry(what, reason))

    def _entry(self, what: What, reason: str = "") -> Entry:
        return Entry(self.lease.now(), what, reason=reason or self._shop.node)

    async def _rest_for(self, turn: Turn) -> float:
        """Return for how many seconds there is nothing to do, unless something wakes the lane."""
        poll = self._shop.timing.poll.total_seconds()
        if self.hand.ends:
            return 0.0
        if self._draining or self._shop.paused:
            return poll
        due = await self._patient(self.silo.next_due())
        if due is None:
            return poll
        wait = (due - self.lease.now()).total_seconds()
        if wait <= 0:
            return 0.0 if turn.moved else poll
        return min(wait, poll)

    # due

    async def _due(self, now: datetime) -> Due:
        return await self._patient(
            self.silo.get_due_jobs(
                now,
                owner=self.lease.owner,
                room=self._shop.pool.room(),
                works=self._shop.works(),
                limit=BATCH,
            )
        )

    def _begin_claims(self, claims: Sequence[Claim], now: datetime) -> tuple[list[Entry], list[Claim]]:
        """Return the entries of the claims that begin, and those claims; the others are ended here."""
        entries: list[Entry] = []
        begin: list[Claim] = []
        for claim in claims:
            records, end = take_over(claim, now)
            if end is not None:
                self.hand.ends.append(end)
                continue
            entries.extend(records)
            begin.append(claim)
            self._shop.pool.promise(claim.occurrence.executor, 1)
        return entries, begin

    # decide

    async def _decide(self, jobs: Sequence[DueJob], now: datetime) -> list[Plan]:
        last = await self._last_verdicts(jobs)
        room = self._shop.pool.room()
        plans = []
        for due in jobs:
            job = due.stored.job
            executor = job.wanted_executor
            plan = decide(
                due,
                owner=self.lease.owner,
                now=now,
                room=room[executor],
                strays=self.hand.strays[job.alias],
                last=last,
            )
            running = sum(one.state is OpenState.RUNNING for one in plan.occurrences)
            room[executor] -= running
            self._shop.pool.promise(executor, running)
            plans.append(plan)
        return plans

    async def _last_verdicts(self, jobs: Sequence[DueJob]) -> dict[str, Last]:
        wanted = {
            alias for due in jobs for condition in due.stored.job.conditions for alias in condition.reads
        }
        if not wanted:
            return {}
        rows = await self._patient(self.silo.get_jobs(sorted(wanted)))
        return {
            row.alias: row.last_run for row in rows if isinstance(row, StoredJob) and row.last_run is not None
        }

    # start

    async def _start(
        self, jobs: Sequence[DueJob], plans: Sequence[Plan], now: datetime, entries: Sequence[Entry]
    ) -> tuple[list[Claim], int]:
        if not plans and not entries:
            return [], 0
        try:
            answers = await self._patient(self.silo.start(plans, now, entries))
        except BaseException:
            self._doubt(jobs, plans)
            raise
        claims = [answer for answer in answers if isinstance(answer, Claim)]
        refused = {answer.alias: answer for answer in answers if isinstance(answer, Conflict)}
        self.ledger.kick()
        self._shop.teller.entries(entries, self.alias)
        for plan in plans:
            if plan.alias in refused:
                self._break_promise(plan)
                self._shop.logger.debug("job %s: plan refused: %s", plan.alias, refused[plan.alias].reason)
            else:
                self._shop.teller.entries(plan.entries, self.alias)
        return claims, len(refused)

    def _break_promise(self, plan: Plan) -> None:
        for one in plan.occurrences:
            if one.state is OpenState.RUNNING:
                self._shop.pool.promise(one.executor, -1)

    def _doubt(self, jobs: Sequence[DueJob], plans: Sequence[Plan]) -> None:
        """Remember what a start() that failed may have begun after all; the next turn hands it back first."""
        for due, plan in zip(jobs, plans, strict=True):
            self._break_promise(plan)
            self._doubtful.extend(
                Claim(due.stored, one, ClaimReason.DUE)
                for one in plan.occurrences
                if one.state is OpenState.RUNNING
            )

    def _doubt_claims(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            self._shop.pool.promise(claim.occurrence.executor, -1)
        self._doubtful.extend(claims)

    async def _undo_doubtful(self) -> None:
        if self._doubtful:
            await self._patient(self.silo.hand_back(self._doubtful, self.lease.now()))
            self._doubtful.clear()

    # settle

    async def settle(self) -> int:
        """Put the ends of runs on record; return how many. Raises what the silo raises, losing none."""
        ends, self.hand.ends = self.hand.ends, []
        if not ends:
            return 0
        try:
            taken = await self._patient(self.silo.settle(ends, self.lease.now()))
        except BaseException:
            self.hand.ends = ends + self.hand.ends
            raise
        for end, ok in zip(ends, taken, strict=True):
            if ok:
                self._shop.teller.entries(end.entries, self.alias)
            else:
                self._shop.logger.warning(
                    "job %s: a result for %s was refused, its token %d is no longer current",
                    end.job,
                    end.key,
                    end.token,
                )
        self.ledger.kick()
        return len(ends)

    # the lease, the end, health

    def ended(self, task: asyncio.Task[None]) -> None:
        """Hear that one of the lane's tasks has ended; cancelled by who knows whom, health says so."""
        if not self.closing and task.cancelled():
            self.pulse.died(f"its task {task.get_name()!r} was cancelled from outside, start anew")

    def _heard(self, beat: Beat) -> None:
        self.hand.end(Result.CANCELLED, beat.cancel)
        if not beat.alive:
            self._shop.logger.error(
                "silo %s: this owner's lease ran out and others may have its work; its runs end", self.alias
            )
            self.hand.end(Result.LOST)

    async def drain(self, deadline: float, hurry: asyncio.Event) -> None:
        """Start nothing more and see that every run ends, by *deadline* seconds from now asked or made to."""
        self._draining = True
        self.waker.wake()
        await self.hand.drain(deadline, hurry)

    async def leave(self) -> list[str]:
        """Put the last ends on record, give up the lease, and return the keys of runs that go on."""
        await self.settle()
        await self._patient(
            self.silo.settle([], self.lease.now(), [*self._notes, self._entry(What.SCHEDULER_STOPPED)])
        )
        await self.lease.give_up()
        return self.hand.left()

    def health(self) -> SiloHealth:
        """Return how this lane does."""
        pulse = self.pulse
        return SiloHealth(
            self.alias, self.kind, not pulse.error, pulse.error, pulse.since, pulse.last_pass, len(self.hand)
        )

    def _notice_step(self) -> None:
        step = self._shop.watch.step()
        if step is None:
            return
        self.note(What.CLOCK_STEPPED, f"the clock was set by {step}")
        self._shop.logger.warning("the clock was set by %s", step)
        if self._shop.teller.heard(ClockStepped):
            self._shop.teller.tell(ClockStepped(at=self.lease.now(), node=self._shop.node, step=step))
