"""The page about events against the events: each is there, with its hook and its fields."""

import attrs

from clockhand.events import EVENTS, Event, hook_of
from clockhand.hookspecs import ScheduleSpec


def test_each_event_is_on_the_page(docs):
    """The table has each event, in the order of the source, with its hook and the fields beyond the base."""
    base = {field.name for field in attrs.fields(Event)}
    wanted = [
        [
            f"`{event.__name__}`",
            f"`{hook_of(event)}`",
            ", ".join(f"`{field.name}`" for field in attrs.fields(event) if field.name not in base),
        ]
        for event in EVENTS
    ]
    rows = docs("events-and-listeners.md").table("## Each event")
    assert [row[:3] for row in rows] == wanted
    assert all(row[3] for row in rows)


def test_the_base_fields_are_on_the_page(docs):
    """The page names each field that all events have."""
    text = docs("events-and-listeners.md").section("## Each event")
    assert [field.name for field in attrs.fields(Event) if f"`{field.name}`" not in text] == []


def test_the_hooks_about_the_scheduler_are_on_the_page(docs):
    """The page names the two hooks that are no events."""
    text = docs("events-and-listeners.md").text
    hooks = [
        name for name in vars(ScheduleSpec) if name.startswith("clockhand_") and name != "clockhand_schedules"
    ]
    assert [name for name in hooks if f"`{name}(scheduler)`" not in text] == []
