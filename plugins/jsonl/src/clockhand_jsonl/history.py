"""The jsonl history: what the contract asks for, each call in a thread that holds the clock meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from clockhand.contracts import Entry, History, Page, Query, StoreContext
from clockhand.errors import StoreClosed, StoreError
from clockhand_jsonl.log import JsonlLog
from clockhand_jsonl.packer import Packer
from clockhand_jsonl.pages import Pages, parsed
from clockhand_jsonl.reader import LogReader
from clockhand_jsonl.rotation import Rotation

T = TypeVar("T")

SHORTEST: Final = 10.0
LONGEST: Final = 3_600.0
"""Seconds between two looks at what has grown old: no flood when the disk refuses, no trust in far timers."""


class JsonlHistory(History):
    """
    Entries in files, a line each, in the order in which they were appended.

    One thread writes and another reads, so that a long search doesn't keep entries waiting; a third
    compresses. One that is opened for reading only has the thread that reads, and no other. A cursor
    names the last entry of its page and where that was, which neither rotation nor prune changes.
    """

    def __init__(self, path: str, rotation: Rotation | None = None) -> None:
        self._path = Path(path).expanduser()
        self._rotation = rotation or Rotation()
        self._context: StoreContext | None = None
        self._log: JsonlLog | LogReader | None = None
        self._pages = Pages()
        self._packer: Packer | None = None
        self._watch: asyncio.Task[None] | None = None
        self._writer: ThreadPoolExecutor | None = None
        self._reader: ThreadPoolExecutor | None = None

    async def startup(self, context: StoreContext) -> None:
        """Open the file and the closed segments beside it; for reading only, without a lock on them."""
        self._context = context
        self._reader = ThreadPoolExecutor(1, "clockhand-jsonl-read")
        path = context.folder / self._path
        if context.read_only:
            self._writer = self._reader
            reader = self._log = LogReader(path)
            await self._begin(reader.open)
        else:
            self._writer = ThreadPoolExecutor(1, "clockhand-jsonl-write")
            # Kept before it is open: should this be cancelled, teardown() closes what the thread opens.
            log = self._log = JsonlLog(path, self._rotation, context.logger, context.clock.now)
            await self._write(log, self._writer, context)

    async def _write(self, log: JsonlLog, writer: ThreadPoolExecutor, context: StoreContext) -> None:
        """Open *log*, and begin to compress and to look after what grows old."""
        if self._rotation.compress:
            self._packer = Packer(log, writer, context)
            log.on_closed = self._packer.kick
        await self._begin(lambda: _begin(log))
        log.on_closed()
        if log.rest() is not None:
            self._watch = asyncio.create_task(self._tidied(log, context), name="clockhand-jsonl-watch")

    async def _begin(self, opens: Callable[[], None]) -> None:
        try:
            await self._call(self._writer, opens)
        except StoreError:
            self._log = None
            raise

    async def teardown(self) -> None:
        """Close it, once what was begun is done."""
        log, self._log = self._log, None
        watch, self._watch = self._watch, None
        packer, self._packer = self._packer, None
        writer, self._writer = self._writer, None
        reader, self._reader = self._reader, None
        if watch is not None and not watch.done():
            watch.cancel()
            await asyncio.wait({watch})
        if packer is not None:
            packer.stop()
            await self._call(writer, _nothing)  # after that nothing more is given to the packer,
            await self._call(packer.pool, _nothing)  # which may be waiting for the writer
            packer.pool.shutdown()
        if writer is not None:
            await self._call(writer, log.close if log else _nothing)
        if reader is not None:
            await self._call(reader, self._pages.close)
        for pool in filter(None, (writer, reader)):
            pool.shutdown()

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write entries that aren't there already."""
        log = self._opened()
        await self._call(self._writer, lambda: log.append(entries))

    async def read(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """Return a page of them."""
        log = self._opened()
        place = None if cursor is None else parsed(cursor)
        if limit < 1:
            return Page((), cursor)
        return await self._call(self._reader, lambda: self._pages.page(log.view, query, place, limit))

    async def prune(self, before: datetime | None = None, max_bytes: int | None = None) -> int:
        """Drop the old ones."""
        log = self._opened()
        return await self._call(self._writer, lambda: log.prune(before, max_bytes))

    async def size(self) -> int:
        """Return how many bytes the files of entries have."""
        log = self._opened()
        if isinstance(log, JsonlLog):
            return log.size  # it knows, and needs not wait for what is being written
        return await self._call(self._reader, lambda: log.size)

    def _opened(self) -> JsonlLog | LogReader:
        if self._log is None:
            raise StoreClosed("history.jsonl: not open, used before startup() or after teardown()")
        return self._log

    async def _tidied(self, log: JsonlLog, context: StoreContext) -> None:
        """Look after what grows old while nothing is written, for ever."""
        said = ""
        while (rest := log.rest()) is not None:
            await asyncio.sleep(min(max(rest, SHORTEST), LONGEST))
            try:
                await self._call(self._writer, log.tidy)
                said = ""
            except StoreError as error:
                if str(error) != said:
                    context.logger.warning("%s", error)
                said = str(error)

    async def _call(self, pool: ThreadPoolExecutor | None, function: Callable[[], T]) -> T:
        assert self._context is not None, "only an opened history calls"  # noqa: S101
        with self._context.clock.hold():
            return await asyncio.get_running_loop().run_in_executor(pool, function)


def _begin(log: JsonlLog) -> None:
    """Open the log, and look after what grew old meanwhile; nothing stays open when that fails."""
    log.open()
    try:
        log.tidy()
    except StoreError:
        log.close()
        raise


def _nothing() -> None:
    """Do nothing, after all that was asked before."""
