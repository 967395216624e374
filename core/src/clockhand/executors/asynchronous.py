"""The executor `async`: runs on the scheduler's own event loop, in the task that asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from typing import TYPE_CHECKING, Any

from clockhand.contracts.executor import Executor
from clockhand.executors import guard
from clockhand.executors.outcomes import after_teardown, cancelled, failed, raised, succeeded

if TYPE_CHECKING:
    from clockhand._model.protocols import RunContext, Work
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
        self._logger = logging.getLogger("clockhand")

    async def startup(self, context: ExecutorContext) -> None:
        """Guard the tasks that runs will spawn on this loop."""
        self._logger = context.logger
        if self._guard is None:
            self._guard = guard.install(asyncio.get_running_loop())

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
        run = _Run(_this_task(), claim, context, self._logger)
        before = guard.CURRENT.get()
        self._runs.add(run)
        guard.CURRENT.set(run)
        try:
            outcome = await run.perform(claim.job.work)
            await run.calm()
        finally:
            guard.CURRENT.set(before)
            run.ended = True
            self._runs.discard(run)
        if run.cut_off:
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
        self._sent = 0
        self._escaped = False

    def cancel(self) -> None:
        """Cancel the task, and remember that it was us."""
        self._sent += 1
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
        try:
            await _settled(work.startup(self._context))
            outcome = succeeded(await _settled(work.func(self._context)))
        except BaseException as error:  # noqa: BLE001 - whatever a work raises is how its run ended
            outcome = self._outcome_of(error)
        try:
            await _settled(work.teardown(self._context))
        except BaseException as error:  # noqa: BLE001 - likewise
            outcome = after_teardown(outcome, self._outcome_of(error))
        return outcome

    async def calm(self) -> None:
        """Take back the cancels that were sent, so that none of them reaches whoever called execute()."""
        while self._sent:
            while self._sent:
                self._sent -= 1
                self._task.uncancel()
            # A cancel that is still to be thrown is thrown here; before Python 3.13 uncancel() leaves it.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)

    @property
    def cut_off(self) -> bool:
        """Whether the run ended because somebody else cancelled the task."""
        return self._escaped and self._task.cancelling() > self._cancelling

    def _outcome_of(self, error: BaseException) -> Outcome:
        if isinstance(error, GeneratorExit) and self._is_being_closed():
            raise error
        if isinstance(error, asyncio.CancelledError):
            self._escaped = True
            if self._sent:
                return cancelled("the run was asked to end")
        return raised(error, self._context)

    def _is_being_closed(self) -> bool:
        """Say whether a GeneratorExit comes from outside: then nothing may be awaited any more."""
        return asyncio.current_task(self._task.get_loop()) is not self._task


async def _settled(value: Any) -> Any:
    """Return *value*, or what it is an awaitable of."""
    return await value if inspect.isawaitable(value) else value


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("execute() needs a task to run in")
    return task
