"""
The contestants of the benchmark of runs: each lets N one-shots fall due at once and times them.

Run as `python _contestants.py NAME N`: prints the seconds from the start of the scheduler to the end of
the last run, as JSON. A process of its own for each, so that none inherits another's heap.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from clockhand import Job, Scheduler, Use, at, call, use
from clockhand.msgs import Pause, Resume

PAST = datetime(2020, 1, 1, tzinfo=UTC)

done = 0
finished: asyncio.Event
wanted = 0


async def noop() -> None:
    """Count, and say when all have run."""
    global done  # noqa: PLW0603 - a job is a module's function, so it counts in the module
    done += 1
    if done == wanted:
        finished.set()


async def clockhand(number: int, silo: Use) -> float:
    """Time clockhand: ledger, context and verdicts on; the end is when every verdict is on record."""
    async with Scheduler(silo=silo) as scheduler:
        await scheduler.act(Pause())
        for index in range(number):
            await scheduler.add_job(Job(alias=f"job-{index}", work=call(noop), triggers=at(PAST)))
        began = time.perf_counter()
        await scheduler.act(Resume())
        await finished.wait()
        # A stop settles what has ended and feeds the history: the last verdict is on record then.
        await scheduler.teardown()
        return time.perf_counter() - began


async def clockhand_memory(number: int, _folder: Path) -> float:
    """Time clockhand with jobs and ledger in memory."""
    return await clockhand(number, use("memory"))


async def clockhand_sqlite(number: int, folder: Path) -> float:
    """Time clockhand with jobs and ledger in one SQLite file."""
    return await clockhand(number, use("sqlite", path=str(folder / "jobs.db")))


async def apscheduler(number: int, url: str | None) -> float:
    """Time APScheduler 3 on asyncio; it keeps no history."""
    from apscheduler.executors.asyncio import AsyncIOExecutor
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    scheduler = AsyncIOScheduler(executors={"default": AsyncIOExecutor()}, timezone=UTC)
    if url is not None:
        scheduler.add_jobstore("sqlalchemy", url=url)
    scheduler.start(paused=True)
    for index in range(number):
        scheduler.add_job(noop, "date", run_date=PAST, id=f"job-{index}", misfire_grace_time=None)
    began = time.perf_counter()
    scheduler.resume()
    await finished.wait()
    scheduler.shutdown()
    return time.perf_counter() - began


async def apscheduler_memory(number: int, _folder: Path) -> float:
    """Time APScheduler 3 with its memory store."""
    return await apscheduler(number, None)


async def apscheduler_sqlite(number: int, folder: Path) -> float:
    """Time APScheduler 3 with its SQLAlchemy store on SQLite."""
    return await apscheduler(number, f"sqlite:///{folder / 'aps.db'}")


CONTESTANTS: dict[str, Callable[[int, Path], Awaitable[float]]] = {
    "clockhand-memory": clockhand_memory,
    "apscheduler3-memory": apscheduler_memory,
    "clockhand-sqlite": clockhand_sqlite,
    "apscheduler3-sqlite": apscheduler_sqlite,
}


async def main(name: str, number: int) -> None:
    """Let one contestant run, and print its seconds."""
    global finished, wanted
    finished, wanted = asyncio.Event(), number
    with tempfile.TemporaryDirectory() as folder:
        seconds = await CONTESTANTS[name](number, Path(folder))
    print(json.dumps({"name": name, "number": number, "seconds": seconds}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
