"""14. A backlog is arithmetic, and a clock that is set surprises nobody."""

from __future__ import annotations

import asyncio
import itertools
import time
import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from accounts import covered, grid, starts

from clockhand import Job, Timing, at, call, cron, every
from clockhand.contracts import What
from clockhand.events import ClockStepped

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
CENTURY = timedelta(days=36_525)


async def quick() -> None:
    """Take no time."""


def tick(**fields) -> Job:
    """Return an interval of a second."""
    return Job(alias="tick", work=call(quick), triggers=every(seconds=1), **fields)


@pytest.mark.parametrize("catch_up", ["none", "latest", "all"])
def test_a_century_of_seconds_costs_no_more_than_a_day(make, store, clock, virtual, catch_up):
    """
    The turn that takes up 3,155,760,000 due times takes less than 10 ms of processor time, and no memory.

    The best of some turns counts, for the machine may be busy with others.
    """
    spent: list[float] = []

    async def main():
        scheduler = make()
        scheduler.add(tick(catch_up=catch_up, catch_up_limit=1))
        async with scheduler:
            await asyncio.sleep(0.5)
            tracemalloc.start()
            for _ in range(8):
                clock.step(CENTURY)
                began = time.process_time()
                await scheduler.check_jobs()
                spent.append(time.process_time() - began)
                await asyncio.sleep(1)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return peak

    peak = virtual(main)
    entries = asyncio.run(store.ledger())
    assert min(spent) < 0.010
    assert peak < 1_000_000
    counts = [entry.count for entry in entries if entry.verdict is not None]
    assert max(counts) == CENTURY // SECOND - (catch_up != "none")
    assert sum(counts) == 8 * (CENTURY // SECOND) + 8


@pytest.mark.parametrize(
    "timer",
    [
        every(hours=7, anchor=START),
        cron("* * * * *"),
        cron("30 * * * *", tz="America/New_York"),
        cron("*/7 3 * * mon"),
        at(*(START + timedelta(days=100 * number, hours=1) for number in range(360))),
    ],
    ids=["every", "each minute", "each hour", "mondays", "at"],
)
def test_the_last_and_the_next_of_any_backlog(make, store, clock, virtual, timer):
    """A century of any timer takes less than 10 ms of processor time: one range of verdicts, and one run."""
    spent: list[float] = []

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="job", work=call(quick), triggers=timer))
        async with scheduler:
            await asyncio.sleep(0.5)
            for _ in range(8):
                clock.step(CENTURY / 8)
                began = time.process_time()
                await scheduler.check_jobs()
                spent.append(time.process_time() - began)
                await asyncio.sleep(1)

    virtual(main)
    entries = [entry for entry in asyncio.run(store.ledger()) if entry.verdict is not None]
    assert min(spent) < 0.010
    assert [str(entry.verdict) for entry in entries] == ["coalesced", "succeeded"] * 8
    assert all(left.due < left.last < ran.due for left, ran in zip(entries[::2], entries[1::2], strict=True))


@pytest.mark.parametrize(
    ("fields", "run"),
    [
        ({}, 100),
        ({"catch_up_limit": 7}, 7),
        ({"catch_up_window": "30s"}, 31),
        ({"catch_up_window": "1h", "catch_up_limit": 20}, 20),
    ],
)
def test_all_is_capped_by_window_and_count(make, store, virtual, fields, run):
    """A week of seconds with catch-up all: so many run, the latest ones, and the others are one entry."""

    def scheduler():
        made = make()
        made.add(tick(catch_up="all", overlap="parallel", **fields))
        return made

    async def main():
        async with scheduler():
            pass
        await asyncio.sleep(7 * 86_400)
        async with scheduler():
            await asyncio.sleep(0.5)
        return [entry for entry in await store.ledger() if entry.verdict is not None]

    entries = virtual(main)
    assert Counter(str(entry.verdict) for entry in entries) == {"missed": 1, "succeeded": run}
    assert entries[0].count == 7 * 86_400 - run
    last = START + timedelta(days=7)
    assert covered(entries[1:], "tick", SECOND) == grid(last - (run - 1) * SECOND, last, SECOND)


