"""1. A failing store write does not stop scheduling."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from accounts import covered, grid, starts
from storeroom import hangs, only, raises

from clockhand import Job, call, every
from clockhand.contracts import What

START = datetime(2026, 1, 1, tzinfo=UTC)
HEALED = START + timedelta(seconds=30.5)
SECOND = timedelta(seconds=1)
FIRST_RETRY = 0.1
"""Seconds between the first failure and the next try."""
LONGEST_RETRY = 5.0
"""Seconds between two tries of a silo that has failed for long."""
RECOVERY = {raises: LONGEST_RETRY, hangs: LONGEST_RETRY + 10}
"""Seconds until all is well again; a call that hangs is given up after ten."""
VERBS = ("get_due_jobs", "start", "settle", "next_due")


async def quick() -> None:
    """Take no time."""


def tick() -> Job:
    """Return a job that is due each second."""
    return Job(alias="tick", work=call(quick), triggers=every(seconds=1))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("verb", VERBS)
def test_the_next_call_raises_once(make, store, virtual, verb, when):
    """
    Degraded until the next try, a tenth of a second later; nothing is skipped and nothing run twice.

    Whether it raises before it has done anything, or has done all and then says that it hasn't.
    """
    plugin = store.plugin()
    failed = asyncio.Event()

    async def once(name: str) -> None:
        plugin.silo_door.heal()
        failed.set()
        await raises(name)

    async def main():
        scheduler = make(plugin)
        scheduler.add(tick())
        async with scheduler:
            await asyncio.sleep(2.5)
            setattr(plugin.silo_door, when, only([verb], once))
            await failed.wait()
            await asyncio.sleep(FIRST_RETRY / 2)
            during = await scheduler.health()
            await asyncio.sleep(FIRST_RETRY)
            after = await scheduler.health()
            await asyncio.sleep(4)
            return during, after

    during, after = virtual(main)
    entries = asyncio.run(store.ledger())
    assert (during.ok, after.ok) == (False, True)
    assert during.problems == (f"silo default: StoreError: {verb}: the disk is full",)
    assert set(starts(entries).values()) == {1}
    dues = covered(entries, "tick", SECOND)
    assert dues == grid(START + SECOND, dues[-1], SECOND)
    assert len(dues) >= 6
    late = [entry.at - entry.due for entry in entries if entry.what is What.RUN_STARTED]
    assert max(late) <= timedelta(seconds=FIRST_RETRY)


@pytest.mark.parametrize("verbs", [*((verb,) for verb in VERBS), (*VERBS, "beat")], ids=" ".join)
@pytest.mark.parametrize("fault", [raises, hangs])
def test_all_calls_fail_for_20_seconds(make, store, clock, virtual, verbs, fault):
    """Degraded all the while, healthy again within one retry period; each due time has one verdict."""
    plugin = store.plugin()

    async def main():
        scheduler = make(plugin)
        scheduler.add(tick())
        async with scheduler:
            await asyncio.sleep(10.5)
            plugin.silo_door.before = only(verbs, fault)
            reports = []
            while clock.now() < HEALED:
                await asyncio.sleep(1)
                reports.append((clock.now(), await scheduler.health()))
            plugin.silo_door.heal()
            await asyncio.sleep(RECOVERY[fault] + 0.5)
            healthy = await scheduler.health()
            await asyncio.sleep(20)
            return reports, healthy

    reports, healthy = virtual(main)
    entries = asyncio.run(store.ledger())
    assert len(reports) >= 10
    red = min(moment for moment, report in reports if not report.ok)
    assert red <= START + timedelta(seconds=20.5), "degraded within ten seconds"
    assert not any(report.ok for moment, report in reports if moment > red), "and all the while"
    assert healthy.ok
    assert set(starts(entries).values()) == {1}
    dues = covered(entries, "tick", SECOND)
    assert dues == grid(START + SECOND, dues[-1], SECOND)
    assert dues[-1] > HEALED + timedelta(seconds=RECOVERY[fault]), "those of the outage, and on from there"
    resumed = min(entry.at for entry in entries if entry.what is What.RUN_STARTED and entry.at >= HEALED)
    assert resumed <= HEALED + timedelta(seconds=RECOVERY[fault])
