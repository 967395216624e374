"""The executor `process`: runs in child processes, one run at a time in each."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from clockhand._clock import Clock, SystemClock
from clockhand._model.run import Outcome
from clockhand._model.words import Result
from clockhand.contracts.executor import Executor
from clockhand.executors.outcomes import cancelled
from clockhand.executors.process.mainguard import refuse_import
from clockhand.executors.process.packing import Packer
from clockhand.executors.process.slot import Run, Slot

if TYPE_CHECKING:
    from clockhand._model.protocols import RunContext
    from clockhand.contracts.batches import Claim
    from clockhand.contracts.context import ExecutorContext

GOODBYE: Final = 2.0
"""Seconds that teardown() gives children between TERM and KILL."""
KILLED: Final = 5.0
"""Seconds after KILL that teardown() waits for a child to be gone."""


class ProcessExecutor(Executor):
    """
    Runs up to *processes* works at once, each in a child process that is started when it is first needed.

    A child serves up to *max_runs* runs (None: any number), one at a time. A run that is to end is
    asked first; with force its child's process group gets TERM, and KILL when it is forced again. The
    death of a child is the failure of its run, and of no other.
    """

    apart = True

    def __init__(self, processes: int | None, max_runs: int | None) -> None:
        self._limit = processes or _cpus()
        self._max_runs = max_runs
        self._packer = Packer("process", None, None)
        self._runs: set[Run] = set()
        self._waiting: deque[Run] = deque()
        self._slots: list[Slot] = []
        self._free: list[Slot] = []
        self._numbers = itertools.count(1)
        self._open = False
        self._alias = "process"
        self._clock: Clock = SystemClock()
        self._logger = logging.getLogger("clockhand")

    async def startup(self, context: ExecutorContext) -> None:
        """
        Take runs from now on; children are started when there is something to run.

        Raises StateError in a child that has come here only because it imports the program again.
        """
        refuse_import(f"executor {context.alias!r}")
        self._alias, self._clock, self._logger = context.alias, context.clock, context.logger
        self._packer = Packer(context.alias, context.kinds, context.functions)
        self._open = True

    async def teardown(self) -> None:
        """End all children, TERM first and soon KILL, and wait until they are gone."""
        self._open = False
        for run in tuple(self._waiting):
            self._withdraw(run, "the executor was closed before the run began")
        for run in tuple(self._runs):
            run.force(signal.SIGTERM)
        slots, self._slots, self._free = self._slots, [], []
        for slot in slots:
            slot.give(None)
        if slots:
            with self._clock.hold():
                left = await asyncio.to_thread(_see_gone, slots)
            for slot in left:
                self._logger.warning(
                    "executor %r: the child process of %r can't be killed", self._alias, slot.thread.name
                )

    def room(self) -> int:
        """Return how many more runs would start at once."""
        return max(0, self._limit - len(self._runs)) if self._open else 0

    async def execute(self, claim: Claim, context: RunContext) -> Outcome:
        """Run the claim's work in a child process, and wait for it with the clock held."""
        if not self._open:
            return Outcome(Result.FAILED, "executor:closed", f"executor {self._alias!r} isn't open")
        run = Run(claim, context, asyncio.get_running_loop())
        self._runs.add(run)
        self._waiting.append(run)
        try:
            self._assign()
            with self._clock.hold():
                return await run.answer
        except asyncio.CancelledError:
            # Nobody waits any more, so nothing may go on.
            self._withdraw(run, "")
            run.force(signal.SIGKILL)
            raise

    def cancel(self, claim: Claim, *, force: bool) -> bool:
        """Ask the run of *claim* to end; forced, TERM to its child's group, and forced again, KILL."""
        run = next((run for run in self._runs if run.claim is claim), None)
        if run is None:
            return False
        if self._withdraw(run, "the run was asked to end before it began"):
            return True
        if force:
            run.force(signal.SIGKILL if run.forced else signal.SIGTERM)
        else:
            run.ask()
        return True

    def _assign(self) -> None:
        """Give what waits to slots that are free, or new as long as there may be more."""
        while self._waiting and (self._free or self._add_slot()):
            self._free.pop().give(self._waiting.popleft())
        if not self._slots:
            for run in tuple(self._waiting):
                self._waiting.remove(run)
                reason = "the system gives this process no thread"
                self._done(run, Outcome(Result.FAILED, "executor:no-thread", reason))

    def _add_slot(self) -> bool:
        """Say whether there is one more slot now, and free."""
        if len(self._slots) == self._limit:
            return False
        name = f"clockhand-{self._alias}-{next(self._numbers)}"
        slot = Slot(name, self._packer, self._max_runs, self._ended)
        try:
            slot.thread.start()
        except RuntimeError as error:
            self._logger.warning("executor %r: no new thread (%s); runs share the others", self._alias, error)
            return False
        self._slots.append(slot)
        self._free.append(slot)
        return True

    def _withdraw(self, run: Run, reason: str) -> bool:
        """Take *run* back unless a slot has it; its caller, if there is one, hears *reason*."""
        if run not in self._waiting:
            return False
        self._waiting.remove(run)
        self._done(run, cancelled(reason))
        return True

    def _ended(self, slot: Slot, run: Run, outcome: Outcome) -> None:
        if slot in self._slots:  # not after a teardown()
            self._free.append(slot)
        self._done(run, outcome)
        self._assign()

    def _done(self, run: Run, outcome: Outcome) -> None:
        self._runs.discard(run)
        if not run.answer.done():
            run.answer.set_result(outcome)


def _cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _see_gone(slots: list[Slot]) -> list[Slot]:
    """Wait until the threads of *slots* have ended, with their children; return those that don't."""
    _join(slots, GOODBYE)
    for slot in slots:
        slot.signal(signal.SIGKILL)
    _join(slots, KILLED)
    return [slot for slot in slots if slot.thread.is_alive()]


def _join(slots: list[Slot], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for slot in slots:
        slot.thread.join(max(0.0, deadline - time.monotonic()))
