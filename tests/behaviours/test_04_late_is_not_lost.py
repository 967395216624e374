"""4. Late does not mean lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from accounts import starts, verdicts

from clockhand import Job, at, call, every, use
from clockhand.contracts import StatusWord

START = datetime(2026, 1, 1, tzinfo=UTC)


def second(number: float) -> datetime:
    """Return that second of the test."""
    return START + timedelta(seconds=number)


async def nap(seconds: float) -> None:
    """Take that long."""
    await asyncio.sleep(seconds)


@pytest.mark.parametrize("fields", [{}, {"grace": "1s"}], ids=["no grace", "grace"])
def test_waiting_for_a_free_worker_is_never_missed(make, store, virtual, fields):
    """Twelve one-shots of two seconds, due together on a pool of ten: all run, two of them late."""

    async def main():
        scheduler = make(executors={"async": use("async", limit=10)})
        for number in range(12):
            timer = at(second(1))
            scheduler.add(Job(alias=f"shot-{number}", work=call(nap, 2), triggers=timer, **fields))
        async with scheduler:
            await asyncio.sleep(10)
            return await scheduler.list_jobs(), await store.ledger()

    infos, entries = virtual(main)
    assert {verdict for _, verdict in verdicts(entries)} == {"succeeded"}
    assert sorted(entry.at for entry in entries if entry.verdict) == [second(3)] * 10 + [second(5)] * 2
    assert set(starts(entries).values()) == {1}
    assert len(starts(entries)) == len(infos) == 12
    assert {info.status.word for info in infos} == {StatusWord.FINISHED}


@pytest.mark.parametrize("late", [3, 86_400 * 400])
def test_a_one_shot_of_the_past_runs(make, store, virtual, late):
    """Dated three seconds back, or more than a year: it has no grace unless it is given one."""

    async def main():
        async with make() as scheduler:
            await asyncio.sleep(10)
            added = await scheduler.add_job(
                Job(alias="shot", work=call(nap, 0), triggers=at(second(10 - late)))
            )
            await asyncio.sleep(1)
            return added.what, await store.ledger()

    what, entries = virtual(main)
    assert what == "created"
    assert [verdict for _, verdict in verdicts(entries)] == ["succeeded"]


def test_what_is_dropped_says_by_which_policy_and_how_late(make, store, virtual):
    """With a grace of five seconds, one that is ten seconds late is missed, on record with its lateness."""

    async def main():
        async with make() as scheduler:
            await asyncio.sleep(20)
            for alias, late in (("late", 10), ("in-time", 4)):
                await scheduler.add_job(
                    Job(alias=alias, work=call(nap, 0), triggers=at(second(20 - late)), grace="5s")
                )
            await asyncio.sleep(1)
            return await store.ledger()

    entries = virtual(main)
    told = {entry.job: entry for entry in entries if entry.verdict is not None}
    assert {alias: str(entry.verdict) for alias, entry in told.items()} == {
        "late": "missed",
        "in-time": "succeeded",
    }
    assert told["late"].reason == "taken up later than its grace of 5s allows, 10s late"


def test_a_backlog_that_nobody_limits_drops_nothing_unseen(make, store, virtual):
    """A day's downtime of an interval: one run, and one entry that says what became of all the others."""

    def ticking():
        scheduler = make()
        scheduler.add(Job(alias="tick", work=call(nap, 0), triggers=every(seconds=1)))
        return scheduler

    async def main():
        async with ticking():
            pass
        await asyncio.sleep(86_400)
        async with ticking():
            await asyncio.sleep(0.5)
        return [entry for entry in await store.ledger() if entry.verdict is not None]

    coalesced, ran = virtual(main)
    assert (coalesced.verdict, coalesced.count, ran.verdict) == ("coalesced", 86_399, "succeeded")
    assert coalesced.reason.startswith("run once, at ")
