"""Clockhand, by its public names: ledger, context and every check on, nothing tuned."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clockhand import Job, Query, Scheduler, Use, Verdict, at, call, every, use
from clockhand.contracts import Silo, StoreContext
from clockhand.msgs import Pause, PauseJob, Resume
from contestants.lateness import SECOND, Timetable
from contestants.rest import rest
from contestants.stopwatch import measured
from contestants.weight import Weight
from contestants.witness import Witness
from contestants.workload import FUTURE, PAST, TALLY, noop, plain_noop, stamp

PATIENCE = 120.0
"""Seconds for the history to be complete; far more than it takes, so that a run that hangs ends."""


def _due(number: int, *, threads: bool = False) -> list[Job]:
    """Return one-shots that are all due."""
    work, timer = call(plain_noop if threads else noop), at(PAST)
    return [Job(alias=f"job-{index}", work=work, triggers=timer) for index in range(number)]


def _waiting(number: int) -> list[Job]:
    """Return one-shots that are due far in the future, one after another."""
    work = call(noop)
    return [
        Job(alias=f"job-{index}", work=work, triggers=at(FUTURE + timedelta(seconds=index)))
        for index in range(number)
    ]


async def _paused(scheduler: Scheduler, jobs: list[Job]) -> None:
    """Start a scheduler with *jobs*, paused before anything of them has begun."""
    for job in jobs:
        scheduler.add(job)
    await scheduler.startup()
    await scheduler.act(Pause())
    TALLY.none_yet()


async def _drain(number: int, *, threads: int = 0) -> float:
    witness = Witness(number)
    executors = {"thread": use("thread", threads=threads)} if threads else None
    scheduler = Scheduler(history=use("witness"), plugins=[witness], executors=executors)
    TALLY.expect(number)
    await _paused(scheduler, _due(number, threads=bool(threads)))
    with measured() as lap:
        await scheduler.act(Resume())
        async with asyncio.timeout(PATIENCE):
            await TALLY.finished.wait()
            await witness.complete.wait()
    await scheduler.teardown()
    return number / lap.seconds


async def drain(number: int) -> dict[str, float]:
    """Run what is due in memory, until its verdicts are in the memory history."""
    return {"rate": await _drain(number)}


async def drain_threads(number: int, threads: int) -> dict[str, float]:
    """Run what is due through the thread executor, until its verdicts are in the memory history."""
    return {"rate": await _drain(number, threads=threads)}


async def drain_sqlite(number: int) -> dict[str, float]:
    """
    Run what is due in an SQLite file, until the scheduler has stopped and closed it.

    Jobs and history are one file, so the last verdict is in the history once it has stopped; that
    all are is looked up in the file afterwards.
    """
    with tempfile.TemporaryDirectory() as folder:
        silo = use("sqlite", path=str(Path(folder) / "jobs.db"))
        scheduler = Scheduler(silo=silo)
        TALLY.expect(number)
        await _paused(scheduler, _due(number))
        with measured() as lap:
            await scheduler.act(Resume())
            async with asyncio.timeout(PATIENCE):
                await TALLY.finished.wait()
                await scheduler.teardown()
        await _check_verdicts(silo, number)
    return {"rate": number / lap.seconds}


async def _check_verdicts(silo: Use, number: int) -> None:
    async with Scheduler(silo=silo).attach() as scheduler:
        found, cursor = 0, None
        while True:
            page = await scheduler.read(Query(), cursor, 1000)
            found += sum(entry.verdict is Verdict.SUCCEEDED for entry in page.entries)
            if page.cursor is None:
                break
            cursor = page.cursor
    if found != number:
        raise RuntimeError(f"{found} runs are in the history as succeeded, {number} were made")


@asynccontextmanager
async def _opened(silo: Use) -> AsyncIterator[Silo]:
    """Open a silo by itself, as a scheduler would."""
    catalog = Scheduler().catalog
    kind, opened = catalog.open("silos", silo.kind, silo.table, "silo")
    await opened.startup(StoreContext(alias=kind.name, codec=catalog.codec()))
    try:
        yield opened
    finally:
        await opened.teardown()


async def _add(number: int, silo: Use) -> float:
    """Return the seconds that one add_jobs with *number* jobs takes."""
    jobs = _waiting(number)
    async with _opened(silo) as opened:
        with measured() as lap:
            answers = await opened.add_jobs(jobs, datetime.now(UTC), "code:benchmark")
    if any(answer.what != "created" for answer in answers):
        raise RuntimeError("a job was not created")
    return lap.seconds


async def add(number: int) -> dict[str, float]:
    """Add jobs to a memory silo by its verb, one batch."""
    return {"rate": number / await _add(number, use("memory"))}


async def add_sqlite(number: int) -> dict[str, float]:
    """Add jobs to an SQLite silo by its verb, one batch."""
    with tempfile.TemporaryDirectory() as folder:
        return {"rate": number / await _add(number, use("sqlite", path=str(Path(folder) / "jobs.db")))}


async def declare(number: int) -> dict[str, float]:
    """Add jobs to a memory silo as a program does: declare each, then start."""
    return {"rate": number / await _declare(number, use("memory"))}


async def declare_sqlite(number: int) -> dict[str, float]:
    """Add jobs to an SQLite silo as a program does: declare each, then start."""
    with tempfile.TemporaryDirectory() as folder:
        return {"rate": number / await _declare(number, use("sqlite", path=str(Path(folder) / "jobs.db")))}


async def _declare(number: int, silo: Use) -> float:
    jobs = _waiting(number)
    scheduler = Scheduler(silo=silo)
    with measured() as lap:
        for job in jobs:
            scheduler.add(job)
        await scheduler.startup()
    await scheduler.teardown()
    return lap.seconds


async def growth(small: int, large: int) -> dict[str, float]:
    """Compare what a job costs to add in a large batch with what it costs in small ones."""
    few = sorted([await _add(small, use("memory")) / small for _ in range(15)])[7]
    many = await _add(large, use("memory")) / large
    return {"small": few * 1e6, "large": many * 1e6, "growth": many / few}


async def pace(jobs: int, seconds: int) -> dict[str, float]:
    """Run each job once a second, in memory."""
    scheduler = Scheduler()
    timetable = Timetable(jobs, seconds)
    end = datetime.fromtimestamp(timetable.last / SECOND, UTC)
    for index in range(jobs):
        first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=timetable.phase(index) // 1000)
        timer = every(seconds=1, anchor=first)
        scheduler.add(Job(alias=f"job-{index}", work=call(stamp, index), triggers=timer, end_time=end))
    await scheduler.startup()
    lap = await timetable.watch()
    await scheduler.teardown()
    return timetable.figures(lap)


async def idle_far(number: int, seconds: float) -> dict[str, float]:
    """Rest with jobs that are due far in the future."""
    scheduler = Scheduler()
    for job in _waiting(number):
        scheduler.add(job)
    await scheduler.startup()
    figures = await rest(seconds)
    await scheduler.teardown()
    return figures


async def idle_paused(number: int, seconds: float) -> dict[str, float]:
    """Rest with jobs that have long been due, and are paused."""
    scheduler = Scheduler()
    TALLY.expect(number)
    jobs = _due(number)
    await _paused(scheduler, jobs)
    for job in jobs:
        await scheduler.act(PauseJob(job.alias, by="benchmark"))
    await scheduler.act(Resume())
    figures = await rest(seconds)
    TALLY.none_yet()
    await scheduler.teardown()
    return figures


async def memory(number: int) -> dict[str, float]:
    """Count the bytes that a memory silo takes for each job, beyond and with the job's own value."""
    async with _opened(use("memory")) as opened:
        await opened.add_jobs(_waiting(1), datetime.now(UTC), "code:benchmark")
        weight = Weight()
        jobs = _waiting(number + 1)[1:]
        built = weight.now()
        await opened.add_jobs(jobs, datetime.now(UTC), "code:benchmark")
        jobs.clear()
        kept = weight.now()
    return {"added": (kept - built) / number, "bytes": kept / number}
