"""APScheduler 3 on asyncio, as its documentation sets it up. It keeps no history."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from contestants.lateness import SECOND, Timetable
from contestants.rest import rest
from contestants.stopwatch import Lap, measured
from contestants.weight import Weight
from contestants.workload import FUTURE, PAST, TALLY, noop, plain_noop, stamp


def _scheduler(executor: Any = None, path: Path | None = None) -> Any:
    """Return a scheduler that is started and paused; with *path*, its jobs are in that SQLite file."""
    scheduler = AsyncIOScheduler(executors={"default": executor or AsyncIOExecutor()}, timezone=UTC)
    if path is not None:
        scheduler.add_jobstore("sqlalchemy", url=f"sqlite:///{path}")
    scheduler.start(paused=True)
    return scheduler


def _add(scheduler: Any, function: Callable[..., Any], triggers: Iterable[Any], **options: Any) -> None:
    for index, trigger in enumerate(triggers):
        scheduler.add_job(function, trigger, id=f"job-{index}", misfire_grace_time=None, **options)


def _due(number: int) -> list[Any]:
    return [DateTrigger(PAST, UTC) for _ in range(number)]


def _waiting(number: int) -> list[Any]:
    return [DateTrigger(FUTURE + timedelta(seconds=index), UTC) for index in range(number)]


async def _drained(scheduler: Any) -> Lap:
    TALLY.none_yet()
    with measured() as lap:
        scheduler.resume()
        await TALLY.finished.wait()
    scheduler.shutdown()
    return lap


async def drain(number: int) -> dict[str, float]:
    """Run what is due on the event loop."""
    TALLY.expect(number)
    scheduler = _scheduler()
    _add(scheduler, noop, _due(number))
    return {"rate": number / (await _drained(scheduler)).seconds}


async def drain_threads(number: int, threads: int) -> dict[str, float]:
    """Run what is due in its pool of threads."""
    TALLY.expect(number)
    scheduler = _scheduler(ThreadPoolExecutor(threads))
    _add(scheduler, plain_noop, _due(number))
    return {"rate": number / (await _drained(scheduler)).seconds}


async def drain_sqlite(number: int) -> dict[str, float]:
    """Run what is due in an SQLite file."""
    TALLY.expect(number)
    with tempfile.TemporaryDirectory() as folder:
        scheduler = _scheduler(path=Path(folder) / "jobs.db")
        _add(scheduler, noop, _due(number))
        return {"rate": number / (await _drained(scheduler)).seconds}


async def _added(scheduler: Any, number: int) -> float:
    triggers = _waiting(number)
    with measured() as lap:
        _add(scheduler, noop, triggers)
    scheduler.shutdown()
    return number / lap.seconds


async def add(number: int) -> dict[str, float]:
    """Add jobs in memory; it has no verb for many at once."""
    return {"rate": await _added(_scheduler(), number)}


async def add_sqlite(number: int) -> dict[str, float]:
    """Add jobs to an SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        return {"rate": await _added(_scheduler(path=Path(folder) / "jobs.db"), number)}


async def pace(jobs: int, seconds: int) -> dict[str, float]:
    """Run each job once a second."""
    scheduler = _scheduler()
    timetable = Timetable(jobs, seconds)
    end = _moment(timetable.last)
    for index in range(jobs):
        trigger = IntervalTrigger(
            seconds=1, start_date=_moment(timetable.phase(index)), end_date=end, timezone=UTC
        )
        scheduler.add_job(stamp, trigger, [index], id=f"job-{index}", misfire_grace_time=None)
    scheduler.resume()
    lap = await timetable.watch()
    scheduler.shutdown()
    return timetable.figures(lap)


def _moment(nanoseconds: int) -> datetime:
    whole, rest_of_it = divmod(nanoseconds, SECOND)
    return datetime.fromtimestamp(whole, UTC) + timedelta(microseconds=rest_of_it // 1000)


async def idle_far(number: int, seconds: float) -> dict[str, float]:
    """Rest with jobs that are due far in the future."""
    scheduler = _scheduler()
    _add(scheduler, noop, _waiting(number))
    return await _rested(scheduler, seconds)


async def idle_paused(number: int, seconds: float) -> dict[str, float]:
    """Rest with paused jobs; it forgets of a paused job when it was due."""
    scheduler = _scheduler()
    _add(scheduler, noop, _due(number), next_run_time=None)
    return await _rested(scheduler, seconds)


async def _rested(scheduler: Any, seconds: float) -> dict[str, float]:
    scheduler.resume()
    figures = await rest(seconds)
    scheduler.shutdown()
    return figures


async def memory(number: int) -> dict[str, float]:
    """Count the bytes that each job takes."""
    scheduler = _scheduler()
    _add(scheduler, noop, _waiting(1))
    scheduler.remove_all_jobs()
    weight = Weight()
    _add(scheduler, noop, _waiting(number))
    return {"bytes": weight.now() / number}
