"""
An alarm for when something is due: the event loop's timer, or a finer one where the system has it.

The event loop waits in whole milliseconds, and rounds up. A timer that is a file (Linux, timerfd(2))
rings within a tenth of one, and goes on counting while the machine sleeps.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Final, Protocol

LEAST: Final = 1e-6
"""Seconds: no time at all would switch the timer off."""
_CREATED: Final = os.O_NONBLOCK | os.O_CLOEXEC if sys.platform == "linux" else 0


class Alarm(Protocol):
    """Rings once at a time: a new setting takes the place of the one before."""

    def set(self, seconds: float, ring: Callable[[], None]) -> None:
        """Call *ring* once *seconds* have passed, and never before."""
        ...

    def stop(self) -> None:
        """Don't ring."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class LoopAlarm:
    """The event loop's own timer."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, ring: Callable[[], None]) -> None:
        """Call *ring* once *seconds* have passed."""
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(seconds, ring)

    def stop(self) -> None:
        """Don't ring."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    close = stop


class FileAlarm:
    """A timer that is a file, read by the event loop when it rings; OSError where there is none to be had."""

    def __init__(self) -> None:
        self._file, self._write = _timerfd()
        self._loop = asyncio.get_running_loop()
        self._ring: Callable[[], None] | None = None
        try:
            self._loop.add_reader(self._file, self._rang)
        except BaseException:
            os.close(self._file)
            raise

    def set(self, seconds: float, ring: Callable[[], None]) -> None:
        """Call *ring* once *seconds* have passed."""
        self._ring = ring
        self._write(max(LEAST, seconds))

    def stop(self) -> None:
        """Don't ring: it may, once, and nobody hears it."""
        self._ring = None

    def close(self) -> None:
        """Close the file."""
        self._ring = None
        if self._file >= 0:
            self._loop.remove_reader(self._file)
            os.close(self._file)
            self._file = -1

    def _rang(self) -> None:
        try:
            os.read(self._file, 8)
        except BlockingIOError:  # it was set anew meanwhile
            return
        ring, self._ring = self._ring, None
        if ring is not None:
            ring()


def finest_alarm() -> Alarm:
    """Return the finest alarm that this system and the running loop have."""
    try:
        return FileAlarm()
    except (OSError, AttributeError, NotImplementedError, ImportError):
        return LoopAlarm()


def _timerfd() -> tuple[int, Callable[[float], object]]:
    """Return a timer that counts also while the machine sleeps, and what sets it to so many seconds."""
    clock = time.CLOCK_BOOTTIME
    if sys.version_info >= (3, 13):  # pragma: no cover - before that there is none
        file = os.timerfd_create(clock, flags=_CREATED)
        return file, lambda seconds: os.timerfd_settime(file, initial=seconds)
    return _by_hand(clock)


def _by_hand(clock: int) -> tuple[int, Callable[[float], object]]:
    """Return a timerfd, and what sets it, from the C library: Python has them since 3.13."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    create, settime = library.timerfd_create, library.timerfd_settime
    spec = (ctypes.c_long * 4)()  # seconds and nanoseconds between two rings (none), and until the first
    settime.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    address = ctypes.addressof(spec)
    file = create(clock, _CREATED)
    if file < 0:
        raise OSError(ctypes.get_errno(), "timerfd_create")

    def set_to(seconds: float) -> None:
        whole = int(seconds)
        spec[2], spec[3] = whole, int((seconds - whole) * 1e9)
        if settime(file, 0, address, None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    return file, set_to
