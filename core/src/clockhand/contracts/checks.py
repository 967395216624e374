"""Checks of what a Msg is given, so that a mistake is told where it is made and names the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import attrs

from clockhand._model.alias import checked_alias
from clockhand._model.job import Job
from clockhand._model.moments import parse_span
from clockhand.contracts.batches import JobFilter
from clockhand.errors import DefinitionError, shown

Field: TypeAlias = "attrs.Attribute[Any]"


def job(value: object, where: str) -> Job:
    """Return *value* if it is a Job."""
    if not isinstance(value, Job):
        raise DefinitionError(
            f"{where}: not a Job, given {shown(value)}; write Job(alias=..., work=..., triggers=...)"
        )
    return value


def a_job(_msg: object, field: Field, value: object) -> None:
    """Refuse what isn't a Job."""
    job(value, field.name)


def jobs(_msg: object, field: Field, value: object) -> None:
    """Refuse what isn't a list of Jobs."""
    if isinstance(value, str | Mapping | Job) or not isinstance(value, Iterable):
        raise DefinitionError(f"{field.name}: not a list of Jobs, given {shown(value)}")
    for index, one in enumerate(value):
        if not isinstance(one, Job):
            job(one, f"{field.name}[{index}]")


def a_filter(_msg: object, field: Field, value: object) -> None:
    """Refuse what isn't a JobFilter."""
    if not isinstance(value, JobFilter):
        raise DefinitionError(
            f"{field.name}: not a JobFilter, given {shown(value)}; write JobFilter(tags={{'night'}})"
        )


def text(_msg: object, field: Field, value: object) -> None:
    """Refuse what isn't a text."""
    if not isinstance(value, str):
        raise DefinitionError(f"{field.name}: not a text, given {shown(value)}")


def texts(_msg: object, field: Field, value: object) -> None:
    """Check a sequence of texts; one text is none."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise DefinitionError(f"{field.name}: not a list of texts, given {shown(value)}")
    for index, one in enumerate(value):
        if not isinstance(one, str):
            raise DefinitionError(f"{field.name}[{index}]: not a text, given {shown(one)}")


def text_or_none(msg: object, field: Field, value: object) -> None:
    """Refuse what is neither a text nor None."""
    if value is not None:
        text(msg, field, value)


def new_alias(msg: object, field: Field, value: object) -> None:
    """Refuse what can't be the alias of a silo or an executor."""
    checked_alias(value, f"{type(msg).__name__}.{field.name}")


def table(_msg: object, field: Field, value: object) -> None:
    """Refuse what isn't a table."""
    if not isinstance(value, Mapping):
        raise DefinitionError(f"{field.name}: not a table, given {shown(value)}")


def above_zero(_msg: object, field: Field, value: object) -> None:
    """Refuse what isn't a whole number above zero."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise DefinitionError(f"{field.name}: not a whole number above zero, given {shown(value)}")


def latest(_msg: object, field: Field, value: object) -> None:
    """Refuse what is neither "latest" nor None."""
    if value is not None and value != "latest":
        raise DefinitionError(f"{field.name}: unknown value {shown(value)}, known: latest")


def deadline(value: object) -> timedelta | None:
    """Return a length of time, not below zero, or None."""
    if value is None:
        return None
    span = parse_span(value, "deadline")
    if span < timedelta():
        raise DefinitionError(f"deadline: less than zero, given {shown(value)}")
    return span
