"""The memory silo against the contract, and what is its own."""

import asyncio
import time
from datetime import timedelta

import pytest

from clockhand.contracts import Job
from clockhand.errors import DefinitionError, StoreClosed
from clockhand.testing import SiloContract
from clockhand.testing.silo_rig import BEGIN, SOURCE, Note, SiloRig, after, end, job, plan
from clockhand.triggers import every
from clockhand_memory.plugin import SILO


class TestMemorySilo(SiloContract):
    kind = SILO


def with_rig(law):
    """Run an async function that takes an opened rig."""

    async def run():
        async with SiloRig(SILO, SILO.options()) as rig:
            return await law(rig)

    return asyncio.run(run())


def test_a_closed_silo_names_itself():
    """The message says which store it is."""

    async def closed(rig):
        await rig.silo.teardown()
        with pytest.raises(StoreClosed, match=r"^silo\.memory: not open, used before startup"):
            await rig.silo.next_due()

    with_rig(closed)


def test_a_job_that_cannot_be_written_is_refused():
    """A work that nobody offers is refused when it is added, with the whole of its batch."""

    class Stranger(Note):
        """A work that no kind stands for."""

    async def refused(rig):
        with pytest.raises(DefinitionError, match=r"no plugin here offers .*Stranger"):
            await rig.add(job("good"), Job(alias="bad", work=Stranger(), triggers=every(seconds=1)))
        assert await rig.silo.get_jobs(["good", "bad"]) == []

    with_rig(refused)


def test_what_is_due_is_found_without_a_search():
    """With 10,000 more jobs that wait or are paused it costs no more to ask for what is due."""

    async def timed(rig):
        async def asked(count):
            begin = time.perf_counter()
            for _ in range(count):
                due = await rig.due("ada", 10)
                assert [one.stored.alias for one in due.jobs] == ["due"]
                await rig.silo.next_due()
            return time.perf_counter() - begin

        await rig.add(job("due"), *(job(f"few{n}", every(hours=1)) for n in range(200)))
        await rig.enlist("ada")
        few = min([await asked(200) for _ in range(5)])
        await rig.add(*(job(f"many{n}", every(hours=1)) for n in range(5_000)))
        late = [f"late{n}" for n in range(5_000)]
        await rig.add(*map(job, late))
        await rig.silo.pause_jobs(late, after(0))
        many = min([await asked(200) for _ in range(5)])
        assert many < 5 * few

    with_rig(timed)


def test_a_paused_plan_is_not_taken_for_what_was_fired_without_force():
    """A request from before the pause waits until the job is resumed, also when its plan was already made."""

    async def waits(rig):
        from clockhand.contracts import Fire

        await rig.add(job())
        await rig.enlist("ada")
        await rig.silo.request([Fire("job")], after(1))
        made = plan(await rig.right("ada", 1), "ada", 1)
        await rig.silo.pause_jobs(["job"], after(2))
        (conflict,) = await rig.silo.start([made], after(2))
        assert conflict.reason == "the job is paused"
        await rig.silo.resume_jobs(["job"], after(3))
        (claim,) = await rig.take(plan(await rig.right("ada", 3), "ada", 3), 3)
        assert await rig.silo.settle([end(claim, 4)], after(4)) == [()]

    with_rig(waits)


def test_a_year_of_turns_leaves_nothing_behind():
    """After many turns the agendas and the outbox hold what is there, not what was."""

    async def turned(rig):
        await rig.silo.add_jobs([job()], BEGIN, SOURCE)
        for turn in range(1, 2_000):
            await rig.silo.beat("ada", after(turn * 10), timedelta(seconds=15))
            claim = await rig.run("ada", turn * 10)
            await rig.silo.settle([end(claim, turn * 10 + 1)], after(turn * 10 + 1))
            await rig.hush()
        shelf = rig.silo._shelf
        assert (len(shelf.due), len(rig.silo._outbox)) == (1, 0)
        assert all(len(agenda) == 0 for agenda in shelf.ready.values())
        assert (shelf.owners["ada"].running, shelf.owners["ada"].planning) == ({}, set())

    with_rig(turned)
