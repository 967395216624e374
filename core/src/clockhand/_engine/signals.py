"""Running until told to stop: SIGINT, SIGTERM and SIGHUP drain, a second one of any stops at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Iterator

_HANGUP = getattr(signal, "SIGHUP", None)
"""A closed terminal; Windows has none."""
_CAUGHT = tuple(number for number in (signal.SIGINT, signal.SIGTERM, _HANGUP) if number is not None)

_log = logging.getLogger("clockhand")


class StopRequest:
    """What asked for the stop, and whether it is urgent."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self.hurry = asyncio.Event()
        self.signal: signal.Signals | None = None

    def ask(self, number: signal.Signals) -> None:
        """Ask for a stop; asked again, for one at once."""
        if self.wanted.is_set():
            _log.warning("%s again: stopping at once", number.name)
            self.hurry.set()
            return
        _log.info("%s: stopping, running work may end; once more stops at once", number.name)
        self.signal = number
        self.wanted.set()


@contextlib.contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """Let SIGINT, SIGTERM and SIGHUP ask for a stop meanwhile; outside the main thread they can't."""
    request = StopRequest()
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.getsignal(number) for number in _CAUGHT}
    if previous.get(_HANGUP) is signal.SIG_IGN:
        del previous[_HANGUP]  # as nohup wants it
    for number in previous:
        try:
            loop.add_signal_handler(number, request.ask, number)
        except NotImplementedError:  # Windows
            signal.signal(
                number, lambda got, _frame: loop.call_soon_threadsafe(request.ask, signal.Signals(got))
            )
    try:
        yield request
    finally:
        for number, handler in previous.items():
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler)
