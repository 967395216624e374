"""What a store or an executor is told when it starts: its alias, the clock, the codec, a logger."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Protocol

import attrs

from clockhand._clock import Clock, SystemClock
from clockhand._model.job import Job
from clockhand.contracts.kind import Kind


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

    def check(self, job: Job) -> str:
        """
        Return the job's work key, as in `Definition`: for a store that keeps the job itself.

        A DefinitionError names a field that can't be written, as `dump` does.
        """
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
    read_only: bool = False
    """
    Whether a history is only to be read, beside a scheduler that has it; no silo is ever given it.

    Nothing will be appended or pruned. A history that only one may write takes no exclusive lock
    then, changes no file, and sees what the writer does meanwhile; others may ignore it.
    """
    create: bool = True
    """
    Whether a silo is made where there is none.

    False for who only wants to look: a silo that can be missing, a file for instance, raises
    StoreMissing then and leaves nothing behind. No history is ever given False.
    """


class Offer(Protocol):
    """A kind, and who offers it."""

    @property
    def kind(self) -> Kind[Any]:
        """The kind."""
        ...

    @property
    def plugin(self) -> str:
        """The name of the plugin that offers it."""
        ...

    @property
    def dist(self) -> str:
        """The distribution that the plugin comes from; empty: it isn't installed."""
        ...


class Refused(Protocol):
    """A plugin that can't be used."""

    @property
    def reason(self) -> str:
        """Why."""
        ...


class Kinds(Protocol):
    """
    Kinds by noun (`works`, ...) and name: with them an executor writes a work down for another process.

    There the same class makes an empty one, `take` fills it, and its codec makes the work again.
    """

    def __init__(self) -> None: ...

    @property
    def broken(self) -> Collection[Refused]:
        """The plugins among those taken that can't be used."""
        ...

    def take(self, plugin: object, name: str) -> None:
        """Take one more plugin in."""
        ...

    def offers(self, noun: str) -> Mapping[str, Offer]:
        """Return the offers of a noun by name."""
        ...

    def codec(self) -> Codec:
        """Return the codec for jobs of these works and triggers."""
        ...


class Functions(Protocol):
    """The functions that jobs may call, by reference."""

    def get(self, ref: str) -> Callable[..., Any]:
        """Return the function that *ref* names; Unresolved if it isn't registered here."""
        ...


@attrs.frozen(kw_only=True)
class ExecutorContext:
    """What an executor is given when it starts."""

    alias: str
    clock: Clock = attrs.field(factory=SystemClock)
    logger: logging.Logger = attrs.field(factory=lambda: logging.getLogger("clockhand"))
    kinds: Kinds | None = None
    """What works there are, for an executor that makes them again in another process."""
    functions: Functions | None = None
    """The functions that works of this scheduler may call, for the same."""
