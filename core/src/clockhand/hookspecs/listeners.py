"""
The listener hooks: `clockhand_event` hears every event, `clockhand_run_failed` the one, and so on.

There is one hook per event in `clockhand.events`, made from its name; a test holds the two lists
together. Listeners are plain functions; they run on a thread of their own, behind a bounded queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pluggy

from clockhand._model.event import EVENTS, Event, hook_of

if TYPE_CHECKING:
    from collections.abc import Callable

_hookspec = pluggy.HookspecMarker("clockhand")


class ListenerSpec:
    """Events, each heard by the hook that is named after it."""

    @_hookspec
    def clockhand_event(self, event: Event) -> None:
        """Hear every event."""


def _spec(event_type: type[Event]) -> Callable[[Any, Event], None]:
    def listener(self: Any, event: Event) -> None:
        pass

    listener.__name__ = hook_of(event_type)
    listener.__qualname__ = f"ListenerSpec.{listener.__name__}"
    listener.__doc__ = f"Hear {event_type.__name__}: {(event_type.__doc__ or '').strip()}"
    return _hookspec(listener)


for _event in EVENTS:
    setattr(ListenerSpec, hook_of(_event), _spec(_event))

LISTENER_HOOKS: Final[dict[str, type[Event]]] = {"clockhand_event": Event} | {
    hook_of(event): event for event in EVENTS
}
"""The type of event that each listener hook hears."""
