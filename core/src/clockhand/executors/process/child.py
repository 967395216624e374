"""The parent's side of one child process: start it, talk to it, see it gone."""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final

from clockhand.executors.process.main import serve
from clockhand.executors.process.setup import FOR_THE_GROUP, Setup
from clockhand.executors.process.wire import LIMIT, Garbage, Said, understood

if TYPE_CHECKING:
    from clockhand.contracts.context import Kinds
    from clockhand.executors.process.order import Order

GLANCE: Final = 1.0
"""
How often, in seconds, a child is looked at that says nothing.

Its pipe and its sentinel tell of its death at once, unless a fork of it holds both open.
"""
CUT_SHORT: Final = 0.5
"""Seconds within which a child must be dead whose frame was cut short by that."""
REAPED: Final = 5.0
"""Seconds after KILL that a child may take to be gone; longer only if the kernel holds it."""
STEP: Final = 0.005
TRACE: Final = 65_536

_spawning: Final = multiprocessing.get_context("spawn")


class Child:
    """
    One child process, in a session and so a process group of its own.

    One thread talks to it. cancel() and signal() are for any thread, and don't wait.
    """

    def __init__(self, name: str, kinds: Kinds) -> None:
        """Start it; an OSError says why that can't be."""
        self._lock = threading.Lock()
        self._gone = False
        self._code: int | None = None
        self.runs = 0
        """How many runs it was given."""
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            self._frames, frames = _pipe(ours, theirs, duplex=True)
            cancels, self._cancels = _pipe(theirs, ours)
            self._trace, trace = _pipe(ours, theirs)
            os.set_blocking(self._cancels.fileno(), False)
            os.set_blocking(self._trace.fileno(), False)
            setup = Setup(frames, cancels, trace, type(kinds), os.getpid(), _levels())
            self._process = _spawning.Process(target=serve, args=(setup,), name=name)
            # Started together with the first child it would let the signals through again.
            resource_tracker.ensure_running()
            before = signal.pthread_sigmask(signal.SIG_BLOCK, FOR_THE_GROUP)
            try:
                self._process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._ends = ours.pop_all()
        _alive.add(self)
        if self._process.pid is None:  # pragma: no cover - it has been started
            raise OSError("the child process has no id")
        self.pid: Final = self._process.pid
        """Its process id."""

    @property
    def fit(self) -> bool:
        """Whether it waits for a run and has said nothing unasked; a dead one isn't."""
        return self._code_now() is None and not self._frames.poll()

    def give(self, order: Order) -> None:
        """Give it a run; receive() tells if it has died."""
        self.runs += 1
        self._say(order.written())

    def dismiss(self) -> None:
        """Tell it that there is nothing more to do."""
        self._say(b"")

    def _say(self, frame: bytes) -> None:
        with contextlib.suppress(OSError):
            self._frames.send_bytes(frame)

    def receive(self) -> Said | None:
        """Return what it says next, None once it is dead; Garbage if that can't be understood."""
        while True:
            ready = wait([self._frames, self._process.sentinel], GLANCE)
            if self._frames in ready or (ready and self._frames.poll()):
                return self._received()
            if ready or self._code_now() is not None:
                return None

    def _received(self) -> Said | None:
        try:
            frame = self._frames.recv_bytes(LIMIT)
        except EOFError:
            return None
        except OSError as error:
            if wait([self._process.sentinel], CUT_SHORT):
                return None  # its death cut it short
            raise Garbage(str(error)) from error
        return understood(frame)

    def cancel(self, run: int) -> None:
        """Ask it to end *run*."""
        with self._lock, contextlib.suppress(OSError):
            if not self._gone:
                self._cancels.send_bytes(str(run).encode())

    def signal(self, number: int) -> None:
        """Send a signal to its process group, or to it alone while it has none yet."""
        with self._lock:
            if not self._gone and not _sent(os.killpg, self.pid, number):
                _sent(os.kill, self.pid, number)

    def bury(self, patience: float) -> tuple[int | None, str]:
        """
        Wait until it is gone, kill it after *patience* seconds, and what is left of its group anyway.

        Return its exit code, negative for a signal, None if that wasn't seen; and what Python could
        still write when it crashed.
        """
        seconds = patience
        while not self._seen_gone(seconds):
            self.signal(signal.SIGKILL)
            seconds = REAPED
        # Nobody else can have that number: it isn't given away while the group has anybody in it.
        _sent(os.killpg, self.pid, signal.SIGKILL)
        _alive.discard(self)
        trace = b""
        with contextlib.suppress(OSError):
            trace = os.read(self._trace.fileno(), TRACE)
        with self._lock:
            self._ends.close()
            with contextlib.suppress(ValueError):  # somebody else has reaped it
                self._process.close()
        return self._code, trace.decode("utf-8", "replace").strip()

    def _seen_gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._code_now() is None and _sent(os.kill, self.pid, 0):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if wait([self._process.sentinel], min(left, GLANCE)):
                time.sleep(STEP)  # it is about to be there
        with self._lock:
            self._gone = True
        return True

    def _code_now(self) -> int | None:
        """Return its exit code if it is dead; from then on its number may be somebody else's."""
        with self._lock:
            if self._code is None:
                self._code = self._process.exitcode
                self._gone = self._code is not None
            return self._code


_alive: Final[set[Child]] = set()


@atexit.register  # after multiprocessing's own, and so called before that: it waits for all that live
def _kill_all() -> None:
    """Kill the children of executors that nobody closed."""
    for child in _alive.copy():
        child.signal(signal.SIGKILL)


def _pipe(
    reads: contextlib.ExitStack, writes: contextlib.ExitStack, *, duplex: bool = False
) -> tuple[Connection[Any, Any], Connection[Any, Any]]:
    """Return both ends of a pipe, each to be closed with its side."""
    reader, writer = _spawning.Pipe(duplex)
    reads.callback(reader.close)
    writes.callback(writer.close)
    return reader, writer


def _sent(how: Any, whom: int, number: int) -> bool:
    """Send a signal by *how*; False if nobody is there."""
    try:
        how(whom, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody is, as another user by now
    return True


def _levels() -> dict[str, int]:
    """Return the levels of all loggers that have one of their own."""
    loggers = logging.root.manager.loggerDict.copy().items()
    levels = {name: logger.level for name, logger in loggers if isinstance(logger, logging.Logger)}
    return {"": logging.root.getEffectiveLevel(), **{name: level for name, level in levels.items() if level}}
