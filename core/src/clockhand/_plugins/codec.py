"""A job as text and back: JSON that a store keeps, and that can build nothing but registered kinds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, TypeVar

import attrs

from clockhand._model.alias import checked_alias
from clockhand._model.job import Job
from clockhand._model.moments import format_moment, format_span, parse_moment
from clockhand._model.opaque import Opaque
from clockhand._model.policies import POLICIES
from clockhand._model.protocols import Trigger, Work
from clockhand._plugins.nested import part_fields, with_parts
from clockhand._plugins.structure import structure, unstructure
from clockhand.contracts.context import Definition
from clockhand.contracts.kind import Kind
from clockhand.errors import DefinitionError, NewerDefinition, UnreadableDefinition, shown, told
from clockhand.triggers import BUILTIN
from clockhand.works import Call

VERSION: Final = 1
"""The version of the text; raised when an older clockhand could misread a newer text."""
MAX_LENGTH: Final = 1_000_000
MAX_DEPTH: Final = 100
"""Deeper than anybody nests, and flat enough that whatever is read can be written again on any stack."""
_CACHED: Final = 8_192
_ALWAYS_JSON: Final = frozenset(cls for cls in BUILTIN.values() if not part_fields(cls))
"""Triggers that hold nothing that can't be written, and no parts that might."""

_PLAIN: Final = ("title", "executor", "start_time", "end_time", *POLICIES)
_DUMPED: Final = {field.name: field for field in attrs.fields(Job)}
_DEFAULTS: Final = tuple(_DUMPED[name].default for name in _PLAIN)
_plain_values: Final = attrgetter(*_PLAIN)

T = TypeVar("T")


class _Lacking(Exception):
    """A part of a trigger is of a kind that isn't installed here."""


class JsonCodec:
    """Writes and reads jobs whose works and triggers are of the given kinds."""

    def __init__(self, works: Mapping[str, Kind[Work]], triggers: Mapping[str, Kind[Trigger]]) -> None:
        self._works = dict(works)
        self._triggers = dict(triggers)
        self._names: dict[type[Any], str] = {
            kind.options: name for kinds in (self._works, self._triggers) for name, kind in kinds.items()
        }
        self._load = lru_cache(_CACHED)(self._read)

    def dump(self, job: Job) -> Definition:
        """Return *job* as canonical JSON; a DefinitionError names the field that can't be written."""
        try:
            record = self._record(job)
        except RecursionError:
            raise DefinitionError(f"job {job.alias!r}: nested too deeply") from None
        try:
            text = _json(record)
        except (TypeError, ValueError, RecursionError) as error:
            place = ".".join(_culprit(record))
            raise DefinitionError(
                f"job {job.alias!r}: {place}: can't be written as JSON: {told(error)}"
            ) from None
        if _too_deep(text, record):
            raise DefinitionError(
                f"job {job.alias!r}: nested too deeply, at most {MAX_DEPTH} levels are kept"
            )
        if len(text) > MAX_LENGTH:
            raise DefinitionError(
                f"job {job.alias!r}: {len(text):,} characters of JSON, at most {MAX_LENGTH:,} are kept; "
                "put large data into a file or a table and give the job its name"
            )
        return Definition(text, self.key(job), job.wanted_executor)

    def _record(self, job: Job) -> dict[str, Any]:
        record: dict[str, Any] = {"v": VERSION, "alias": job.alias}
        record["work"] = self._part(job.work, "work")
        record["triggers"] = [self._part(trigger, "triggers") for trigger in job.triggers]
        values = _plain_values(job)
        if values != _DEFAULTS:
            for name, value, default in zip(_PLAIN, values, _DEFAULTS, strict=True):
                if value != default:
                    record[name] = _scalar(value)
        if job.tags:
            record["tags"] = sorted(job.tags)
        if job.metadata:
            record["metadata"] = dict(job.metadata)
        return record

    def check(self, job: Job) -> str:
        """Return the job's work key; a DefinitionError, as `dump` raises it, if it can't be written."""
        work = job.work
        if type(work) is not Call or work.args or work.kwargs or job.metadata:
            return self.dump(job).work
        return self.key(job) if _ALWAYS_JSON.issuperset(map(type, job.triggers)) else self.dump(job).work

    def key(self, job: Job) -> str:
        """Return the job's work key: the name of its kind, with `:target` if it has one."""
        work = job.work
        return _key(work.kind if isinstance(work, Opaque) else self._name(work, "work"), work.target)

    def load(self, text: str | bytes) -> Job:
        """Return the job that *text* says; UnreadableDefinition or NewerDefinition if it doesn't say one."""
        return self._load(text)

    def _read(self, text: str | bytes) -> Job:
        record = _parse(text)
        try:
            return self._build(record)
        except UnreadableDefinition:
            raise
        except Exception as error:
            raise UnreadableDefinition(f"definition: {told(error)}") from error

    def _build(self, record: dict[str, Any]) -> Job:
        known = {"v", *_DUMPED}
        for key in record:
            if key not in known:
                raise UnreadableDefinition(f"definition: unknown field {shown(key)}")
        fields = {name: record[name] for name in (*_PLAIN, "tags", "metadata") if name in record}
        for name in ("start_time", "end_time"):
            if name in fields:
                fields[name] = _moment(fields[name], name)
        triggers = record.get("triggers")
        if not isinstance(triggers, list):
            raise UnreadableDefinition(f"definition: triggers are not a list, found {shown(triggers)}")
        return Job(
            alias=checked_alias(record.get("alias")),
            work=self._value(record.get("work"), "work", self._works),
            triggers=[self._value(table, "trigger", self._triggers) for table in triggers],
            **fields,
        )

    def _value(self, table: object, part: str, kinds: Mapping[str, Kind[T]]) -> Any:
        if not isinstance(table, dict) or not isinstance(table.get("use"), str):
            raise UnreadableDefinition(f"definition: {part} has no 'use', found {shown(table)}")
        fields = {key: value for key, value in table.items() if key != "use"}
        kind = kinds.get(table["use"])
        if kind is None:
            return Opaque(part, table["use"], fields)

        def inner(table: object, _where: str) -> Any:
            value = self._value(table, part, kinds)
            if isinstance(value, Opaque):
                raise _Lacking(str(value))
            return value

        try:
            whole = with_parts(fields, kind.options, inner)
        except _Lacking as lacking:
            # The whole of it stays as it is: what is half built can't be written back to the letter.
            return Opaque(part, kind.name, fields, str(lacking))
        return structure(whole, kind.options, f"{part} {kind.name}")

    def _part(self, value: object, where: str) -> dict[str, Any]:
        if isinstance(value, Opaque):
            return {"use": value.kind, **value.fields}
        table = {"use": self._name(value, where), **unstructure(value)}
        for name in part_fields(type(value)):
            if name in table:
                table[name] = self._parts(table[name], where)
        return table

    def _parts(self, held: object, where: str) -> object:
        if isinstance(held, list | tuple):
            return [self._part(one, where) for one in held]
        return None if held is None else self._part(held, where)

    def _name(self, value: object, where: str) -> str:
        name = self._names.get(type(value))
        if name is None:
            raise DefinitionError(
                f"{where}: no plugin here offers {type(value).__module__}.{type(value).__qualname__}; "
                f"offer it as a Kind from the hook clockhand_{'works' if where == 'work' else 'triggers'}"
            )
        return name


