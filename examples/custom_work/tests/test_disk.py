"""The work `disk`, alone and in a scheduler on virtual time."""

import asyncio
from datetime import timedelta

import pytest
from clockhand_disk import plugin
from clockhand_disk.work import Disk

from clockhand import Job, Result, Scheduler, Timing, Verdict, every, use
from clockhand.contracts import Query, What
from clockhand.errors import DefinitionError
from clockhand.testing import VirtualClock, run_virtual, run_work


def test_a_disk_with_room_is_fine() -> None:
    """The run succeeds, and its record has the path and the share that is free."""
    outcome = asyncio.run(run_work(Disk(path="/", free_percent=0), executor="thread"))
    assert outcome.result == Result.SUCCEEDED
    assert outcome.output is not None
    assert outcome.output["path"] == "/"
    assert outcome.output["result"] >= 0


def test_a_full_disk_fails_with_a_code() -> None:
    """The code is the part that policies and people can rely on."""
    outcome = asyncio.run(run_work(Disk(path="/", free_percent=100), executor="thread"))
    assert (outcome.result, outcome.code) == (Result.FAILED, "disk:low")


def test_a_wrong_share_is_refused_when_the_job_is_made() -> None:
    """A number that can't be a percentage never gets as far as a run."""
    with pytest.raises(DefinitionError, match="free_percent: not a number from 0 to 100, given 101"):
        Disk(path="/", free_percent=101)


def test_it_runs_each_hour() -> None:
    """A day of virtual time has 24 runs, and passes in a moment."""

    async def a_day(clock: VirtualClock) -> list[Verdict | None]:
        hour = timedelta(hours=1)
        slow = Timing(poll=hour, beat=hour, lease=2 * hour)
        scheduler = Scheduler(silo=use("memory"), plugins=[plugin], timing=slow, clock=clock)
        scheduler.add(Job(alias="room", work=Disk(path="/", free_percent=0), triggers=every(hour)))
        async with scheduler:
            await asyncio.sleep(timedelta(days=1, minutes=1).total_seconds())
            page = await scheduler.read(Query(whats=frozenset({What.RUN_ENDED})))
        return [entry.verdict for entry in page.entries]

    assert run_virtual(a_day) == ["succeeded"] * 24
