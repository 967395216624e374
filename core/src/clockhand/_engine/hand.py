"""The runs that a lane has in hand: begun, ended and waiting to be settled, or strays."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from clockhand._engine.attempt import Attempt
from clockhand._engine.context import LiveContext
from clockhand._engine.crew import Crew
from clockhand._engine.pieces import Pieces
from clockhand._engine.pool import Seat
from clockhand._engine.runs import end_of
from clockhand._engine.shop import Shop
from clockhand._engine.strays import Strays
from clockhand._engine.waker import Waker
from clockhand._model.event import RunProgressed, RunSlow
from clockhand._model.moments import format_span
from clockhand._model.occurrence import OpenOccurrence
from clockhand._model.run import Outcome
from clockhand._model.words import Overlap, Result
from clockhand.contracts.batches import Claim, End

GATHER: Final = 0.005
"""Seconds in which ends that come one after another are settled together."""
TOGETHER: Final = 0.1
"""Seconds in which what watched runs print is put on record together."""
HASTE: Final = 0.2
"""Seconds between two steps of the ladder when a stop is urgent."""
_NEXT_WAITS: Final = frozenset({Overlap.QUEUE_ONE, Overlap.QUEUE_ALL, Overlap.CANCEL_PREVIOUS})
"""With these another occurrence may be waiting for the end of this one."""


class Hand:
    """Begins claims and collects their ends; wakes its lane when there is one to settle."""

    def __init__(self, silo: str, shop: Shop, waker: Waker, now: Callable[[], datetime]) -> None:
        self.ends: list[End] = []
        """Ends that are not settled yet."""
        self.settled_at = 0.0
        """The loop's time when ends were settled last."""
        self.strays = Strays()
        self.pieces = Pieces(self._spoken)
        """What runs print that are watched."""
        self._silo = silo
        self._shop = shop
        self._waker = waker
        self._now = now
        self._attempts: dict[int, Attempt] = {}
        self._seen: frozenset[int] = frozenset()
        self._crew = Crew()
        self._loop = asyncio.get_running_loop()
        self._live = 0
        self._fewer: asyncio.Event | None = None
        """Set when a run is gone, where somebody waits for that."""
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._attempts)

    def in_hand(self) -> Iterator[OpenOccurrence]:
        """Iterate over the occurrences whose runs go on."""
        return (attempt.claim.occurrence for attempt in self._attempts.values())

    def begin(self, claim: Claim) -> None:
        """Run *claim*; its end will be among `ends`."""
        one = claim.occurrence
        seat = self._shop.pool.seat(one.executor)
        if seat is None:
            gone = Outcome(Result.INTERRUPTED, "executor", f"executor {one.executor!r} was removed")
            self.ends.append(end_of(claim, gone, one.started or one.not_before))
            return
        shop = self._shop
        context = LiveContext(claim, shop.node, shop.clock, shop.logger, self)
        if not self._live:
            self._idle.clear()
        if not self._attempts:
            self._shop.loopwatch.arm()
        self._live += 1
        attempt = self._attempts[one.token] = Attempt(claim, seat, context, shop, self)
        self._crew.put(attempt)

    def ended(self, attempt: Attempt, outcome: Outcome, *, gone: bool) -> None:
        """Keep the end of a run to be settled."""
        self.ends.append(end_of(attempt.claim, outcome, self._now()))
        if gone:
            if self.strays:
                self.strays.drop(attempt.claim.occurrence)
            del self._attempts[attempt.token]
            if not self._attempts or self._fewer is not None:
                self._is_fewer()
        else:
            self.strays.add(attempt.claim.occurrence)
            attempt.seat.strays.append(attempt.claim)
            if outcome.result is not Result.INTERRUPTED:  # a stop names what it leaves behind
                self._warn_of_stray(attempt)
        self._live -= 1
        if not self._live:
            self._idle.set()
        waker = self._waker
        if waker.pending:
            return
        if attempt.seat.crowded or attempt.claim.stored.job.terms.overlap in _NEXT_WAITS:
            waker.wake()
        elif waker.soon is None:
            waker.wake_within(self.gathers())

    def gathers(self) -> float:
        """
        Return for how many seconds an end may wait to be settled together with others.

        The first after a while doesn't wait at all.
        """
        return max(0.0, self.settled_at + GATHER - asyncio.get_running_loop().time())

    def gone(self, attempt: Attempt) -> None:
        """Let go of a stray that has ended."""
        del self._attempts[attempt.token]
        self._is_fewer()
        attempt.seat.strays = [one for one in attempt.seat.strays if one is not attempt.claim]
        self.strays.drop(attempt.claim.occurrence)
        self._waker.wake()

    def lasting(self, suspects: Collection[str]) -> list[Attempt]:
        """Return the runs that were here when this was asked last, and those of the jobs *suspects*."""
        before, self._seen = self._seen, frozenset(self._attempts)
        return [
            attempt
            for token, attempt in self._attempts.items()
            if token not in self.strays and (token in before or attempt.claim.occurrence.job in suspects)
        ]

    def disown(self, attempts: Iterable[Attempt]) -> None:
        """Ask runs to end that aren't open any more; until they have, they are strays."""
        for attempt in attempts:
            one = attempt.claim.occurrence
            if one.token not in self._attempts or one.token in self.strays:
                continue
            self._shop.logger.warning(
                "job %s: %s isn't open any more, so the job was removed; its run is told to end",
                one.job,
                one.key,
            )
            self.strays.add(one)
            attempt.end(Result.CANCELLED)

    def _is_fewer(self) -> None:
        if not self._attempts:
            self._shop.loopwatch.disarm()
        if self._fewer is not None:
            self._fewer.set()

    def _warn_of_stray(self, attempt: Attempt) -> None:
        seat = attempt.seat
        said = "%s could not be stopped: it goes on, and holds its slot in executor %r until it ends"
        self._shop.logger.warning(said, attempt.key, seat.alias)
        stuck = seat.stuck()
        if stuck and not self.runs_in(seat):
            self._shop.logger.warning("executor %r: %s", seat.alias, stuck)

    def slow(self, attempt: Attempt) -> None:
        """Warn of a run that takes long."""
        one, bound = attempt.claim.occurrence, attempt.claim.job.terms.warn_after
        assert bound is not None  # noqa: S101 - it is what the timer was set to
        reason = f"takes longer than {format_span(bound)}"
        self._shop.logger.warning("job %s: attempt %d at %s %s", one.job, one.attempt, one.key, reason)
        if self._shop.teller.heard(RunSlow):
            event = RunSlow(
                at=self._now(),
                node=self._shop.node,
                silo=self._silo,
                job=one.job,
                occurrence=one.key,
                reason=reason,
                attempt=one.attempt,
                bound=bound,
            )
            self._shop.teller.tell(event)

    def end(self, cause: Result, tokens: Iterable[int] | None = None) -> None:
        """Ask runs to end because of *cause*: those of *tokens*, or all."""
        for token in list(self._attempts if tokens is None else tokens):
            if token in self._attempts:
                self._attempts[token].end(cause)

    async def drain(self, deadline: float, hurry: asyncio.Event) -> None:
        """Let runs end for *deadline* seconds, then see that they do; with *hurry* set, step after step."""
        await self._until_idle(deadline, hurry)
        while self._live:
            self.end(Result.INTERRUPTED)  # those too that began meanwhile
            await self._until_idle(self._shop.timing.kill_after.total_seconds(), hurry)
            if hurry.is_set():
                await self._until_idle(HASTE)
                for attempt in list(self._attempts.values()):
                    attempt.hasten(Result.INTERRUPTED)
        await asyncio.sleep(0)

    async def _until_idle(self, seconds: float, hurry: asyncio.Event | None = None) -> None:
        waits = {asyncio.ensure_future(event.wait()) for event in (self._idle, hurry) if event is not None}
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def running(self) -> list[str]:
        """Return the keys of the runs that have no outcome yet."""
        return [attempt.key for attempt in list(self._attempts.values()) if not attempt.stray]

    def runs_in(self, seat: Seat) -> bool:
        """Say whether a run in that executor has no outcome yet."""
        return any(one.seat is seat and not one.stray for one in list(self._attempts.values()))

    async def empty_of(self, executor: str) -> None:
        """Wait until no run is in that executor."""
        while any(one.claim.occurrence.executor == executor for one in self._attempts.values()):
            self._fewer = asyncio.Event()
            await self._fewer.wait()

    async def begun(self) -> None:
        """Wait until each run has begun: what has room comes before more is planned."""
        while len(self._crew):  # noqa: ASYNC110 - they begin within a few rounds of the loop
            await asyncio.sleep(0)

    def tokens(self) -> frozenset[int]:
        """Return the tokens of the runs that go on, or that ended and aren't settled yet."""
        return frozenset(self._attempts) | {end.token for end in self.ends}

    def going_on(self) -> tuple[str, ...]:
        """Return the keys of the runs that go on although they have their outcome."""
        attempts = list(self._attempts.values())
        return tuple(sorted(one.claim.occurrence.key for one in attempts if one.stray))

    def left(self) -> list[str]:
        """Let go of the runs that go on, and return the keys of their occurrences."""
        self._crew.close()
        for attempt in self._attempts.values():
            attempt.abandon()
        return sorted(attempt.claim.occurrence.key for attempt in self._attempts.values())

    def _spoken(self) -> None:
        """Hear, on whatever thread, that there is something that a run printed."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: it was a stray
            self._loop.call_soon_threadsafe(self._waker.wake_within, TOGETHER)

    def progressed(self, claim: Claim, done: float, total: float | None, note: str) -> None:
        """Tell of progress; called on whatever thread the work runs on."""
        if not self._shop.teller.heard(RunProgressed):
            return
        one = claim.occurrence
        event = RunProgressed(
            at=self._now(),
            node=self._shop.node,
            silo=self._silo,
            job=one.job,
            occurrence=one.key,
            reason=note,
            attempt=one.attempt,
            done=done,
            total=total,
        )
        self._shop.teller.tell_from_any_thread(event)
