"""The Catalog: everything that can be chosen by name, and who offers it. One per scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar

import attrs

from clockhand._model.event import Event
from clockhand._plugins.codec import JsonCodec
from clockhand._plugins.discovery import Broken, find
from clockhand._plugins.manager import REGISTRATION_HOOKS, Manager
from clockhand._plugins.structure import structure
from clockhand.contracts.kind import Kind
from clockhand.errors import ConfigError, PluginError, UnknownName, did_you_mean

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

    @property
    def who(self) -> str:
        """The distribution and its version, or the plugin's name where it has none."""
        return f"{self.dist} {self.version}".strip() if self.dist else self.plugin


@attrs.define
class _Source:
    name: str
    dist: str = ""
    version: str = ""


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
            catalog.take(plugin, name, "clockhand-core")
        for found in find(block, only):
            source = _Source(found.name, found.dist, found.version)
            try:
                plugin = found.load()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's import may raise anything
                catalog._break(source, f"{type(error).__name__}: {error}")
            else:
                catalog._take(plugin, source)
        return catalog

    def take(self, plugin: object, name: str, dist: str = "", version: str = "") -> None:
        """Take one more plugin in; a bad one becomes a Broken row."""
        self._take(plugin, _Source(name, dist, version))

    def _take(self, plugin: object, source: _Source) -> None:
        try:
            offers = self._manager.register(plugin, source.name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's hook may raise anything
            reason = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
            self._break(source, reason)
            return
        names = []
        for hook, kinds in offers.items():
            for kind in kinds:
                names.append(f"{SINGULAR[NOUNS[hook]]} {kind.name}")
                self._offer(hook, Offer(kind, source.name, source.dist, source.version))
        self.loaded.append(Loaded(source.name, source.dist, source.version, tuple(names)))

    def _break(self, source: _Source, reason: str) -> None:
        _log.warning("plugin %s (%s %s) is broken: %s", source.name, source.dist, source.version, reason)
        self.broken.append(Broken(source.name, source.dist, source.version, " ".join(reason.split())))

    def _offer(self, hook: str, offer: Offer[Any]) -> None:
        offers = self._offers[NOUNS[hook]]
        other = offers.get(offer.kind.name)
        if other is None:
            offers[offer.kind.name] = offer
            return
        self.clashes.append(
            f"{hook}: {offer.kind.name!r} is offered by both {other.who} and {offer.who}; block one of them"
        )

    def check(self) -> None:
        """Raise a PluginError if two plugins offer one name."""
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
        hint = did_you_mean(name, offers) if isinstance(name, str) else ""
        for broken in self.broken:
            if broken.name == name:
                raise ConfigError(
                    f"{where}: {SINGULAR[noun]} {name!r} comes from {broken.dist or broken.name} "
                    f"{broken.version}, which is broken: {broken.reason}"
                )
        raise UnknownName(f"{where}: unknown {SINGULAR[noun]} {name!r}{hint}")

    def open(self, noun: str, name: object, table: Mapping[str, Any], where: str) -> tuple[Kind[Any], Any]:
        """Return the kind of that name, and what its `make` gives for *table*."""
        kind = self.choose(noun, name, where)
        options = structure(table, kind.options, f"{where} ({kind.name})")
        if kind.make is None:
            return kind, options
        return kind, kind.make(options)

    def codec(self) -> JsonCodec:
        """Return the codec for jobs of this catalog's works and triggers."""
        return JsonCodec(self.kinds("works"), self.kinds("triggers"))

    def listeners(self) -> Iterator[tuple[str, type[Event], Callable[[Event], None]]]:
        """Yield (plugin name, event type, function) for each listener."""
        return self._manager.listeners()

    def tell(self, hook: str, **arguments: object) -> Iterator[tuple[str, Exception | None]]:
        """Call the plugins' implementations of a scheduler hook; yield each name and what it raised."""
        return self._manager.tell(hook, **arguments)
