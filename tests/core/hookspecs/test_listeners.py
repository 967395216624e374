"""There is a listener hook for each event, and an event for each listener hook."""

from clockhand import events
from clockhand.events import EVENTS, Event, hook_of
from clockhand.hookspecs import ListenerSpec
from clockhand.hookspecs.listeners import LISTENER_HOOKS


def test_the_two_lists_are_one():
    """Every event that can be imported is heard by the hook that is named after it."""
    named = {
        kind
        for kind in vars(events).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind not in {Event, events.RunEvent}
    }
    assert named == set(EVENTS)
    assert {"clockhand_event": Event} | {hook_of(event): event for event in EVENTS} == LISTENER_HOOKS
    assert {name for name in vars(ListenerSpec) if name.startswith("clockhand_")} == set(LISTENER_HOOKS)


def test_how_a_hook_is_named():
    """In words, small, with the project's name before them."""
    assert hook_of(events.RunFailed) == "clockhand_run_failed"
    assert hook_of(events.RunTimedOut) == "clockhand_run_timed_out"
    assert hook_of(events.OccurrenceSkipped) == "clockhand_occurrence_skipped"


def test_a_hook_says_what_it_hears():
    """Its help is the event's."""
    spec = ListenerSpec.clockhand_run_failed
    assert spec.__doc__ == "Hear RunFailed: An attempt failed; `run.outcome` has the code."
    assert spec.__qualname__ == "ListenerSpec.clockhand_run_failed"
