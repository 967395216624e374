"""What a running work is handed: its run, told in the words of `RunContext`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from clockhand._clock import Clock
from clockhand._model.job import checked_json
from clockhand.contracts.batches import Claim

Progress = Callable[[Claim, float, float | None, str], None]


class LiveContext:
    """The RunContext of one attempt; made by the engine, read by the work."""

    __slots__ = ("_claim", "_clock", "_logger", "_progress", "cancelled", "node", "recorded", "shared")

    def __init__(
        self, claim: Claim, *, node: str, clock: Clock, logger: logging.Logger, progress: Progress
    ) -> None:
        self._claim = claim
        self._clock = clock
        self._logger = logger
        self._progress = progress
        self.node = node
        self.shared: Any = None
        self.cancelled = False
        self.recorded: dict[str, Any] = {}

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
        self._progress(self._claim, done, total, note)

    def record(self, **fields: Any) -> None:
        """Add *fields* to the run's record; a DefinitionError if they aren't JSON."""
        self.recorded.update(checked_json(fields, "record"))
