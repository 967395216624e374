"""Keeping the history within its limits: the oldest entries go, to another history first if there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from clockhand._engine.feed import weight
from clockhand._engine.stores import Stores
from clockhand._engine.target import Target
from clockhand._model.entry import Entry
from clockhand._model.moments import MICROSECOND, format_span
from clockhand._model.retention import Retention
from clockhand.contracts.history import History, Query
from clockhand.contracts.silo import Silo
from clockhand.errors import StoreError

T = TypeVar("T")

BATCH: Final = 1_000
PAUSE: Final = 0.05
"""Seconds between two batches, for whoever else wants the store."""
HEAVY: Final = 600.0
"""Seconds that a history has to prune: it may have to write anew all that stays."""
SHARE: Final = 10
"""When a history is too large a tenth of its limit goes beyond what has to: pruning can be dear."""
AT_MOST_LATE: Final = timedelta(days=1)
LATE: Final = 30
"""Old entries go when the oldest is older than its limit by a thirtieth, for the same reason."""


class Pruner:
    """
    Looks after the history, a round at a time.

    *told* hears how many entries a round took out, why, and whether the target has them.

    Where the history is the outbox of a silo that is open, its oldest entries are read from there and
    acked: in order, and no other goes with them. Any other history is pruned by time and size; what
    is to be rotated is read from it by time, and *gate* is held when it goes, so that nothing comes in
    between.
    """

    def __init__(
        self,
        limits: Retention,
        stores: Stores,
        target: Target | None,
        gate: asyncio.Lock,
        patience: float,
        told: Callable[[int, str, bool], None],
    ) -> None:
        self._age = limits.history
        self._most = limits.history_bytes
        self._stores = stores
        self._target = target
        self._gate = gate
        self._patience = patience
        self._told = told
        self._gone = 0
        self._why: dict[str, None] = {}
        self._tried = target is None
        """Whether it is known that the target can be opened."""

    async def round(self, now: datetime) -> None:
        """Take out what is over the limits at *now*; raises what a store raises, and goes on next time."""
        self._gone, self._why = 0, {}
        try:
            if not self._tried:
                await self._open_target()
                self._tried = True
            history = self._stores.history
            silo = self._silo_at(history.location)
            if silo is not None:
                await self._shorten(history, silo, now)
            else:
                await self._prune(history, now)
        finally:
            if self._target is not None:
                await self._target.close()
            if self._gone:
                self._told(self._gone, " and ".join(self._why), self._target is not None)

    def _silo_at(self, location: str) -> Silo | None:
        if not location:
            return None
        return next((one.silo for one in self._stores.silos.values() if one.silo.location == location), None)

    async def _patient(self, call: Awaitable[T]) -> T:
        async with asyncio.timeout(self._patience):
            return await call

    # what is over the limits

    def _old(self, entries: Sequence[Entry], now: datetime) -> datetime | None:
        """Return the moment before which entries are to go; None: the oldest, *entries*, are young enough."""
        if self._age is None:
            return None
        late = now - self._age - min(self._age / LATE, AT_MOST_LATE)
        if not any(entry.at < late for entry in entries):
            return None
        self._why[f"older than {format_span(self._age)}"] = None
        return now - self._age

    async def _size(self, history: History) -> int:
        return await self._patient(history.size()) if self._most is not None else 0

    def _excess(self, size: int) -> int:
        """Return by how many bytes *size* has to shrink once it has to."""
        return max(0, size - self._low)

    @property
    def _low(self) -> int:
        most = self._most or 0
        return most - most // SHARE

    def _too_large(self, size: int) -> bool:
        if self._most is None or size <= self._most:
            return False
        self._why[f"larger than {self._most:,} bytes"] = None
        return True

    # the history that is a silo's outbox

    async def _shorten(self, history: History, silo: Silo, now: datetime) -> None:
        size = await self._size(history)
        excess = self._excess(size) if self._too_large(size) else 0
        entries = await self._patient(silo.outbox(0, BATCH))
        before = self._old(entries, now)
        while going := entries[: self._how_many(entries, before, excess, now)]:
            await self._rotate(going)
            through = going[-1].position
            await self._patient(silo.ack(through))
            self._gone += len(going)
            await asyncio.sleep(PAUSE)
            excess = self._excess(await self._size(history)) if excess else 0
            entries = await self._patient(silo.outbox(0, BATCH))
            if entries and entries[0].position <= through:
                raise StoreError(f"its outbox still has entry {entries[0].position}, which was acked")

    @staticmethod
    def _how_many(entries: Sequence[Entry], before: datetime | None, excess: float, now: datetime) -> int:
        """
        Return how many of *entries*, from the first on, are too old or too much.

        What an entry weighs is a guess, so it is half of *excess* at a time, and the store is asked again.
        One from the future was made while the clock was wrong, and goes when the one after it does.
        """
        count, excess = 0, excess / 2
        for place, entry in enumerate(entries, start=1):
            if excess > 0 or (before is not None and entry.at < before):
                count = place
            elif before is None or entry.at <= now:
                break
            excess -= weight(entry)
        return count

    # any other history

    async def _prune(self, history: History, now: datetime) -> None:
        size = await self._size(history)
        large = self._too_large(size)
        oldest = (await self._patient(history.read(Query(), None, BATCH))).entries
        before = self._old(oldest, now)
        if before is None and not large:
            return
        if self._target is None:
            self._gone = await self._pruned(history, before, self._low if large else None)
            return
        if before is not None:
            await self._move(history, before)
        while large and (excess := self._excess(await self._size(history))):
            gone = self._gone
            await self._move(history, await self._enough(history, excess, now))
            if self._gone == gone:
                raise StoreError("it can't be made smaller: it does not drop its oldest entries")

    @staticmethod
    async def _pruned(history: History, before: datetime | None, max_bytes: int | None) -> int:
        async with asyncio.timeout(HEAVY):
            return await history.prune(before, max_bytes)

    async def _enough(self, history: History, excess: int, now: datetime) -> datetime:
        """Return a moment before which the oldest entries, about *excess* bytes of them, were made."""
        moment, cursor = None, None
        while True:
            page = await self._patient(history.read(Query(), cursor, BATCH))
            for entry in page.entries:
                # One from the future was made while the clock was wrong, and says nothing of its neighbours.
                if entry.at <= now:
                    moment = entry.at if moment is None else max(moment, entry.at)
                excess -= weight(entry)
                if excess <= 0 and moment is not None:
                    return moment + MICROSECOND
            if page.cursor is None:
                return now if moment is None else moment + MICROSECOND
            cursor = page.cursor
            await asyncio.sleep(PAUSE)

    async def _move(self, history: History, before: datetime) -> None:
        """Give all entries that are older than *before* to the target, then drop them."""
        cursor = None
        moved = 0
        query = Query(until=before)
        while True:
            page = await self._patient(history.read(query, cursor, BATCH))
            await self._rotate(page.entries)
            if page.cursor is None:
                break
            moved, cursor = moved + len(page.entries), page.cursor
            await asyncio.sleep(PAUSE)
        async with self._gate:
            while True:  # the last page once more: entries may have come to it
                page = await self._patient(history.read(query, cursor, BATCH))
                await self._rotate(page.entries)
                moved += len(page.entries)
                if page.cursor is None:
                    break
                cursor = page.cursor
            dropped = await self._pruned(history, before, None)
        self._gone += min(dropped, moved)
        if dropped > moved:
            self._told(dropped - moved, "put there by another process while older ones went", False)  # noqa: FBT003

    async def _rotate(self, entries: Sequence[Entry]) -> None:
        if self._target is not None and entries:
            await self._open_target()
            await self._target.take(entries)

    async def _open_target(self) -> None:
        if self._target is not None:
            locations = {
                self._stores.history.location,
                *(one.silo.location for one in self._stores.silos.values()),
            }
            await self._target.open(locations)
