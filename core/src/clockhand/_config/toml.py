"""A TOML file into Settings, and the plugins that it lets in."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import attrs

from clockhand._config.clockfile import CLOCKFILE, import_clockfile
from clockhand._config.file import read_table
from clockhand._config.jobs import read_job
from clockhand._model.alias import checked_alias
from clockhand._model.settings import Declared, Settings, checked_zone
from clockhand._model.timing import Timing
from clockhand._model.use import Use
from clockhand._plugins.catalog import Catalog
from clockhand._plugins.discovery import find
from clockhand._plugins.structure import structure
from clockhand.errors import ClockhandError, ConfigError, UnknownName, did_you_mean, shown
from clockhand.works import problem_with_executor
from clockhand.works.importing import imported_module

BUILTIN_EXECUTORS: Final = ("async", "thread", "process")
"""The aliases of the executors that every scheduler has, and their kinds."""

LIVE: Final = frozenset({"jobs", "defaults"})
"""The tables of the file that a reload takes up at once."""

_log = logging.getLogger("clockhand")


@attrs.frozen(kw_only=True)
class SchedulerTable:
    """`[scheduler]`: the scheduler's own options; spans are texts like `90s` or numbers of seconds."""

    name: str | None = None
    node: str | None = None
    timezone: str = "UTC"
    poll: float | str = 1.0
    lease: float | str = 15.0
    beat: float | str = 5.0
    kill_after: float | str = 10.0
    stop_deadline: float | str = 30.0
    patience: float | str = 8.0

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
    defaults: Mapping[str, Any] = attrs.field(factory=dict)
    retention: Mapping[str, Any] = attrs.field(factory=dict)
    jobs: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Loaded:
    """What a file says: the settings, the catalog it allows, and the clockfile's module if it names one."""

    settings: Settings
    catalog: Catalog
    clockfile: ModuleType | None
    table: Mapping[str, Any]
    """The file as it was read."""


def load(path: Path, builtin: Sequence[tuple[str, object]]) -> Loaded:
    """
    Return what the file at *path* says. Plugins, modules and the clockfile are imported, nothing is opened.

    Raises ConfigError with the file, the path in it, what was given and the nearest name;
    PluginError for two plugins that offer one name.
    """
    try:
        return _load(path, builtin)
    except RecursionError:
        raise ConfigError(f"{path.name}: nested too deeply") from None


def load_again(path: Path, before: Loaded) -> tuple[Loaded, tuple[str, ...]]:
    """
    Return what the file says by now, and the tables that have changed and count from the next start.

    Plugins and the clockfile stay as they are. Raises ConfigError as `load` does.
    """
    try:
        table = read_table(path)
        settings = _settings(_file(table, path.name), before.catalog, path.name, path.parent.resolve())
    except RecursionError:
        raise ConfigError(f"{path.name}: nested too deeply") from None
    names = sorted({*table, *before.table} - LIVE)
    restart = tuple(name for name in names if table.get(name) != before.table.get(name))
    return attrs.evolve(before, settings=settings), restart


def _load(path: Path, builtin: Sequence[tuple[str, object]]) -> Loaded:
    where = path.name
    table = read_table(path)
    file = _file(table, where)
    _look_in(file.python.path, path.parent, where)
    _mind_unknown({"block": file.plugins.block, "only": file.plugins.only or ()}, f"{where}: plugins")
    catalog = Catalog.load(builtin, block=file.plugins.block, only=file.plugins.only)
    clockfile = None
    if file.plugins.clockfile is not None:
        place = f"{where}: plugins.clockfile"
        clockfile = import_clockfile(path.parent / file.plugins.clockfile, place)
        _take(clockfile, catalog, place)
    catalog.check()
    return Loaded(_settings(file, catalog, where, path.parent.resolve()), catalog, clockfile, table)


def _file(table: Mapping[str, Any], where: str) -> File:
    _refuse_zone(table.get("scheduler"), f"{where}: scheduler", "timezone")
    _refuse_zone(table.get("defaults"), f"{where}: defaults", "timezone in [scheduler]")
    try:
        return structure(table, File, "")
    except ConfigError as error:
        raise type(error)(f"{where}: {str(error).lstrip('.: ')}") from error


def _refuse_zone(table: object, where: str, instead: str) -> None:
    """Refuse the words for a time zone that a job, or another scheduler, has for it."""
    for key in ("tz", "timezone", "zone"):
        if isinstance(table, Mapping) and key in table and key != instead:
            raise UnknownName(f"{where}: unknown option {key!r}; write {instead}")


def _look_in(folders: Sequence[str], base: Path, where: str) -> None:
    """Put *folders* first where modules are looked for, in their order."""
    for index, folder in reversed(list(enumerate(folders))):
        found = (base / folder).resolve()
        if not found.is_dir():
            raise ConfigError(f"{where}: python.path[{index}]: no folder, given {str(found)!r}")
        if str(found) not in sys.path:
            sys.path.insert(0, str(found))


