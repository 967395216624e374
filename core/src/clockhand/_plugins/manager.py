"""The pluggy manager: takes plugins in one at a time, so that a bad one stays alone with its fault."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pluggy

from clockhand._model.event import Event
from clockhand.contracts.kind import Kind
from clockhand.errors import PluginError, did_you_mean, shown
from clockhand.hookspecs import PROJECT, REGISTRATION, SPECS
from clockhand.hookspecs.gates import GATE_HOOKS
from clockhand.hookspecs.listeners import LISTENER_HOOKS

_MOMENTS: Final = frozenset({"clockhand_started", "clockhand_stopping"})
HOOKS: Final = frozenset(name for spec in SPECS for name in vars(spec) if name.startswith("clockhand_"))
REGISTRATION_HOOKS: Final = tuple(
    name
    for spec in REGISTRATION
    for name in vars(spec)
    if name.startswith("clockhand_") and name not in _MOMENTS
)
_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
VALUE_HOOKS: Final = {"clockhand_works": ("func",), "clockhand_triggers": ("next_after", "passes", "covers")}
"""The hooks whose kinds are values, and what such a value must be able to do."""


class Manager:
    """The one place that touches pluggy. Everything is asked once, when a plugin is registered."""

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager(PROJECT)
        for spec in SPECS:
            self._pluggy.add_hookspecs(spec)

    def register(self, plugin: object, name: str) -> dict[str, list[Kind[Any]]]:
        """
        Take *plugin* in, and return the kinds that it offers, by registration hook.

        Raises PluginError, and leaves nothing behind, if it implements an unknown hook, takes wrong
        arguments, returns what isn't a Kind, or raises.
        """
        if self._pluggy.is_registered(plugin):
            raise PluginError(
                f"the same plugin as {self._pluggy.get_name(plugin)!r}; install it under one name"
            )
        for member in dir(plugin):
            self._check(plugin, member)
        self._pluggy.register(plugin, self._free(name))
        try:
            return {hook: list(self._offers(plugin, hook)) for hook in REGISTRATION_HOOKS}
        except BaseException:
            self._pluggy.unregister(plugin)
            raise

    def _free(self, name: str) -> str:
        names = (name if number == 1 else f"{name} {number}" for number in itertools.count(1))
        return next(free for free in names if not self._pluggy.has_plugin(free))

    def _check(self, plugin: object, member: str) -> None:
        """Refuse an implementation that would be called wrongly, or never."""
        marks = self._pluggy.parse_hookimpl_opts(plugin, member)
        if marks is None:
            if member in HOOKS and inspect.isroutine(getattr(plugin, member)):
                raise PluginError(f"{member}: not marked; put @hookimpl from clockhand.hookspecs above it")
            return
        hook = marks.get("specname") or member
        if hook not in HOOKS:
            raise PluginError(f"unknown hook {hook!r}{did_you_mean(hook, HOOKS)}")
        if marks.get("wrapper") or marks.get("hookwrapper"):
            raise PluginError(f"{hook}: a hook wrapper, but there is nothing to wrap; write a plain function")
        _refuse_async(hook, getattr(plugin, member))
        _refuse_arguments(hook, getattr(plugin, member), self._takes(hook))

    def _takes(self, hook: str) -> tuple[str, ...]:
        spec = getattr(self._pluggy.hook, hook).spec
        return tuple(spec.argnames)

    def _offers(self, plugin: object, hook: str) -> Iterator[Kind[Any]]:
        for impl in getattr(self._pluggy.hook, hook).get_hookimpls():
            if impl.plugin is not plugin:
                continue
            offered = impl.function()
            if offered is not None and not isinstance(offered, Iterable):
                raise PluginError(f"{hook}: returned {shown(offered)}, not a list of Kind")
            for record in offered or ():
                if not isinstance(record, Kind):
                    raise PluginError(f"{hook}: returned {shown(record)} among its records, not a Kind")
                _refuse_unfit(hook, record)
                yield record

    def listeners(self) -> Iterator[tuple[str, type[Event], Callable[[Event], None]]]:
        """Yield (plugin name, event type, function) for each listener hook that a plugin implements."""
        for hook, event in LISTENER_HOOKS.items():
            for impl in getattr(self._pluggy.hook, hook).get_hookimpls():
                yield impl.plugin_name, event, _taking_one(impl.function, impl.argnames)

    def gates(self, hook: str) -> Iterator[tuple[str, Callable[[Any], object]]]:
        """Yield (plugin name, function of one argument) for each gate, in the order pluggy calls them in."""
        for impl in reversed(getattr(self._pluggy.hook, hook).get_hookimpls()):
            yield impl.plugin_name, _taking_one(impl.function, impl.argnames)

    def tell(self, hook: str, **arguments: object) -> Iterator[tuple[str, BaseException | None]]:
        """Call the implementations of *hook* one by one; yield each plugin's name and what it raised."""
        for impl in getattr(self._pluggy.hook, hook).get_hookimpls():
            try:
                impl.function(*(arguments[name] for name in impl.argnames))
            except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - a plugin's fault is told
                yield impl.plugin_name, error
            else:
                yield impl.plugin_name, None


def _taking_one(function: Callable[..., Any], names: tuple[str, ...]) -> Callable[[Any], Any]:
    if names:
        return function
    return lambda _one: function()


def _refuse_async(hook: str, function: Callable[..., Any]) -> None:
    if not (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)):
        return
    if hook in REGISTRATION_HOOKS:
        raise PluginError(f"{hook}: async def, but it is called once, at load; write def")
    if hook in GATE_HOOKS:
        raise PluginError(f"{hook}: an async def gate would never be awaited; write def")
    raise PluginError(
        f"{hook}: an async def listener would never be awaited; write def, it runs on a thread of its own"
        if hook in LISTENER_HOOKS
        else f"{hook}: async def would never be awaited; write def"
    )


def _refuse_arguments(hook: str, function: Callable[..., Any], known: tuple[str, ...]) -> None:
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in _VARIADIC or parameter.default is not inspect.Parameter.empty:
            continue
        if name not in known:
            hint = did_you_mean(name, known) or ", it is called with none"
            raise PluginError(f"{hook}: unknown argument {name!r}{hint}")


def _refuse_unfit(hook: str, kind: Kind[Any]) -> None:
    """Refuse a kind that could be chosen but never used."""
    where = f"{hook}: kind {kind.name!r}"
    wanted = VALUE_HOOKS.get(hook)
    if wanted is None:
        if kind.make is None:
            raise PluginError(f"{where}: no make; give a function that takes the options and opens it")
        return
    if kind.make is not None:
        raise PluginError(f"{where}: make is for what is opened; options is the class of the value itself")
    if not any(callable(getattr(kind.options, method, None)) for method in wanted):
        methods = " or ".join(f"{method}()" for method in wanted)
        raise PluginError(f"{where}: its class {kind.options.__qualname__} has no {methods}")
