"""The laws for silos that are shared: what several processes see and take of each other."""

from __future__ import annotations

import asyncio

import attrs

from clockhand._model.occurrence import OpenState, due_key
from clockhand.contracts.batches import Cancel, ClaimReason, Due
from clockhand.contracts.silo import Silo
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import (
    DAY,
    LEASE,
    ROOM,
    SOURCE,
    WORKS,
    SiloRig,
    after,
    conflicts,
    end,
    job,
    plan,
)


class SharedLaws(Contract):
    """What a kind that is `shared` does with several handles at once."""

    @law(needs="shared")
    async def test_handles_see_each_other(self, rig: SiloRig) -> None:
        """What one handle wrote the other one reads at once."""
        other = await rig.open()
        await rig.add(job())
        assert await other.get_jobs(["job"]) == await rig.silo.get_jobs(["job"])
        assert await other.next_due() == after(10)
        await other.pause_jobs(["job"], after(1))
        assert (await rig.row()).paused is not None
        assert [reply.what for reply in await rig.silo.remove_jobs(["job"], after(2))] == ["done"]
        assert await other.get_jobs(["job"]) == []

    @law(needs="shared")
    async def test_each_due_job_is_planned_once(self, rig: SiloRig) -> None:
        """Two handles that ask at the same time share the due jobs out: each goes to exactly one."""
        handles = {"ada": rig.silo, "bob": await rig.open()}
        await rig.add(*(job(f"j{number:02}") for number in range(60)))
        await rig.enlist(*handles)
        runs: list[str] = []
        tokens: list[int] = []

        async def turn(owner: str, silo: Silo) -> None:
            while (due := await _due(silo, owner, 10, limit=7)).jobs:
                assert len(runs) < 60, "planned jobs are handed out again"
                taken = await silo.start([plan(one, owner, 10) for one in due.jobs], after(10))
                assert conflicts(taken) == []
                runs.extend(one.stored.alias for one in due.jobs)
                tokens.extend(one.token for one in due.jobs)

        await asyncio.gather(*(turn(owner, silo) for owner, silo in handles.items()))
        assert sorted(runs) == [f"j{number:02}" for number in range(60)]
        assert len(set(tokens)) == 60, "no token is given twice"

    @law(needs="shared")
    async def test_each_waiting_occurrence_is_claimed_once(self, rig: SiloRig) -> None:
        """Two handles that ask at the same time share out what waits: each goes to exactly one."""
        handles = {"ada": rig.silo, "bob": await rig.open()}
        await rig.add(*(job(f"j{number:02}") for number in range(40)))
        await rig.enlist(*handles)
        rights = (await rig.due("ada", 10)).jobs
        await rig.silo.start([plan(one, "ada", 10, room=0) for one in rights], after(10))
        claimed: list[tuple[str, int]] = []

        async def turn(owner: str, silo: Silo) -> None:
            while claims := (await _due(silo, owner, 11, room=3)).claims:
                assert len(claimed) < 40, "running occurrences are handed out again"
                claimed.extend((one.occurrence.key, one.occurrence.token) for one in claims)

        await asyncio.gather(*(turn(owner, silo) for owner, silo in handles.items()))
        assert len(claimed) == len({key for key, _ in claimed}) == len({token for _, token in claimed}) == 40

    @law(needs="shared")
    async def test_a_plan_of_the_dead_is_a_conflict_everywhere(self, rig: SiloRig) -> None:
        """An owner that was taken over through one handle gets nothing done through another."""
        other = await rig.open()
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10, "a")
        mine = await rig.right("ada", 10, "b")
        await other.beat("bob", after(14), LEASE)
        due = await _due(other, "bob", 15)
        assert [one.stored.alias for one in due.jobs] == ["b"]
        assert [one.reason for one in due.claims] == [ClaimReason.OWNER_DIED]
        assert conflicts(await rig.silo.start([plan(mine, "ada", 15)], after(15))) == ["b"]
        assert await rig.silo.settle([end(claim, 15)], after(15)) == [None]
        assert not (await rig.silo.beat("ada", after(15), LEASE)).alive
        assert await other.settle([end(due.claims[0], 16)], after(16)) == [()]

    @law(needs="shared")
    async def test_a_change_through_one_handle_is_a_conflict_in_another(self, rig: SiloRig) -> None:
        """A job that somebody else changed or paused while it was planned is not started as it was."""
        other = await rig.open()
        await rig.add(job("changed"), job("paused"))
        await rig.enlist("ada")
        plans = [plan(one, "ada", 10) for one in (await rig.due("ada", 10)).jobs]
        await other.modify_jobs([("changed", 1, job("changed", title="new"))], after(10), SOURCE)
        await other.pause_jobs(["paused"], after(10))
        assert conflicts(await rig.silo.start(plans, after(10))) == ["changed", "paused"]
        (again,) = (await rig.due("ada", 11)).jobs
        assert again.stored.job.title == "new"

    @law(needs="shared")
    async def test_what_is_queued_through_one_handle_is_let_go_through_another(self, rig: SiloRig) -> None:
        """An end, a cancellation or a new limit counts, whichever handle it came through."""
        other = await rig.open()
        await rig.add(job())
        await rig.enlist("ada", "bob", lease=DAY)
        claim = await rig.run("ada", 10)
        for moment in (20, 30, 40):
            await rig.line_up("ada", moment)
        made = plan(await rig.right("ada", 50), "ada", 50, room=0, rest=OpenState.QUEUED)
        assert await other.settle([end(claim, 50)], after(50)) == [()]
        await rig.take(made, 50)
        assert await rig.states() == [OpenState.REQUESTED, *[OpenState.QUEUED] * 3]
        await other.request([Cancel(due_key("job", after(20)))], after(51))
        assert await rig.states() == [OpenState.REQUESTED, *[OpenState.QUEUED] * 2]
        await other.add_jobs([job(overlap="parallel")], after(52), SOURCE)
        assert await rig.states() == [OpenState.REQUESTED] * 3

    @law(needs="shared")
    async def test_what_runs_through_one_handle_is_cancelled_through_another(self, rig: SiloRig) -> None:
        """A plan of one process ends the run of another; and it can't close what another has begun."""
        other = await rig.open()
        await rig.add(job("runs"), job("waits"))
        await rig.enlist("ada", "bob", lease=DAY)
        claim = await rig.run("ada", 10, "runs")
        await rig.queue("ada", 10, "waits")
        rights = (await _due(other, "bob", 20, room=0)).jobs
        plans = {one.stored.alias: plan(one, "bob", 20) for one in rights}
        plans["runs"].cancel = [claim.occurrence.key]
        plans["waits"].closed = [due_key("waits", after(10))]
        assert len((await rig.due("ada", 20)).claims) == 1
        assert conflicts(await other.start(list(plans.values()), after(20))) == ["waits"]
        assert (await rig.silo.beat("ada", after(21), DAY)).cancel == {claim.occurrence.token}

    @law(needs="shared")
    async def test_tokens_grow_across_handles(self, rig: SiloRig) -> None:
        """A token is larger than all before it, whichever handle gave them."""
        other = await rig.open()
        await rig.add(job())
        await rig.enlist("ada", "bob")
        tokens: list[int] = []
        for turn, (owner, silo) in enumerate([("ada", rig.silo), ("bob", other)] * 3, start=1):
            (due,) = (await _due(silo, owner, turn * 10)).jobs
            made = plan(due, owner, turn * 10)
            await silo.start([made], after(turn * 10))
            tokens.append(due.token)
            for name in ("ada", "bob"):
                await silo.beat(name, after(turn * 10), LEASE)
        assert tokens == sorted(set(tokens))

    @law(needs="shared")
    async def test_each_handle_numbers_its_own_entries(self, rig: SiloRig) -> None:
        """Two lives write into one outbox: each counts from 1, positions are one order for all."""
        one, two = await rig.open(life="one"), await rig.open(life="two")
        for number, silo in enumerate([one, two, two, one]):
            await silo.add_jobs([attrs.evolve(job(), alias=f"j{number}")], after(0), SOURCE)
        entries = await one.outbox(0, 100)
        assert [(entry.life, entry.seq) for entry in entries] == [
            ("one", 1),
            ("two", 1),
            ("two", 2),
            ("one", 2),
        ]
        assert await two.outbox(0, 100) == entries


async def _due(silo: Silo, owner: str, at: float, *, room: int = ROOM["async"], limit: int = 100) -> Due:
    return await silo.get_due_jobs(after(at), owner=owner, room={"async": room}, works=WORKS, limit=limit)
