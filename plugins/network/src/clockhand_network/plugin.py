"""What clockhand-network offers; heavy things load when they are chosen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from clockhand.contracts import Kind, Work
from clockhand.hookspecs import hookimpl
from clockhand_network.work import Network

if TYPE_CHECKING:
    from clockhand_network.clients import Clients


def _imported() -> tuple[Any, Any]:
    from clockhand_network import clients, run

    return clients, run


@asynccontextmanager
async def share_clients() -> AsyncIterator[Clients]:
    """Open the connections that all requests of one scheduler share."""
    # In a thread: the first import of an HTTP library would hold the event loop up for a while.
    clients, _ = await asyncio.to_thread(_imported)
    async with clients.Clients() as opened:
        yield opened


NETWORK: Kind[Work] = Kind(
    name="network",
    summary="makes an HTTP request",
    options=Network,
    share=share_clients,
)


@hookimpl
def clockhand_works() -> Iterable[Kind[Work]]:
    """Return the work `network`."""
    return (NETWORK,)