@lru_cache(1024)
def _key(kind: str, target: str) -> str:
    """Return the work key of a kind and its target: one text for all jobs that do the same."""
    return f"{kind}:{target}" if target else kind


def _parse(text: str | bytes) -> dict[str, Any]:
    if len(text) > MAX_LENGTH:
        raise UnreadableDefinition(f"definition: {len(text):,} characters, at most {MAX_LENGTH:,} are read")
    try:
        plain = text.decode() if isinstance(text, bytes) else text
        record = json.loads(
            plain, parse_float=_finite, parse_constant=_finite, object_pairs_hook=_each_key_once
        )
    except RecursionError:
        raise UnreadableDefinition("definition: nested too deeply") from None
    except UnicodeDecodeError as error:
        raise UnreadableDefinition(f"definition: not UTF-8, at byte {error.start:,}") from None
    except ValueError as error:
        raise UnreadableDefinition(f"definition: not JSON: {error}") from None
    if _too_deep(plain, record):
        raise UnreadableDefinition("definition: nested too deeply")
    if not isinstance(record, dict):
        raise UnreadableDefinition(f"definition: not a JSON object, found {shown(record)}")
    version = record.get("v")
    if type(version) is not int or version < 1:
        raise UnreadableDefinition(f"definition: no version 'v', found {shown(version)}")
    if version > VERSION:
        raise NewerDefinition(
            f"definition: of version {version}, this clockhand reads up to {VERSION}; upgrade it"
        )
    return record


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{shown(text)} is no number that can be written back")
    return number


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {shown(twice)} is there twice")
    return record


_json: Final = json.JSONEncoder(allow_nan=False, sort_keys=True, separators=(",", ":")).encode
"""Canonical: the same record is the same text."""


def _culprit(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the path to the field that can't be written."""
    for name, value in record.items():
        try:
            _json({name: value})
        except (TypeError, ValueError, RecursionError):
            inner = _culprit(value) if name == "work" and isinstance(value, dict) else ()
            return (name, *inner)
    return ()


def _too_deep(text: str, record: object) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False  # as nearly always: then it needn't be walked
    level: list[object] = [record]
    for _ in range(MAX_DEPTH):
        inner = (
            one.values() if isinstance(one, dict) else one
            for one in level
            if isinstance(one, dict | list | tuple)
        )
        level = [value for values in inner for value in values]
        if not level:
            return False
    return any(isinstance(one, dict | list | tuple) for one in level)


def _scalar(value: object) -> object:
    if isinstance(value, datetime):
        return format_moment(value)
    if isinstance(value, timedelta):
        return format_span(value)
    if isinstance(value, int):
        return value
    return unstructure(value) if attrs.has(type(value)) else str(value)


def _moment(value: object, name: str) -> object:
    return parse_moment(value, name) if isinstance(value, str) else value
