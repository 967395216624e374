"""A child process: takes one run after the other, until there are no more or its parent is gone."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

from clockhand._model.run import Outcome
from clockhand._model.words import Result
from clockhand.errors import Unresolved
from clockhand.executors.outcomes import after_teardown, cancelled, failed, raised
from clockhand.executors.phases import perform
from clockhand.executors.process.order import Order
from clockhand.executors.process.reporting import ChildContext, Reporter, forward_logs
from clockhand.executors.process.setup import FOR_THE_GROUP
from clockhand.executors.process.stage import Act, Stage
from clockhand.executors.process.unpacking import Unpacker
from clockhand.executors.process.watching import Watcher
from clockhand.executors.process.wire import Begun, Ready
from clockhand.executors.streams import kept_open

if TYPE_CHECKING:
    from types import FrameType

    from clockhand.executors.process.setup import Setup

HEARSAY: Final = 0.5
"""Seconds after TERM within which the word must come that the run is to end."""


def serve(setup: Setup) -> None:
    """Run what the parent orders; the first thing that a child does of its own."""
    os.setsid()
    _let_signals_in()
    os.set_blocking(setup.trace.fileno(), False)
    faulthandler.enable(setup.trace.fileno(), all_threads=False)
    for stream in (sys.stdout, sys.stderr):
        # What is printed must not be lost when the child is killed; there may be something else, or nothing.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    server = _Server(setup)
    watcher = Watcher(setup, server)
    watcher.start()
    with kept_open():
        done = server.serve()
    if not done:
        watcher.join()  # which ends this process, and all that it started


class _Server:
    """Takes orders. The watcher calls cancel() and orphaned()."""

    def __init__(self, setup: Setup) -> None:
        self._frames = setup.frames
        self._reporter = Reporter(setup.frames)
        self._forwarder = forward_logs(self._reporter, setup.levels)
        self._unpacker = Unpacker(setup.kinds)
        self._stage = Stage()
        self._lock = threading.Lock()
        self._run = 0
        self._context: ChildContext | None = None
        self._act: Act | None = None
        self._early = 0
        self._terminated = False

    def serve(self) -> bool:
        """Take orders; return False once the parent is gone, True when there are no more."""
        self._reporter.say(Ready())
        while True:
            try:
                frame = self._frames.recv_bytes()
            except (EOFError, OSError):
                return False
            if not frame:
                self._stage.close()
                return True
            self._take(Order.read(frame))

    # for the watcher

    def cancel(self, run: int) -> None:
        """Ask *run* to end, now or when it comes."""
        with self._lock:
            if self._context is None or run != self._run:
                self._early = run
                return
            if not self._context.cancelled:
                self._context.ask()
                if self._act is not None:
                    self._act.cancel()

    def orphaned(self) -> bool:
        """Ask the run to end, if there is one, and say whether there is."""
        if self._context is None:
            return False
        self.cancel(self._run)
        return True

    # one run

    def _take(self, order: Order) -> None:
        context = ChildContext(order, self._reporter)
        with self._lock:
            self._run, self._context, self._act = order.run, context, None
            if self._early == order.run:
                context.ask()
        self._reporter.say(Begun(order.run))
        self._forwarder.run = order.run
        try:
            outcome = self._outcome(order, context)
        except asyncio.CancelledError as error:  # TERM, outside of the phases
            outcome = raised(error, context)
        if self._reporter.forked:
            os._exit(0)  # the work has forked, and both came back here: there is one child, and this isn't it
        self._forwarder.run = None
        context.over = True
        with self._lock:
            self._context = None
        _flush()
        self._reporter.say_ended(order.run, outcome, last=self._terminated)

    def _outcome(self, order: Order, context: ChildContext) -> Outcome:
        signal.signal(signal.SIGTERM, self._on_term)
        try:
            return self._performed(order, context)
        except Unresolved as error:
            return failed(error)
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _performed(self, order: Order, context: ChildContext) -> Outcome:
        kind, work = self._unpacker.work(order)
        try:
            context.shared = None if order.function is not None else self._stage.shared(kind)
        except Exception as error:  # noqa: BLE001 - a kind that can't open what it shares fails its runs, no other
            return Outcome(Result.FAILED, "share", f"its kind could not open what it shares: {error}")
        act = self._stage.act(kind, work)
        with self._lock:
            if context.cancelled:
                return cancelled("the run was asked to end before it began")
            self._act = act
        outcome = perform(act, context)
        try:
            act.end()
        except BaseException as error:  # noqa: BLE001 - what the work left behind may raise anything
            outcome = after_teardown(outcome, raised(error, context))
        return outcome

    def _on_term(self, number: int, frame: FrameType | None) -> None:
        """
        Interrupt a run that was asked to end, so that it can clean up; die of it otherwise.

        What is awaited is cancelled once more, anything else raises where it is. Whatever the run held
        may be left in disorder, so this child takes no other.
        """
        context, act = self._context, self._act
        if context is None or self._reporter.forked or not context.is_asked(HEARSAY):
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
            return
        self._terminated = True
        if act is None or not act.cancel_again():
            self._reporter.interrupt()


def _let_signals_in() -> None:
    """Take signals from here on; those that came while this was in its parent's group are forgotten."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in FOR_THE_GROUP}
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, *FOR_THE_GROUP})
    for number, handler in {**handlers, signal.SIGTERM: signal.SIG_DFL}.items():
        signal.signal(number, handler)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed, or not there at all
            stream.flush()
