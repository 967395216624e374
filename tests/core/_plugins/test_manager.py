"""Taking in a plugin: what it may hold, and what is refused with nothing left behind."""

import types

import attrs
import pytest

from clockhand._plugins.manager import HOOKS, REGISTRATION_HOOKS, Manager
from clockhand.contracts import Condition, Kind, Timer, Work
from clockhand.errors import PluginError
from clockhand.events import Event, RunFailed
from clockhand.hookspecs import hookimpl


@attrs.frozen
class _Options:
    path: str = "x"


@attrs.frozen
class _Shout(Work):
    def func(self, context):
        pass


@attrs.frozen
class _Never(Timer):
    def next_after(self, moment, facts=None):
        return None


@attrs.frozen
class _Always(Condition):
    reads: frozenset[str] = frozenset()

    def passes(self, context):
        return True


def _silo(name="redis"):
    return Kind(name=name, summary="x", options=_Options, make=print)


def _plugin(**hooks):
    """Return a plugin, a module, with these functions."""
    module = types.ModuleType("plugin")
    vars(module).update(hooks)
    return module


def _making(value):
    """Return a new function, not yet marked, that takes nothing and returns *value*."""

    def hook():
        return value

    return hook


def _listening(then=None):
    """Return a new function, not yet marked, that hears an event."""

    def hook(event):
        if then is not None:
            then(event)

    return hook


def _misspelt(evnt):
    pass


def _greedy(scheduler, loop):
    pass


def _curious(config):
    return []


def _returning(value, hook="clockhand_silos"):
    return _plugin(**{hook: hookimpl(_making(value))})


def test_a_plugin_offers_kinds():
    """A list, a tuple, a generator, or nothing; several hooks; whatever else is in the module is let be."""

    class Plugin:
        @hookimpl
        def clockhand_silos(self):
            yield _silo("a")
            yield _silo("b")

        @hookimpl
        def clockhand_works(self):
            return (Kind(name="shout", summary="x", options=_Shout),)

        @hookimpl
        def clockhand_triggers(self):
            return [
                Kind(name="never", summary="x", options=_Never),
                Kind(name="always", summary="x", options=_Always),
            ]

        @hookimpl
        def clockhand_histories(self):
            return None

        def clockhands(self):
            """Do nothing: a name of the plugin's own."""

    offers = Manager().register(Plugin(), "x")
    assert set(offers) == set(REGISTRATION_HOOKS)
    assert {hook: [kind.name for kind in kinds] for hook, kinds in offers.items() if kinds} == {
        "clockhand_silos": ["a", "b"],
        "clockhand_works": ["shout"],
        "clockhand_triggers": ["never", "always"],
    }


def _raising():
    yield _silo()
    raise ZeroDivisionError("no silo")


async def _coroutine():
    return []


async def _async_generator():
    yield _silo()


