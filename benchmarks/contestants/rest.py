"""What a process at rest uses."""

from __future__ import annotations

import asyncio

from contestants.stopwatch import measured

SETTLING = 2.0
"""Seconds for a scheduler to come to rest before its rest is measured."""


async def rest(seconds: float) -> dict[str, float]:
    """Return the CPU that the process uses, in per cent of a core, and how often it is woken in a second."""
    await asyncio.sleep(SETTLING)
    with measured() as lap:
        await asyncio.sleep(seconds)
    # The end of the sleep here is a wake-up too, the measurement's own.
    return {"cpu": 100 * lap.cpu / lap.seconds, "wakes": max(0, lap.switches - 1) / lap.seconds}
