"""The ledger of one silo: its outbox drained into a History, in order, then acked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from clockhand._engine.backoff import Backoff
from clockhand._engine.feed import Feed, Refused
from clockhand._engine.patience import Patience
from clockhand._engine.waker import Waker
from clockhand._model.entry import Entry
from clockhand.contracts.silo import Silo
from clockhand.errors import told

T = TypeVar("T")

BATCH: Final = 1_000
DELAY: Final = 0.005
"""Seconds from the first entry to the flush that takes it."""
COUNTING: Final = 1.0
"""Seconds that a silo has, when all is over, to say how many entries are left."""


class Ledger:
    """
    Feeds what one silo put on record into the history; idle when the outbox is the history.

    An entry is acked only after the history has it, so that a crash repeats entries, which append()
    ignores, and loses none. One that the history refuses stays in the outbox, with all after it, and
    is tried again; those after it are fed meanwhile. *gate* is held while entries are appended;
    *changed* hears why that fails, and "" once it doesn't; *durable* is whether the silo keeps its
    outbox for the next start.
    """

    def __init__(
        self,
        alias: str,
        silo: Silo,
        feed: Feed,
        *,
        gate: asyncio.Lock,
        patience: float,
        durable: bool,
        logger: logging.Logger,
        changed: Callable[[str], None],
    ) -> None:
        self._alias = alias
        self._silo = silo
        self._feed = feed
        self._gate = gate
        self._patience = Patience(patience, _time)
        self._durable = durable
        self._logger = logger
        self._changed = changed
        self._waker = Waker()
        self._backoff = Backoff()
        self._held: list[Refused] = []
        self._holding = Backoff()
        self._next_try = 0.0
        """When the entries that are held are tried again, on the loop's clock."""
        self._fed = 0
        """The position up to which the history has all but what is held."""
        self.idle = bool(silo.location) and silo.location == feed.history.location
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
                self._failed(self._said(error, self._patience.seconds))
                await asyncio.sleep(self._backoff.failed())
                continue
            self._backoff.succeeded()
            if self._held:
                self._failed(self._what_is_held())
            else:
                self._recovered()
            await self._waker.rest(max(0.0, self._next_try - _time()) if self._held else None)
            await asyncio.sleep(DELAY)

    async def flush(self) -> None:
        """Move what the outbox has now; raises what the silo or the history raises."""
        if self.idle:
            return
        if self._held and _time() >= self._next_try:
            await self._retry()
        while entries := await self._patient(self._silo.outbox(self._fed if self._held else 0, BATCH)):
            async with self._gate:
                refused = await self._feed.append(entries)
            if refused and not self._held:
                self._holding.succeeded()
                self._next_try = _time() + self._holding.failed()
            self._held += refused
            self._fed = entries[-1].position
            await self._ack()

    async def finish(self, seconds: float) -> None:
        """Feed once more, for up to *seconds*; say in the log why entries are left then, and how many."""
        if self.idle:
            return
        self._next_try = 0.0
        try:
            async with asyncio.timeout(seconds):
                await self.flush()
        except Exception as error:  # noqa: BLE001 - a store that fails at the end can't hinder the stop
            why = self._said(error, seconds)
        else:
            why = self._what_is_held()
        if why:
            await self._tell_what_is_left(why)

    async def _retry(self) -> None:
        async with self._gate:
            self._held = await self._feed.retry(self._held)
        self._next_try = _time() + self._holding.failed()
        await self._ack()

    async def _ack(self) -> None:
        await self._patient(self._silo.ack(self._held[0].entry.position - 1 if self._held else self._fed))

    async def _patient(self, call: Awaitable[T]) -> T:
        with self._patience:
            return await call

    def _what_is_held(self) -> str:
        """Return what the history refuses and why, empty if it refuses nothing."""
        if not self._held:
            return ""
        first = self._held[0]
        more = f" and {len(self._held) - 1} more" if len(self._held) > 1 else ""
        return f"refuses entry {name_of(first.entry)}{more}: {first.why}"

    def _said(self, error: Exception, seconds: float) -> str:
        return f"no answer within {seconds:g} s" if isinstance(error, TimeoutError) else told(error)

    def _failed(self, reason: str) -> None:
        if not self.error:
            self._logger.error("history: %s; entries wait in the outbox of silo %s", reason, self._alias)
            self.error = reason
            self._changed(reason)
        self.error = reason

    def _recovered(self) -> None:
        if self.error:
            self._logger.info("history: answers again; it has all that silo %s put on record", self._alias)
            self.error = ""
            self._changed("")

    async def _tell_what_is_left(self, why: str) -> None:
        left, whole = await self._count()
        if not left and whole:
            return
        self._logger.log(
            logging.WARNING if self._durable else logging.ERROR,
            "history: %s; %s%d entries of silo %s did not reach it%s",
            why,
            "" if whole else "at least ",
            left,
            self._alias,
            " and wait for the next start" if self._durable else ", and are lost: the silo keeps nothing",
        )

    async def _count(self) -> tuple[int, bool]:
        """Return how many entries are left in the outbox, and whether that is all of them."""
        left, after = 0, 0
        try:
            async with asyncio.timeout(COUNTING):
                while entries := await self._silo.outbox(after, BATCH):
                    left, after = left + len(entries), entries[-1].position
        except Exception:  # noqa: BLE001 - a silo that can't say how many has been heard of already
            return left, False
        return left, True


def name_of(entry: Entry) -> str:
    """Return what identifies an entry, for people."""
    what = f"{entry.what} of {entry.occurrence or entry.job}" if entry.job else str(entry.what)
    return f"{entry.seq} of life {entry.life} ({what})"


def _time() -> float:
    return asyncio.get_running_loop().time()
