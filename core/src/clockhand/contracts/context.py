"""What a store or an executor is told when it starts: its alias, the clock, the codec, a logger."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Protocol

import attrs

from clockhand._clock import Clock, SystemClock
from clockhand._model.job import Job


@attrs.frozen
class Definition:
    """A job as text, with what a store must be able to select by."""

    text: str
    """JSON, canonical: equal jobs have equal texts."""
    work: str
    """The work's key: its kind, with `:target` when it has one (`python:app:refresh`)."""
    executor: str
    """The alias of the executor that the job runs in."""


class Codec(Protocol):
    """Turns jobs into text and back. A store keeps the text; nothing in it can import anything."""

    def dump(self, job: Job) -> Definition:
        """Return *job* as text; a DefinitionError names a field that can't be written."""
        ...

    def load(self, text: str | bytes) -> Job:
        """
        Return the job that `dump` made *text* of.

        A work or trigger of a kind that isn't installed stands in it as an opaque value, see
        `Job.missing`. Raises UnreadableDefinition, or NewerDefinition for text of a newer version.
        """
        ...


@attrs.frozen(kw_only=True)
class StoreContext:
    """What a silo or a history is given when it starts."""

    alias: str
    codec: Codec
    clock: Clock = attrs.field(factory=SystemClock)
    logger: logging.Logger = attrs.field(factory=lambda: logging.getLogger("clockhand"))
    folder: Path = attrs.field(factory=Path.cwd)
    """What a relative path of the options counts from."""
    life: str = attrs.field(factory=lambda: uuid.uuid4().hex)
    """A random name for this opening of the store: what it stamps on entries."""


@attrs.frozen(kw_only=True)
class ExecutorContext:
    """What an executor is given when it starts."""

    alias: str
    clock: Clock = attrs.field(factory=SystemClock)
    logger: logging.Logger = attrs.field(factory=lambda: logging.getLogger("clockhand"))
