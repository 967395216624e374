"""The pluggy manager: takes plugins in one at a time, so that a bad one stays alone with its fault."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

import pluggy

from clockhand._model.event import Event
from clockhand.contracts.kind import Kind
from clockhand.errors import PluginError, did_you_mean, shown
from clockhand.hookspecs import PROJECT, REGISTRATION, SPECS
from clockhand.hookspecs.listeners import LISTENER_HOOKS

_MOMENTS: Final = frozenset({"clockhand_started", "clockhand_stopping"})
HOOKS: Final = frozenset(name for spec in SPECS for name in vars(spec) if name.startswith("clockhand_"))
REGISTRATION_HOOKS: Final = tuple(
    name
    for spec in REGISTRATION
    for name in vars(spec)
    if name.startswith("clockhand_") and name not in _MOMENTS
)


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
        _refuse_unmarked(plugin)
        try:
            self._pluggy.register(plugin, name)
        except (pluggy.PluginValidationError, ValueError) as error:
            self._forget(plugin)
            raise PluginError(_one_line(error)) from error
        try:
            self._refuse_unknown(plugin)
            self._refuse_async_listeners(plugin)
            return {hook: list(self._offers(plugin, hook)) for hook in REGISTRATION_HOOKS}
        except BaseException:
            self._forget(plugin)
            raise

    def _forget(self, plugin: object) -> None:
        if self._pluggy.is_registered(plugin):
            self._pluggy.unregister(plugin)

    def _implementations(self, hook: str, plugin: object) -> Iterator[Callable[..., Any]]:
        caller = getattr(self._pluggy.hook, hook)
        return (impl.function for impl in caller.get_hookimpls() if impl.plugin is plugin)

    def _refuse_unknown(self, plugin: object) -> None:
        for caller in self._pluggy.get_hookcallers(plugin) or ():
            if not caller.has_spec():
                raise PluginError(f"unknown hook {caller.name!r}{did_you_mean(caller.name, HOOKS)}")

    def _refuse_async_listeners(self, plugin: object) -> None:
        for hook in (*LISTENER_HOOKS, *_MOMENTS):
            for function in self._implementations(hook, plugin):
                if inspect.iscoroutinefunction(function):
                    raise PluginError(
                        f"{hook}: an async def listener would never be awaited; write def, "
                        "it runs on a thread of its own"
                    )

    def _offers(self, plugin: object, hook: str) -> Iterator[Kind[Any]]:
        for function in self._implementations(hook, plugin):
            offered = function()
            if offered is None:
                continue
            try:
                records = list(offered)
            except TypeError:
                raise PluginError(f"{hook}: returned {shown(offered)}, not a list of Kind") from None
            for record in records:
                if not isinstance(record, Kind):
                    raise PluginError(f"{hook}: returned {shown(record)} among its records, not a Kind")
                yield record

    def listeners(self) -> Iterator[tuple[str, type[Event], Callable[[Event], None]]]:
        """Yield (plugin name, event type, function) for each listener hook that a plugin implements."""
        for hook, event in LISTENER_HOOKS.items():
            for impl in getattr(self._pluggy.hook, hook).get_hookimpls():
                yield impl.plugin_name, event, _taking_event(impl.function, impl.argnames)

    def tell(self, hook: str, **arguments: object) -> Iterator[tuple[str, Exception | None]]:
        """Call the implementations of *hook* one by one; yield each plugin's name and what it raised."""
        for impl in getattr(self._pluggy.hook, hook).get_hookimpls():
            try:
                impl.function(*(arguments[name] for name in impl.argnames))
            except Exception as error:  # noqa: BLE001 - a plugin's fault is told, never raised
                yield impl.plugin_name, error
            else:
                yield impl.plugin_name, None


def _taking_event(function: Callable[..., None], names: tuple[str, ...]) -> Callable[[Event], None]:
    if names:
        return function
    return lambda _event: function()


def _refuse_unmarked(plugin: object) -> None:
    members = vars(plugin) if isinstance(plugin, ModuleType) else {}
    for name, member in members.items():
        if name in HOOKS and inspect.isfunction(member) and not hasattr(member, f"{PROJECT}_impl"):
            raise PluginError(f"{name}: not marked; put @hookimpl from clockhand.hookspecs above it")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
