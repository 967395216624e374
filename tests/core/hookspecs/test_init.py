"""The hooks, and what each hands to an implementation."""

import inspect

import pytest

from clockhand.events import EVENTS, hook_of
from clockhand.hookspecs import REGISTRATION, SPECS, hookimpl

EXPECTED = {
    "ScheduleSpec": {
        "clockhand_schedules": [],
        "clockhand_started": ["scheduler"],
        "clockhand_stopping": ["scheduler"],
    },
    "SiloSpec": {"clockhand_silos": []},
    "WorkSpec": {"clockhand_works": []},
    "HistorySpec": {"clockhand_histories": []},
    "ExecutorSpec": {"clockhand_executors": []},
    "TriggerSpec": {"clockhand_triggers": []},
    "GateSpec": {"clockhand_may_run": ["claim"], "clockhand_may_act": ["msg"]},
    "ListenerSpec": {"clockhand_event": ["event"], **{hook_of(event): ["event"] for event in EVENTS}},
}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.__name__)
def test_each_hook_hands_over_what_it_says(spec):
    """Plugins are written against these names: none may go away or change."""
    hooks = {name: member for name, member in vars(spec).items() if name.startswith("clockhand_")}
    assert {name: [*inspect.signature(hook).parameters][1:] for name, hook in hooks.items()} == EXPECTED[
        spec.__name__
    ]
    for hook in hooks.values():
        assert hook.__doc__
        assert hasattr(hook, "clockhand_spec")


def test_all_specs_are_there():
    """One class for each noun, one for listeners, one for gates, and no hook in two."""
    assert {spec.__name__ for spec in SPECS} == set(EXPECTED)
    assert set(SPECS) - set(REGISTRATION) == set(SPECS[-2:])
    names = [name for spec in EXPECTED.values() for name in spec]
    assert len(names) == len(set(names))


def test_the_mark():
    """It marks a function and leaves it as it is."""

    @hookimpl
    def clockhand_silos():
        return ["x"]

    assert clockhand_silos() == ["x"]
    assert hasattr(clockhand_silos, "clockhand_impl")
