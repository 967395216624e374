"""The executor `thread`: runs in daemon threads of its own, for works that are plain functions."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import itertools
import logging
import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from clockhand._clock import Clock, SystemClock
from clockhand._model.run import Outcome
from clockhand._model.words import Result
from clockhand.contracts.executor import Executor
from clockhand.executors.outcomes import cancelled
from clockhand.executors.phases import perform

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from clockhand._model.protocols import RunContext
    from clockhand.contracts.batches import Claim
    from clockhand.contracts.context import ExecutorContext

    _Queue: TypeAlias = "SimpleQueue[_Item | None]"

GOODBYE: Final = 1.0
"""How many seconds teardown() gives a thread that has nothing to do to end."""


class ThreadExecutor(Executor):
    """
    Runs up to *threads* works at once, each in a thread that is started when it is first needed.

    A thread can't be stopped: one whose caller gave up is a stray, and holds its slot until it ends.
    """

    def __init__(self, threads: int) -> None:
        self._limit = threads
        self._queue: _Queue = SimpleQueue()
        self._results: _Results | None = None
        self._threads: list[threading.Thread] = []
        self._items: set[_Item] = set()
        self._numbers = itertools.count(1)
        self._open = False
        self._alias = "thread"
        self._clock: Clock = SystemClock()
        self._logger = logging.getLogger("clockhand")

    async def startup(self, context: ExecutorContext) -> None:
        """Take runs from now on; threads are started when there is something to run."""
        self._alias, self._clock, self._logger = context.alias, context.clock, context.logger
        # New ones each time: a stray of the time before still takes its None from the old one.
        self._queue = SimpleQueue()
        self._results = _Results(asyncio.get_running_loop(), self._ended)
        self._open = True

    async def teardown(self) -> None:
        """Let threads end that have nothing to do, and name those that still run a work."""
        self._open = False
        for item in tuple(self._items):
            self._withdraw(item, "the executor was closed before the run began")
        busy = {item.thread for item in self._items}
        for item in self._items:
            self._logger.warning(
                "executor %r: job %r, occurrence %s still runs in thread %r and can't be stopped",
                self._alias,
                item.context.job,
                item.context.occurrence,
                item.thread.name if item.thread else "",
            )
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            if thread not in busy:
                thread.join(GOODBYE)
        self._threads.clear()

    def room(self) -> int:
        """Return how many more runs would start at once; strays hold their slots."""
        return max(0, self._limit - len(self._items)) if self._open else 0

    async def execute(self, claim: Claim, context: RunContext) -> Outcome:
        """Run the claim's work in a thread, and wait for it with the clock held."""
        if not self._open:
            return Outcome(Result.FAILED, "executor:closed", f"executor {self._alias!r} isn't open")
        item = _Item(claim, context, asyncio.get_running_loop().create_future())
        self._items.add(item)
        if len(self._threads) < min(self._limit, len(self._items)):
            self._start_thread()
        if not self._threads:
            self._items.discard(item)
            return Outcome(Result.FAILED, "executor:no-thread", "the system gives this process no thread")
        self._queue.put(item)
        try:
            with self._clock.hold():
                return await item.answer
        except asyncio.CancelledError:
            self._withdraw(item, "")
            raise

    def cancel(self, claim: Claim, *, force: bool) -> bool:
        """Withdraw a run that has not begun; one that has can't be stopped."""
        for item in self._items:
            if item.claim is claim:
                return self._withdraw(item, "the run was asked to end before it began")
        return False

    def _withdraw(self, item: _Item, reason: str) -> bool:
        """Take *item* back unless a thread has it; its caller, if there is one, hears *reason*."""
        if not item.take():
            return False
        self._ended(item, cancelled(reason))
        return True

    def _ended(self, item: _Item, outcome: Outcome) -> None:
        self._items.discard(item)
        if not item.answer.done():
            item.answer.set_result(outcome)

    def _start_thread(self) -> None:
        name = f"clockhand-{self._alias}-{next(self._numbers)}"
        thread = threading.Thread(target=_serve, args=(self._queue, self._results), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._logger.warning("executor %r: no new thread (%s); runs share the others", self._alias, error)
        else:
            self._threads.append(thread)


class _Item:
    """One run on its way to a thread and back. Whoever take()s it first has it: a thread, or a cancel."""

    def __init__(self, claim: Claim, context: RunContext, answer: asyncio.Future[Outcome]) -> None:
        self.claim = claim
        self.context = context
        self.answer = answer
        self.thread: threading.Thread | None = None
        self.surroundings = contextvars.copy_context()
        self._taken = threading.Lock()

    def take(self) -> bool:
        """Say whether the caller is the first who asks."""
        return self._taken.acquire(blocking=False)


class _Results:
    """
    What the threads hand to the event loop: it is woken once for as many as have come by then.

    To be woken costs it more than what a short run does.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, ended: Callable[[_Item, Outcome], None]) -> None:
        self._loop = loop
        self._ended = ended
        self._waiting: deque[tuple[_Item, Outcome]] = deque()
        self._called = False

    def put(self, item: _Item, outcome: Outcome) -> None:
        """Hand over how *item* ended; from any thread."""
        self._waiting.append((item, outcome))
        if not self._called:
            self._called = True
            # The loop may be closed by now: then nobody waits for this any more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._called = False  # first, so that what comes from here on calls again
        while self._waiting:
            self._ended(*self._waiting.popleft())


def _serve(queue: _Queue, results: _Results) -> None:
    """Run what comes, in this thread, until None comes."""
    thread = threading.current_thread()
    while (item := queue.get()) is not None:
        item.thread = thread
        if item.take():
            results.put(item, item.surroundings.run(perform, item.claim.job.work, item.context))
        del item  # or it would stay alive until the next one comes
