"""Finished jobs: those that were added at run time are forgotten, all others stay."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, Timing, at, call, cron, every, if_last, use
from clockhand._engine.forgetting import _is_over
from clockhand.contracts import Last, StoredJob, Unreadable, Verdict, What
from clockhand.events import JobForgotten, JobRemoved
from clockhand.hookspecs import hookimpl

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400
QUIET = Timing(poll="1h", lease="3h", beat="2h")
FAR = START + timedelta(days=300)

every_silo = pytest.mark.parametrize("silo", ["memory", "sqlite"])


async def nothing() -> None:
    """Do nothing."""


async def fails() -> None:
    """Fail."""
    raise ValueError("no")


@pytest.fixture
def house(make, tmp_path):
    """Make a scheduler with a silo of that kind."""

    def made(silo, **options):
        chosen = use("memory") if silo == "memory" else use("sqlite", path=str(tmp_path / "jobs.db"))
        scheduler = make(silo=chosen, timing=QUIET, **options)
        scheduler.add(Job(alias="known", work=call(nothing), triggers=at(FAR)))
        scheduler.add(Job(alias="known-too", work=call(fails), triggers=at(FAR)))
        return scheduler

    return made


def once(alias, seconds=0.0, work=nothing, **fields):
    """A job that is due once."""
    return Job(alias=alias, work=call(work), triggers=at(START + timedelta(seconds=seconds)), **fields)


async def aliases(scheduler):
    """The jobs that are there, but for those that every scheduler here declares."""
    return [info.alias for info in await scheduler.list_jobs() if not info.alias.startswith("known")]


@every_silo
def test_jobs_of_run_time_are_forgotten(house, virtual, silo):
    """A week after they were finished, however they ended; what will run again, or is younger, stays."""
    events = []

    async def main():
        scheduler = house(silo)
        scheduler.subscribe(events.append)
        async with scheduler:
            await scheduler.add_job(once("done"))
            await scheduler.add_job(once("failed", work=fails))
            await scheduler.add_job(once("later", 5 * DAY))
            await scheduler.add_job(once("far", 100 * DAY))
            await scheduler.add_job(Job(alias="daily", work=call(nothing), triggers=cron("0 0 * * *")))
            await scheduler.add_job(
                Job(
                    alias="over",
                    work=call(nothing),
                    triggers=every(hours=1),
                    end_time=START + timedelta(hours=2),
                )
            )
            await asyncio.sleep(6.9 * DAY)
            before = await aliases(scheduler)
            await asyncio.sleep(0.6 * DAY)
            after = await aliases(scheduler)
            await asyncio.sleep(5 * DAY)
            return before, after, await aliases(scheduler), await scheduler.read(limit=10_000)

    before, after, late, page = virtual(main)
    assert before == ["daily", "done", "failed", "far", "later", "over"]
    assert after == ["daily", "far", "later"]
    assert late == ["daily", "far"]
    told = [event for event in events if isinstance(event, JobForgotten)]
    assert sorted(event.job for event in told) == ["done", "failed", "later", "over"]
    assert {(event.silo, event.reason) for event in told} == {("default", "finished for more than 168h")}
    assert [event for event in events if type(event) is JobRemoved] == []
    removed = [entry.job for entry in page.entries if entry.what is What.JOB_REMOVED]
    assert sorted(removed) == ["done", "failed", "later", "over"]


@every_silo
def test_declared_jobs_are_never_forgotten(house, virtual, silo):
    """A declared one-shot that is done stays: forgotten, the next start would run it again."""
    ran = []

    async def main():
        for _ in range(3):
            scheduler = house(silo)
            scheduler.add(once("declared", 60))
            scheduler.subscribe(
                lambda event: ran.append(event.job) if type(event).__name__ == "RunStarted" else 0
            )
            async with scheduler:
                await asyncio.sleep(20 * DAY)
                assert await aliases(scheduler) == ["declared"]
            if silo == "memory":
                return

    virtual(main)
    assert ran == ["declared"]


@every_silo
def test_what_a_condition_reads_is_not_forgotten(house, virtual, silo):
    """A job whose last verdict another one asks for stays as long as that one does."""

    async def main():
        scheduler = house(silo)
        dependent = Job(alias="after", work=call(nothing), triggers=(cron("0 0 * * *"), if_last("first")))
        async with scheduler:
            await scheduler.add_jobs([once("first"), once("other"), dependent])
            await asyncio.sleep(30 * DAY)
            kept = await aliases(scheduler)
            page = await scheduler.read(limit=10_000)
            await scheduler.remove_job("after")
            await asyncio.sleep(1 * DAY)
            return kept, page, await aliases(scheduler)

    kept, page, late = virtual(main)
    assert kept == ["after", "first"]
    assert {entry.verdict for entry in page.entries if entry.job == "after" and entry.verdict} == {
        "succeeded"
    }
    assert late == []


def test_what_is_open_stays(house, virtual):
    """A job of which something runs, for however long, isn't finished; its time counts from the end."""
    ended = []

    async def long() -> None:
        await ended[0].wait()

    async def main():
        ended.append(asyncio.Event())
        scheduler = house("memory", retention={"finished_jobs": "1h"})
        scheduler.add(Job(alias="known-long", work=call(long), triggers=at(FAR)))
        async with scheduler:
            await scheduler.add_job(once("long", work=long))
            await asyncio.sleep(5 * 3_600)
            during = await aliases(scheduler)
            ended[0].set()
            await asyncio.sleep(1_800)
            soon = await aliases(scheduler)
            await asyncio.sleep(2 * 3_600)
            return during, soon, await aliases(scheduler)

    assert virtual(main) == (["long"], ["long"], [])


