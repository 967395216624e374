"""12. Redefinition: the same again changes nothing, and what is new counts from the last fire."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from accounts import covered, grid, starts

from clockhand import Job, call, every
from clockhand.contracts import What

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=2)


async def quick() -> None:
    """Take no time."""


def job(seconds: float = 2, **fields) -> Job:
    """Return an interval."""
    return Job(alias="job", work=call(quick), triggers=every(seconds=seconds), **fields)


def test_restarts_that_come_faster_than_the_interval(make, store, virtual):
    """A two-second interval is added anew at each start, with a start every 1.2 s: it fires all the same."""

    async def main():
        for _ in range(19):
            scheduler = make()
            scheduler.add(job())
            async with scheduler:
                await asyncio.sleep(1.2)
        return await store.ledger()

    entries = virtual(main)
    dues = covered(entries, "job", STEP)
    assert dues == grid(START + STEP, START + timedelta(seconds=22), STEP)
    assert sum(starts(entries).values()) == len(dues) == 11
    assert [
        entry.what for entry in entries if entry.job == "job" and entry.run is None and not entry.verdict
    ] == [What.JOB_ADDED]


def test_an_unchanged_definition_keeps_everything(make, store, virtual):
    """Phase, fires, pause and history stay; the reply says unchanged."""

    async def main():
        async with make() as scheduler:
            first = await scheduler.add_job(job())
            await asyncio.sleep(5)
            await scheduler.fire_job("job")
            await asyncio.sleep(0.5)
            await scheduler.pause_job("job", reason="holiday", by="ann")
            before, told = await store.row("job"), len(await store.ledger())
            second = await scheduler.add_job(job())
            await asyncio.sleep(1.2)
            return first, second, before, await store.row("job"), told, await store.ledger()

    first, second, before, after, told, entries = virtual(main)
    assert (first.what, second.what, second.diff) == ("created", "unchanged", ())
    assert after == before
    assert (after.cursor, after.paused.reason) == (START + 3 * STEP, "holiday")
    assert len([entry for entry in entries if entry.job]) == told - 1, (
        "the start of the scheduler is on record"
    )


@pytest.mark.parametrize("how", ["declared", "added", "modified"])
@pytest.mark.parametrize(("period", "first"), [(5, 9), (1, 6)], ids=["longer", "shorter"])
def test_a_changed_one_counts_from_the_last_fire(make, store, virtual, how, period, first):
    """Every 2 s becomes 5 s or 1 s at 5.5, when it last fired at 4; the reply has the difference."""

    async def declared():
        for seconds, length in ((2, 5.5), (period, 15)):
            scheduler = make()
            scheduler.add(job(seconds))
            async with scheduler:
                await asyncio.sleep(length)

    async def asked():
        async with make() as scheduler:
            await scheduler.add_job(job(2))
            await asyncio.sleep(5.5)
            if how == "added":
                reply = await scheduler.add_job(job(period))
                assert reply.what == "updated"
                (change,) = reply.diff
                assert (change.field, change.new) == ("triggers", job(period).triggers)
            else:
                reply = await scheduler.modify_job("job", triggers=every(seconds=period))
                assert reply.what == "done"
            await asyncio.sleep(15)

    virtual(declared if how == "declared" else asked)
    entries = asyncio.run(store.ledger())
    fired = [entry.due for entry in entries if entry.what is What.RUN_STARTED]
    seconds = [(due - START).total_seconds() for due in fired]
    assert seconds == [2, 4, *range(first, 21, period)]
    updated = [entry.reason for entry in entries if entry.what is What.JOB_UPDATED]
    assert updated == ["changed: triggers"]


def test_a_definition_that_is_replaced_is_never_kept_quietly(make, store, virtual):
    """An id that is added again with another definition runs the new one, not the old one."""

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(job(1000, title="old"))
            reply = await scheduler.add_job(job(1000, title="new", priority=3))
            return reply, (await scheduler.get_job("job")).row

    reply, row = virtual(main)
    assert reply.what == "updated"
    assert {(change.field, change.old, change.new) for change in reply.diff} == {
        ("title", "old", "new"),
        ("priority", None, 3),
    }
    assert (row.job.title, row.job.priority, row.revision) == ("new", 3, 2)
