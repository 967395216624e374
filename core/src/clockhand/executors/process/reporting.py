"""What a child says of its run: progress, fields for the record, and whatever is logged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import threading
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from clockhand._model.job import checked_json
from clockhand._model.moments import parse_moment
from clockhand._model.run import checked_stream
from clockhand.errors import DefinitionError
from clockhand.executors.process.wire import LIMIT, Ended, Logged, Printed, Progressed, Recorded, written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from multiprocessing.connection import Connection

    from clockhand._model.run import Outcome
    from clockhand.executors.process.order import Order

TEXT: Final = 32_768
"""How many characters of a log message, of its traceback, or of a note travel."""


class Reporter:
    """
    Sends what the child says, from any thread, but not from a fork: two would talk into each other.

    A signal handler may say something too, in the middle of what its thread is sending: that comes after it.
    """

    def __init__(self, frames: Connection[Any, Any]) -> None:
        self._frames = frames
        self._unsent: deque[bytes] = deque()
        self._lock = threading.RLock()
        self._sender: int | None = None
        """The thread that is sending; it alone holds the lock."""
        self._interrupted = False
        self._pid = os.getpid()

    @property
    def forked(self) -> bool:
        """Whether this process is a fork of the child."""
        return os.getpid() != self._pid

    def say(self, value: object) -> None:
        """Send *value*; a parent that is gone hears nothing."""
        frame = written(value)
        if self.forked:
            return
        self._unsent.append(frame)
        with self._lock:
            if self._sender is not None:
                return  # this is a signal handler, and what it has interrupted sends its frame
            self._send()
            interrupted, self._interrupted = self._interrupted, False
        if interrupted:
            raise asyncio.CancelledError

    def _send(self) -> None:
        while self._unsent:
            try:
                self._sender = threading.get_ident()
                while self._unsent:
                    with contextlib.suppress(OSError):
                        self._frames.send_bytes(self._unsent.popleft())
            finally:
                self._sender = None

    def interrupt(self) -> None:
        """Raise CancelledError in this thread, after what it is sending: half a frame would be garbage."""
        if self._sender == threading.get_ident():
            self._interrupted = True
        else:
            raise asyncio.CancelledError

    def say_ended(self, run: int, outcome: Outcome, *, last: bool) -> None:
        """Send how *run* ended; *last* when the child takes no more."""
        after = outcome.retry_after
        self.say(
            Ended(
                run,
                outcome.result,
                outcome.code,
                outcome.reason,
                None if outcome.output is None else dict(outcome.output),
                None if after is None else after.total_seconds(),
                last,
            )
        )


class ChildContext:
    """The RunContext of a run in a child process."""

    def __init__(self, order: Order, reporter: Reporter) -> None:
        self._order = order
        self._reporter = reporter
        self._asked = threading.Event()
        self._logger = logging.getLogger(order.logger)
        self.job = order.job
        self.due: datetime = parse_moment(order.due, "due")
        self.occurrence = order.occurrence
        self.attempt = order.attempt
        self.token = order.token
        self.node = order.node
        self.watched = order.watched
        self.shared: Any = None
        self.over = False
        """Whether the run has ended: what threads that it left behind still say of it is not told."""

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger whose records carry job, occurrence and attempt."""
        extra = {"job": self.job, "occurrence": self.occurrence, "attempt": self.attempt}
        return logging.LoggerAdapter(self._logger, extra)

    @property
    def cancelled(self) -> bool:
        """Whether the run was asked to end."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Note that it was."""
        self._asked.set()

    def is_asked(self, seconds: float) -> bool:
        """Wait up to *seconds* for the run to be asked to end, and say whether it was."""
        return self._asked.wait(seconds)

    def hold(self) -> AbstractContextManager[None]:
        """Return a context manager that does nothing: the parent holds the clock for the whole run."""
        return contextlib.nullcontext()

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        """Tell listeners how far the run is; a number that isn't finite isn't told."""
        number, whole = _finite(done), None if total is None else _finite(total)
        if number is not None and not self.over:
            self._reporter.say(Progressed(self._order.run, number, whole, str(note)[:TEXT]))

    def output(self, text: str, stream: str = "stdout") -> None:
        """Show *text* to whoever watches the run; a DefinitionError for a *stream* that isn't one."""
        checked_stream(stream)
        if not self.watched or self.over:
            return
        text = str(text)
        for start in range(0, len(text), TEXT):
            self._reporter.say(Printed(self._order.run, stream, text[start : start + TEXT]))

    def record(self, **fields: Any) -> None:
        """Add *fields* to the run's record; a DefinitionError if they aren't JSON, or too much at once."""
        said = Recorded(self._order.run, checked_json(fields, "record"))
        size = len(written(said))
        if size > LIMIT:
            raise DefinitionError(f"record: {size:,} bytes of JSON, at most {LIMIT:,} can be added at once")
        if not self.over:
            self._reporter.say(said)


def _finite(value: float) -> float | None:
    """Return *value* as a number, None if it isn't finite."""
    number = value if isinstance(value, int | float) else float(value)
    return number if isinstance(number, int) or math.isfinite(number) else None


class Forwarder(logging.Handler):
    """Sends log records to the parent; without a run, and in a fork, they go to standard error."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__()
        self._reporter = reporter
        self.run: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Send *record*, with its message and its traceback as text."""
        run = self.run
        if run is None or self._reporter.forked:
            if logging.lastResort is not None and record.levelno >= logging.lastResort.level:
                logging.lastResort.handle(record)
            return
        try:
            self._reporter.say(self._logged(run, record))
        except Exception:  # noqa: BLE001 - what logging does about a message that can't be formatted
            self.handleError(record)

    def _logged(self, run: int, record: logging.LogRecord) -> Logged:
        formatter = logging.Formatter()
        trace = formatter.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
        return Logged(
            run,
            record.name,
            record.levelno,
            record.getMessage()[:TEXT],
            record.created,
            record.pathname,
            record.lineno,
            record.funcName or "",
            record.threadName or "",
            trace[-TEXT:],
        )


def forward_logs(reporter: Reporter, levels: Mapping[str, int]) -> Forwarder:
    """Let all that is logged in this process go through the handler that is returned, at these levels."""
    forwarder = Forwarder(reporter)
    # What the program set up when its main module was imported again would write everything twice.
    logging.root.handlers[:] = [forwarder]
    for name, level in levels.items():
        logging.getLogger(name or None).setLevel(level)
    return forwarder
