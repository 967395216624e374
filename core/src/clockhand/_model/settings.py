"""Settings: all that a scheduler is told before it starts, checked, with nothing opened yet."""

from __future__ import annotations

import difflib
import platform
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import attrs

from clockhand._model.alias import checked_alias
from clockhand._model.job import Job
from clockhand._model.timing import Timing
from clockhand.errors import ConfigError, shown

_LONGEST_ZONE: Final = 40


@attrs.frozen
class Use:
    """The choice of a kind by its name, with the table of its options."""

    kind: str
    table: Mapping[str, Any] = attrs.field(factory=dict)


def use(kind: str, /, **options: Any) -> Use:
    """Return the choice of a kind with its options: `use("sqlite", path="jobs.db")`."""
    return Use(kind, options)


@attrs.frozen
class Declared:
    """A job that was declared before the start, and the silo it goes to."""

    job: Job
    silo: str = "default"


def checked_zone(name: object, where: str) -> str:
    """Return *name* if it is an IANA time zone, else raise a ConfigError that names *where*."""
    try:
        return ZoneInfo(name).key  # type: ignore[arg-type]
    except (LookupError, ValueError, TypeError, OSError):
        near = (
            difflib.get_close_matches(name[:_LONGEST_ZONE], available_timezones(), n=1)
            if isinstance(name, str)
            else []
        )
        hint = f", did you mean {near[0]!r}?" if near else "; write it like 'Europe/Berlin'"
        raise ConfigError(f"{where}: unknown time zone {shown(name)}{hint}") from None


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
        """Return the executors: `async` and `thread`, unless told otherwise, and what is told besides."""
        return {"async": Use("async"), "thread": Use("thread"), **self.executors}

    @source.default
    def _source(self) -> str:
        return f"code:{self.name}"
