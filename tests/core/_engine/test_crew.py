"""The crew: whatever becomes of a worker, each stint is done once."""

from __future__ import annotations

import asyncio

import pytest

from clockhand._engine.crew import Crew


class Stint:
    """Notes that it was done."""

    def __init__(self, key: str, done: list[str]) -> None:
        self.key = key
        self._done = done

    async def go(self, task: asyncio.Task[None]) -> None:
        """Do it, after a moment."""
        await asyncio.sleep(0)
        self._done.append(self.key)


async def rounds() -> None:
    """Let the loop go round often enough for all that is ready."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("rested", [False, True], ids=["a new one", "one that rested"])
def test_a_worker_that_is_cancelled_before_it_comes(rested):
    """Another one comes in its place: what waits in the queue would wait for ever."""
    done: list[str] = []

    async def main() -> None:
        crew = Crew()
        if rested:
            crew.put(Stint("first", done))
            await rounds()
        crew.put(Stint("one", done))
        crew.put(Stint("two", done))
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await rounds()
        crew.close()

    asyncio.run(main())
    assert done == ["first"] * rested + ["one", "two"]
