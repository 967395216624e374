"""One slot: a thread that has at most one child process, and runs in it what it is given."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from clockhand._model.run import Outcome
from clockhand._model.words import Result
from clockhand.errors import ClockhandError, told
from clockhand.executors.outcomes import cancelled, failed
from clockhand.executors.process.ends import death, made_to_end, outcome_of, stillborn
from clockhand.executors.process.relaying import Pace, relay
from clockhand.executors.process.wire import Begun, Ended, Garbage, Ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockhand._model.protocols import RunContext
    from clockhand.contracts.batches import Claim
    from clockhand.executors.process.child import Child
    from clockhand.executors.process.order import Order
    from clockhand.executors.process.packing import Packer

IDLE: Final = 60.0
"""Seconds after which a child that has nothing to do is ended."""
LAST_MOMENT: Final = 0.5
"""Seconds between the end of a child's pipe and its own, if both come by themselves."""
GOODBYE: Final = 2.0
"""Seconds that a child has to end by itself when it is dismissed."""

_numbers: Final = itertools.count(1)


class Run:
    """One run: its way to a child and back. What asks it to end may come from any thread."""

    def __init__(self, claim: Claim, context: RunContext, loop: asyncio.AbstractEventLoop) -> None:
        self.number: Final = next(_numbers)
        self.claim = claim
        self.context = context
        self.loop = loop
        self.answer: asyncio.Future[Outcome] = loop.create_future()
        self.asked = False
        self.forced = False
        self._child: Child | None = None
        # A signal must not reach the run that comes into the child after this one.
        self._lock = threading.Lock()

    def enter(self, child: Child) -> bool:
        """Go into *child*; False if it was asked to end before."""
        with self._lock:
            self._child = child
            return not self.asked

    def leave(self) -> None:
        """Go out of the child: from here on nothing that is done to the run reaches it."""
        with self._lock:
            self._child = None

    def ask(self) -> None:
        """Ask it to end; once is enough."""
        with self._lock:
            if not self.asked and self._child is not None:
                self._child.cancel(self.number)
            self.asked = True

    def force(self, number: int) -> None:
        """Make it end by a signal to its child and all that this has started."""
        self.ask()
        with self._lock:
            self.forced = True
            if self._child is not None:
                self._child.signal(number)


class Slot:
    """Runs one run after the other; `ended` hears of each on the loop that gave it."""

    def __init__(
        self, name: str, packer: Packer, max_runs: int | None, ended: Callable[[Slot, Run, Outcome], None]
    ) -> None:
        self._packer = packer
        self._max_runs = max_runs
        self._ended = ended
        self._inbox: SimpleQueue[Run | None] = SimpleQueue()
        self._child: Child | None = None
        self._spent = False
        self.thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def give(self, run: Run | None) -> None:
        """Let it run *run* next, or with None end its child and itself."""
        self._inbox.put(run)

    def signal(self, number: int) -> None:
        """Send a signal to its child, if there is one."""
        child = self._child
        if child is not None:
            child.signal(number)

    def _serve(self) -> None:
        while (run := self._next()) is not None:
            outcome = self._outcome(run)
            run.leave()
            # The loop may be closed by now: then nobody waits for this any more.
            with contextlib.suppress(RuntimeError):
                run.loop.call_soon_threadsafe(self._ended, self, run, outcome)
            del run  # or it would stay alive until the next one comes
            if self._child is not None and (self._spent or self._child.runs == self._max_runs):
                self._dismiss()
        self._dismiss()

    def _next(self) -> Run | None:
        try:
            return self._inbox.get(timeout=None if self._child is None else IDLE)
        except Empty:
            self._dismiss()
            return self._inbox.get()

    def _outcome(self, run: Run) -> Outcome:
        """Return how *run* ended; never raises."""
        try:
            order = self._packer.pack(run.number, run.claim, run.context)
            return self._ran(run, order)
        except Garbage as error:
            code, _ = self._kill()
            if run.forced:
                return made_to_end(code)
            reason = f"the child process said what can't be understood, and was killed: {error}"
            return Outcome(Result.FAILED, "executor", reason)
        except ClockhandError as error:
            return failed(error)
        except Exception as error:  # noqa: BLE001 - whatever went wrong here is this run's failure, no other's
            self._kill()
            return Outcome(Result.FAILED, "executor", told(error))

    def _ran(self, run: Run, order: Order) -> Outcome:
        while True:
            fresh = self._child is None
            child = self._child or self._start(run)
            if isinstance(child, Outcome):
                return child
            outcome = self._run_in(child, run, order, fresh=fresh)
            if outcome is not None:
                return outcome

    def _start(self, run: Run) -> Child | Outcome:
        """Return a new child, or the outcome of *run* if there is none to be had."""
        try:
            from clockhand.executors.process.child import Child  # in this thread, for it takes a while

            self._child = child = Child(self.thread.name, self._packer.kinds)
        except ClockhandError:
            raise
        except Exception as error:  # noqa: BLE001 - the system, or multiprocessing, refuses
            return Outcome(Result.FAILED, "executor:no-process", f"no child process: {told(error)}")
        self._spent = False
        run.enter(child)
        said = child.receive()
        if isinstance(said, Ready):
            return child
        if said is not None:
            raise Garbage(f"{type(said).__name__} before it was ready")
        code, _ = self._bury()
        return made_to_end(code) if run.forced else stillborn(code)

    def _run_in(self, child: Child, run: Run, order: Order, *, fresh: bool) -> Outcome | None:
        """Return how *run* ended in *child*; None if that one was gone before it took the run."""
        if not fresh and not child.fit:
            self._kill()
            return None
        if not run.enter(child):
            return cancelled("the run was asked to end before it began")
        child.give(order)
        begun, pace = fresh, Pace()
        while (said := child.receive()) is not None:
            if isinstance(said, Ready) or said.run != run.number:
                raise Garbage(f"{type(said).__name__} of no run, or of another")
            if isinstance(said, Ended):
                self._spent = said.last
                return outcome_of(said)
            if isinstance(said, Begun):
                begun = True
            else:
                relay(said, run.context)
                pace.keep()
        code, trace = self._bury()
        if run.forced:
            return made_to_end(code)
        return death(code, trace) if begun else None

    def _dismiss(self) -> None:
        if self._child is not None:
            self._child.dismiss()
            self._bury(GOODBYE)

    def _kill(self) -> tuple[int | None, str]:
        return self._bury(0.0)

    def _bury(self, patience: float = LAST_MOMENT) -> tuple[int | None, str]:
        """See the child gone, killed after *patience* seconds; return its exit code and its last words."""
        child = self._child
        if child is None:
            return None, ""
        found = child.bury(patience)
        self._child = None
        return found
