"""3. An unknown executor: refused where a job is made, waited for where a job is found."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
from accounts import covered, grid

from clockhand import Job, at, call, every, use
from clockhand.contracts import What
from clockhand.errors import DefinitionError

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPARE = {"spare": use("async", limit=1)}


async def quick() -> None:
    """Take no time."""


async def slow() -> None:
    """Take half a minute."""
    await asyncio.sleep(30)


def job(**fields) -> Job:
    """Return a job for an executor that not every process has."""
    fields.setdefault("triggers", every(minutes=1))
    return Job(alias="job", work=call(quick), executor="spare", **fields)


def test_it_is_refused_when_the_job_is_made(make, store, virtual):
    """Declared or added: the error names the job, the field and the nearest executor; nothing is written."""
    declared = make()
    declared.add(job().modify(executor="asynch"))
    with pytest.raises(DefinitionError, match="job 'job': executor: unknown executor 'asynch', did you mean"):
        declared.check()

    async def main():
        async with make() as scheduler:
            with pytest.raises(DefinitionError, match="job 'job': executor: unknown executor 'spare'"):
                await scheduler.add_job(job())
            return await scheduler.list_jobs()

    assert virtual(main) == ()


def test_a_job_that_is_found_waits_for_its_executor(make, store, virtual, caplog):
    """
    Listed with the reason, and named in a warning; nothing is written, no slot held.

    It starts once there is such an executor.
    """

    async def main():
        async with make(executors=SPARE) as full:
            await full.add_job(job())
            before = await store.row("job")
        caplog.clear()
        poor = make(executors={"async": use("async", limit=1)})
        poor.add(Job(alias="other", work=call(quick), triggers=every(minutes=1)))
        async with poor:
            (warning,) = [one for one in caplog.records if one.levelno == logging.WARNING]
            await asyncio.sleep(3 * 60 + 30)
            info = await poor.get_job("job")
            assert await store.row("job") == before
            rooms = {one.alias: one.room for one in (await poor.health()).executors}
            first = await store.ledger()
            await poor.add_executor("spare", "async", {"limit": 1})
            await asyncio.sleep(1)
            return warning, info, rooms, first, await poor.get_job("job"), await store.ledger()

    warning, info, rooms, first, later, entries = virtual(main)
    assert warning.message == (
        "silo default: waiting for who can run them: job (executor 'spare' isn't here)"
    )
    assert info.unresolved == "executor 'spare' isn't here"
    assert (rooms["async"], rooms["thread"]) == (1, 20)
    assert [entry.what for entry in first if entry.job == "job"] == [What.JOB_ADDED]
    assert len(covered(first, "other", MINUTE)) == 3
    assert later.unresolved == ""
    assert covered(entries, "job", MINUTE) == grid(START + MINUTE, START + 3 * MINUTE, MINUTE)


def test_an_executor_that_is_removed_takes_no_run_with_it(make, store, virtual):
    """What runs in it ends, what waits for it goes on waiting, and is run in the one that comes instead."""

    async def main():
        async with make(executors=SPARE) as scheduler:
            for alias in ("one", "two"):
                timer = at(START + MINUTE)
                await scheduler.add_job(Job(alias=alias, work=call(slow), triggers=timer, executor="spare"))
            await asyncio.sleep(61)
            await scheduler.remove_executor("spare")
            await asyncio.sleep(300)
            waiting = await scheduler.get_job("two")
            await scheduler.add_executor("spare", "async", {"limit": 1})
            await asyncio.sleep(40)
            return waiting, await store.ledger()

    waiting, entries = virtual(main)
    assert waiting.unresolved == "executor 'spare' isn't here"
    ends = {entry.job: (entry.verdict, entry.at - START) for entry in entries if entry.verdict}
    assert ends["one"] == ("succeeded", timedelta(seconds=90))
    assert ends["two"][0] == "succeeded"
    assert ends["two"][1] >= timedelta(seconds=390)
