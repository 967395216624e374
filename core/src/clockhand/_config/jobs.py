"""A `[jobs.<alias>]` table into a Job: sugar for triggers undone, every value checked where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

import attrs

from clockhand._model.job import Job
from clockhand._plugins.catalog import Catalog
from clockhand.contracts.job_keys import check_keys
from clockhand.errors import ClockhandError, ConfigError, shown
from clockhand.triggers.sugar import SUGAR, sugared
from clockhand.works import Call
from clockhand.works.importing import imported_function

_FIELDS: Final = {field.name for field in attrs.fields(Job)} - {"alias"}
_KNOWN: Final = {*_FIELDS, *SUGAR, "tz", "silo"}


def read_job(alias: str, table: object, catalog: Catalog, where: str) -> Job:
    """Return the job that *table* says; ConfigError names *where*, the field and what was given."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: not a table, given {shown(table)}; a job is a table [jobs.<alias>]")
    check_keys(table, _KNOWN, where)
    if "work" not in table:
        raise ConfigError(
            f'{where}: option \'work\' is missing; write work = {{use = "system", program = "..."}}'
        )
    for key, value in table.items():
        _refuse_half_moments(value, f"{where}.{key}", parts=key in {"every", "triggers"})
    fields = {key: value for key, value in table.items() if key in _FIELDS}
    fields["work"] = _work(table["work"], catalog, f"{where}.work")
    fields["triggers"] = _triggers(table, catalog, where)
    try:
        return Job(alias=alias, **fields)
    except ClockhandError as error:
        raise ConfigError(f"{where}.{error}") from error


def _refuse_half_moments(value: object, where: str, *, parts: bool) -> None:
    """
    Refuse what TOML can say and nobody can schedule: a date and time without an offset.

    A date or a time alone likewise, but for *parts* of a trigger, whose own fields know what they take.
    """
    if isinstance(value, Mapping):
        for key, one in value.items():
            _refuse_half_moments(one, f"{where}.{key}", parts=parts and key != "moments")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _refuse_half_moments(one, f"{where}[{index}]", parts=parts)
    elif isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ConfigError(
                f"{where}: a date and time without an offset, given {value.isoformat()}; "
                f"write {value.isoformat()}Z, or with an offset such as +01:00"
            )
    elif isinstance(value, date | time) and not parts:
        what = "a date without a time" if isinstance(value, date) else "a time without a date"
        raise ConfigError(f"{where}: {what}, given {value.isoformat()}; write it like 2026-03-01T09:00:00Z")


def _work(table: object, catalog: Catalog, where: str) -> Any:
    work = _value("works", table, catalog, where)
    if not isinstance(work, Call):
        return work
    try:
        return work.with_callable(imported_function(work.function))
    except ClockhandError as error:
        raise ConfigError(f"{where}: {error}") from error


def _triggers(table: Mapping[str, Any], catalog: Catalog, where: str) -> list[Any]:
    triggers: list[Any] = [*sugared(table, f"{where}.")]
    listed = table.get("triggers", [])
    if not isinstance(listed, list):
        raise ConfigError(f"{where}.triggers: not a list of tables, given {shown(listed)}")
    for index, one in enumerate(listed):
        triggers.append(_value("triggers", one, catalog, f"{where}.triggers[{index}]"))
    return triggers


def _value(noun: str, table: object, catalog: Catalog, where: str) -> Any:
    try:
        return catalog.value(noun, table, where)
    except RecursionError:
        raise ConfigError(f"{where}: nested too deeply") from None
