"""The short forms `at`, `every` and `cron` of a table, instead of a table with `use`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import time
from typing import Any, Final

import attrs

from clockhand._model.protocols import Timer, zoned
from clockhand.errors import ClockhandError, ConfigError, UnknownName, did_you_mean
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.crontab import cron
from clockhand.triggers.elapsed import Every
from clockhand.triggers.intervals import UNITS, every
from clockhand.triggers.moments import At

SUGAR: Final = ("at", "every", "cron")
"""The keys of a table that each say one timer."""
BESIDE: Final = {
    "at": ("tz",),
    "every": ("tz", "anchor", "month_end", "gap"),
    "cron": ("tz", "gap", "overlap"),
}
"""What a trigger's table takes beside each of them; beside those of a job there is only `tz`."""


def sugared(table: Mapping[str, Any], where: str) -> list[Timer]:
    """
    Return the timers that the keys `at`, `every` and `cron` of a job's *table* say, with its `tz`.

    A ConfigError begins with *where*, which is empty or ends with a dot, and names the key.
    """
    timers = [_timer(name, table, {}, where) for name in SUGAR if name in table]
    _check_zone(timers, table, where)
    return timers


def short_form(table: Mapping[str, Any], where: str) -> Timer:
    """Return the timer of a trigger's *table* in one of the short forms; ConfigError if it isn't in one."""
    found = [name for name in SUGAR if name in table]
    if len(found) > 1:
        raise ConfigError(f"{where}: {_several(table, found)}")
    if not found:
        raise _missing(table, where)
    (name,) = found
    known = (name, *BESIDE[name])
    for key in table:
        if key not in known:
            raise UnknownName(f"{where}: unknown option {key!r}{_hint(table, key, known)}")
    details = {key: table[key] for key in BESIDE[name] if key in table and key != "tz"}
    timer = _timer(name, table, details, f"{where}.")
    _check_zone([timer], table, f"{where}.")
    return timer


def in_units(table: Mapping[str, Any], key: str) -> str:
    """Return how to write the number of a unit, as `days`, that stands under *key* of *table*."""
    number = table[key] if isinstance(table[key], int | float) else 1
    return f"every = {{{key} = {number}}}"


def refuse_units(cls: type, table: Mapping[str, Any], where: str) -> None:
    """Refuse a unit, as `days`, in the *table* of an interval's class that has no such field."""
    if cls not in {Every, CalendarInterval}:
        return
    taken = {field.name for field in attrs.fields(cls)}
    for key in table:
        if key in UNITS and key not in taken:
            other = ', or use = "calendar_interval"' if key in {"days", "months"} else ""
            raise UnknownName(
                f"{where}: unknown option {key!r}; without use, write {{{in_units(table, key)}}}{other}"
            )


def _check_zone(timers: list[Timer], table: Mapping[str, Any], where: str) -> None:
    if "tz" in table and not any(isinstance(one, CalendarInterval) or "cron" in table for one in timers):
        raise ConfigError(
            f"{where}tz: given without a cron, or an every of days, and only these have a time zone here; "
            "put the tz of another trigger into its own table"
        )


def _several(table: Mapping[str, Any], found: list[str]) -> str:
    if found == ["at", "every"] and isinstance(table["every"], Mapping) and _is_time(table["at"]):
        return 'at: a time of day belongs to the days; write every = {days = 1, at = "09:00"}'
    parts = ", ".join(f"{{{name} = ...}}" for name in found)
    return (
        f"{' and '.join(found)}: each is a timer of its own; keep one, "
        f'or write {{use = "any_of", timers = [{parts}]}}'
    )


def _is_time(value: object) -> bool:
    return isinstance(value, time) or (isinstance(value, str) and "-" not in value)


def _missing(table: Mapping[str, Any], where: str) -> ConfigError:
    missing = f"{where}: option 'use' is missing; it names the kind"
    known = (*SUGAR, "tz")
    for key in table:
        if key not in known:
            return UnknownName(f"{missing}; without it, {key!r} is unknown{_hint(table, key, known)}")
    return ConfigError(f"{missing}; or write one of {', '.join(SUGAR)}")


def _hint(table: Mapping[str, Any], key: str, known: Collection[str]) -> str:
    if key in UNITS and "cron" not in table:
        return f"; write {{{in_units(table, key)}}}"
    return "; write tz" if key in {"timezone", "zone"} else did_you_mean(key, known)


def _timer(name: str, table: Mapping[str, Any], details: Mapping[str, Any], where: str) -> Timer:
    value = table[name]
    try:
        if name == "cron":
            return cron(value, tz=table.get("tz"), **details)
        if name == "at":
            return At(value if isinstance(value, list) else [value])
        return _every(value, table, details)
    except (ClockhandError, TypeError) as error:
        said = str(error)
        named = said.startswith((f"{name}:", "tz:"))
        raise ConfigError(f"{where}{said if named else f'{name}: {said}'}") from error


def _every(value: Any, table: Mapping[str, Any], details: Mapping[str, Any]) -> Timer:
    own = value if isinstance(value, Mapping) else {"period": value}
    for key in details:
        if key in own:
            raise ConfigError(f"{key}: given twice, in the table and beside it; keep one")
    timer: Timer = every(**own, **details)
    return zoned(timer, table["tz"]) if "tz" in table else timer
