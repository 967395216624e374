"""Listeners: who hears which event, on one thread behind a bounded queue, so that none delays the loop."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

import attrs

from clockhand._model.event import EVENTS, Event

CAPACITY: Final = 10_000
SLOW: Final = 2.0
"""Seconds after which a listener is named by health."""

_log = logging.getLogger("clockhand.listeners")


@attrs.frozen
class Listener:
    """A plugin's function that hears one type of event, or with `Event` all of them."""

    plugin: str
    hears: type[Event]
    function: Callable[[Event], None]


class Listeners:
    """
    The listeners by event type, and the thread that calls them.

    A full queue drops the event and counts it. One that raises is logged with its plugin's name.
    """

    def __init__(self, listeners: Iterable[Listener]) -> None:
        found = list(listeners)
        self._table = {event: tuple(one for one in found if issubclass(event, one.hears)) for event in EVENTS}
        self.any = any(self._table.values())
        """Whether anybody hears anything."""
        self._queue: queue.Queue[Event | None] = queue.Queue(CAPACITY)
        self._thread: threading.Thread | None = None
        self._calling: tuple[str, float] | None = None
        self._slow: set[str] = set()
        self.dropped = 0

    def hear(self, event: type[Event]) -> bool:
        """Say whether anybody hears events of that type."""
        return bool(self._table[event])

    def put(self, event: Event) -> None:
        """Queue *event* for those who hear it."""
        if not self._table[type(event)]:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="clockhand-listeners", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self.dropped += 1

    def slow(self) -> tuple[str, ...]:
        """Return the plugins whose listener took, or has been taking, longer than `SLOW` seconds."""
        calling = self._calling
        if calling is not None and time.monotonic() - calling[1] > SLOW:
            self._slow.add(calling[0])
        return tuple(sorted(self._slow))

    def close(self, timeout: float) -> bool:
        """Let the queue run empty for up to *timeout* seconds; return whether it did. Blocks."""
        thread = self._thread
        if thread is None:
            return True
        deadline = time.monotonic() + timeout
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=timeout)
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            calling = self._calling
            _log.warning("listener of %s is still running; left behind", calling[0] if calling else "nobody")
        return not thread.is_alive()

    def _work(self) -> None:
        while (event := self._queue.get()) is not None:
            for one in self._table[type(event)]:
                self._call(one, event)

    def _call(self, one: Listener, event: Event) -> None:
        began = time.monotonic()
        self._calling = (one.plugin, began)
        try:
            one.function(event)
        except BaseException as error:  # noqa: BLE001 - a listener's fault, SystemExit too, stays its own
            _log.error(
                "listener of %s failed on %s: %s: %s",
                one.plugin,
                type(event).__name__,
                type(error).__name__,
                error,
                exc_info=error,
            )
        finally:
            self._calling = None
        if time.monotonic() - began > SLOW:
            self._slow.add(one.plugin)
