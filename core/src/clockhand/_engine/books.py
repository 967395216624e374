"""The books of one scheduler: the ledgers of its silos, and what keeps them from growing for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from clockhand._clock import Clock
from clockhand._engine.desk import OpenSilo
from clockhand._engine.feed import Feed
from clockhand._engine.forgetting import Forgetter
from clockhand._engine.ledger import Ledger, name_of
from clockhand._engine.pruning import Pruner
from clockhand._engine.retention import Part, Retainer
from clockhand._engine.stores import Stores
from clockhand._engine.target import Target
from clockhand._engine.teller import Teller
from clockhand._model.entry import Entry, What
from clockhand._model.event import (
    EntryRefused,
    HistoryFailed,
    HistoryRecovered,
    JobForgotten,
    LedgerPruned,
    LedgerRotated,
)
from clockhand._model.moments import format_span
from clockhand._model.settings import Settings
from clockhand._plugins.catalog import Catalog
from clockhand.contracts.context import Codec, StoreContext

FAREWELL: Final = 2.0
"""Seconds that a stop waits for the last entries to reach the history."""


class Books:
    """Makes the ledgers, and looks after the history and the finished jobs; tells what it did."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        codec: Codec,
        *,
        stores: Stores,
        teller: Teller,
        clock: Clock,
        logger: logging.Logger,
        changed: Callable[[str, Sequence[Entry]], None],
    ) -> None:
        limits = self._limits = settings.retention
        self._stores = stores
        self._teller = teller
        self._clock = clock
        self._logger = logger
        self._changed = changed
        self._patience = patience = settings.timing.patience.total_seconds()
        self._gate = asyncio.Lock()
        context = StoreContext(
            alias="rotate_to", codec=codec, clock=clock, logger=logger, folder=settings.folder
        )
        self._target = (
            None
            if limits.rotate_to is None
            else Target(limits.rotate_to, catalog, context, patience, partial(self._refused, ""))
        )
        self._pruner = Pruner(limits, stores, self._target, self._gate, patience, self._pruned)
        self._forgetter = Forgetter(limits.finished_jobs, patience, self._forgotten)
        self._retainer = Retainer(self._parts, clock, logger)

    def check(self) -> None:
        """Raise a ConfigError if there is something wrong with where entries are to be rotated."""
        if self._target is not None:
            self._target.check()

    def ledger(self, opened: OpenSilo) -> Ledger:
        """Return the ledger of a silo."""
        feed = Feed(self._stores.history, self._patience, partial(self._refused, opened.alias))
        return Ledger(
            opened.alias,
            opened.silo,
            feed,
            gate=self._gate,
            patience=self._patience,
            durable="durable" in opened.kind.supports,
            logger=self._logger,
            changed=self._history_changed,
        )

    def start(self, *, soon: bool) -> None:
        """Begin to look after what is kept; *soon*: at once, for who knows how long there is."""
        self._retainer.start(soon=soon)

    async def close(self) -> None:
        """Look after nothing any more."""
        await self._retainer.close(FAREWELL)

    def problems(self) -> list[str]:
        """Return what can't be looked after, and why."""
        return self._retainer.problems()

    def _parts(self) -> Iterator[Part]:
        if self._limits.history is not None or self._limits.history_bytes is not None:
            yield "the history", self._pruner.round
        if self._limits.finished_jobs is not None:
            for opened in list(self._stores.silos.values()):
                yield f"finished jobs in silo {opened.alias}", partial(self._forgetter.round, opened)

    # what is told

    def _history_changed(self, reason: str) -> None:
        kind = HistoryFailed if reason else HistoryRecovered
        if self._teller.heard(kind):
            self._teller.tell(kind(at=self._clock.now(), node=self._teller.node, reason=reason))

    def _refused(self, silo: str, entry: Entry, why: str) -> None:
        where = "history" if silo else "retention.rotate_to"
        self._logger.error(
            "%s: entry %s was refused time and again, so its reason and output are left out: %s",
            where,
            name_of(entry),
            why,
        )
        if self._teller.heard(EntryRefused):
            self._teller.tell(
                EntryRefused(
                    at=self._clock.now(),
                    node=self._teller.node,
                    silo=silo,
                    job=entry.job,
                    occurrence=entry.occurrence,
                    reason=why,
                )
            )

    def _pruned(self, count: int, why: str, rotated: bool) -> None:  # noqa: FBT001 - a callback
        at, node = self._clock.now(), self._teller.node
        if self._target is not None and rotated:
            kind = self._target.kind
            self._logger.info("history: rotated %d entries into %s: %s", count, kind, why)
            if self._teller.heard(LedgerRotated):
                self._teller.tell(LedgerRotated(at=at, node=node, reason=why, count=count, target=kind))
            return
        self._logger.info("history: pruned %d entries: %s", count, why)
        if self._teller.heard(LedgerPruned):
            self._teller.tell(LedgerPruned(at=at, node=node, reason=why, count=count))

    def _forgotten(self, silo: str, aliases: Sequence[str], entries: Sequence[Entry]) -> None:
        limit = self._limits.finished_jobs
        why = f"finished for more than {format_span(limit)}" if limit is not None else ""
        self._logger.info("silo %s: forgot %d jobs, %s", silo, len(aliases), why)
        self._changed(silo, [entry for entry in entries if entry.what is not What.JOB_REMOVED])
        if self._teller.heard(JobForgotten):
            at, node = self._clock.now(), self._teller.node
            for alias in aliases:
                self._teller.tell(JobForgotten(at=at, node=node, silo=silo, job=alias, reason=why))
