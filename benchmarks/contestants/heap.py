"""The floor in memory, written by hand: a heap of times, and a task for each run. Nothing is recorded."""

from __future__ import annotations

import asyncio
import heapq
import time
from concurrent.futures import ThreadPoolExecutor

from contestants.lateness import SECOND, Timetable
from contestants.rest import rest
from contestants.stopwatch import measured
from contestants.workload import FUTURE, PAST, TALLY, noop, plain_noop, stamp


async def drain(number: int) -> dict[str, float]:
    """Run what is due, a task each."""
    heap = [(PAST.timestamp(), index) for index in range(number)]
    heapq.heapify(heap)
    TALLY.expect(number)
    with measured() as lap:
        while heap and heap[0][0] <= time.time():
            heapq.heappop(heap)
            asyncio.create_task(noop())  # noqa: RUF006 - the loop holds what is about to run
        await TALLY.finished.wait()
    return {"rate": number / lap.seconds}


async def drain_threads(number: int, threads: int) -> dict[str, float]:
    """Run what is due in a pool of threads."""
    heap = [(PAST.timestamp(), index) for index in range(number)]
    heapq.heapify(heap)
    TALLY.expect(number)
    with ThreadPoolExecutor(threads) as pool, measured() as lap:
        while heap and heap[0][0] <= time.time():
            heapq.heappop(heap)
            pool.submit(plain_noop)
        await TALLY.finished.wait()
    return {"rate": number / lap.seconds}


async def pace(jobs: int, seconds: int) -> dict[str, float]:
    """Run each job once a second, a task each."""
    timetable = Timetable(jobs, seconds)
    heap = [(timetable.phase(index), index) for index in range(jobs)]
    heapq.heapify(heap)

    async def turn() -> None:
        while heap:
            wait = heap[0][0] - time.time_ns()
            if wait > 0:
                await asyncio.sleep(wait / SECOND)
                continue
            due, index = heap[0]
            asyncio.create_task(stamp(index))  # noqa: RUF006 - as above
            if due + SECOND < timetable.last:
                heapq.heapreplace(heap, (due + SECOND, index))
            else:
                heapq.heappop(heap)

    turning = asyncio.create_task(turn())
    lap = await timetable.watch()
    await turning
    return timetable.figures(lap)


async def idle(number: int, seconds: float) -> dict[str, float]:
    """Rest until something is due, which nothing is: what the measuring itself costs."""
    heap = [(FUTURE.timestamp(), index) for index in range(number)]
    heapq.heapify(heap)
    turning = asyncio.create_task(asyncio.sleep(heap[0][0] - time.time()))
    figures = await rest(seconds)
    turning.cancel()
    return figures
