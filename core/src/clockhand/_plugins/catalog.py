"""The Catalog: everything that can be chosen by name, and who offers it. One per scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, Generic, TypeVar

import attrs

from clockhand._model.event import Event
from clockhand._plugins.codec import JsonCodec
from clockhand._plugins.discovery import Broken, Found, find, version_of
from clockhand._plugins.manager import REGISTRATION_HOOKS, VALUE_HOOKS, Manager
from clockhand._plugins.nested import with_parts
from clockhand._plugins.structure import structure
from clockhand.contracts.executor import Executor
from clockhand.contracts.history import History
from clockhand.contracts.kind import Kind
from clockhand.contracts.silo import Silo
from clockhand.errors import (
    ClockhandError,
    ConfigError,
    PluginError,
    UnknownName,
    did_you_mean,
    shown,
    told,
)
from clockhand.triggers.sugar import refuse_units, short_form

T = TypeVar("T")

NOUNS: Final = {hook: hook.removeprefix("clockhand_") for hook in REGISTRATION_HOOKS}
SINGULAR: Final = {
    "schedules": "schedule",
    "silos": "silo",
    "works": "work",
    "histories": "history",
    "executors": "executor",
    "triggers": "trigger",
}

MADE: Final = {"silos": Silo, "histories": History, "executors": Executor}
"""What a kind's `make` must give, by noun; the other nouns' values are their own options."""

CORE: Final = "clockhand-core"
"""The distribution that the built-in plugins come from."""

_log = logging.getLogger("clockhand.plugins")


@attrs.frozen
class Loaded:
    """A plugin that was taken in, and the kinds it offers, as `silo sqlite`."""

    name: str
    dist: str
    version: str
    offers: tuple[str, ...]


@attrs.frozen
class Offer(Generic[T]):
    """A kind and who offers it."""

    kind: Kind[T]
    plugin: str
    dist: str
    version: str
    who: str
    """The distribution and its version, or the plugin's name where it has none."""


@attrs.frozen
class _Source:
    name: str
    dist: str = ""
    version: str = ""

    @property
    def who(self) -> str:
        return f"{self.dist} {self.version}".strip() if self.dist else self.name


