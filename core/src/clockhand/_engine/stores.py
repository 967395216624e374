"""The silos and the history of one scheduler: opened together, closed together, also without a loop."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from clockhand._clock import Clock
from clockhand._engine.desk import OpenSilo
from clockhand._plugins.catalog import Catalog
from clockhand._plugins.codec import JsonCodec
from clockhand.contracts.context import StoreContext
from clockhand.contracts.history import History
from clockhand.contracts.silo import Silo
from clockhand.errors import ConfigError, StoreClosed, StoreError, StoreMissing, StoreUnreachable


class Stores:
    """Opens silos and the history; whatever was opened is closed, in the reverse order, by `close`."""

    def __init__(
        self, catalog: Catalog, codec: JsonCodec, clock: Clock, logger: logging.Logger, folder: Path
    ) -> None:
        self.silos: dict[str, OpenSilo] = {}
        self.missing: dict[str, StoreMissing] = {}
        """The silos that aren't there yet, and what says so."""
        self._history: History | None = None
        self._catalog = catalog
        self._codec = codec
        self._clock = clock
        self._logger = logger
        self._folder = folder
        self._stacks: dict[str, AsyncExitStack] = {}

    @property
    def history(self) -> History:
        """The history, once it is open."""
        if self._history is None:
            raise StoreClosed("history: it isn't open")
        return self._history

    async def add_silo(
        self, alias: str, kind: str, table: Mapping[str, Any], *, create: bool = True
    ) -> OpenSilo:
        """
        Open a silo, made if there is none unless *create* is False.

        ConfigError for its table, a StoreError that names it if it can't be opened.
        """
        if alias in self.silos:
            raise ConfigError(f"silo: there is a silo {alias!r} already")
        chosen, silo = self._catalog.open("silos", kind, table, f"silo.{alias}")
        await self._open(f"silo.{alias}", alias, silo, create=create)
        self.missing.pop(alias, None)
        opened = self.silos[alias] = OpenSilo(alias, chosen, silo)
        return opened

    async def remove_silo(self, alias: str) -> None:
        """Close a silo."""
        del self.silos[alias]
        await self._stacks.pop(f"silo.{alias}").aclose()

    async def open_history(self, kind: str, table: Mapping[str, Any], *, read_only: bool) -> None:
        """Open the history."""
        _, history = self._catalog.open("histories", kind, table, "history")
        await self._open("history", "history", history, read_only=read_only)
        self._history = history

    async def _open(
        self,
        where: str,
        alias: str,
        store: Silo | History,
        *,
        read_only: bool = False,
        create: bool = True,
    ) -> None:
        stack = AsyncExitStack()
        stack.push_async_callback(store.teardown)
        context = StoreContext(
            alias=alias,
            codec=self._codec,
            clock=self._clock,
            logger=self._logger,
            folder=self._folder,
            read_only=read_only,
            create=create,
        )
        try:
            await store.startup(context)
        except StoreError as error:
            await stack.aclose()
            if repr(alias) in str(error):
                raise  # it says itself which one it is
            raise type(error)(f"{where}: {error}") from error
        except Exception as error:
            await stack.aclose()
            raise StoreUnreachable(f"{where}: {type(error).__name__}: {error}") from error
        except BaseException:
            await stack.aclose()
            raise
        self._stacks[where] = stack

    async def close(self) -> None:
        """Close everything; what one close raises is logged and hinders no other."""
        self.silos.clear()
        while self._stacks:
            where, stack = self._stacks.popitem()
            try:
                await stack.aclose()
            except Exception as error:  # noqa: BLE001 - the others must be closed all the same
                self._logger.warning("%s: closing it failed: %s: %s", where, type(error).__name__, error)
