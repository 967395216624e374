"""Which keys the table of a job may have, and ours for the words that people bring from elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from clockhand.errors import ConfigError, UnknownName, did_you_mean
from clockhand.triggers.crontab.choices import OVERLAPS
from clockhand.triggers.intervals import UNITS
from clockhand.triggers.sugar import in_units

_PROGRAM: Final = 'write work = {use = "system", program = "..."}'
_FUNCTION: Final = 'write work = {use = "python", function = "module:name"}'
_INSIDE: Final = "it belongs into the table of the work"
_ALIAS: Final = "the alias of a job is the name of its table, [jobs.<alias>]"
_WHEN: Final = 'write cron = "30 2 * * *", every = "5m" or at = 2026-03-01T09:00:00Z'

BROUGHT: Final[Mapping[str, str]] = {
    "timezone": "write tz",
    "time_zone": "write tz",
    "zone": "write tz",
    "command": _PROGRAM,
    "cmd": _PROGRAM,
    "program": _PROGRAM,
    "func": _FUNCTION,
    "function": _FUNCTION,
    "task": _FUNCTION,
    "args": _INSIDE,
    "kwargs": _INSIDE,
    "env": _INSIDE,
    "cwd": _INSIDE,
    "schedule": _WHEN,
    "trigger": _WHEN,
    "crontab": "write cron",
    "interval": 'write every = "5m"',
    "start_date": "write start_time",
    "end_date": "write end_time",
    "misfire_grace_time": "write grace",
    "max_instances": "write max_running",
    "coalesce": 'write catch_up = "latest", or "all" to run each due time that was missed',
    "jobstore": "write silo",
    "name": f"{_ALIAS}; title is what it is in words",
    "id": _ALIAS,
    "alias": _ALIAS,
    "description": "write title",
    "enabled": "a job is on; 'clockhand pause' stops it",
    "disabled": "a job is on; 'clockhand pause' stops it",
    "gap": 'it is part of a trigger; write triggers = [{cron = "...", gap = "skip"}]',
}
"""What to write instead, by the word that somebody brought."""


def check_keys(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """
    Refuse what the *table* of a job can't have: a key that is not *known*, with what to write instead.

    And a way through a clock change where the policy of that name is.
    """
    for key in table:
        if key not in known:
            raise UnknownName(f"{where}: unknown option {key!r}{_hint(key, table, known)}")
    if table.get("overlap") in OVERLAPS:
        raise ConfigError(
            f"{where}.overlap: {table['overlap']!r} is a way through a clock change; "
            f'write triggers = [{{cron = "...", overlap = "{table["overlap"]}"}}]'
        )


def _hint(key: str, table: Mapping[str, Any], known: Collection[str]) -> str:
    if key in BROUGHT:
        return f"; {BROUGHT[key]}"
    return f"; write {in_units(table, key)}" if key in UNITS else did_you_mean(key, known)
