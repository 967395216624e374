"""
The time: one object reads it, everything else is told.

Wall-clock time says when jobs are due; the event loop's own time measures leases and timeouts.
A virtual clock, for tests, is in `clockhand.testing`.
"""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

_NO_HOLD: contextlib.AbstractContextManager[None] = contextlib.nullcontext()


@runtime_checkable
class Clock(Protocol):
    """What the time is, and who is keeping it from moving."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that is never set; only differences mean something."""
        ...

    def hold(self) -> contextlib.AbstractContextManager[None]:
        """
        Return a context manager: virtual time stands still while anybody is inside one.

        Whoever waits for something that the event loop can't see (a thread, a socket, a child
        process) holds the clock meanwhile. For the system's clock it costs nothing and does nothing.
        """
        ...


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the machine's wall-clock time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return `time.monotonic()`, in seconds."""
        return time.monotonic()

    def hold(self) -> contextlib.AbstractContextManager[None]:
        """Return a context manager that does nothing: real time can't be held."""
        return _NO_HOLD