@pytest.mark.parametrize(
    ("plugin", "says"),
    [
        (
            _plugin(clockhand_silo=hookimpl(_making([]))),
            "unknown hook 'clockhand_silo', did you mean 'clockhand_silos'?",
        ),
        (
            _plugin(clockhand_run_fails=hookimpl(_listening())),
            "unknown hook 'clockhand_run_fails', did you mean 'clockhand_run_failed'?",
        ),
        (
            _plugin(clockhand_silos=_making([])),
            "clockhand_silos: not marked; put @hookimpl from clockhand.hookspecs above it",
        ),
        (
            _plugin(clockhand_run_failed=_listening()),
            "clockhand_run_failed: not marked; put @hookimpl from clockhand.hookspecs above it",
        ),
        (
            _plugin(clockhand_run_failed=hookimpl(_misspelt)),
            "clockhand_run_failed: unknown argument 'evnt', did you mean 'event'?",
        ),
        (
            _plugin(clockhand_started=hookimpl(_greedy)),
            "clockhand_started: unknown argument 'loop', known: scheduler",
        ),
        (
            _plugin(clockhand_silos=hookimpl(_curious)),
            "clockhand_silos: unknown argument 'config', it is called with none",
        ),
        (
            _plugin(clockhand_event=hookimpl(_coroutine)),
            (
                "clockhand_event: an async def listener would never be awaited; write def, "
                "it runs on a thread of its own"
            ),
        ),
        (
            _plugin(clockhand_started=hookimpl(_coroutine)),
            "clockhand_started: async def would never be awaited; write def",
        ),
        (
            _plugin(clockhand_silos=hookimpl(_coroutine)),
            "clockhand_silos: async def, but it is called once, at load; write def",
        ),
        (
            _plugin(clockhand_silos=hookimpl(_async_generator)),
            "clockhand_silos: async def, but it is called once, at load; write def",
        ),
        (
            _plugin(clockhand_silos=hookimpl(hookwrapper=True)(_raising)),
            "clockhand_silos: a hook wrapper, but there is nothing to wrap; write a plain function",
        ),
        (_returning(5), "clockhand_silos: returned 5, not a list of Kind"),
        (_returning("ab"), "clockhand_silos: returned 'a' among its records, not a Kind"),
        (
            _returning([_silo(), {"name": "x"}]),
            "clockhand_silos: returned {'name': 'x'} among its records, not a Kind",
        ),
        (
            _returning([Kind]),
            "clockhand_silos: returned <class 'clockhand.contracts.kind.Kind'> among its records, not a Kind",
        ),
        (
            _returning([Kind(name="redis", summary="x", options=_Options)]),
            "clockhand_silos: kind 'redis': no make; give a function that takes the options and opens it",
        ),
        (
            _returning([Kind(name="a", summary="x", options=_Options)], "clockhand_works"),
            "clockhand_works: kind 'a': its class _Options has no func()",
        ),
        (
            _returning([Kind(name="a", summary="x", options=_Shout, make=print)], "clockhand_works"),
            "clockhand_works: kind 'a': make is for what is opened; options is the class of the value itself",
        ),
        (
            _returning([Kind(name="a", summary="x", options=_Shout)], "clockhand_triggers"),
            "clockhand_triggers: kind 'a': its class _Shout has no next_after() or passes() or covers()",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(plugin, says):
    """The hook and what is wrong with it; the plugin is not there afterwards."""
    manager = Manager()
    with pytest.raises(PluginError) as caught:
        manager.register(plugin, "x")
    assert str(caught.value) == says
    assert list(manager.listeners()) == []
    manager.register(_returning([_silo()]), "x")


def test_what_a_hook_raises_comes_out_and_nothing_stays():
    """Also from the middle of a generator; its listeners hear nothing."""
    plugin = _plugin(clockhand_silos=hookimpl(_raising), clockhand_event=hookimpl(_listening()))
    manager = Manager()
    with pytest.raises(ZeroDivisionError, match="no silo"):
        manager.register(plugin, "x")
    assert list(manager.listeners()) == []


def test_the_same_plugin_twice():
    """The second is refused, and the first keeps its listeners."""
    plugin = _plugin(clockhand_event=hookimpl(_listening()))
    manager = Manager()
    manager.register(plugin, "one")
    with pytest.raises(PluginError, match=r"^the same plugin as 'one'; install it under one name$"):
        manager.register(plugin, "two")
    assert [name for name, _, _ in manager.listeners()] == ["one"]


def test_two_plugins_of_one_name():
    """Each is taken in; the second can be told from the first."""
    manager = Manager()
    for _ in range(3):
        manager.register(_plugin(clockhand_event=hookimpl(_listening())), "x")
    assert {name for name, _, _ in manager.listeners()} == {"x", "x 2", "x 3"}


def test_listeners():
    """Each with its plugin, the type of event it hears, and a function that takes the event or leaves it."""
    heard = []

    def anything():
        heard.append("anything")

    plugin = _plugin(
        clockhand_run_failed=hookimpl(_listening(heard.append)),
        clockhand_event=hookimpl(anything),
    )
    manager = Manager()
    manager.register(plugin, "x")
    listeners = {event: function for _, event, function in manager.listeners()}
    assert set(listeners) == {Event, RunFailed}
    listeners[RunFailed]("it")
    listeners[Event]("it")
    assert heard == ["it", "anything"]


def test_telling_plugins_of_a_moment():
    """Each is called with what it asks for; what one raises is told, SystemExit too."""

    def hearing(scheduler):
        heard.append(scheduler)

    def failing(scheduler):
        raise ZeroDivisionError

    def leaving():
        raise SystemExit

    heard = []
    manager = Manager()
    manager.register(_plugin(clockhand_started=hookimpl(hearing)), "good")
    manager.register(_plugin(clockhand_started=hookimpl(failing)), "failing")
    manager.register(_plugin(clockhand_started=hookimpl(leaving)), "leaving")
    told = dict(manager.tell("clockhand_started", scheduler="it"))
    assert heard == ["it"]
    assert {name: type(error) for name, error in told.items()} == {
        "good": type(None),
        "failing": ZeroDivisionError,
        "leaving": SystemExit,
    }


def test_no_manager_knows_another():
    """There is nothing global: what one takes in, another doesn't have."""
    one, two = Manager(), Manager()
    one.register(_plugin(clockhand_event=hookimpl(_listening())), "x")
    assert list(two.listeners()) == []


def test_the_hooks():
    """Registration hooks, the two moments, listeners: all have the project's name."""
    assert all(hook.startswith("clockhand_") for hook in HOOKS)
    assert set(REGISTRATION_HOOKS) == {
        f"clockhand_{noun}" for noun in ("schedules", "silos", "works", "histories", "executors", "triggers")
    }
