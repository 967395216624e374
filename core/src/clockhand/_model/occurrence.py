"""An occurrence: one time a job should run; and its life while it has no verdict yet."""

from __future__ import annotations

import uuid
from datetime import UTC
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs

from clockhand._model.moments import format_moment, parse_moment
from clockhand.errors import DefinitionError, shown

if TYPE_CHECKING:
    from datetime import datetime


def due_key(alias: str, due: datetime) -> str:
    """Return the key of the occurrence of *alias* at *due*: `alias@2026-03-01T09:00:00Z`."""
    return f"{alias}@{_text(due) if due.tzinfo is UTC else format_moment(due)}"


_text: Final = lru_cache(256)(format_moment)
"""Many are due at the same moment. Only for UTC, in which equal moments read alike."""


def fired_key(alias: str) -> str:
    """Return a new key for an occurrence that is fired by hand: `alias!<uuid>`."""
    return f"{alias}!{uuid.uuid4()}"


def split_key(key: str) -> tuple[str, datetime | None]:
    """Return the alias and the due time (None: fired by hand) of *key*; else a DefinitionError."""
    alias, mark, moment = key.partition("@")
    if mark:
        return alias, parse_moment(moment, "occurrence")
    alias, mark, _ = key.partition("!")
    if mark:
        return alias, None
    raise DefinitionError(
        f"occurrence: not a key, given {shown(key)}; it reads like name@2026-03-01T09:00:00Z"
    )


class OpenState(StrEnum):
    """Where an occurrence without a verdict is."""

    REQUESTED = "requested"
    """Asked for by hand, or its wait has ended; the next holder of the job's planning right decides."""
    QUEUED = "queued"
    """It waits until others of its job have ended; then it is requested again."""
    PLANNED = "planned"
    """To be run, no sooner than its not_before: it waits for room, or for its next attempt."""
    RUNNING = "running"
    """An owner has it."""


@attrs.define(eq=True)
class OpenOccurrence:
    """An occurrence that has no verdict yet, as a silo holds it."""

    key: str
    job: str
    due: datetime
    """The nominal due time; for one fired by hand, when it was asked for."""
    state: OpenState
    attempt: int
    """The attempt that runs, or that comes next; from 1."""
    not_before: datetime
    executor: str
    forced: bool = False
    """Asked for with force: it runs although its job is paused."""
    owner: str = ""
    token: int = 0
    revision: int = 0
    deaths: int = 0
    """How many owners died while they were running it."""
    cancel: bool = False
    """Somebody asked for its end."""
    started: datetime | None = None
    """When the attempt that is running began."""
    priority: int = 0
    """Among those that wait for the same executor the highest goes first."""
    failures: int = 0
    """How many attempts have failed."""
    watched: bool = False
    """Somebody waits to see what it prints while it runs."""
