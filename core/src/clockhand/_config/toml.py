"""A TOML file into Settings, and the plugins that it lets in."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import attrs

from clockhand._config.jobs import read_job
from clockhand._model.alias import checked_alias
from clockhand._model.settings import Declared, Settings, Use
from clockhand._model.timing import Timing
from clockhand._plugins.catalog import Catalog
from clockhand._plugins.structure import structure
from clockhand.errors import ClockhandError, ConfigError, shown

MAX_BYTES: Final = 4 * 1024 * 1024
CLOCKFILE: Final = "clockfile"
"""The module name, and the plugin name, of the clockfile."""


@attrs.frozen(kw_only=True)
class SchedulerTable:
    """`[scheduler]`: the scheduler's own options; spans are texts like `90s` or numbers of seconds."""

    name: str | None = None
    node: str | None = None
    timezone: str = "UTC"
    poll: float | str = 1.0
    lease: float | str = 15.0
    beat: float | str = 5.0
    grace: float | str = 10.0
    stop_deadline: float | str = 30.0
    patience: float | str = 10.0

    def timing(self) -> Timing:
        """Return the spans among them."""
        return Timing(**{field.name: getattr(self, field.name) for field in attrs.fields(Timing)})


@attrs.frozen(kw_only=True)
class PluginsTable:
    """`[plugins]`: which installed plugins to leave out or to let in, and a file of hooks of one's own."""

    block: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    clockfile: str | None = None


@attrs.frozen(kw_only=True)
class PythonTable:
    """`[python]`: which modules' functions stored jobs may name, and where modules are looked for."""

    modules: tuple[str, ...] = ()
    path: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class File:
    """The top level of the file."""

    scheduler: SchedulerTable = SchedulerTable()
    plugins: PluginsTable = PluginsTable()
    python: PythonTable = PythonTable()
    silo: Mapping[str, Any] = attrs.field(factory=dict)
    executor: Mapping[str, Any] = attrs.field(factory=dict)
    history: Any = None
    jobs: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Loaded:
    """What a file says: the settings, the catalog it allows, and the clockfile's module if it names one."""

    settings: Settings
    catalog: Catalog
    clockfile: ModuleType | None


def load(path: Path, builtin: Sequence[tuple[str, object]]) -> Loaded:
    """
    Return what the file at *path* says; nothing is opened, but plugins and the clockfile are imported.

    Raises ConfigError with the file, the path in it, what was given and the nearest name.
    """
    where = path.name
    file = structure(_parse(path), File, where)
    for folder in reversed(file.python.path):
        found = str((path.parent / folder).resolve())
        if found not in sys.path:
            sys.path.insert(0, found)
    catalog = Catalog.load(builtin, block=file.plugins.block, only=file.plugins.only)
    clockfile = _clockfile(path.parent / file.plugins.clockfile, where) if file.plugins.clockfile else None
    if clockfile is not None:
        catalog.take(clockfile, CLOCKFILE)
        _refuse_broken(catalog, where)
    catalog.check()
    return Loaded(_settings(file, catalog, where), catalog, clockfile)


def _settings(file: File, catalog: Catalog, where: str) -> Settings:
    top = file.scheduler
    try:
        optional = {name: value for name in ("name", "node") if (value := getattr(top, name)) is not None}
        return Settings(
            source=f"config:{top.name or where}",
            timezone=top.timezone,
            timing=top.timing(),
            silos=_uses(file.silo, f"{where}: silo"),
            history=None if file.history is None else _use(file.history, f"{where}: history"),
            executors=_uses(file.executor, f"{where}: executor"),
            modules=file.python.modules,
            jobs=tuple(_jobs(file.jobs, catalog, where)),
            **optional,
        )
    except ClockhandError as error:
        raise error if str(error).startswith(where) else ConfigError(f"{where}: scheduler.{error}") from error


def _jobs(tables: Mapping[str, Any], catalog: Catalog, where: str) -> list[Declared]:
    declared = []
    for alias, table in tables.items():
        try:
            place = f"{where}: jobs.{checked_alias(alias)}"
        except ClockhandError as error:
            raise ConfigError(f"{where}: jobs: {error}") from error
        job = read_job(alias, table, catalog, place)
        silo = table.get("silo", "default")
        if not isinstance(silo, str):
            raise ConfigError(f"{place}.silo: not a text, given {shown(silo)}")
        declared.append(Declared(job, silo))
    return declared


def _uses(tables: Mapping[str, Any], where: str) -> dict[str, Use]:
    for alias in tables:
        try:
            checked_alias(alias)
        except ClockhandError as error:
            raise ConfigError(f"{where}: {error}") from error
    return {alias: _use(table, f"{where}.{alias}") for alias, table in tables.items()}


def _use(table: object, where: str) -> Use:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: not a table, given {shown(table)}; write [{where.rpartition(': ')[2]}]")
    kind = table.get("use")
    if not isinstance(kind, str):
        raise ConfigError(f"{where}: option 'use' is missing; it names the kind")
    return Use(kind, {key: value for key, value in table.items() if key != "use"})


def _parse(path: Path) -> dict[str, Any]:
    where = path.name
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise ConfigError(f"{where}: a folder, not a TOML file")
        if size > MAX_BYTES:
            raise ConfigError(f"{where}: {size:,} bytes, at most {MAX_BYTES:,} are read")
        text = path.read_bytes().decode()
        table = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{where}: can't be read: {error.strerror}, given {str(path)!r}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: not UTF-8, at byte {error.start:,}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not TOML: {error}") from error
    except RecursionError:
        raise ConfigError(f"{where}: nested too deeply") from None
    if not table:
        raise ConfigError(f"{where}: empty; it needs at least one [jobs.<alias>] or a [silo.default]")
    return table


def _clockfile(path: Path, where: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(CLOCKFILE, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError(f"{where}: plugins.clockfile: no Python file at {str(path)!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[CLOCKFILE] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[CLOCKFILE]
        raise ConfigError(
            f"{where}: plugins.clockfile: {path.name} raised {type(error).__name__}: {error}"
        ) from error
    return module


def _refuse_broken(catalog: Catalog, where: str) -> None:
    for broken in catalog.broken:
        if broken.name == CLOCKFILE:
            raise ConfigError(f"{where}: plugins.clockfile: {broken.reason}")