class Catalog:
    """All kinds by noun and name. Made by `Catalog.load`; nothing in it is global."""

    def __init__(self) -> None:
        self._manager = Manager()
        self._offers: dict[str, dict[str, Offer[Any]]] = {noun: {} for noun in NOUNS.values()}
        self.loaded: list[Loaded] = []
        self.broken: list[Broken] = []
        self.clashes: list[str] = []

    @classmethod
    def load(
        cls,
        builtin: Iterable[tuple[str, object]] = (),
        *,
        block: Collection[str] = (),
        only: Collection[str] | None = None,
    ) -> Catalog:
        """Return a catalog of *builtin* plugins (name, plugin) and of those that are installed."""
        catalog = cls()
        for name, plugin in builtin:
            catalog.take(plugin, name, CORE, version_of(CORE))
        for found in find(block, only):
            catalog._load(found)
        return catalog

    def _load(self, found: Found | Broken) -> None:
        source = _Source(found.name, found.dist, found.version)
        if isinstance(found, Broken):
            self._break(source, found.reason)
            return
        try:
            plugin = found.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a stranger's import may raise anything
            self._break(source, told(error))
        else:
            self._take(plugin, source)

    def take(self, plugin: object, name: str, dist: str = "", version: str = "") -> None:
        """Take one more plugin in; a bad one becomes a Broken row."""
        self._take(plugin, _Source(name, dist, version))

    def _take(self, plugin: object, source: _Source) -> None:
        try:
            offers = self._manager.register(plugin, source.name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a stranger's hook may raise anything
            self._break(source, told(error))
            return
        names = []
        for hook, kinds in offers.items():
            for kind in kinds:
                names.append(f"{SINGULAR[NOUNS[hook]]} {kind.name}")
                self._offer(hook, Offer(kind, source.name, source.dist, source.version, source.who))
        self.loaded.append(Loaded(source.name, source.dist, source.version, tuple(names)))

    def _break(self, source: _Source, reason: str) -> None:
        _log.warning("plugin %s of %s is broken: %s", source.name, source.who, reason)
        self.broken.append(Broken(source.name, source.dist, source.version, reason))

    def _offer(self, hook: str, offer: Offer[Any]) -> None:
        offers = self._offers[NOUNS[hook]]
        other = offers.setdefault(offer.kind.name, offer)
        if other is offer:
            self._same_class(hook, offer)
        elif (other.plugin, other.who) == (offer.plugin, offer.who):
            self.clashes.append(
                f"{hook}: {offer.kind.name!r} is offered twice by {offer.who}; it must drop one"
            )
        else:
            self.clashes.append(
                f"{hook}: {offer.kind.name!r} is offered by both {other.who} and {offer.who}; "
                "block one of them"
            )

    def _same_class(self, hook: str, offer: Offer[Any]) -> None:
        """Note two names for one class of value: nobody could say under which of them it is stored."""
        for other in self._offers[NOUNS[hook]].values():
            if other is not offer and hook in VALUE_HOOKS and other.kind.options is offer.kind.options:
                self.clashes.append(
                    f"{hook}: {other.kind.name!r} of {other.who} and {offer.kind.name!r} of {offer.who} "
                    f"are one class, {offer.kind.options.__qualname__}; it needs one name"
                )

    def check(self) -> None:
        """Raise a PluginError if two plugins offer one name, or one class under two."""
        if self.clashes:
            raise PluginError("; ".join(self.clashes))

    def offers(self, noun: str) -> Mapping[str, Offer[Any]]:
        """Return the offers of a noun (`silos`, `works`, ...) by name."""
        return self._offers[noun]

    def kinds(self, noun: str) -> dict[str, Kind[Any]]:
        """Return the kinds of a noun by name."""
        return {name: offer.kind for name, offer in self._offers[noun].items()}

    def choose(self, noun: str, name: object, where: str) -> Kind[Any]:
        """Return the kind of that name; ConfigError says the nearest, or the broken plugin it is from."""
        offers = self._offers[noun]
        if isinstance(name, str) and name in offers:
            return offers[name].kind
        what = f"{where}: {SINGULAR[noun]} {shown(name)}"
        for broken in self.broken:
            if broken.name == name:
                who = f"{broken.dist} {broken.version}".strip() or f"plugin {broken.name}"
                raise ConfigError(f"{what} comes from {who}, which is broken: {broken.reason}")
        hint = did_you_mean(name, offers) if isinstance(name, str) else ""
        if self.broken:
            hint += f"; or is it of a plugin that is broken: {', '.join(one.name for one in self.broken)}?"
        raise UnknownName(f"{where}: unknown {SINGULAR[noun]} {shown(name)}{hint}")

    def value(self, noun: str, table: object, where: str) -> Any:
        """
        Return the work or trigger that *table* says: `use` names its kind, in tables inside of it as well.

        A trigger may also be one of the short forms, `{every = "5m"}`. ConfigError names *where*, what was
        given and the nearest name.
        """
        if not isinstance(table, Mapping):
            raise ConfigError(f"{where}: not a table, given {shown(table)}; write {{use = ...}}")
        if "use" not in table:
            if noun != "triggers":
                raise ConfigError(f"{where}: option 'use' is missing; it names the kind")
            return short_form(table, where)
        kind = self.choose(noun, table["use"], f"{where}.use")
        fields = {key: value for key, value in table.items() if key != "use"}
        refuse_units(kind.options, fields, where)
        parts = with_parts(fields, kind.options, partial(self.value, noun), where)
        return structure(parts, kind.options, where)

    def open(self, noun: str, name: object, table: Mapping[str, Any], where: str) -> tuple[Kind[Any], Any]:
        """
        Return the kind of that name, and what its `make` gives for *table*.

        PluginError names *where* and who offers it if that raises, or gives something else than it says.
        """
        kind = self.choose(noun, name, where)
        options = structure(table, kind.options, f"{where} ({kind.name})")
        if kind.make is None:
            return kind, options
        what = f"{where}: {SINGULAR[noun]} {kind.name!r} of {self._offers[noun][kind.name].who}"
        try:
            made = kind.make(options)
        except ClockhandError:
            raise
        except (Exception, SystemExit) as error:
            raise PluginError(f"{what} can't be made: {told(error)}") from error
        if noun in MADE and not isinstance(made, MADE[noun]):
            raise PluginError(f"{what} is none: its make gave {shown(made)}")
        return kind, made

    def codec(self) -> JsonCodec:
        """Return the codec for jobs of this catalog's works and triggers."""
        return JsonCodec(self.kinds("works"), self.kinds("triggers"))

    def listeners(self) -> Iterator[tuple[str, type[Event], Callable[[Event], None]]]:
        """Yield (plugin name, event type, function) for each listener."""
        return self._manager.listeners()

    def gates(self, hook: str) -> Iterator[tuple[str, Callable[[Any], object]]]:
        """Yield (plugin name, function) for each implementation of a gate hook."""
        return self._manager.gates(hook)

    def tell(self, hook: str, **arguments: object) -> Iterator[tuple[str, BaseException | None]]:
        """Call the plugins' implementations of a scheduler hook; yield each name and what it raised."""
        return self._manager.tell(hook, **arguments)
