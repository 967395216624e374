"""The history that entries are rotated into: open only while some are given to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final

from clockhand._engine.backoff import Backoff
from clockhand._engine.feed import DOUBTS, REFUSALS, Feed, Refused
from clockhand._engine.ledger import name_of
from clockhand._model.entry import Entry
from clockhand._model.use import Use
from clockhand._plugins.catalog import Catalog
from clockhand.contracts.context import StoreContext
from clockhand.contracts.history import History
from clockhand.errors import ConfigError, StoreError

WHERE: Final = "retention.rotate_to"
OPENING: Final = 300.0
"""Seconds that it has to open: a large file is gone through once."""


class Target:
    """
    Opens its history when it is first given entries, or asked to, and closes it when told.

    So several schedulers can rotate into one that only one may have open at a time.
    """

    def __init__(
        self,
        use: Use,
        catalog: Catalog,
        context: StoreContext,
        patience: float,
        refused: Callable[[Entry, str], None],
    ) -> None:
        self.kind = use.kind
        self._use = use
        self._catalog = catalog
        self._context = context
        self._patience = patience
        self._refused = refused
        self._feed: Feed | None = None

    def check(self) -> None:
        """Raise a ConfigError if it can't be what it is there for; nothing is opened."""
        self._made()

    def _made(self) -> History:
        kind, history = self._catalog.open("histories", self._use.kind, self._use.table, WHERE)
        if "durable" not in kind.supports:
            raise ConfigError(
                f"{WHERE}: kind {kind.name!r} keeps nothing when the process ends; "
                "use a durable one, such as jsonl"
            )
        return history  # type: ignore[no-any-return]

    async def open(self, taken: Collection[str]) -> None:
        """Open it, unless it is open; a StoreError if it is at one of the places *taken*."""
        if self._feed is not None:
            return
        history = self._made()
        try:
            async with asyncio.timeout(OPENING):
                await history.startup(self._context)
            _apart(history.location, taken)
        except BaseException:
            await self._close(history)
            raise
        self._feed = Feed(history, self._patience, self._refused)

    async def take(self, entries: Sequence[Entry]) -> None:
        """Keep *entries*; returns only when it has them all, and raises what keeps it from that."""
        if self._feed is None:
            raise StoreError(f"{WHERE}: it isn't open")
        backoff = Backoff()
        refused = await self._given(self._feed, entries, backoff)
        for _ in range(REFUSALS):
            if not refused:
                return
            await asyncio.sleep(backoff.failed())
            refused = await self._feed.retry(refused)
        if refused:
            raise StoreError(f"{WHERE}: refuses entry {name_of(refused[0].entry)}: {refused[0].why}")

    async def _given(self, feed: Feed, entries: Sequence[Entry], backoff: Backoff) -> list[Refused]:
        for _ in range(DOUBTS - 1):
            try:
                return await feed.append(entries)
            except TimeoutError:
                raise
            except Exception:  # noqa: BLE001 - the last try raises what it raises
                await asyncio.sleep(backoff.failed())
        return await feed.append(entries)

    async def close(self) -> None:
        """Close it if it is open."""
        feed, self._feed = self._feed, None
        if feed is not None:
            await self._close(feed.history)

    async def _close(self, history: History) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await history.teardown()
        except Exception as error:  # noqa: BLE001 - what it has, it has
            self._context.logger.warning("%s: closing it failed: %s: %s", WHERE, type(error).__name__, error)


def _apart(location: str, taken: Collection[str]) -> None:
    if location and location in taken:
        raise StoreError(f"{WHERE}: entries are kept there already ({location}); name another place")
