"""A `[jobs.<alias>]` table into a Job: sugar for triggers undone, every value checked where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

import attrs

from clockhand._model.job import Job
from clockhand._plugins.catalog import Catalog
from clockhand._plugins.structure import structure
from clockhand.errors import ClockhandError, ConfigError, UnknownName, did_you_mean, shown
from clockhand.triggers import At, cron, every
from clockhand.works import Call
from clockhand.works.importing import imported_function

SUGAR: Final = ("at", "every", "cron")
_FIELDS: Final = {field.name for field in attrs.fields(Job)} - {"alias"}
_KNOWN: Final = {*_FIELDS, *SUGAR, "tz", "silo"}


def read_job(alias: str, table: object, catalog: Catalog, where: str) -> Job:
    """Return the job that *table* says; ConfigError names *where*, the field and what was given."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: not a table, given {shown(table)}; a job is a table [jobs.<alias>]")
    for key in table:
        if key not in _KNOWN:
            raise UnknownName(f"{where}: unknown option {key!r}{did_you_mean(key, _KNOWN)}")
    if "work" not in table:
        raise ConfigError(
            f'{where}: option \'work\' is missing; write work = {{use = "system", program = "..."}}'
        )
    _refuse_half_moments(table, where)
    fields = {key: value for key, value in table.items() if key in _FIELDS}
    fields["work"] = _work(table["work"], catalog, f"{where}.work")
    fields["triggers"] = _triggers(table, catalog, where)
    try:
        return Job(alias=alias, **fields)
    except ClockhandError as error:
        raise ConfigError(f"{where}.{error}") from error


def _refuse_half_moments(value: object, where: str) -> None:
    """Refuse what TOML can say, and nobody can schedule: a moment without an offset, a date, a time."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            _refuse_half_moments(one, f"{where}.{key}")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _refuse_half_moments(one, f"{where}[{index}]")
    elif isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ConfigError(
                f"{where}: a date and time without an offset, given {value.isoformat()}; "
                f"write {value.isoformat()}Z, or with an offset such as +01:00"
            )
    elif isinstance(value, date | time):
        what = "a date without a time" if isinstance(value, date) else "a time without a date"
        raise ConfigError(f"{where}: {what}, given {value.isoformat()}; write it like 2026-03-01T09:00:00Z")


def _work(table: object, catalog: Catalog, where: str) -> Any:
    work = _chosen("works", table, catalog, where)
    if not isinstance(work, Call):
        return work
    try:
        return work.with_callable(imported_function(work.function))
    except ClockhandError as error:
        raise ConfigError(f"{where}: {error}") from error


def _triggers(table: Mapping[str, Any], catalog: Catalog, where: str) -> list[Any]:
    triggers = [_sugar(name, table, where) for name in SUGAR if name in table]
    if "tz" in table and "cron" not in table:
        raise ConfigError(
            f"{where}.tz: given without a cron, and only that has a time zone here; "
            "put the tz of another trigger into its own table"
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
        return At(value if isinstance(value, list) else [value])
    except (ClockhandError, TypeError) as error:
        text = str(error)
        named = text.startswith((f"{name}:", "tz:"))
        raise ConfigError(f"{where}.{text}" if named else f"{where}.{name}: {text}") from error


def _chosen(noun: str, table: object, catalog: Catalog, where: str) -> Any:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: not a table, given {shown(table)}; write {{use = ...}}")
    if "use" not in table:
        raise ConfigError(f"{where}: option 'use' is missing; it names the kind")
    kind = catalog.choose(noun, table["use"], f"{where}.use")
    fields = {key: value for key, value in table.items() if key != "use"}
    return structure(fields, kind.options, where)
