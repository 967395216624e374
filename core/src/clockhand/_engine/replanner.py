"""Planning a silo's jobs anew: when a process begins, and after the clock was set back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

from clockhand._model.stored import StoredJob
from clockhand.contracts.batches import JobFilter
from clockhand.contracts.replanning import replanned
from clockhand.contracts.silo import Silo

PAGE: Final = 1_000
AGAIN: Final = 5.0
"""Seconds until what failed is tried again."""
_ZERO: Final = timedelta()


class Replanner:
    """Knows what has happened that moves due times, until the silo has heard of it."""

    def __init__(self, silo: Silo, now: Callable[[], datetime], logger: logging.Logger) -> None:
        self._silo = silo
        self._now = now
        self._logger = logger
        self._started = True
        self._stepped = _ZERO
        self._after = ""
        self._not_before = 0.0

    def wanted(self) -> bool:
        """Say whether there is something to do, and it is time for it."""
        if not self._started and not self._stepped:
            return False
        return asyncio.get_running_loop().time() >= self._not_before

    def stepped(self, step: timedelta) -> None:
        """Note that the clock was set; forward, nothing has to be planned anew for that."""
        if step < _ZERO:
            self._stepped -= step
            self._after = ""

    async def go_on(self, patience: AbstractContextManager[object]) -> None:
        """
        Plan a page of jobs anew, while *patience* lasts.

        What the silo raises is logged, and tried again in a while: what is due can be run all the same.
        """
        try:
            with patience:
                await self._page()
        except Exception as error:  # noqa: BLE001 - whatever a silo raises
            self._not_before = asyncio.get_running_loop().time() + AGAIN
            self._logger.warning("planning anew failed, trying again: %s: %s", type(error).__name__, error)

    async def _page(self) -> None:
        rows = await self._silo.list_jobs(JobFilter(quarantined=False, paused=False), self._after, PAGE)
        now, started, stepped = self._now(), self._started, self._stepped
        moved = [
            row.alias
            for row in rows
            if isinstance(row, StoredJob)
            and (
                (row.open and stepped > _ZERO)
                or replanned(row, now, started=started, stepped=stepped) is not row
            )
        ]
        if moved:
            await self._silo.replan_jobs(moved, now, started=started, stepped=stepped)
        if len(rows) == PAGE:
            self._after = rows[-1].alias
        else:
            self._started, self._stepped, self._after = False, _ZERO, ""
