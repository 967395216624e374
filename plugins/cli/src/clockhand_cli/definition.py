"""
A table that defines a job into a Job: one of a `[jobs.<alias>]` file, or one made of options.

The table is the configuration's: `every`, `cron`, `at`, `tz`, `work`, `triggers`, the fields of a job,
its policies and its `silo`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand import Job
from clockhand.contracts.job_keys import check_keys
from clockhand.errors import ClockhandError, ConfigError, shown
from clockhand.triggers.sugar import SUGAR, sugared

if TYPE_CHECKING:
    from clockhand.plugins import Catalog

_FIELDS: Final = {field.name for field in attrs.fields(Job)} - {"alias"}
_KNOWN: Final = {*_FIELDS, *SUGAR, "tz", "silo"}


def read(alias: str, table: object, catalog: Catalog, where: str = "") -> tuple[Job, str | None]:
    """
    Return what *table* says of the job *alias*, and the silo that it names, None if it names none.

    Raises ConfigError or DefinitionError with the place under *where*, what was given and the nearest name.
    """
    dot = f"{where}." if where else ""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where or alias}: not a table, given {shown(table)}")
    check_keys(table, _KNOWN, where or alias)
    if "work" not in table:
        raise ConfigError(f'{dot}work: missing; write work = {{use = "system", program = "..."}}')
    for key, value in table.items():
        _refuse_half_moments(value, f"{dot}{key}", parts=key in {"every", "triggers"})
    fields = {key: value for key, value in table.items() if key in _FIELDS}
    fields["work"] = _value("works", table["work"], catalog, f"{dot}work")
    fields["triggers"] = _triggers(table, catalog, dot)
    silo = table.get("silo")
    if not isinstance(silo, str | None):
        raise ConfigError(f"{dot}silo: not a text, given {shown(silo)}")
    try:
        return Job(alias=alias, **fields), silo
    except ClockhandError as error:
        raise ConfigError(f"{dot}{error}") from error


def _refuse_half_moments(value: object, where: str, *, parts: bool) -> None:
    """Refuse a date and time without an offset, and half a moment but in the *parts* of a trigger."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            _refuse_half_moments(one, f"{where}.{key}", parts=parts and key != "moments")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _refuse_half_moments(one, f"{where}[{index}]", parts=parts)
    elif isinstance(value, date | time) and getattr(value, "tzinfo", None) is None:
        if parts and not isinstance(value, datetime):
            return
        what = "a date and time without an offset" if isinstance(value, datetime) else "half a moment"
        raise ConfigError(f"{where}: {what}, given {value.isoformat()}; write it like 2026-03-01T09:00:00Z")


def _triggers(table: Mapping[str, Any], catalog: Catalog, dot: str) -> list[Any]:
    triggers: list[Any] = [*sugared(table, dot)]
    listed = table.get("triggers", [])
    if not isinstance(listed, list):
        raise ConfigError(f"{dot}triggers: not a list of tables, given {shown(listed)}")
    more = (_value("triggers", one, catalog, f"{dot}triggers[{place}]") for place, one in enumerate(listed))
    return [*triggers, *more]


def _value(noun: str, table: object, catalog: Catalog, where: str) -> Any:
    try:
        return catalog.value(noun, table, where)
    except RecursionError:
        raise ConfigError(f"{where}: nested too deeply") from None
