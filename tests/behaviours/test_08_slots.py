"""8. Slots neither leak nor block strangers."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from accounts import became

from clockhand import Job, at, call, every, use
from clockhand.contracts import What

START = datetime(2026, 1, 1, tzinfo=UTC)
POLL = timedelta(seconds=1)


def second(number: float) -> datetime:
    """Return that second of the test."""
    return START + timedelta(seconds=number)


async def nap(seconds: float) -> None:
    """Take that long."""
    await asyncio.sleep(seconds)


async def fails(seconds: float) -> None:
    """Take that long, and fail."""
    await asyncio.sleep(seconds)
    raise RuntimeError("as it should")


def started(entries, job):
    """Return when the runs of a job started."""
    return [entry.at for entry in entries if entry.what is What.RUN_STARTED and entry.job == job]


def test_twenty_queued_runs_keep_no_stranger_waiting(make, store, virtual):
    """Twenty runs of a one-at-a-time job queue up; with nine slots idle the stranger starts at once."""

    async def main():
        async with make(executors={"async": use("async", limit=10)}) as scheduler:
            lane = Job(alias="lane", work=call(nap, 60), triggers=at(second(86_400)), overlap="queue-all")
            await scheduler.add_job(lane)
            for _ in range(20):
                await scheduler.fire_job("lane")
            await asyncio.sleep(5)
            await scheduler.add_job(Job(alias="stranger", work=call(nap, 0), triggers=at(second(5))))
            await asyncio.sleep(5)
            rooms = {one.alias: one.room for one in (await scheduler.health()).executors}
            info = await scheduler.get_job("lane")
            await asyncio.sleep(20 * 60)
            return rooms, info, await store.ledger()

    rooms, info, entries = virtual(main)
    assert rooms["async"] == 9
    assert info.row.open == 20
    assert started(entries, "stranger")[0] - second(5) <= POLL
    ran = started(entries, "lane")
    assert len(ran) == 20
    assert min(b - a for a, b in itertools.pairwise(ran)) >= timedelta(seconds=60), "one at a time"
    assert [str(one) for found in became(entries).values() for one in found] == ["succeeded"] * 21


@pytest.mark.parametrize("waiting", [300, 600])
def test_a_full_executor_keeps_no_other_waiting(make, store, virtual, waiting):
    """Hundreds wait for one executor, more than a turn takes; another executor's job starts at once."""

    async def main():
        executors = {"narrow": use("async", limit=1), "async": use("async", limit=10)}
        async with make(executors=executors) as scheduler:
            jobs = [
                Job(
                    alias=f"waits-{number:03}",
                    work=call(nap, 1000),
                    triggers=at(second(1)),
                    executor="narrow",
                )
                for number in range(waiting)
            ]
            await scheduler.add_jobs(jobs)
            await asyncio.sleep(10)
            await scheduler.add_job(Job(alias="stranger", work=call(nap, 0), triggers=every(seconds=1)))
            await asyncio.sleep(10.5)
            await scheduler.teardown(timedelta(seconds=1))
            return await store.ledger()

    entries = virtual(main)
    assert started(entries, "stranger") == [second(number) for number in range(11, 21)]


def test_jobs_that_nobody_here_can_run_keep_no_other_waiting(make, store, virtual):
    """Hundreds are due and unresolved here; the job that can run does."""

    async def main():
        async with make(executors={"spare": use("async", limit=1)}) as scheduler:
            jobs = [
                Job(alias=f"lost-{number:03}", work=call(nap, 0), triggers=at(second(10)), executor="spare")
                for number in range(600)
            ]
            await scheduler.add_jobs(jobs)
        async with make() as scheduler:
            await scheduler.add_job(Job(alias="well", work=call(nap, 0), triggers=every(seconds=1)))
            await asyncio.sleep(20.5)
        return await store.ledger()

    entries = virtual(main)
    assert started(entries, "well") == [second(number) for number in range(1, 21)]


@pytest.mark.parametrize("limit", [1, 3])
def test_counts_are_never_negative_and_never_above_the_limit(make, store, clock, virtual, limit):
    """
    Runs end in every way there is: succeed, fail, time out, are cancelled; the sums stay right.

    In what the silo says is running, for all jobs and for each, and in what the executor says is free.
    """
    looks = []
    claims = []

    async def main():
        executors = {"async": use("async", limit=limit)}
        async with make(executors=executors) as scheduler:
            works = {
                "well": call(nap, 0.4),
                "ill": call(fails, 0.3),
                "late": call(nap, 50),
                "long": call(nap, 50),
                "pair": call(nap, 1.5),
            }
            for alias, work in works.items():
                fields = {"late": {"timeout": "2s"}, "pair": {"max_running": 2}}.get(alias, {})
                await scheduler.add_job(
                    Job(alias=alias, work=work, triggers=every(seconds=1), overlap="parallel", **fields)
                )
            for _ in range(60):
                await asyncio.sleep(0.5)
                for alias in works:
                    info = await scheduler.get_job(alias)
                    assert info.row.open >= 0
                report = await scheduler.health()
                room = next(one.room for one in report.executors if one.alias == "async")
                looks.append((room, report.silos[0].running))
                async with store.opened() as (silo, _):
                    opened = await silo.list_open()
                running = [one for one in opened if one.state == "running"]
                claims.append(Counter(one.job for one in running))
                for one in running:
                    if one.job == "long":
                        await scheduler.cancel_run(one.key)
                        break
            for alias in works:
                await scheduler.remove_job(alias)
            await asyncio.sleep(60)
            report = await scheduler.health()
            return next(one.room for one in report.executors if one.alias == "async"), report

    room, report = virtual(main)
    assert all(0 <= one <= limit and 0 <= running <= limit for one, running in looks)
    assert (room, report.silos[0].running, report.ok) == (limit, 0, True)
    assert {running.total() for running in claims} >= {limit}
    assert max(running.total() for running in claims) <= limit
    assert max(running["pair"] for running in claims) <= 2