def test_what_can_not_be_read_or_is_in_quarantine_stays():
    """Somebody has to look at it first."""
    job = once("a")
    row = StoredJob(job, 1, "runtime", START, None, last=Last(Verdict.FAILED, START, START))
    later = START + timedelta(days=9)
    assert _is_over(row, later)
    assert not _is_over(row, START)
    assert not _is_over(attrs.evolve(row, quarantined="five owners died"), later)
    assert not _is_over(attrs.evolve(row, source="config:clockhand.toml"), later)
    assert not _is_over(attrs.evolve(row, open=1), later)
    assert not _is_over(attrs.evolve(row, cursor=FAR), later)
    assert not _is_over(Unreadable("a", "no JSON", b"\0", "runtime"), later)
    never = attrs.evolve(row, last=None)
    assert (_is_over(never, later), _is_over(never, START)) == (True, False)


@every_silo
def test_what_is_fired_in_the_last_moment_stays(house, virtual, silo):
    """Between the look and the removal somebody asks for a run: the job stays, and runs."""

    async def main():
        scheduler = house(silo)
        async with scheduler:
            await scheduler.add_jobs([once("fired"), once("gone")])
            await asyncio.sleep(6.9 * DAY)
            place = scheduler._service.stores.silos["default"].silo
            get_jobs, fired = place.get_jobs, []

            async def getting(wanted):
                if len(wanted) > 1 and not fired:
                    fired.append(await scheduler.fire_job("fired"))
                return await get_jobs(wanted)

            place.get_jobs = getting
            await asyncio.sleep(0.6 * DAY)
            assert len(fired) == 1
            return await aliases(scheduler), await scheduler.read(limit=1_000)

    left, page = virtual(main)
    assert left == ["fired"]
    assert [entry.verdict for entry in page.entries if entry.job == "fired" and entry.verdict] == [
        "succeeded"
    ] * 2


@every_silo
def test_many_are_forgotten_page_by_page(house, virtual, silo):
    """Thousands, among others that stay; and runs go on meanwhile."""

    async def main():
        scheduler = house(silo, retention={"finished_jobs": "1h"})
        scheduler.add(Job(alias="known-tick", work=call(nothing), triggers=every(minutes=10)))
        async with scheduler:
            jobs = [once(f"j{number:04}") for number in range(2_500)]
            jobs += [once(f"k{number:04}", 200 * DAY) for number in range(100)]
            await scheduler.add_jobs(jobs)
            await asyncio.sleep(6 * 3_600)
            return [info.alias for info in await scheduler.list_jobs(limit=10_000)]

    left = virtual(main)
    assert [alias for alias in left if not alias.startswith("known")] == [
        f"k{number:04}" for number in range(100)
    ]


def test_a_listener_of_removed_jobs_hears_of_forgotten_ones(house, virtual):
    """Forgotten is removed: who keeps a list of jobs need not know of both."""
    heard = []

    class Listener:
        @hookimpl
        def clockhand_job_removed(self, event):
            heard.append((type(event), event.job))

        @hookimpl
        def clockhand_job_forgotten(self, event):
            heard.append((type(event), event.job))

    async def main():
        async with house("memory", plugins=[Listener()]) as scheduler:
            await scheduler.add_job(once("done"))
            await asyncio.sleep(8 * DAY)

    virtual(main)
    assert heard == [(JobForgotten, "done")] * 2


def test_with_no_limit_they_stay(house, virtual):
    """With "none" a finished job stays for ever."""

    async def main():
        async with house("memory", retention={"finished_jobs": "none"}) as scheduler:
            await scheduler.add_job(once("done"))
            await asyncio.sleep(100 * DAY)
            return await aliases(scheduler)

    assert virtual(main) == ["done"]


def test_seldom_does_it_look_at_all_jobs(house, virtual):
    """With a limit of a week all jobs are gone through every seven hours, not every hour."""

    async def main():
        async with house("memory") as scheduler:
            place = scheduler._service.stores.silos["default"].silo
            list_jobs, asked = place.list_jobs, []

            async def listing(which, *more):
                asked.append(which)
                return await list_jobs(which, *more)

            place.list_jobs = listing
            await asyncio.sleep(7 * DAY)
            return len(asked)

    assert 40 <= virtual(main) <= 60
