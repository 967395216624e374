"""The blueprint: all that is known of a scheduler before it starts."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import attrs

from clockhand._clock import Clock
from clockhand._config.toml import Loaded, load, load_again
from clockhand._engine.declarations import Declarations
from clockhand._engine.preflight import checked, refuse_volatile
from clockhand._engine.service import Service
from clockhand._model.policies import Policies
from clockhand._model.settings import Declared, Settings
from clockhand._model.use import Use
from clockhand._plugins.builtin import Builtin
from clockhand._plugins.catalog import Catalog
from clockhand.errors import ConfigError, StateError, shown
from clockhand.works import Functions

CORE = "core"
"""The name of the plugin that core itself is."""


def _refuse_no_names(option: str, names: object) -> None:
    """Refuse what is no list of texts, one text above all: its letters would be the names."""
    if names is None:
        return
    if isinstance(names, str | bytes):
        raise ConfigError(f"{option}: one text, given {shown(names)}; write a list of texts")
    if not isinstance(names, Iterable):
        raise ConfigError(f"{option}: not a list of texts, given {shown(names)}")
    if isinstance(names, Sequence | AbstractSet):
        for name in names:
            if not isinstance(name, str):
                raise ConfigError(f"{option}: not a text, given {shown(name)}")


def _plugins(given: object) -> list[object]:
    """Return the plugins, none of which is a name: those that are installed are found by themselves."""
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise ConfigError(
            f"plugins: not a list, given {shown(given)}; give modules or objects with hooks, in a list"
        )
    found = list(given)
    for place, plugin in enumerate(found):
        if plugin is None or isinstance(plugin, str | bytes | int | float):
            raise ConfigError(
                f"plugins[{place}]: not a module or an object with hooks, given {shown(plugin)}; "
                "plugins that are installed are found without being named"
            )
    return found


@attrs.frozen
class _File:
    """The file that a blueprint was read from, and what it said."""

    path: Path
    loaded: Loaded


class Blueprint:
    """Settings, the catalog that they allow, the functions that jobs may call, and the declared jobs."""

    def __init__(
        self, settings: Settings, catalog: Catalog, functions: Functions, file: _File | None = None
    ) -> None:
        catalog.check()
        self.settings = settings
        self.catalog = catalog
        self.declarations = Declarations(functions, settings.source)
        self._functions = functions
        self._file = file

    @classmethod
    def from_options(
        cls,
        *,
        silo: Use | None,
        silos: Mapping[str, Use] | None,
        plugins: Iterable[object],
        block: Iterable[str],
        only: Iterable[str] | None,
        **settings: Any,
    ) -> Blueprint:
        """Return the blueprint that keyword arguments say; None among *settings* is the default."""
        opened = dict(silos or {})
        if silo is not None:
            if "default" in opened:
                raise ConfigError("silo: given beside silos with a 'default'; give one of the two")
            opened["default"] = silo
        for option, names in {"block": block, "only": only, "modules": settings.get("modules")}.items():
            _refuse_no_names(option, names)
        given_plugins = _plugins(plugins)
        functions = Functions()
        catalog = Catalog.load(
            [(CORE, Builtin(functions))], block=tuple(block), only=None if only is None else tuple(only)
        )
        for index, plugin in enumerate(given_plugins):
            catalog.take(plugin, getattr(plugin, "__name__", f"plugin {index}"))
        given = {name: value for name, value in settings.items() if value is not None}
        return cls(Settings(silos=opened, **given), catalog, functions)

    @classmethod
    def from_toml(cls, path: Path) -> Blueprint:
        """Return the blueprint that a TOML file says."""
        functions = Functions()
        loaded = load(path, [(CORE, Builtin(functions))])
        made = cls(loaded.settings, loaded.catalog, functions, _File(path, loaded))
        if loaded.clockfile is not None:
            functions.allow_module(loaded.clockfile.__name__)
        for declared in loaded.settings.jobs:
            made.declarations.add(declared.job, declared.silo)
        return made

    @property
    def from_file(self) -> bool:
        """Whether a file made it, which can be read again."""
        return self._file is not None

    def reread(self) -> tuple[Declarations, Policies, tuple[str, ...]]:
        """
        Return the jobs and the defaults that the file says by now, and which tables wait for a restart.

        Raises StateError for a scheduler that no file made, ConfigError for a mistake in the file.
        """
        if self._file is None:
            raise StateError("reload: this scheduler was made in code, so there is no file to read again")
        loaded, restart = load_again(self._file.path, self._file.loaded)
        declarations = Declarations(self._functions, self.settings.source)
        for declared in loaded.settings.jobs:
            declarations.add(declared.job, declared.silo)
        return declarations, loaded.settings.defaults, restart

    def check(self) -> tuple[Declared, ...]:
        """Check all of it, open nothing, and return the jobs as they would be added."""
        return checked(self.settings, self.catalog, self._functions, self.declarations)

    def refuse_volatile(self) -> None:
        """Raise a ConfigError if a silo can't be seen from another process."""
        refuse_volatile(self.settings, self.catalog)

    def service(self, clock: Clock, logger: logging.Logger) -> Service:
        """Return a service built by it, on the running event loop; nothing of it is open yet."""
        return Service(self.settings, self.catalog, self._functions, self.declarations, clock, logger)
