"""Telling: entries become events for those who hear them; an event nobody hears is never built."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable

from clockhand._engine.listeners import Listeners
from clockhand._model.entry import Entry
from clockhand._model.event import Event, event_of, event_type_of

Receiver = Callable[[Event], None]

_log = logging.getLogger("clockhand.listeners")


class Teller:
    """Tells the listeners of one scheduler, and whoever subscribed to all its events."""

    def __init__(self, node: str, listeners: Listeners, loop: asyncio.AbstractEventLoop) -> None:
        self.node = node
        self._loop = loop
        self.listeners = listeners
        self._receivers: list[Receiver] = []

    def subscribe(self, receiver: Receiver) -> None:
        """Let *receiver* hear every event from now on, called on the loop: it must not block."""
        self._receivers.append(receiver)

    def unsubscribe(self, receiver: Receiver) -> None:
        """Let *receiver* hear no more."""
        self._receivers.remove(receiver)

    def anybody(self) -> bool:
        """Say whether anybody hears anything."""
        return bool(self._receivers) or self.listeners.any

    def heard(self, kind: type[Event]) -> bool:
        """Say whether anybody hears events of that type."""
        return bool(self._receivers) or self.listeners.hear(kind)

    def entries(self, entries: Iterable[Entry], silo: str) -> None:
        """Tell of *entries*, which *silo* has taken."""
        for entry in entries:
            kind = event_type_of(entry)
            if kind is not None and self.heard(kind):
                self.tell(event_of(entry, kind, self.node, silo))

    def tell(self, event: Event) -> None:
        """Tell of *event*; what a receiver raises is logged, and is nobody else's fault."""
        self.listeners.put(event)
        for receiver in tuple(self._receivers):
            _call(receiver, event)

    def tell_from_any_thread(self, event: Event) -> None:
        """Tell of *event*, soon; a scheduler that is gone tells nobody."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.tell, event)


def _call(receiver: Receiver, event: Event) -> None:
    try:
        receiver(event)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a receiver's fault, SystemExit too, stays its own
        _log.error(
            "receiver %r failed on %s: %s: %s",
            receiver,
            type(event).__name__,
            type(error).__name__,
            error,
            exc_info=error,
        )
