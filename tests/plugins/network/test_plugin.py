"""What the plugin offers."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from clockhand_network.clients import Clients
from clockhand_network.plugin import NETWORK, clockhand_works
from clockhand_network.work import Network


def test_the_kind():
    """One work, whose options are the value itself, and which shares its connections."""
    (kind,) = clockhand_works()
    assert kind is NETWORK
    assert (kind.name, kind.options, kind.make) == ("network", Network, None)

    async def shared():
        async with kind.share() as clients:
            return type(clients)

    assert asyncio.run(shared()) is Clients


def test_nothing_heavy_at_load():
    """Loading the entry module doesn't import httpx."""
    code = (
        "import sys, clockhand_network.plugin\n"
        "heavy = set(sys.modules) & {'httpx', 'httpcore', 'anyio', 'clockhand_network.clients'}\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_making_the_client_does_not_block_the_loop():
    """It is made in a thread: the loop turns meanwhile."""

    async def main():
        turns = 0
        opening = asyncio.create_task(NETWORK.share().__aenter__())
        while not opening.done():
            await asyncio.sleep(0)
            turns += 1
        await (await opening).__aexit__(None, None, None)
        return turns

    assert asyncio.run(main()) > 2
