"""The blueprint: all that is known of a scheduler before it starts."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clockhand._clock import Clock
from clockhand._config.toml import load
from clockhand._engine.declarations import Declarations
from clockhand._engine.preflight import checked, refuse_volatile
from clockhand._engine.service import Service
from clockhand._model.settings import Declared, Settings, Use
from clockhand._plugins.builtin import Builtin
from clockhand._plugins.catalog import Catalog
from clockhand.errors import ConfigError
from clockhand.works import Functions

CORE = "core"
"""The name of the plugin that core itself is."""


class Blueprint:
    """Settings, the catalog that they allow, the functions that jobs may call, and the declared jobs."""

    def __init__(self, settings: Settings, catalog: Catalog, functions: Functions) -> None:
        catalog.check()
        self.settings = settings
        self.catalog = catalog
        self.declarations = Declarations(functions)
        self._functions = functions

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
        for option, value in {"block": block, "only": only, "modules": settings.get("modules")}.items():
            if isinstance(value, str):
                raise ConfigError(f"{option}: one text, given {value!r}; write a list of texts")
        functions = Functions()
        catalog = Catalog.load(
            [(CORE, Builtin(functions))], block=tuple(block), only=None if only is None else tuple(only)
        )
        for index, plugin in enumerate(plugins):
            catalog.take(plugin, getattr(plugin, "__name__", f"plugin {index}"))
        given = {name: value for name, value in settings.items() if value is not None}
        return cls(Settings(silos=opened, **given), catalog, functions)

    @classmethod
    def from_toml(cls, path: Path) -> Blueprint:
        """Return the blueprint that a TOML file says."""
        functions = Functions()
        loaded = load(path, [(CORE, Builtin(functions))])
        made = cls(loaded.settings, loaded.catalog, functions)
        if loaded.clockfile is not None:
            functions.allow_module(loaded.clockfile.__name__)
        for declared in loaded.settings.jobs:
            made.declarations.add(declared.job, declared.silo)
        return made

    def check(self) -> tuple[Declared, ...]:
        """Check all of it, open nothing, and return the jobs as they would be added."""
        return checked(self.settings, self.catalog, self._functions, self.declarations)

    def refuse_volatile(self) -> None:
        """Raise a ConfigError if a silo can't be seen from another process."""
        refuse_volatile(self.settings, self.catalog)

    def service(self, clock: Clock, logger: logging.Logger) -> Service:
        """Return a service built by it, on the running event loop; nothing of it is open yet."""
        return Service(self.settings, self.catalog, self._functions, clock, logger)
