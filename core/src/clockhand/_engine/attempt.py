"""One attempt: a claim in its executor, under its time limit, to exactly one outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import attrs

from clockhand._engine.context import LiveContext
from clockhand._engine.runs import timed_out
from clockhand._engine.shop import Shop
from clockhand._model.run import SUCCEEDED, Outcome
from clockhand._model.words import Result
from clockhand.contracts.batches import Claim
from clockhand.contracts.executor import Executor

_CODES: Final = {
    Result.CANCELLED: ("cancelled", "cancelled on request"),
    Result.INTERRUPTED: ("stopped", "cut off because the scheduler stopped"),
    Result.LOST: ("owner-died", "its owner's lease ran out, so others may have taken it over"),
}


class Attempt:
    """
    Runs one claim. `on_outcome` hears its outcome once; the attempt may go on as a stray after that.

    A run that outstays its limit, or is told to end, is asked first and made to after the grace; one
    that can't be stopped gets its outcome at once and stays a stray until it ends.
    """

    def __init__(
        self,
        claim: Claim,
        executor: Executor,
        context: LiveContext,
        shop: Shop,
        on_outcome: Callable[[Attempt, Outcome], None],
        on_gone: Callable[[Attempt], None],
    ) -> None:
        self.claim = claim
        self._executor = executor
        self._context = context
        self._grace = shop.timing.grace.total_seconds()
        self._shares = shop.shares
        self._on_outcome = on_outcome
        self._on_gone = on_gone
        self._limit = claim.job.limit
        self._cause: Result | None = None
        self._told = False
        self._timer: asyncio.TimerHandle | None = None
        self._resists = False
        self.task: asyncio.Task[None] | None = None

    @property
    def token(self) -> int:
        """The token of the claim."""
        return self.claim.occurrence.token

    @property
    def stray(self) -> bool:
        """Whether it goes on although its outcome is known."""
        return self._told

    def begin(self, entered: Callable[[], None]) -> None:
        """Start it in a task of its own; *entered* is called as the executor takes it."""
        self.task = asyncio.get_running_loop().create_task(self._run(entered), name=self.claim.occurrence.key)

    async def _run(self, entered: Callable[[], None]) -> None:
        if self._limit is not None and not self._told:
            self._arm(self._limit.total_seconds(), self._expire)
        problem = await self._prepare()
        entered()
        # It may have been told to end before it began.
        outcome = problem or (SUCCEEDED if self._told else await self._execute())
        self._disarm()
        self._tell(self._ended_by_cause(outcome) if self._cause is not None else outcome)
        self._on_gone(self)

    async def _prepare(self) -> Outcome | None:
        """Open what the kind of the work shares; return the outcome if that can't be done."""
        work = self.claim.job.work
        try:
            if self._shares.needed(work):
                self._context.shared = await self._shares.get(work)
        except Exception as error:  # noqa: BLE001 - a kind that can't open what it shares fails its runs, no other
            return Outcome(Result.FAILED, "share", f"its kind could not open what it shares: {error}")
        return None

    async def _execute(self) -> Outcome:
        try:
            return await self._executor.execute(self.claim, self._context)
        except asyncio.CancelledError:
            # Not by cancel(), which is an outcome: the loop is being closed, or somebody meddles with it.
            return Outcome(Result.INTERRUPTED, "stopped", "its task was cancelled from outside")
        except Exception as error:  # noqa: BLE001 - an executor's bug is this run's failure, not the loop's
            return Outcome(Result.FAILED, "executor", f"the executor raised {type(error).__name__}: {error}")

    def end(self, cause: Result) -> None:
        """Ask the run to end because of *cause*; told twice, the first cause stands."""
        if self._cause is not None or self._told:
            return
        self._cause = cause
        self._context.cancelled = True
        if self._executor.cancel(self.claim, force=False):
            self._arm(self._grace, self._force)
        else:
            self._tell(self._ended_by_cause(Outcome(Result.CANCELLED)))

    def force(self, cause: Result) -> None:
        """Make the run end now, by any means, and tell its outcome."""
        self._cause = self._cause or cause
        self._context.cancelled = True
        self._resists = self._executor.cancel(self.claim, force=True)
        self._tell(self._ended_by_cause(Outcome(Result.CANCELLED)))

    def abandon(self) -> None:
        """
        Let go of a run that swallows every cancellation: nobody waits for its task any more.

        asyncio.run() cancels the tasks that are left and waits for them, for this one for ever.
        """
        if self._resists and self.task is not None and not self.task.done():
            asyncio._unregister_task(self.task)  # noqa: SLF001 - asyncio documents it, with the underscore

    def _expire(self) -> None:
        self.end(Result.TIMED_OUT)

    def _force(self) -> None:
        if self._executor.cancel(self.claim, force=True):
            self._arm(self._grace, self._abandon)
        else:
            self._abandon()

    def _abandon(self) -> None:
        self._tell(self._ended_by_cause(Outcome(Result.CANCELLED)))

    def _ended_by_cause(self, outcome: Outcome) -> Outcome:
        cause = self._cause
        if cause is Result.TIMED_OUT and self._limit is not None:
            return timed_out(self._limit, outcome.output)
        if cause is None or outcome.result is Result.SUCCEEDED:
            return outcome
        return Outcome(cause, *_CODES[cause], outcome.output)

    def _tell(self, outcome: Outcome) -> None:
        self._disarm()
        if self._told:
            return
        self._told = True
        recorded = self._context.recorded
        if recorded:
            outcome = attrs.evolve(outcome, output={**recorded, **(outcome.output or {})})
        self._on_outcome(self, outcome)

    def _arm(self, seconds: float, then: Callable[[], None]) -> None:
        self._disarm()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
