"""The runs that a lane has in hand: begun, ended and waiting to be settled, or strays."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from clockhand._engine.attempt import Attempt
from clockhand._engine.context import LiveContext
from clockhand._engine.runs import end_of
from clockhand._engine.shop import Shop
from clockhand._engine.waker import Waker
from clockhand._model.event import RunProgressed
from clockhand._model.run import Outcome
from clockhand._model.words import Result
from clockhand.contracts.batches import Claim, End


class Hand:
    """Begins claims and collects their ends; wakes its lane when there is one to settle."""

    def __init__(self, silo: str, shop: Shop, waker: Waker, now: Callable[[], datetime]) -> None:
        self.ends: list[End] = []
        """Ends that are not settled yet."""
        self.strays: Counter[str] = Counter()
        """By alias: runs that go on although their outcome is known."""
        self._silo = silo
        self._shop = shop
        self._waker = waker
        self._now = now
        self._attempts: dict[int, Attempt] = {}
        self._live = 0
        self._fewer = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._attempts)

    def begin(self, claim: Claim) -> None:
        """Run *claim*; its end will be among `ends`."""
        one = claim.occurrence
        seat = self._shop.pool.seat(one.executor)
        if seat is None:
            gone = Outcome(Result.INTERRUPTED, "executor", f"executor {one.executor!r} was removed")
            self.ends.append(end_of(claim, gone, one.started or one.not_before))
            return
        context = LiveContext(
            claim,
            node=self._shop.node,
            clock=self._shop.clock,
            logger=self._shop.logger,
            progress=self._progress,
        )
        attempt = Attempt(claim, seat.executor, context, self._shop, self._ended, self._gone)
        self._attempts[one.token] = attempt
        self._live += 1
        self._idle.clear()
        attempt.begin(lambda: self._shop.pool.promise(one.executor, -1))

    def _ended(self, attempt: Attempt, outcome: Outcome) -> None:
        self.ends.append(end_of(attempt.claim, outcome, self._now()))
        self.strays[attempt.claim.occurrence.job] += 1
        self._live -= 1
        if not self._live:
            self._idle.set()
        self._waker.wake()

    def _gone(self, attempt: Attempt) -> None:
        del self._attempts[attempt.token]
        alias = attempt.claim.occurrence.job
        self.strays[alias] -= 1
        if not self.strays[alias]:
            del self.strays[alias]
        self._fewer.set()
        self._waker.wake()

    def end(self, cause: Result, tokens: Iterable[int] | None = None) -> None:
        """Ask runs to end because of *cause*: those of *tokens*, or all."""
        for token in list(self._attempts if tokens is None else tokens):
            if token in self._attempts:
                self._attempts[token].end(cause)

    def force(self, cause: Result) -> None:
        """Make all runs end; their outcome is told at once."""
        for attempt in list(self._attempts.values()):
            attempt.force(cause)

    async def drain(self, deadline: float, hurry: asyncio.Event) -> None:
        """Let runs end for *deadline* seconds, then ask them, then make them; with *hurry* set, at once."""
        await self._until_idle(deadline, hurry)
        self.end(Result.INTERRUPTED)
        await self._until_idle(self._shop.timing.grace.total_seconds(), hurry)
        self.force(Result.INTERRUPTED)
        await asyncio.sleep(0)

    async def _until_idle(self, seconds: float, hurry: asyncio.Event) -> None:
        waits = {asyncio.ensure_future(self._idle.wait()), asyncio.ensure_future(hurry.wait())}
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def empty_of(self, executor: str) -> None:
        """Wait until no run is in that executor."""
        while any(one.claim.occurrence.executor == executor for one in self._attempts.values()):
            self._fewer.clear()
            await self._fewer.wait()

    def left(self) -> list[str]:
        """Let go of the runs that go on, and return the keys of their occurrences."""
        for attempt in self._attempts.values():
            attempt.abandon()
        return sorted(attempt.claim.occurrence.key for attempt in self._attempts.values())

    def _progress(self, claim: Claim, done: float, total: float | None, note: str) -> None:
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
