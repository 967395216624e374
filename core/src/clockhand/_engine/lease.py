"""The lease of one silo's owner: a random name, kept alive by beats; and the time its users agree on."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from clockhand._engine.shop import Shop
from clockhand._engine.waker import Waker
from clockhand.contracts.batches import Beat
from clockhand.contracts.silo import Silo


class Lease:
    """
    Who this process is to one silo. The name is new with each life, and never the host's.

    `heard` is given each beat's answer; when that is not alive, a new owner has been enlisted already.
    """

    def __init__(
        self,
        silo: Silo,
        shop: Shop,
        heard: Callable[[Beat], None],
        failed: Callable[[Exception], object],
    ) -> None:
        self.owner = ""
        self.then: Callable[[], Awaitable[None]] = _nothing
        """What is done after each beat of those that keep it alive."""
        self.waker = Waker()
        self._silo = silo
        self._shop = shop
        self._heard = heard
        self._failed = failed
        self._patience = shop.timing.patience.total_seconds()
        self._offset = timedelta()
        self._clock = shop.clock

    def now(self) -> datetime:
        """Return the time that the silo's users agree on: its own if it keeps one, else ours."""
        now = self._clock.now()
        return now + self._offset if self._offset else now

    async def enlist(self) -> None:
        """Become an owner that the silo knows."""
        self.owner = uuid.uuid4().hex
        await self.beat()

    async def keep(self) -> None:
        """Beat until cancelled."""
        interval = self._shop.timing.beat.total_seconds()
        while True:
            await self.waker.rest(interval)
            try:
                await self.beat()
                async with asyncio.timeout(self._patience):
                    await self.then()
            except Exception as error:  # noqa: BLE001 - the next beat may go well; until then the lease runs
                self._failed(error)

    async def beat(self) -> None:
        """Renew the lease once, and pass on what the silo answers."""
        async with asyncio.timeout(self._patience):
            theirs = await self._silo.clock()
            if theirs is not None:
                self._offset = theirs - self._shop.now()
            beat = await self._silo.beat(self.owner, self.now(), self._shop.timing.lease)
        if not beat.alive:
            await self.enlist()
        self._heard(beat)

    async def give_up(self) -> None:
        """Free at once whatever this owner still has."""
        async with asyncio.timeout(self._patience):
            await self._silo.beat(self.owner, self.now(), timedelta())


async def _nothing() -> None:
    """Do nothing after a beat."""