def _mind_unknown(named: Mapping[str, Sequence[str]], where: str) -> None:
    """
    Warn of plugins that are *named* and not installed: mistyped, they would be let in or left out quietly.

    No error, for what is blocked here may be installed on other machines only.
    """
    for option, names in named.items():
        for index, name in enumerate(names):
            if not any(find(only=[name])):
                hint = did_you_mean(name, {found.name for found in find()})
                _log.warning(
                    "%s.%s[%d]: no plugin %s is installed%s", where, option, index, shown(name), hint
                )


def _take(clockfile: ModuleType, catalog: Catalog, where: str) -> None:
    broken = len(catalog.broken)
    catalog.take(clockfile, CLOCKFILE)
    for one in catalog.broken[broken:]:
        raise ConfigError(f"{where}: {one.reason}")


def _settings(file: File, catalog: Catalog, where: str, folder: Path) -> Settings:
    silos = _uses("silos", file.silo, catalog, f"{where}: silo")
    executors = _uses("executors", file.executor, catalog, f"{where}: executor")
    history = file.history
    try:
        defaults = Settings(defaults=file.defaults).defaults
        retention = Settings(retention=_retention(file.retention, catalog, "retention")).retention
    except ConfigError as error:
        raise type(error)(f"{where}: {error}") from error
    return Settings(
        **_scheduler(file.scheduler, f"{where}: scheduler"),
        source=f"config:{file.scheduler.name or where}",
        folder=folder,
        silos=silos,
        history=None if history is None else _use("histories", history, catalog, f"{where}: history"),
        executors=executors,
        defaults=defaults,
        retention=retention,
        modules=_modules(file.python.modules, f"{where}: python.modules"),
        jobs=tuple(_jobs(file.jobs, catalog, silos, executors, f"{where}: jobs")),
    )


def _retention(table: Mapping[str, Any], catalog: Catalog, where: str) -> Mapping[str, Any]:
    target = table.get("rotate_to")
    if target is None:
        return table
    return {**table, "rotate_to": _use("histories", target, catalog, f"{where}.rotate_to")}


def _scheduler(top: SchedulerTable, where: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = {
            "timezone": checked_zone(top.timezone, "timezone"),
            "timing": top.timing(),
        }
        if top.name is not None:
            said["name"] = checked_alias(top.name, "name")
    except ClockhandError as error:
        raise ConfigError(f"{where}.{error}") from error
    return said if top.node is None else {**said, "node": top.node}


def _modules(names: Sequence[str], where: str) -> tuple[str, ...]:
    for index, name in enumerate(names):
        try:
            imported_module(name, f"{where}[{index}]")
        except ClockhandError as error:
            raise ConfigError(str(error)) from error
    return tuple(names)


def _jobs(
    tables: Mapping[str, Any],
    catalog: Catalog,
    silos: Mapping[str, Use],
    executors: Mapping[str, Use],
    where: str,
) -> Iterator[Declared]:
    known = {
        **{name: name for name in BUILTIN_EXECUTORS},
        **{name: one.kind for name, one in executors.items()},
    }
    for alias, table in tables.items():
        job = read_job(_alias(alias, where), table, catalog, f"{where}.{alias}")
        executor, silo = job.wanted_executor, table.get("silo", "default")
        _known("executor", executor, known, f"{where}.{alias}")
        _known("silo", silo, silos or ("default",), f"{where}.{alias}")
        if problem := problem_with_executor(job.work, known[executor]):
            raise ConfigError(f"{where}.{alias}.executor: {problem}")
        yield Declared(job, silo)


def _known(what: str, alias: object, known: Collection[str], where: str) -> None:
    if not isinstance(alias, str):
        raise ConfigError(f"{where}.{what}: not a text, given {shown(alias)}")
    if alias not in known:
        raise UnknownName(f"{where}.{what}: unknown {what} {shown(alias)}{did_you_mean(alias, known)}")


def _alias(alias: str, where: str) -> str:
    try:
        return checked_alias(alias)
    except ClockhandError as error:
        raise ConfigError(f"{where}: {error}") from error


def _uses(noun: str, tables: Mapping[str, Any], catalog: Catalog, where: str) -> dict[str, Use]:
    if isinstance(tables.get("use"), str):
        table = where.rpartition(": ")[2]
        raise ConfigError(
            f"{where}: 'use' without an alias above it; write [{table}.default], or another alias"
        )
    return {
        _alias(alias, where): _use(noun, table, catalog, f"{where}.{alias}")
        for alias, table in tables.items()
    }


def _use(noun: str, table: object, catalog: Catalog, where: str) -> Use:
    """Return the choice that *table* says, its options checked: what is wrong stops before anything opens."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: not a table, given {shown(table)}; write [{where.rpartition(': ')[2]}]")
    if "use" not in table:
        raise ConfigError(f"{where}: option 'use' is missing; it names the kind")
    kind = catalog.choose(noun, table["use"], f"{where}.use")
    options = {key: value for key, value in table.items() if key != "use"}
    structure(options, kind.options, where)
    return Use(kind.name, options)
