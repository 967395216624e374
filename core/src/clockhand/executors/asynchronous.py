"""The executor `async`: runs on the scheduler's own event loop, in the task that asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from asyncio import current_task
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from clockhand._model.protocols import Work
from clockhand._model.run import SUCCEEDED
from clockhand.contracts.executor import Executor
from clockhand.executors import guard
from clockhand.executors.outcomes import after_teardown, cancelled, failed, raised, succeeded

if TYPE_CHECKING:
    from clockhand._model.protocols import RunContext
    from clockhand._model.run import Outcome
    from clockhand.contracts.batches import Claim
    from clockhand.contracts.context import ExecutorContext


class AsyncExecutor(Executor):
    """
    Runs up to *limit* works at once, each in the task that calls execute().

    A run that swallows its cancellation keeps its slot until it ends. A work's SystemExit or
    KeyboardInterrupt, also one in a task that it spawned, fails that run and nothing else.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._runs: set[_Run] = set()
        self._guard: guard.TaskGuard | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._logger = logging.getLogger("clockhand")

    async def startup(self, context: ExecutorContext) -> None:
        """Guard the tasks that runs will spawn on this loop."""
        self._logger = context.logger
        self._loop = asyncio.get_running_loop()
        if self._guard is None:
            self._guard = guard.install(self._loop)

    async def teardown(self) -> None:
        """Give the loop its task factory back."""
        if self._guard is not None:
            guard.release(asyncio.get_running_loop(), self._guard)
            self._guard = None

    def room(self) -> int:
        """Return how many more runs may begin."""
        return max(0, self._limit - len(self._runs))

    async def execute(self, claim: Claim, context: RunContext) -> Outcome:
        """Run the claim's work in this task."""
        task = current_task(self._loop)
        if task is None:
            raise RuntimeError("execute() needs a task to run in")
        run = _Run(task, claim, context, self._logger)
        slot = guard.slot_of(task)
        before, slot.run = slot.run, run
        self._runs.add(run)
        work = claim.stored.job.work
        try:
            if type(work).startup is Work.startup and type(work).teardown is Work.teardown:
                try:
                    value = work.func(context)
                    answer = await value if type(value) is CoroutineType else await _settled(value)
                    outcome = SUCCEEDED if answer is None else succeeded(answer)
                except BaseException as error:  # noqa: BLE001 - whatever a work raises is how its run ended
                    outcome = run.outcome_of(error)
            else:
                outcome = await run.perform(work)
            if run.sent:
                await run.calm()
        finally:
            slot.run = before
            run.ended = True
            self._runs.discard(run)
        if run.escaped and run.cut_off:
            raise asyncio.CancelledError
        return run.failure or outcome

    def cancel(self, claim: Claim, *, force: bool) -> bool:
        """Cancel the task of *claim*: once, and once more each time with *force*."""
        found = [run for run in self._runs if run.claim is claim]
        for run in found:
            if force or not run.asked:
                run.asked = True
                run.cancel()
        return bool(found)


class _Run:
    """One run: its task, the cancels that were sent to it, and what its own tasks did."""

    __slots__ = (
        "_cancelling",
        "_context",
        "_logger",
        "_task",
        "asked",
        "claim",
        "ended",
        "escaped",
        "failure",
        "sent",
    )

    def __init__(
        self, task: asyncio.Task[Any], claim: Claim, context: RunContext, logger: logging.Logger
    ) -> None:
        self.claim = claim
        self.asked = False
        self.ended = False
        self.failure: Outcome | None = None
        self._task = task
        self._context = context
        self._logger = logger
        self._cancelling = task.cancelling()
        self.sent = 0
        self.escaped = False

    def cancel(self) -> None:
        """Cancel the task, and remember that it was us."""
        self.sent += 1
        self._task.cancel()

    def stray(self, error: BaseException) -> None:
        """Fail the run for what a task of it raised, and end the rest of it."""
        if self.ended:
            self._logger.warning(
                "job %r, occurrence %s: a task that outlived its run raised %s; ignored",
                self._context.job,
                self._context.occurrence,
                type(error).__name__,
            )
        elif self.failure is None:
            self.failure = failed(error)
            self.cancel()

    async def perform(self, work: Work) -> Outcome:
        """Return how startup, func and teardown ended; raises only when the coroutine itself is closed."""
        context = self._context
        try:
            await _settled(work.startup(context))
            outcome = succeeded(await _settled(work.func(context)))
        except BaseException as error:  # noqa: BLE001 - whatever a work raises is how its run ended
            outcome = self.outcome_of(error)
        try:
            await _settled(work.teardown(context))
        except BaseException as error:  # noqa: BLE001 - likewise
            outcome = after_teardown(outcome, self.outcome_of(error))
        return outcome

    async def calm(self) -> None:
        """Take back the cancels that were sent, so that none of them reaches whoever called execute()."""
        while self.sent:
            while self.sent:
                self.sent -= 1
                self._task.uncancel()
            # A cancel that is still to be thrown is thrown here; before Python 3.13 uncancel() leaves it.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)

    @property
    def cut_off(self) -> bool:
        """Whether the run ended because somebody else cancelled the task."""
        return self.escaped and self._task.cancelling() > self._cancelling

    def outcome_of(self, error: BaseException) -> Outcome:
        if isinstance(error, GeneratorExit) and self._is_being_closed():
            raise error
        if isinstance(error, asyncio.CancelledError):
            self.escaped = True
            if self.sent:
                return cancelled("the run was asked to end")
        return raised(error, self._context)

    def _is_being_closed(self) -> bool:
        """Say whether a GeneratorExit comes from outside: then nothing may be awaited any more."""
        return asyncio.current_task(self._task.get_loop()) is not self._task


async def _settled(value: Any) -> Any:
    """Return *value*, or what it is an awaitable of."""
    return await value if inspect.isawaitable(value) else value
