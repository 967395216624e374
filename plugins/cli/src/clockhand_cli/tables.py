"""Where the tables of the jobs to add come from: options, or a file of `[jobs.<alias>]` tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from clockhand_cli import files, toml
from clockhand_cli.exits import Misused

TIMERS: Final = ("every", "cron", "at")


def work_table(
    call: str | None, arg: list[str] | None, work: str | None, program: tuple[str, ...]
) -> Mapping[str, Any] | None:
    """Return the table of the work that these options say, None if they say none."""
    ways = {"--call": call, "--work": work, "a program behind --": program}
    given = [name for name, value in ways.items() if value]
    if len(given) > 1:
        raise Misused(f"what it does is given twice, by {' and by '.join(given)}; keep one")
    if arg and call is None:
        raise Misused("--arg: only for --call; arguments of a program stand behind --")
    if call is not None:
        return {"use": "python", "function": call, "kwargs": toml.arguments(arg or (), "--arg")}
    if work is not None:
        return toml.table(work, "--work")
    if program:
        return {"use": "system", "program": program[0], "args": list(program[1:])}
    return None


def from_options(
    job: str | None, given: Mapping[str, Any], policies: Mapping[str, str]
) -> Callable[[], Mapping[str, Any]]:
    """Return what gives the table of *job* by its alias; Misused where the options don't make one."""
    timers = [f"--{name}" for name in TIMERS if name in given]
    if job is None:
        raise Misused("JOB: missing; name the job, or give a --file of jobs")
    if len(timers) > 1:
        raise Misused(f"{' and '.join(timers)}: one timer makes a job; keep one")
    if not timers:
        raise Misused("--every, --cron or --at: missing; say when it is due")
    if "work" not in given:
        raise Misused("what it does is missing: a program behind --, or --call, or --work")
    table = dict(given)
    for name in ("start_time", "end_time"):
        if name in table:
            table[name] = _moment(table[name], _option(name))
    table |= {name: toml.value(text, _option(name)) for name, text in policies.items()}
    return lambda: {job: table}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _moment(given: str, where: str) -> datetime:
    from clockhand.contracts import parse_moment
    from clockhand.errors import DefinitionError

    try:
        return parse_moment(given, where)
    except DefinitionError as error:
        raise Misused(str(error)) from error


def from_file(file: Path, job: str | None, given: Mapping[str, Any]) -> Callable[[], Mapping[str, Any]]:
    """Return what reads the tables of *file*, or only that of *job*; Misused if options say more."""
    if given:
        named = ", ".join(sorted(map(_option, given)))
        raise Misused(f"--file: says all of a job itself, so nothing can be added to it: {named}")
    return lambda: _tables(file, job)


def _tables(file: Path, job: str | None) -> Mapping[str, Any]:
    from clockhand.errors import ConfigError, UnknownName, did_you_mean, shown

    where = files.name(file)
    found = toml.document(files.read(file), where)
    for name in found:
        if name != "jobs":
            raise ConfigError(f"{where}: unknown table {name!r}; only [jobs.<alias>] tables are read here")
    tables = found.get("jobs")
    if not isinstance(tables, Mapping) or not tables:
        raise ConfigError(f"{where}: no [jobs.<alias>] table, given {shown(found)}")
    if job is None:
        return tables
    if job not in tables:
        raise UnknownName(f"{where}: no job {job!r}{did_you_mean(job, tables)}")
    return {job: tables[job]}
