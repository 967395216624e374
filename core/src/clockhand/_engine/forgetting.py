"""Forgetting jobs that were added at run time, once they have been finished for long enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from clockhand._engine.declarations import RUNTIME
from clockhand._engine.desk import OpenSilo
from clockhand._model.entry import Entry
from clockhand._model.stored import StoredJob, Unreadable
from clockhand.contracts.batches import JobFilter
from clockhand.contracts.silo import Silo

T = TypeVar("T")

PAGE: Final = 1_000
BATCH: Final = 100
PAUSE: Final = 0.02
"""Seconds between two pages, for whoever else wants the silo."""
OFTEN: Final = 24
"""How often all jobs are gone through in the time after which they are forgotten; once an hour at most."""
HOUR: Final = timedelta(hours=1)


class Forgetter:
    """
    Looks through the silos, a round at a time; *told* hears which jobs of which silo are gone.

    A job that a condition of another one reads stays: its last verdict is still asked for.
    """

    def __init__(
        self,
        limit: timedelta | None,
        patience: float,
        told: Callable[[str, Sequence[str], Sequence[Entry]], None],
    ) -> None:
        self._limit = limit
        self._patience = patience
        self._told = told
        self._next: dict[str, datetime] = {}

    async def round(self, opened: OpenSilo, now: datetime) -> None:
        """Forget what has been finished for too long in one silo at *now*; raises what the silo raises."""
        limit = self._limit
        if limit is None or now < self._next.get(opened.alias, now):
            return
        before = now - limit
        read, found = set[str](), False
        async for rows in self._pages(opened.silo, JobFilter()):
            read.update(_read_by(rows))
            found = found or any(_is_over(row, before) for row in rows)
        if found:
            await self._forget(opened, now, before, read)
        self._next[opened.alias] = now + max(HOUR / 2, limit / OFTEN)

    async def _forget(self, opened: OpenSilo, now: datetime, before: datetime, read: set[str]) -> None:
        async for rows in self._pages(opened.silo, JobFilter(source=RUNTIME)):
            over = [row.alias for row in rows if _is_over(row, before) and row.alias not in read]
            for start in range(0, len(over), BATCH):
                await self._remove(opened, over[start : start + BATCH], now, before)

    async def _remove(
        self, opened: OpenSilo, aliases: Sequence[str], now: datetime, before: datetime
    ) -> None:
        # As late as can be: somebody may have fired one since, or given it new times.
        rows = await self._patient(opened.silo.get_jobs(aliases))
        over = [row.alias for row in rows if _is_over(row, before)]
        answers = await self._patient(opened.silo.remove_jobs(over, now, RUNTIME))
        gone = [answer.alias for answer in answers if answer.what == "done"]
        if gone:
            self._told(opened.alias, gone, [entry for answer in answers for entry in answer.entries])

    async def _pages(self, silo: Silo, which: JobFilter) -> AsyncIterator[Sequence[StoredJob | Unreadable]]:
        after = ""
        while rows := await self._patient(silo.list_jobs(which, after, PAGE)):
            yield rows
            after = rows[-1].alias
            if len(rows) == PAGE:
                await asyncio.sleep(PAUSE)

    async def _patient(self, call: Awaitable[T]) -> T:
        async with asyncio.timeout(self._patience):
            return await call


def _read_by(rows: Iterable[StoredJob | Unreadable]) -> Iterable[str]:
    """Yield the aliases that conditions of *rows* ask about."""
    for row in rows:
        if isinstance(row, StoredJob):
            for condition in row.job.conditions:
                yield from condition.reads


def _is_over(row: StoredJob | Unreadable, before: datetime) -> bool:
    """Say whether a row is a job of run time that was finished before *before*."""
    if not isinstance(row, StoredJob) or row.source != RUNTIME or row.quarantined or not row.finished:
        return False
    return (row.last.at if row.last is not None else row.anchor) < before
