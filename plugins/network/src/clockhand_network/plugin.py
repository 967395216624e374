"""What clockhand-network offers; heavy things load when they are chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from clockhand.contracts import Kind, Work
from clockhand.hookspecs import hookimpl
from clockhand_network.work import Network

if TYPE_CHECKING:
    from clockhand_network.client import Clients


@asynccontextmanager
async def share_clients() -> AsyncIterator[Clients]:
    """Open the connections that all requests of one scheduler share."""
    from clockhand_network.client import Clients

    async with Clients() as clients:
        yield clients


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
