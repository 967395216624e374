"""Settings: all that a scheduler is told before it starts, checked, with nothing opened yet."""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from clockhand._model.alias import checked_alias
from clockhand._model.job import Job
from clockhand._model.policies import POLICIES, Policies
from clockhand._model.retention import OPTIONS, Retention
from clockhand._model.timing import Timing
from clockhand._model.use import Use
from clockhand._model.zone import zone_key
from clockhand.errors import ConfigError, DefinitionError, UnknownName, did_you_mean, shown


@attrs.frozen
class Declared:
    """A job that was declared before the start, and the silo it goes to."""

    job: Job
    silo: str = "default"


def checked_zone(name: object, where: str) -> str:
    """Return *name* if it is an IANA time zone, else raise a ConfigError that names *where*."""
    try:
        found = zone_key(name, where)
    except DefinitionError as error:
        raise ConfigError(str(error)) from None
    if found is None:
        raise ConfigError(f"{where}: not a time zone, given None; write it like 'Europe/Berlin'")
    return found


def _zone(value: object) -> str:
    return checked_zone(value, "timezone")


def _name(value: object) -> str:
    return checked_alias(value, "name")


def _use(value: object, where: str) -> Use:
    if not isinstance(value, Use):
        raise ConfigError(f"{where}: not a use(...), given {shown(value)}; write use('kind', option=...)")
    return value


def _silos(value: Mapping[str, object]) -> Mapping[str, Use]:
    return _uses(value, "silo")


def _executors(value: Mapping[str, object]) -> Mapping[str, Use]:
    return _uses(value, "executor")


def _uses(value: Mapping[str, object], noun: str) -> Mapping[str, Use]:
    return {checked_alias(alias, noun): _use(one, f"{noun}.{alias}") for alias, one in value.items()}


def _history(value: object) -> Use | None:
    return None if value is None else _use(value, "history")


def _defaults(value: Policies | Mapping[str, Any]) -> Policies:
    if isinstance(value, Policies):
        return value
    if not isinstance(value, Mapping):
        raise ConfigError(f"defaults: not a table of policies, given {shown(value)}")
    for name in value:
        if name not in POLICIES:
            raise UnknownName(f"defaults: unknown policy {shown(name)}{did_you_mean(str(name), POLICIES)}")
    try:
        return Policies(**value)
    except DefinitionError as error:
        raise ConfigError(f"defaults.{error}") from error


def _retention(value: Retention | Mapping[str, Any]) -> Retention:
    if isinstance(value, Mapping):
        for name in value:
            if name not in OPTIONS:
                hint = did_you_mean(str(name), OPTIONS)
                raise UnknownName(f"retention: unknown option {shown(name)}{hint}")
        try:
            value = Retention(**value)
        except ConfigError as error:
            raise ConfigError(f"retention.{error}") from error
    if not isinstance(value, Retention):
        raise ConfigError(f"retention: not a table of limits, given {shown(value)}")
    if value.rotate_to is not None:
        _use(value.rotate_to, "retention.rotate_to")
    return value


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Settings:
    """Everything that a scheduler is told before it starts."""

    name: str = attrs.field(default="clockhand", converter=_name)
    """Declared jobs belong to it: a program that declares under the same name declares the same jobs."""
    source: str = attrs.field()
    """`code:<name>` or `config:<file>`."""
    node: str = attrs.field(factory=platform.node)
    """A name for this process, for people."""
    timezone: str = attrs.field(default="UTC", converter=_zone)
    timing: Timing = attrs.field(factory=Timing)
    silos: Mapping[str, Use] = attrs.field(factory=dict, converter=_silos)
    history: Use | None = attrs.field(default=None, converter=_history)
    executors: Mapping[str, Use] = attrs.field(factory=dict, converter=_executors)
    defaults: Policies = attrs.field(factory=Policies, converter=_defaults)
    """The policies of jobs that don't say otherwise."""
    retention: Retention = attrs.field(factory=Retention, converter=_retention)
    """How long what has happened is kept."""
    folder: Path = attrs.field(factory=Path.cwd)
    """What relative paths of stores count from: the configuration file's folder, else the current one."""
    modules: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """Modules whose functions a stored job may name."""
    jobs: tuple[Declared, ...] = ()

    def silos_or_default(self) -> Mapping[str, Use]:
        """Return the silos, by default one in memory."""
        return self.silos or {"default": Use("memory")}

    def history_or_default(self, known: Collection[str]) -> Use:
        """
        Return the history, by default the kind of the default silo's name, given the same table.

        ConfigError when none is named and no history of that name is among the *known* kinds.
        """
        silos = self.silos_or_default()
        first = silos.get("default") or next(iter(silos.values()))
        if self.history is None and first.kind not in known:
            raise ConfigError(f"history: silo kind {first.kind!r} brings no history of its own; name one")
        return self.history or first

    def executors_or_default(self) -> Mapping[str, Use]:
        """Return the executors: `async`, `thread` and `process`, unless told otherwise, and what is told."""
        return {"async": Use("async"), "thread": Use("thread"), "process": Use("process"), **self.executors}

    @source.default
    def _source(self) -> str:
        return f"code:{self.name}"
