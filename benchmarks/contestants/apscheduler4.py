"""APScheduler 4, an alpha, with its data store in memory: it keeps no history unless it is asked to."""

from __future__ import annotations

from apscheduler import AsyncScheduler
from apscheduler.triggers.date import DateTrigger

from contestants.rest import rest
from contestants.stopwatch import measured
from contestants.workload import PAST, TALLY, noop, plain_noop


async def drain(number: int) -> dict[str, float]:
    """Run what is due on the event loop."""
    return await _drain(number, "async")


async def drain_threads(number: int) -> dict[str, float]:
    """Run what is due in its pool of threads; how many it has can't be said."""
    return await _drain(number, "threadpool")


async def _drain(number: int, executor: str) -> dict[str, float]:
    function = noop if executor == "async" else plain_noop
    TALLY.expect(number)
    async with AsyncScheduler() as scheduler:
        # Runs of one task count together, and one at a time is its default.
        await scheduler.configure_task(function, job_executor=executor, max_running_jobs=number)
        for index in range(number):
            await scheduler.add_schedule(function, DateTrigger(PAST), id=f"job-{index}")
        TALLY.none_yet()
        with measured() as lap:
            await scheduler.start_in_background()
            await TALLY.finished.wait()
    return {"rate": number / lap.seconds}


async def add(number: int) -> dict[str, float]:
    """Add schedules in memory; it has no verb for many at once."""
    triggers = [DateTrigger(PAST) for _ in range(number)]
    async with AsyncScheduler() as scheduler:
        with measured() as lap:
            for index, trigger in enumerate(triggers):
                await scheduler.add_schedule(noop, trigger, id=f"job-{index}")
    return {"rate": number / lap.seconds}


async def idle_paused(number: int, seconds: float) -> dict[str, float]:
    """Rest with schedules that have long been due, and are paused."""
    async with AsyncScheduler() as scheduler:
        for index in range(number):
            await scheduler.add_schedule(noop, DateTrigger(PAST), id=f"job-{index}", paused=True)
        await scheduler.start_in_background()
        return await rest(seconds)
