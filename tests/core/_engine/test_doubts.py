"""Doubts: what a start() began although its answer was lost is begun once, and has one start record."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from accounts import became, gaps, starts
from storeroom import Door, Store, only, raises

import clockhand_memory.plugin
from clockhand import Job, at, call, use
from clockhand.contracts import What
from clockhand.events import ClockStepped, RunStarted

START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = "job@2026-01-01T00:00:01Z"
BEGUN: list[str] = []


async def takes_a_second(key: str) -> None:
    """Note that it has begun, and end after a second."""
    BEGUN.append(key)
    await asyncio.sleep(1)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path, clock):
    """A store of either kind."""
    BEGUN.clear()
    return Store(request.param, tmp_path, clock)


def job(**fields) -> Job:
    """Return a one-shot of the first second."""
    fields.setdefault("alias", "job")
    work = call(takes_a_second, fields["alias"])
    return Job(work=work, triggers=at(START + timedelta(seconds=1)), **fields)


def lose_an_answer(door: Door) -> asyncio.Event:
    """Let the next start() do all it should and raise; return what is set when it has."""
    lost = asyncio.Event()

    async def once(verb: str) -> None:
        door.heal()
        lost.set()
        await raises(verb)

    door.after = only(["start"], once)
    return lost


@pytest.mark.parametrize("delivery", ["at-least-once", "at-most-once"])
def test_what_was_started_is_begun(store, virtual, clock, delivery):
    """Once, at the next try; it has one start record, and whoever listens hears of it once."""
    plugin = store.plugin()
    told = []

    async def main():
        scheduler = store.scheduler(plugin)
        scheduler.subscribe(told.append)
        scheduler.add(job(delivery=delivery))
        scheduler.add(job(alias="other"))
        async with scheduler:
            await asyncio.sleep(0.5)
            clock.step(timedelta(seconds=30))
            lost = lose_an_answer(plugin.silo_door)
            await lost.wait()
            await asyncio.sleep(3)
        return await store.ledger()

    entries = virtual(main)
    assert sorted(BEGUN) == ["job", "other"]
    assert set(starts(entries).values()) == {1}
    assert [list(map(str, found)) for found in became(entries).values()] == [["succeeded"]] * 2
    assert not gaps(entries)
    assert sorted(event.job for event in told if isinstance(event, RunStarted)) == ["job", "other"]
    assert len([event for event in told if isinstance(event, ClockStepped)]) == 1
    steps = [entry for entry in entries if entry.what is What.CLOCK_STEPPED]
    assert len(steps) == 1, "what was noted beside it is on record once"


def test_a_pause_that_comes_between_begins_nothing(store, virtual):
    """It is handed back, and begins when the scheduler is resumed."""
    plugin = store.plugin()

    async def main():
        scheduler = store.scheduler(plugin)
        scheduler.add(job())
        async with scheduler:
            await asyncio.sleep(0.5)
            lost = lose_an_answer(plugin.silo_door)
            await lost.wait()
            await scheduler.pause()
            await asyncio.sleep(60)
            before = list(BEGUN)
            await scheduler.resume()
            await asyncio.sleep(5)
        return before, await store.ledger()

    before, entries = virtual(main)
    assert (before, BEGUN) == ([], ["job"])
    assert became(entries) == {KEY: ["succeeded"]}


def test_room_that_is_gone_meanwhile_is_waited_for(store, virtual):
    """Another silo's run has taken the last seat: the limit holds, and the job runs after it."""
    plugin = store.plugin()

    async def main():
        one_seat = {"async": use("async", limit=1)}
        scheduler = store.scheduler(plugin, executors=one_seat, plugins=[clockhand_memory.plugin])
        scheduler.add(job())
        async with scheduler:
            await scheduler.add_silo("second", "memory", {})
            far = job(alias="far").modify(triggers=at(START + timedelta(days=1)))
            await scheduler.add_job(far, silo="second")
            await asyncio.sleep(0.5)
            lost = lose_an_answer(plugin.silo_door)
            await lost.wait()
            await scheduler.fire_job("far")
            await asyncio.sleep(0.5)
            during = list(BEGUN)
            await asyncio.sleep(5)
        return during, await store.ledger()

    during, entries = virtual(main)
    assert (during, BEGUN) == (["far"], ["far", "job"])
    assert became(entries)[KEY] == ["succeeded"]


@pytest.mark.parametrize("delivery", ["at-least-once", "at-most-once"])
def test_a_stop_that_comes_between_loses_nothing(store, virtual, delivery):
    """Nobody has begun it: the next scheduler does, as the same attempt, whatever its delivery."""
    plugin = store.plugin()

    async def main():
        first = store.scheduler(plugin)
        first.add(job(delivery=delivery))
        async with first:
            await asyncio.sleep(0.5)
            lost = lose_an_answer(plugin.silo_door)
            await lost.wait()
        second = store.scheduler()
        second.add(job(delivery=delivery))
        async with second:
            await asyncio.sleep(5)
        return await store.ledger()

    entries = virtual(main)
    assert BEGUN == ["job"]
    assert became(entries) == {KEY: ["succeeded"]}
    assert {entry.run.attempt for entry in entries if entry.run is not None} == {1}
