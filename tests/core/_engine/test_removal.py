"""A job that is removed while it runs takes its runs along; none overlaps with what comes after."""

from __future__ import annotations

import asyncio
import logging

import pytest

from clockhand import Job, RunContext, Timing, call, every, use
from clockhand.contracts import Query, Verdict, What

TIMING = Timing(poll="1s", beat="5s", lease="15s", kill_after="2s")


class Crowd:
    """Who is running, and how many were at once at most."""

    def __init__(self) -> None:
        self.now = self.most = self.begun = self.cancelled = 0

    async def runs(self, context: RunContext) -> None:
        """Run until cancelled."""
        self.begun += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(10_000)
        except asyncio.CancelledError:
            self.cancelled += 1
            await self.last_words()
            raise
        finally:
            self.now -= 1

    async def last_words(self) -> None:
        """Take no time to end."""

    def job(self) -> Job:
        """Return the job, due each second."""
        return Job(alias="job", work=call(self.runs), triggers=every(seconds=1))


class Slow(Crowd):
    """Takes its time to end."""

    seconds = 9

    async def last_words(self) -> None:
        """Take so many seconds, whoever cancels."""
        until = asyncio.get_running_loop().time() + self.seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue


@pytest.fixture
def scheduler(make):
    """A scheduler on a memory silo."""
    return make(silo=use("memory"), timing=TIMING)


async def removed_by_itself(scheduler):
    """Remove it as anybody would who has the scheduler."""
    await scheduler.remove_job("job")


async def removed_by_another(scheduler):
    """Remove it in the silo, as a command does: the scheduler is not told."""
    lane = scheduler._service.lanes["default"]
    answers = await lane.silo.remove_jobs(["job"], lane.lease.now())
    assert [answer.what for answer in answers] == ["done"]


@pytest.mark.parametrize(("remove", "within"), [(removed_by_itself, 0.1), (removed_by_another, 10.1)])
def test_its_run_is_told_to_end(scheduler, virtual, caplog, remove, within):
    """At once, or within two beats of one that another process removed; the log names it, once."""
    crowd = Crowd()

    async def main():
        async with scheduler:
            await scheduler.add_job(crowd.job())
            await asyncio.sleep(7.5)
            assert crowd.now == 1
            with caplog.at_level(logging.WARNING):
                await remove(scheduler)
                await asyncio.sleep(within)
            assert (crowd.now, crowd.cancelled) == (0, 1)
            await asyncio.sleep(20)
            return (await scheduler.read(Query(jobs=frozenset({"job"})))).entries

    entries = virtual(main)
    closed = [entry.verdict for entry in entries if entry.occurrence and entry.what is not What.RUN_STARTED]
    assert closed.count(Verdict.REMOVED) == 1
    told = [record.message for record in caplog.records if "told to end" in record.message]
    assert len(told) == 1
    assert told[0].startswith("job job: job@2026-01-01T00:00:01Z isn't open any more")


@pytest.mark.parametrize("kind", [Crowd, Slow])
def test_added_again_it_runs_once_at_a_time(scheduler, virtual, kind):
    """Three times removed and added again at once: never two of it, also when the one before ends slowly."""
    crowd = kind()

    async def main():
        async with scheduler:
            for _ in range(3):
                await scheduler.add_job(crowd.job())
                await asyncio.sleep(15)
                await scheduler.remove_job("job")
            await scheduler.add_job(crowd.job())
            await asyncio.sleep(15)
            report = await scheduler.health()
            assert report.ok, report.problems
            return (
                await scheduler.read(Query(jobs=frozenset({"job"}), whats=frozenset({What.NEVER_RAN})))
            ).entries

    entries = virtual(main)
    assert (crowd.most, crowd.begun) == (1, 4)
    skipped = [entry.reason for entry in entries if entry.verdict is Verdict.OVERLAP_SKIPPED]
    if kind is Slow:
        assert any("stopped" in reason or "goes on" in reason for reason in skipped), set(skipped)


def test_what_is_still_open_is_left_alone(scheduler, virtual):
    """However long it runs, and whatever else is removed meanwhile."""
    crowd = Crowd()

    async def main():
        async with scheduler:
            await scheduler.add_job(crowd.job())
            await scheduler.add_job(Job(alias="other", work=call(crowd.last_words), triggers=every(hours=1)))
            await asyncio.sleep(60)
            await scheduler.remove_job("other")
            await asyncio.sleep(60)
            return crowd.cancelled, crowd.begun

    assert virtual(main) == (0, 1)


def test_a_scheduler_may_stop_in_the_middle_of_it(scheduler, virtual):
    """What was removed and has not ended is waited for as any other, and nothing is left open."""
    crowd = Slow()
    crowd.seconds = 3

    async def main():
        async with scheduler:
            await scheduler.add_job(crowd.job())
            await asyncio.sleep(3)
            await scheduler.remove_job("job")
            await asyncio.sleep(1)
            assert crowd.now == 1
        return crowd.now

    assert virtual(main) == 0
