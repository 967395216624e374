"""A `[jobs.<alias>]` table into a Job: sugar for triggers undone, every value checked where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from clockhand._model.job import Job
from clockhand._plugins.catalog import Catalog
from clockhand._plugins.structure import structure
from clockhand.errors import ClockhandError, ConfigError, UnknownName, did_you_mean, shown
from clockhand.triggers import at, cron, every

SUGAR: Final = {"at": at, "every": every, "cron": cron}
_FIELDS: Final = {field.name for field in attrs.fields(Job)} - {"alias"}
_KNOWN: Final = {*_FIELDS, *SUGAR, "tz", "silo"}


def read_job(alias: str, table: object, catalog: Catalog, where: str) -> Job:
    """Return the job that *table* says; ConfigError names *where*, the field and what was given."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: not a table, given {shown(table)}")
    for key in table:
        if key not in _KNOWN:
            raise UnknownName(f"{where}: unknown option {key!r}{did_you_mean(key, _KNOWN)}")
    if "work" not in table:
        raise ConfigError(
            f'{where}: option \'work\' is missing; write work = {{use = "system", program = "..."}}'
        )
    fields = {key: value for key, value in table.items() if key in _FIELDS}
    fields["work"] = _chosen("works", table["work"], catalog, f"{where}.work")
    fields["triggers"] = _triggers(table, catalog, where)
    try:
        return Job(alias=alias, **fields)
    except ClockhandError as error:
        raise ConfigError(f"{where}.{error}") from error


def _triggers(table: Mapping[str, Any], catalog: Catalog, where: str) -> list[Any]:
    triggers = [_sugar(name, table, where) for name in SUGAR if name in table]
    if "tz" in table and "cron" not in table:
        raise ConfigError(
            f"{where}.tz: only a cron has a time zone here; put tz into the trigger's own table"
        )
    listed = table.get("triggers", [])
    if not isinstance(listed, list):
        raise ConfigError(f"{where}.triggers: not a list of tables, given {shown(listed)}")
    for index, one in enumerate(listed):
        triggers.append(_chosen("triggers", one, catalog, f"{where}.triggers[{index}]"))
    return triggers


def _sugar(name: str, table: Mapping[str, Any], where: str) -> Any:
    value = table[name]
    try:
        if name == "cron":
            return cron(value, tz=table.get("tz"))
        if name == "every":
            return every(**value) if isinstance(value, Mapping) else every(value)
        moments = value if isinstance(value, list) else [value]
        return at(*moments)
    except (ClockhandError, TypeError) as error:
        text = str(error)
        raise ConfigError(
            f"{where}.{text}" if text.startswith(name) else f"{where}.{name}: {text}"
        ) from error


def _chosen(noun: str, table: object, catalog: Catalog, where: str) -> Any:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: not a table, given {shown(table)}")
    if "use" not in table:
        raise ConfigError(f"{where}: option 'use' is missing; it names the kind")
    kind = catalog.choose(noun, table["use"], where)
    fields = {key: value for key, value in table.items() if key != "use"}
    return structure(fields, kind.options, where)
