"""The functions that the demonstration's jobs call."""

from __future__ import annotations

import asyncio
from typing import Final

from clockhand import RunContext
from clockhand.errors import WorkFailed

SLOW: Final = 1.5
"""Seconds; longer than the job's interval, so that every other due time meets a run that goes on."""
PERIOD: Final = 2
"""Seconds from one due time of the flaky job to the next."""


def count(context: RunContext) -> str:
    """Say which due time this is; a plain function runs in a thread."""
    return f"due at {context.due:%H:%M:%S}"


async def greet(name: str) -> str:
    """Greet after a moment; an async function runs on the event loop."""
    await asyncio.sleep(0.05)
    return f"hello, {name}"


async def dawdle() -> None:
    """Take longer than the interval."""
    await asyncio.sleep(SLOW)


def wobble(context: RunContext) -> str:
    """Fail at every third due time."""
    if int(context.due.timestamp()) // PERIOD % 3 == 0:
        raise WorkFailed("demo:wobble", "failed on purpose, as it does every third time")
    return "went well"


def once() -> str:
    """Be run a single time."""
    return "done, and never again"
