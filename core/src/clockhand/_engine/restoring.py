"""
A snapshot, read back: checked as a whole before anything of it is put into a silo.

It may come from anywhere: an unknown field, a word that isn't one, a due time that isn't its key's, or
the same thing twice is an error that names the place, as `snapshot.open[0].due`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from clockhand._engine.snapshots import SCHEMA
from clockhand._engine.tables import Table
from clockhand._model.job import Job
from clockhand._model.last import Last
from clockhand._model.moments import format_moment
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key
from clockhand._model.policies import MOST as HIGHEST
from clockhand._model.stored import Paused, StoredJob
from clockhand._model.words import Verdict
from clockhand.contracts.context import Codec
from clockhand.errors import ClockhandError, DefinitionError, shown, told

_DOCUMENT: Final = frozenset({"schema", "made_at", "jobs", "open", "unreadable"})
_UNREADABLE: Final = frozenset({"alias", "reason", "source", "raw"})
_JOB: Final = frozenset(
    {
        "definition",
        "revision",
        "source",
        "anchor",
        "cursor",
        "reached",
        "last",
        "last_run",
        "failed_in_row",
        "runs",
        "paused",
        "quarantined",
    }
)
_LAST: Final = frozenset(field.name for field in attrs.fields(Last))
_PAUSED: Final = frozenset(field.name for field in attrs.fields(Paused))
_OPEN: Final = frozenset(field.name for field in attrs.fields(OpenOccurrence))
_FIRED: Final = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
"""What may be behind the `!` of an occurrence that was asked for by hand."""


@attrs.frozen
class Contents:
    """What a snapshot holds."""

    jobs: tuple[StoredJob, ...]
    opened: tuple[OpenOccurrence, ...]


def from_json(data: object, codec: Codec) -> Contents:
    """Return what the snapshot *data* holds; a DefinitionError names the place that is wrong."""
    if not isinstance(data, Mapping) or "schema" not in data:
        raise DefinitionError(
            f"snapshot: not one, given {shown(data)}; it is a table with 'schema' and 'jobs'"
        )
    schema = data["schema"]
    if type(schema) is not int or schema < 1:
        raise DefinitionError(f"snapshot.schema: not a whole number above zero, given {shown(schema)}")
    if schema > SCHEMA:
        raise DefinitionError(f"snapshot.schema: {schema}, this clockhand reads up to {SCHEMA}; upgrade it")
    document = Table(data, "snapshot", _DOCUMENT)
    if "made_at" in document:
        document.moment("made_at")
    _check_unreadable(document)
    jobs = _jobs(document, codec)
    return Contents(tuple(jobs.values()), _opened(document, jobs))


def _check_unreadable(document: Table) -> None:
    """They are left out, but a list of them that isn't one shows that something is wrong with all of it."""
    if "unreadable" in document:
        for table in document.tables("unreadable", _UNREADABLE):
            for name in sorted(_UNREADABLE):
                table.text(name)


def _jobs(document: Table, codec: Codec) -> dict[str, StoredJob]:
    """Return the jobs by alias."""
    found: dict[str, StoredJob] = {}
    for table in document.tables("jobs", _JOB):
        row = _job(table, codec)
        if row.alias in found:
            first = list(found).index(row.alias)
            raise table.wrong("definition.alias", f"{row.alias!r} is in snapshot.jobs[{first}] already")
        found[row.alias] = row
    return found


def _job(table: Table, codec: Codec) -> StoredJob:
    return StoredJob(
        job=_definition(table, codec),
        revision=table.whole("revision", 1),
        source=table.text("source"),
        anchor=table.moment("anchor"),
        cursor=table.maybe_moment("cursor"),
        reached=table.maybe_moment("reached") if "reached" in table else None,
        paused=_paused(table.maybe_table("paused", _PAUSED)),
        quarantined=table.text("quarantined") if "quarantined" in table else "",
        last=_last(table.maybe_table("last", _LAST)),
        last_run=_last(table.maybe_table("last_run", _LAST)),
        failed_in_row=table.whole("failed_in_row"),
        runs=table.whole("runs") if "runs" in table else 0,
    )


def _definition(table: Table, codec: Codec) -> Job:
    definition = table.value("definition")
    try:
        return codec.load(json.dumps(definition))
    except ClockhandError as error:
        raise table.wrong("definition", str(error)) from error
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise table.wrong("definition", f"not JSON: {told(error)}") from error


def _paused(table: Table | None) -> Paused | None:
    if table is None:
        return None
    return Paused(table.text("reason"), table.text("by"), table.moment("since"))


def _last(table: Table | None) -> Last | None:
    if table is None:
        return None
    return Last(table.word("verdict", Verdict), table.moment("due"), table.moment("at"), table.text("reason"))


def _opened(document: Table, jobs: Mapping[str, StoredJob]) -> tuple[OpenOccurrence, ...]:
    found: dict[str, OpenOccurrence] = {}
    for table in document.tables("open", _OPEN):
        one = OpenOccurrence(
            **{name: read(table, name) for name, read in _READ.items() if _is_there(table, name)}
        )
        if one.job not in jobs:
            raise table.wrong("job", f"no job {shown(one.job)} in this snapshot")
        _check_key(table, one)
        if one.key in found:
            raise table.wrong("key", f"{one.key} is there twice")
        found[one.key] = one
    return tuple(found.values())


def _is_there(table: Table, name: str) -> bool:
    return name in table or name in _REQUIRED  # what is required and missing is an error where it is read


def _check_key(table: Table, one: OpenOccurrence) -> None:
    """Refuse a key that isn't of its job, or of its due time."""
    mark, rest = one.key[len(one.job) : len(one.job) + 1], one.key[len(one.job) + 1 :]
    is_due, is_fired = mark == "@", mark == "!" and _FIRED.fullmatch(rest)
    if not one.key.startswith(one.job) or not (is_due or is_fired):
        raise table.wrong("key", f"not one of job {one.job!r}, given {shown(one.key)}")
    if is_due and one.key != due_key(one.job, one.due):
        raise table.wrong("due", f"{format_moment(one.due)} is not the due time of {shown(one.key)}")


def _from_one(table: Table, name: str) -> int:
    return table.whole(name, 1)


def _priority(table: Table, name: str) -> int:
    return table.whole(name, -HIGHEST, HIGHEST)


def _state(table: Table, name: str) -> OpenState:
    return table.word(name, OpenState)


_BY_NAME: Final[dict[str, Any]] = {
    "state": _state,
    "attempt": _from_one,
    "priority": _priority,
    "due": Table.moment,
    "not_before": Table.moment,
    "started": Table.maybe_moment,
}
_BY_DEFAULT: Final[dict[type[Any], Any]] = {bool: Table.flag, int: Table.whole}
_READ: Final = {
    field.name: _BY_NAME.get(field.name) or _BY_DEFAULT.get(type(field.default), Table.text)
    for field in attrs.fields(OpenOccurrence)
}
"""How each field of an open occurrence is read."""
_REQUIRED: Final = frozenset(
    field.name for field in attrs.fields(OpenOccurrence) if field.default is attrs.NOTHING
)
