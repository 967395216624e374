"""The connections that all requests of one scheduler share: an httpx client for each set of certificates."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final

import httpx

from clockhand_network.threads import in_thread
from clockhand_network.trust import Stamps, Trust

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType
    from typing import Self

CONNECT: Final = 30.0
"""How many seconds a connection may take; for everything else the job's own timeout counts."""
AGENT: Final = "clockhand-network"
KEPT: Final = 32
"""How many clients are kept while nobody uses them."""


class _Lent:
    """A client, who uses it, and the files that it was made from."""

    def __init__(self, stamps: Stamps) -> None:
        self.stamps = stamps
        self.client: httpx.AsyncClient | None = None
        self.users = 0
        self.lock = asyncio.Lock()


class Clients:
    """
    One httpx client for each Trust, made in a thread: making one blocks for 28 ms.

    A client whose files have been replaced since (certificates are renewed) is used no more and goes
    when its last run has ended. There is no limit on connections: what limits runs is the executor.
    Proxies are those of the environment (HTTPS_PROXY and the like), as for any program on the
    machine. Cookies are not kept: what one job is given must not be sent for another.
    """

    def __init__(self) -> None:
        self._current: dict[Trust, _Lent] = {}
        self._old: list[_Lent] = []

    async def __aenter__(self) -> Self:
        async with self.lent(Trust()):
            return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        everything = [*self._current.values(), *self._old]
        self._current, self._old = {}, []
        for lent in everything:
            await _close(lent)

    @asynccontextmanager
    async def lent(self, trust: Trust) -> AsyncIterator[httpx.AsyncClient]:
        """Give the client for *trust*; a WorkFailed if its files are no certificates."""
        stamps = await in_thread(trust.stamps) if trust.files else ()
        lent = self._newest(trust, stamps)
        lent.users += 1
        try:
            async with lent.lock:
                if lent.client is None:
                    lent.client = await in_thread(_made, trust)
            yield lent.client
        finally:
            lent.users -= 1
            await self._sweep()

    def _newest(self, trust: Trust, stamps: Stamps) -> _Lent:
        """Return what is lent for *trust* now, as the last of all: who nobody asks for comes first."""
        found = self._current.pop(trust, None)
        if found is not None and found.stamps != stamps:
            self._old.append(found)
            found = None
        self._current[trust] = found or _Lent(stamps)
        return self._current[trust]

    async def _sweep(self) -> None:
        """Close what has been replaced, and what nobody has asked for in a long time."""
        idle = [trust for trust, lent in self._current.items() if not lent.users]
        excess = max(0, len(self._current) - KEPT)
        self._old += [self._current.pop(trust) for trust in idle[:excess]]
        gone = [lent for lent in self._old if not lent.users]
        self._old = [lent for lent in self._old if lent.users]
        for lent in gone:
            await _close(lent)


async def _close(lent: _Lent) -> None:
    if lent.client is not None:
        await lent.client.aclose()


def _made(trust: Trust) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=trust.context(),
        timeout=httpx.Timeout(None, connect=CONNECT),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": AGENT},
    )
