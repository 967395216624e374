"""The ledger of one silo: its outbox drained into a History, in order, then acked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from clockhand._engine.backoff import Backoff
from clockhand._engine.waker import Waker
from clockhand._model.timing import Timing
from clockhand.contracts.history import History
from clockhand.contracts.silo import Silo

BATCH = 1_000
DELAY = 0.005
"""Seconds from the first entry to the flush that takes it."""


class Ledger:
    """
    Feeds what one silo put on record into the history; idle when the outbox is the history.

    An entry is acked only after append() returned, so that a crash repeats entries, which append()
    ignores, and loses none.
    """

    def __init__(
        self,
        silo: Silo,
        history: History,
        timing: Timing,
        logger: logging.Logger,
        changed: Callable[[str], None],
    ) -> None:
        self._silo = silo
        self._history = history
        self._patience = timing.patience.total_seconds()
        self._poll = timing.poll.total_seconds()
        self._logger = logger
        self._changed = changed
        self._waker = Waker()
        self._backoff = Backoff()
        self.idle = bool(silo.location) and silo.location == history.location
        self.error = ""

    def kick(self) -> None:
        """Say that the outbox has something new."""
        if not self.idle:
            self._waker.wake()

    async def run(self) -> None:
        """Feed until cancelled."""
        if self.idle:
            return
        while True:
            try:
                await self.flush()
            except Exception as error:  # noqa: BLE001 - whatever a history raises, entries wait and are tried again
                self._failed(error)
                await asyncio.sleep(self._backoff.failed())
                continue
            self._recovered()
            await self._waker.rest(None)
            await asyncio.sleep(DELAY)

    async def flush(self) -> None:
        """Move what the outbox has now; raises what the silo or the history raises."""
        if self.idle:
            return
        while True:
            async with asyncio.timeout(self._patience):
                entries = await self._silo.outbox(0, BATCH)
                if not entries:
                    return
                await self._history.append(entries)
                await self._silo.ack(entries[-1].position)

    def _failed(self, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if not self.error:
            self._logger.error("history: %s; entries wait in the silo's outbox", reason)
            self.error = reason
            self._changed(reason)
        self.error = reason

    def _recovered(self) -> None:
        self._backoff.succeeded()
        if self.error:
            self.error = ""
            self._changed("")
