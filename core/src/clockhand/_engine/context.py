"""What a running work is handed: its run, told in the words of `RunContext`."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from clockhand._clock import Clock
from clockhand._engine.pieces import Pieces, Voice
from clockhand._model.job import checked_json
from clockhand._model.run import checked_stream
from clockhand.contracts.batches import Claim


class Audience(Protocol):
    """Who hears, on whatever thread, what a run says while it runs."""

    def progressed(self, claim: Claim, done: float, total: float | None, note: str) -> None:
        """Hear how far it is."""
        ...

    @property
    def pieces(self) -> Pieces:
        """Where what it prints goes."""
        ...


class LiveContext:
    """The RunContext of one attempt; made by the engine, read by the work."""

    __slots__ = (
        "_audience",
        "_claim",
        "_clock",
        "_logger",
        "_voice",
        "cancelled",
        "node",
        "recorded",
        "shared",
    )

    def __init__(
        self, claim: Claim, node: str, clock: Clock, logger: logging.Logger, audience: Audience
    ) -> None:
        self._claim = claim
        self._clock = clock
        self._logger = logger
        self._audience = audience
        self._voice = Voice(claim) if claim.occurrence.watched else None
        self.node = node
        self.shared: Any = None
        self.cancelled = False
        self.recorded: dict[str, Any] | None = None
        """What the work put into its run's record, if it did."""

    @property
    def job(self) -> str:
        """The alias of the job."""
        return self._claim.occurrence.job

    @property
    def due(self) -> datetime:
        """The nominal due time, in UTC."""
        return self._claim.occurrence.due

    @property
    def occurrence(self) -> str:
        """The key of the occurrence."""
        return self._claim.occurrence.key

    @property
    def attempt(self) -> int:
        """Which try this is, from 1."""
        return self._claim.occurrence.attempt

    @property
    def token(self) -> int:
        """The fencing token."""
        return self._claim.occurrence.token

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger whose records carry job, occurrence and attempt."""
        extra = {"job": self.job, "occurrence": self.occurrence, "attempt": self.attempt}
        return logging.LoggerAdapter(self._logger, extra)

    def hold(self) -> AbstractContextManager[None]:
        """Return a context manager that holds the clock."""
        return self._clock.hold()

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        """Tell listeners how far the run is; may be called from any thread."""
        self._audience.progressed(self._claim, done, total, note)

    @property
    def watched(self) -> bool:
        """Whether somebody waits to see what the run prints."""
        return self._voice is not None

    def output(self, text: str, stream: str = "stdout") -> None:
        """Show *text* to whoever watches; may be called from any thread."""
        checked_stream(stream)
        if self._voice is not None:
            self._audience.pieces.say(self._voice, stream, str(text))

    def record(self, **fields: Any) -> None:
        """Add *fields* to the run's record; a DefinitionError if they aren't JSON."""
        self.recorded = {**(self.recorded or {}), **checked_json(fields, "record")}