@pytest.mark.parametrize("step", [HOUR, 2 * CENTURY], ids=["an hour", "to 2226"])
@pytest.mark.parametrize(
    ("catch_up", "verdict"), [("none", "missed"), ("latest", "coalesced"), ("all", "missed")]
)
def test_a_step_forward_wakes_it_within_a_second(make, store, clock, virtual, step, catch_up, verdict):
    """The clock is set forward, or the machine was suspended: catch-up is applied within a second, once."""
    events = []

    async def main():
        scheduler = make()
        scheduler.subscribe(events.append)
        scheduler.add(
            Job(
                alias="job",
                work=call(quick),
                triggers=every(minutes=10),
                catch_up=catch_up,
                catch_up_limit=2,
                overlap="parallel",
            )
        )
        async with scheduler:
            await asyncio.sleep(10.5)
            clock.step(step)
            stepped = clock.now()
            await asyncio.sleep(1)
            entries = await store.ledger()
            await asyncio.sleep(1200)
        return stepped, entries, await store.ledger()

    stepped, entries, later = virtual(main)
    told = [entry for entry in entries if entry.verdict is not None]
    assert all(stepped < entry.at <= stepped + SECOND for entry in told)
    ran = {"none": 0, "latest": 1, "all": 2}[catch_up]
    counts = Counter({verdict: 0, "succeeded": 0})
    for entry in told:
        counts[str(entry.verdict)] += entry.count
    due = (stepped - START) // timedelta(minutes=10)
    assert counts == {verdict: due - ran, "succeeded": ran}
    assert [event.step for event in events if isinstance(event, ClockStepped)] == [step]
    assert [entry.reason for entry in entries if entry.what is What.CLOCK_STEPPED]
    assert set(starts(later).values()) == {1}
    dues = Counter(entry.due for entry in later if entry.verdict is not None and entry.count == 1)
    assert set(dues.values()) == {1}


@pytest.mark.parametrize("back", [timedelta(seconds=30), HOUR, timedelta(days=400)])
@pytest.mark.parametrize("timer", [every(seconds=10), cron("* * * * *")], ids=["every", "cron"])
def test_a_step_back_fires_nothing_twice(make, store, clock, virtual, timer, back):
    """The clock is set back: no occurrence has two start records or two verdicts, and the step is told of."""
    events = []

    async def main():
        scheduler = make(timing=Timing(poll="30s", lease="90s", beat="30s"))
        scheduler.subscribe(events.append)
        scheduler.add(Job(alias="job", work=call(quick), triggers=timer))
        async with scheduler:
            await asyncio.sleep(600.5)
            clock.step(-back)
            await asyncio.sleep(2 * back.total_seconds() if back <= HOUR else 600)
        return await store.ledger()

    entries = virtual(main)
    assert set(starts(entries).values()) == {1}
    dues = Counter(entry.due for entry in entries if entry.verdict is not None)
    assert set(dues.values()) == {1}
    assert [event.step for event in events if isinstance(event, ClockStepped)] == [-back]


def began(entries, after):
    """Return the moments at which runs began, of what was put on record after so many entries."""
    return [entry.at for entry in entries[after:] if entry.what is What.RUN_STARTED]


@pytest.mark.parametrize("back", [timedelta(seconds=30), HOUR, timedelta(days=400)])
def test_intervals_go_on_beating_when_the_clock_is_set_back(make, store, clock, virtual, back):
    """One beat after the other, a period apart, as if nothing had happened; also when nobody saw it."""

    def scheduler():
        made = make()
        made.add(Job(alias="job", work=call(quick), triggers=every(seconds=10)))
        return made

    async def main():
        async with scheduler():
            await asyncio.sleep(60.5)
            clock.step(-back)
            set_at, told = clock.now(), len(await store.ledger())
            await asyncio.sleep(60)
            first = set_at, began(await store.ledger(), told)
        clock.step(-back)
        set_at, told = clock.now(), len(await store.ledger())
        async with scheduler():
            await asyncio.sleep(60)
        return first, (set_at, began(await store.ledger(), told))

    for set_at, beats in virtual(main):
        assert len(beats) >= 5
        assert set_at < beats[0] <= set_at + timedelta(seconds=12)
        assert {later - sooner for sooner, later in itertools.pairwise(beats)} == {timedelta(seconds=10)}


@pytest.mark.parametrize(("back", "waits"), [(2 * HOUR, True), (3 * HOUR, True), (4 * HOUR, False)])
def test_the_wall_clock_is_awaited_for_three_hours(make, store, clock, virtual, back, waits):
    """Set back by up to three hours, cron waits for what has not been yet; by more, it goes by the wall."""

    async def main():
        scheduler = make(timing=Timing(poll="1m", beat="1m", lease="5m"))
        scheduler.add(Job(alias="job", work=call(quick), triggers=cron("*/10 * * * *")))
        async with scheduler:
            await asyncio.sleep(5 * 3600 + 1)
            clock.step(-back)
            set_at, told = clock.now(), len(await store.ledger())
            await asyncio.sleep(5 * 3600)
            return set_at, began(await store.ledger(), told)

    set_at, beats = virtual(main)
    expected = START + timedelta(hours=5, minutes=10) if waits else set_at + timedelta(minutes=10, seconds=-1)
    assert abs(beats[0] - expected) <= SECOND
    assert {later - sooner for sooner, later in itertools.pairwise(beats)} == {timedelta(minutes=10)}
