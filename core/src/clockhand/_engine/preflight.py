"""Checking everything that a scheduler was told, without opening any of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

import attrs

from clockhand._engine.admission import Gatekeeper
from clockhand._model.settings import Declared, Settings
from clockhand._plugins.catalog import Catalog
from clockhand.contracts.kind import Kind
from clockhand.contracts.silo import Silo
from clockhand.errors import ConfigError, UnknownName, did_you_mean
from clockhand.works import Functions


def checked(
    settings: Settings, catalog: Catalog, functions: Functions, declared: Iterable[Declared]
) -> tuple[Declared, ...]:
    """
    Return the declared jobs as they would be added, defaults written in.

    Raises what a start would raise of them and of the silos, executors and history, but for what only
    opening a store can show.
    """
    for module in settings.modules:
        functions.allow_module(module)
    silos: dict[str, Kind[Silo]] = {}
    for alias, chosen in settings.silos_or_default().items():
        silos[alias], _ = catalog.open("silos", chosen.kind, chosen.table, f"silo.{alias}")
    history = settings.history_or_default(frozenset(catalog.kinds("histories")))
    catalog.open("histories", history.kind, history.table, "history")
    executors = settings.executors_or_default()
    for alias, chosen in executors.items():
        catalog.open("executors", chosen.kind, chosen.table, f"executor.{alias}")
    kinds = {alias: chosen.kind for alias, chosen in executors.items()}
    works = frozenset(catalog.kinds("works"))
    now = partial(datetime.now, UTC)
    keeper = Gatekeeper(
        catalog.codec(), functions, lambda: kinds, lambda: works, settings.timezone, settings.defaults, now
    )
    return tuple(_prepared(one, silos, keeper) for one in declared)


def _prepared(declared: Declared, silos: dict[str, Kind[Silo]], keeper: Gatekeeper) -> Declared:
    if declared.silo not in silos:
        hint = did_you_mean(declared.silo, silos)
        raise UnknownName(f"job {declared.job.alias!r}: silo: unknown silo {declared.silo!r}{hint}")
    job = keeper.prepare(declared.job, silos[declared.silo], trusted=True)
    return attrs.evolve(declared, job=job)


def refuse_volatile(settings: Settings, catalog: Catalog) -> None:
    """Raise a ConfigError for a silo that isn't durable: another process can't see what it holds."""
    for alias, chosen in settings.silos_or_default().items():
        if "durable" not in catalog.choose("silos", chosen.kind, f"silo.{alias}").supports:
            raise ConfigError(
                f"silo.{alias}: kind {chosen.kind!r} lives inside one process, so a command can't see "
                "its jobs; use a durable one, such as sqlite"
            )
