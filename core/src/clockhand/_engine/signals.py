"""
Running until told to stop: SIGINT and SIGTERM drain, a second one of either stops at once.

SIGHUP asks for a reload, as daemons have it; where it comes because the terminal was closed, it drains.
A signal that the event loop doesn't hear, because something blocks it, interrupts that when it is
repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, Final

_HANGUP = getattr(signal, "SIGHUP", None)
"""Windows has none."""
_CAUGHT = tuple(number for number in (signal.SIGINT, signal.SIGTERM, _HANGUP) if number is not None)
DEAF: Final = 0.5
"""Seconds after a signal in which the event loop must have heard of it, unless something blocks it."""
MOST_NAMED: Final = 5
"""How many runs a message names."""

_log = logging.getLogger("clockhand")


class StopRequest:
    """What asked for the stop, and whether it is urgent."""

    def __init__(self, reload: Callable[[], None] | None, running: Callable[[], Sequence[str]]) -> None:
        self._reload = reload
        self._running = running
        self._terminal = _has_terminal()
        self._loop = asyncio.get_running_loop()
        self._unheard: float | None = None
        """Since when a signal waits for the event loop to hear of it."""
        self.wanted = asyncio.Event()
        self.hurry = asyncio.Event()
        self.signal: signal.Signals | None = None

    def on_signal(self, got: int, frame: FrameType | None) -> Any:
        """Pass a signal on to the event loop; as a handler, so in the main thread, whatever that is doing."""
        now = time.monotonic()
        if got != _HANGUP and self._unheard is not None and now - self._unheard > DEAF:
            self._unheard = now
            raise KeyboardInterrupt(f"{signal.Signals(got).name} again, and this keeps the event loop busy")
        if self._unheard is None:
            self._unheard = now
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._hear, signal.Signals(got))

    def _hear(self, number: signal.Signals) -> None:
        self._unheard = None
        self.ask(number)

    def ask(self, number: signal.Signals) -> None:
        """Ask for a reload or a stop; asked again, for one at once."""
        if number is _HANGUP and self._reload is not None and self._terminal == _has_terminal():
            self._reload()
            return
        named = _named(self._running())
        if not self.wanted.is_set():
            waits = f", {named} may end; once more stops at once" if named else ""
            _log.info("%s: stopping%s", number.name, waits)
            self.signal = number
            self.wanted.set()
        elif not self.hurry.is_set():
            cut = f", which cuts off {named}" if named else ""
            _log.warning("%s again: stopping at once%s", number.name, cut)
            self.hurry.set()


def _named(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - MOST_NAMED:,} more" if len(keys) > MOST_NAMED else ""
    return f"{', '.join(sorted(keys)[:MOST_NAMED])}{more}"


def _has_terminal() -> bool:
    """Say whether the process has a terminal that controls it; one that was closed is none."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def stop_signals(
    reload: Callable[[], None] | None = None, running: Callable[[], Sequence[str]] = tuple
) -> Iterator[StopRequest]:
    """
    Let SIGINT, SIGTERM and SIGHUP ask for a stop meanwhile; outside the main thread they can't.

    With *reload* SIGHUP calls that, but for the one that comes because the terminal was closed.
    *running* says what a stop has to wait for, or cuts off.
    """
    request = StopRequest(reload, running)
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.getsignal(number) for number in _CAUGHT}
    if previous.get(_HANGUP) is signal.SIG_IGN:
        del previous[_HANGUP]  # as nohup wants it
    for number in previous:
        # Not add_signal_handler(): a loop that is blocked calls nothing.
        signal.signal(number, request.on_signal)
    try:
        yield request
    finally:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
