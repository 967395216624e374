"""One attempt: a claim in its executor, under its time limit, to exactly one outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import attrs

from clockhand._engine.context import LiveContext
from clockhand._engine.pool import Seat
from clockhand._engine.runs import timed_out
from clockhand._engine.shop import Shop
from clockhand._model.run import SUCCEEDED, Outcome
from clockhand._model.words import Result
from clockhand.contracts.batches import Claim

KILLED: Final = 3
"""The last step up the ladder: a run is asked, then made to, then killed."""
LAST_MOMENT: Final = 1.0
"""Seconds from there until a run counts as one that can't be stopped."""

_CODES: Final = {
    Result.CANCELLED: ("cancelled", "cancelled on request"),
    Result.INTERRUPTED: ("stopped", "cut off because the scheduler stopped"),
    Result.LOST: ("owner-died", "its owner's lease ran out, so others may have taken it over"),
}


class Watcher(Protocol):
    """Who hears what becomes of an attempt."""

    def ended(self, attempt: Attempt, outcome: Outcome, *, gone: bool) -> None:
        """Hear its outcome, once; unless it is *gone* it goes on as a stray."""
        ...

    def gone(self, attempt: Attempt) -> None:
        """Hear that a stray has ended."""
        ...

    def slow(self, attempt: Attempt) -> None:
        """Hear that it takes longer than its job's `warn_after`."""
        ...


class Attempt:
    """
    Runs one claim, and tells its outcome once; it may go on as a stray after that.

    A run that outstays its limit, or is told to end, goes up a ladder: it is asked; made to after
    `kill_after`; killed after as long again. One that can't be stopped, or that not even this ends,
    gets its outcome and stays a stray until it ends.
    """

    __slots__ = (
        "_cause",
        "_context",
        "_executor",
        "_rung",
        "_shop",
        "_timer",
        "_told",
        "_warning",
        "_watcher",
        "claim",
        "key",
        "seat",
        "task",
        "token",
    )

    def __init__(self, claim: Claim, seat: Seat, context: LiveContext, shop: Shop, watcher: Watcher) -> None:
        self.claim = claim
        self.key = claim.occurrence.key
        self.token = claim.occurrence.token
        self.task: asyncio.Task[None] | None = None
        self.seat = seat
        self._executor = seat.executor
        self._context = context
        self._shop = shop
        self._watcher = watcher
        self._cause: Result | None = None
        self._told = False
        self._timer: asyncio.TimerHandle | None = None
        self._warning: asyncio.TimerHandle | None = None
        self._rung = 0  # how far up the ladder it is

    @property
    def stray(self) -> bool:
        """Whether it goes on although its outcome is known."""
        return self._told

    async def go(self, task: asyncio.Task[None]) -> None:
        """Run it, in *task*."""
        self.task = task
        job, context = self.claim.stored.job, self._context
        limit, bound = job.limit, job.terms.warn_after
        if limit is not None and not self._told:
            self._arm(limit.total_seconds(), self._expire)
        if bound is not None:
            loop = asyncio.get_running_loop()
            self._warning = loop.call_later(bound.total_seconds(), self._watcher.slow, self)
        ready, context.shared = self._shop.shares.ready(job.work)
        outcome = None if ready else await self._prepare()
        self.seat.promised -= 1  # its executor takes it now
        if outcome is None:
            try:
                # It may have been told to end before it began.
                outcome = SUCCEEDED if self._told else await self._executor.execute(self.claim, context)
            except BaseException as error:  # noqa: BLE001 - see there
                outcome = _escaped(error)
        if self._warning is not None:
            self._warning.cancel()
        if self._timer is not None:
            self._disarm()
        if self._told:
            self._watcher.gone(self)
        else:
            self._told = True
            if self._cause is not None or context.recorded:
                outcome = self._final(outcome)
            self._watcher.ended(self, outcome, gone=True)
        self.task = None

    async def _prepare(self) -> Outcome | None:
        """Open what its kind shares, if it runs here; return the outcome if that can't be done."""
        if self._executor.apart:
            return None
        try:
            self._context.shared = await self._shop.shares.get(self.claim.job.work)
        except asyncio.CancelledError:
            return Outcome(Result.INTERRUPTED, "stopped", "its task was cancelled from outside")
        except Exception as error:  # noqa: BLE001 - a kind that can't open what it shares fails its runs, no other
            return Outcome(Result.FAILED, "share", f"its kind could not open what it shares: {error}")
        return None

    def end(self, cause: Result) -> None:
        """See that the run ends because of *cause*, step by step; told twice, the first cause stands."""
        if self._cause is None and not self._told:
            self._cause = cause
            self._context.cancelled = True
            self._climb()

    def hasten(self, cause: Result) -> None:
        """Take the next step now, however long the run may still have had for the one before."""
        if self._cause is None:
            self.end(cause)
        elif not self._told and self._rung < KILLED:
            self._climb()

    def _climb(self) -> None:
        """Take the next step, and then the one after it in time; at the top, tell."""
        if self._rung < KILLED and self._executor.cancel(self.claim, force=self._rung > 0):
            self._rung += 1
            seconds = self._shop.timing.kill_after.total_seconds()
            self._arm(seconds if self._rung < KILLED else LAST_MOMENT, self._climb)
        else:
            self._tell()

    def abandon(self) -> None:
        """
        Let go of a run that swallows every cancellation: nobody waits for its task any more.

        asyncio.run() cancels the tasks that are left and waits for them, for this one for ever.
        """
        if self._rung == KILLED and self.task is not None and not self.task.done():
            asyncio._unregister_task(self.task)  # noqa: SLF001 - asyncio documents it, with the underscore
            self.task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - it is named in our log

    def _expire(self) -> None:
        self.end(Result.TIMED_OUT)

    def _tell(self) -> None:
        """Tell how it ended although it goes on."""
        self._disarm()
        if not self._told:
            self._told = True
            self._watcher.ended(self, self._final(Outcome(Result.CANCELLED)), gone=False)

    def _final(self, outcome: Outcome) -> Outcome:
        """Return *outcome* as it goes on record: named after what ended it, with what the work recorded."""
        if self._cause is not None:
            outcome = self._ended_by_cause(outcome)
        recorded = self._context.recorded
        if recorded:
            outcome = attrs.evolve(outcome, output={**recorded, **(outcome.output or {})})
        return outcome

    def _ended_by_cause(self, outcome: Outcome) -> Outcome:
        cause, limit = self._cause, self.claim.job.limit
        if cause is Result.TIMED_OUT and limit is not None:
            return timed_out(limit, outcome.output)
        if cause is None or outcome.result is Result.SUCCEEDED:
            return outcome
        return Outcome(cause, *_CODES[cause], outcome.output)

    def _arm(self, seconds: float, then: Callable[[], None]) -> None:
        self._disarm()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _escaped(error: BaseException) -> Outcome:
    """Return the outcome of a run whose executor raised, which it should not: the loop goes on."""
    if isinstance(error, asyncio.CancelledError):
        # Not by cancel(), which is an outcome: the loop is being closed, or somebody meddles with it.
        return Outcome(Result.INTERRUPTED, "stopped", "its task was cancelled from outside")
    if not isinstance(error, Exception):
        raise error
    return Outcome(Result.FAILED, "executor", f"the executor raised {type(error).__name__}: {error}")
