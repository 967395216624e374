"""One silo's loop: due, decide, start, execute, settle, tell, rest. A silo that hangs delays no other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from clockhand._clock import SystemClock
from clockhand._engine.alarm import LoopAlarm, finest_alarm
from clockhand._engine.apart import apart, put_off
from clockhand._engine.clockwatch import ClockWatch
from clockhand._engine.decide import decide
from clockhand._engine.doubts import Doubts
from clockhand._engine.hand import Hand
from clockhand._engine.lease import Lease
from clockhand._engine.ledger import Ledger
from clockhand._engine.owned import Owned
from clockhand._engine.patience import Patience
from clockhand._engine.pulse import Pulse
from clockhand._engine.replanner import Replanner
from clockhand._engine.runs import take_over
from clockhand._engine.shop import Shop
from clockhand._engine.turn import Turn, by_priority, effect
from clockhand._engine.vetoes import veto_plans, vetoed_claims
from clockhand._engine.waker import Waker
from clockhand._model.entry import Entry, What
from clockhand._model.event import ClockStepped
from clockhand._model.last import Last
from clockhand._model.occurrence import OpenState
from clockhand._model.stored import StoredJob
from clockhand._model.words import Result
from clockhand.contracts.batches import Beat, Claim, Conflict, Due, DueJob, Plan
from clockhand.contracts.silo import Silo

BATCH: Final = 250
"""How many jobs, and how many claims, one turn takes at most."""
_RUNNING: Final = OpenState.RUNNING
"""By a name of its own: to look a member of an enumeration up takes longer than the rest of a line."""


class Lane:
    """The loop over one silo."""

    def __init__(self, alias: str, kind: str, silo: Silo, shop: Shop, ledger: Ledger) -> None:
        self.alias = alias
        self.kind = kind
        self.silo = silo
        self.ledger = ledger
        self.waker = Waker(finest_alarm if isinstance(shop.clock, SystemClock) else LoopAlarm)
        self.pulse = Pulse(alias, shop)
        self.lease = Lease(silo, shop, self._heard, self.pulse.failed)
        self.hand = Hand(alias, shop, self.waker, self.lease.now)
        self._owned = Owned(silo, self.hand)
        self.lease.then = self._owned.look
        self.turning = asyncio.Lock()
        """Held during a turn: who holds it knows that no turn is half done."""
        self.closing = False
        """Whether its tasks are being ended, as they should be."""
        self._doubts = Doubts(silo, self.hand, self.lease)
        self._shop = shop
        self._draining = False
        self._patience = Patience(shop.timing.patience.total_seconds(), shop.clock.monotonic)
        self._watch = ClockWatch(shop.clock)
        self._replanner = Replanner(silo, self.lease.now, shop.logger)
        self._notes: list[Entry] = []
        """What is to be put on record besides what jobs do."""
        self._since: datetime | None = None
        """Since when it has looked for what is due without a break; None: it doesn't."""

    async def run(self) -> None:
        """Take turns until cancelled; a silo that fails is tried again, ever less often."""
        while True:
            try:
                seconds = await self._turn_and_rest()
            except Exception as error:  # noqa: BLE001 - whatever a silo raises, the loop lives and tries again
                self._since = None
                await asyncio.sleep(self.pulse.failed(error))
                continue
            self.pulse.went_well()
            if not seconds:
                await self.hand.begun()
            await self.waker.rest(seconds)

    async def turn(self) -> Turn:
        """Settle what has ended, then plan and start what is due; raises what the silo raises."""
        async with self.turning:
            while self._replanner.wanted():
                await self._replanner.go_on(self._patience)
            with self._patience:
                return await self._turn()

    async def _turn_and_rest(self) -> float:
        """Take a turn; return for how many seconds there is nothing to do unless something wakes the lane."""
        async with self.turning:
            if not self._draining and self._replanner.wanted():
                await self._replanner.go_on(self._patience)
                return 0.0
            with self._patience:
                turn = await self._turn()
                if self.hand.ends or turn.again:
                    return 0.0
                poll = self._shop.timing.poll.total_seconds()
                if self._draining or self._shop.paused:
                    return poll
                due = await self.silo.next_due(turn.at)
        if due is None:
            return poll
        return min(max(0.0, (due - self.lease.now()).total_seconds()), poll)

    async def _turn(self) -> Turn:
        self._notice_step()
        settled = await self._settle()
        if self._doubts:
            await self._clear_doubts(begin=not (self._shop.paused or self._draining))
        if self._shop.paused or self._draining:
            self._since = None
            return Turn(self.lease.now(), settled)
        now = self.lease.now()
        since = self._since = self._since or now
        room = self._shop.pool.room()
        due = await self._due(now, room)
        allowed = await self._allowed(due.claims, now) if self._shop.gates else due.claims
        entries, claims = self._begin_claims(await self._apart(allowed, now), now)
        try:
            jobs = by_priority(due.jobs)
            plans = await self._decide(jobs, now, since, self._left(room, claims))
            if self._shop.gates:
                await self._veto(jobs, plans, now)
            started, conflicts = await self._start(jobs, plans, now, [*self._notes, *entries])
            self._notes.clear()
        except BaseException:
            for claim in claims:
                self._shop.pool.promise(claim.occurrence.executor, -1)
            self._doubts.doubt(claims, entries, self._notes)
            self._notes = []
            raise
        for claim in (*claims, *started):
            self.hand.begin(claim)
        moved, waiting = effect(plans)
        full = waiting or len(due.jobs) >= BATCH or len(due.claims) >= BATCH
        return Turn(now, settled, moved, len(claims) + len(started), conflicts, full)

    async def _clear_doubts(self, *, begin: bool) -> None:
        """Begin what a start() began although its answer was lost; hand back what nobody runs."""
        begun = await self._doubts.clear(self._shop.pool.room() if begin else {})
        for claim in begun.claims:
            self._shop.pool.promise(claim.occurrence.executor, 1)
            self.hand.begin(claim)
        self._notes = begun.notes + self._notes
        self._shop.teller.entries(begun.entries, self.alias)
        self.ledger.kick()

    def note(self, what: What, reason: str = "") -> None:
        """Put something that concerns no job on record, with the next turn."""
        self._notes.append(self._entry(what, reason))

    def _entry(self, what: What, reason: str = "") -> Entry:
        return Entry(self.lease.now(), what, reason=reason or self._shop.node)

    # due

    async def _due(self, now: datetime, room: Mapping[str, int]) -> Due:
        self._doubts.unanswered = True
        due = await self.silo.get_due_jobs(
            now, owner=self.lease.owner, room=room, works=self._shop.works(), limit=BATCH
        )
        self._doubts.unanswered = False
        if due.entries:
            self._shop.teller.entries(due.entries, self.alias)
            self.ledger.kick()
        return due

    async def _apart(self, claims: Sequence[Claim], now: datetime) -> Sequence[Claim]:
        """Return the claims that may begin; the others wait, on record before what may kill them begins."""
        begin, wait = apart(claims, self.hand.in_hand())
        if wait:
            self.hand.ends += [put_off(claim, now) for claim in wait]
            try:
                await self._settle()
            except BaseException:
                self._doubts.doubt(begin)
                raise
        return begin

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

    @staticmethod
    def _left(room: Mapping[str, int], claims: Sequence[Claim]) -> dict[str, int]:
        """Return the room that is left when *claims* have theirs."""
        left = dict(room)
        for claim in claims:
            if claim.occurrence.executor in left:
                left[claim.occurrence.executor] -= 1
        return left

    # decide

    async def _decide(
        self, jobs: Sequence[DueJob], now: datetime, since: datetime, room: Mapping[str, int]
    ) -> list[Plan]:
        last = await self._last_verdicts(jobs)
        left = dict(room)
        strays, owner = self.hand.strays, self.lease.owner
        plans = []
        for due in jobs:
            job = due.stored.job
            executor = job.wanted_executor
            free = left.get(executor, 0)
            busy = strays.of(job.alias) if strays else 0
            plan = decide(due, owner, now, since, free, busy, last)
            for one in plan.occurrences:
                if one.state is _RUNNING:
                    free -= 1
                    left[executor] = free
            plans.append(plan)
        for executor, before in room.items():
            self._shop.pool.take(executor, before, left[executor])
        return plans

    async def _last_verdicts(self, jobs: Sequence[DueJob]) -> dict[str, Last]:
        wanted = {
            alias for due in jobs for condition in due.stored.job.conditions for alias in condition.reads
        }
        if not wanted:
            return {}
        rows = await self.silo.get_jobs(sorted(wanted))
        return {
            row.alias: row.last_run for row in rows if isinstance(row, StoredJob) and row.last_run is not None
        }

    # gates

    async def _allowed(self, claims: Sequence[Claim], now: datetime) -> list[Claim]:
        """Return the claims that no gate vetoes; the others are ended here."""
        try:
            with self._off_the_clock():
                vetoed = await vetoed_claims(self._shop.gates, claims, now)
        except BaseException:
            self._doubts.doubt(claims)
            raise
        self.hand.ends += vetoed.values()
        return [claim for claim in claims if claim.occurrence.token not in vetoed]

    async def _veto(self, jobs: Sequence[DueJob], plans: Sequence[Plan], now: datetime) -> None:
        """Take out of the plans what a gate doesn't let start."""
        try:
            with self._off_the_clock():
                vetoed = await veto_plans(self._shop.gates, jobs, plans, now)
        except BaseException:
            for plan in plans:
                self._break_promise(plan)
            raise
        for one in vetoed:
            self._shop.pool.promise(one.executor, -1)

    @contextlib.contextmanager
    def _off_the_clock(self) -> Iterator[None]:
        """Let the silo's time stand still while others are asked."""
        self._patience.stop()
        yield
        self._patience.go_on()

    # start

    async def _start(
        self, jobs: Sequence[DueJob], plans: Sequence[Plan], now: datetime, entries: Sequence[Entry]
    ) -> tuple[list[Claim], int]:
        if not plans and not entries:
            return [], 0
        try:
            answers = await self.silo.start(plans, now, entries)
        except BaseException:
            for plan in plans:
                self._break_promise(plan)
            self._doubts.doubt_plans(jobs, plans)
            raise
        claims = [answer for answer in answers if isinstance(answer, Claim)]
        refused = dict[str, Conflict]()
        if len(claims) < len(answers):
            refused = {answer.alias: answer for answer in answers if isinstance(answer, Conflict)}
        self.ledger.kick()
        heard = self._shop.teller.anybody()
        if heard:
            self._shop.teller.entries(entries, self.alias)
        for due, plan in zip(jobs, plans, strict=True):
            if plan.alias in refused:
                self._break_promise(plan)
                self._shop.logger.debug("job %s: plan refused: %s", plan.alias, refused[plan.alias].reason)
                continue
            if heard:
                self._shop.teller.entries(plan.entries, self.alias)
            if plan.cancel:
                self.hand.end(Result.CANCELLED, [one.token for one in due.open if one.key in plan.cancel])
        return claims, len(refused)

    def _break_promise(self, plan: Plan) -> None:
        for one in plan.occurrences:
            if one.state is _RUNNING:
                self._shop.pool.promise(one.executor, -1)

    # settle

    async def _settle(self) -> int:
        """Put the ends of runs on record; return how many. Raises what the silo raises, losing none."""
        if self.hand.pieces:
            await self._put_pieces()
        ends, self.hand.ends = self.hand.ends, []
        if not ends:
            return 0
        try:
            taken = await self.silo.settle(ends, self.lease.now())
        except BaseException:
            self.hand.ends = ends + self.hand.ends
            raise
        self.hand.settled_at = asyncio.get_running_loop().time()
        heard = self._shop.teller.anybody()
        for end, more in zip(ends, taken, strict=True):
            if more is not None:
                if heard:
                    self._shop.teller.entries((*end.entries, *more), self.alias)
            else:
                self._shop.logger.warning(
                    "job %s: a result for %s was refused, its token %d is no longer current",
                    end.job,
                    end.key,
                    end.token,
                )
        self.ledger.kick()
        return len(ends)

    async def _put_pieces(self) -> None:
        """Put on record what watched runs have printed, before their ends; raises what the silo raises."""
        now = self.lease.now()
        try:
            await self.silo.settle([], now, self.hand.pieces.take(now))
        except BaseException:
            self.hand.pieces.lost()
            raise
        self.ledger.kick()

    # the lease, the end, health

    def ended(self, task: asyncio.Task[None]) -> None:
        """Hear that one of the lane's tasks has ended; cancelled by who knows whom, health says so."""
        if not self.closing and task.cancelled():
            self.pulse.died(f"its task {task.get_name()!r} was cancelled from outside, start anew")

    def suspect(self, aliases: Iterable[str]) -> None:
        """Look now whether what runs of these jobs is still open, for they may have been removed."""
        if self._owned.suspect(aliases):
            self.lease.waker.wake()

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

    async def leave(self) -> None:
        """Put the last ends on record and give up the lease; raises what the silo raises."""
        with self._patience:
            await self._settle()
            if self._doubts:
                await self._clear_doubts(begin=False)
            stopped = [*self._notes, self._entry(What.SCHEDULER_STOPPED)]
            await self.silo.settle([], self.lease.now(), stopped)
        await self.lease.give_up()

    def close(self) -> None:
        """Give back what its timers hold; it takes no turn any more."""
        self.waker.close()
        self._patience.close()

    def silent_since(self) -> float | None:
        """Return since when the silo's answer is awaited, by the monotonic clock; None: it isn't."""
        return self._patience.since

    def _notice_step(self) -> None:
        step = self._watch.step()
        if step is None:
            return
        self._since = None
        self._replanner.stepped(step)
        self.note(What.CLOCK_STEPPED, f"the clock was set by {step}")
        self._shop.logger.warning("silo %s: the clock was set by %s", self.alias, step)
        if self._shop.teller.heard(ClockStepped):
            self._shop.teller.tell(
                ClockStepped(at=self.lease.now(), node=self._shop.node, silo=self.alias, step=step)
            )
