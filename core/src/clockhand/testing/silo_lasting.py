"""The laws for silos that last: what survives a restart, and what two processes see of each other."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import attrs

from clockhand._model.occurrence import OpenState
from clockhand._model.words import Verdict
from clockhand.contracts.batches import ClaimReason, Due, Fire
from clockhand.contracts.silo import Silo
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import (
    LEASE,
    ROOM,
    SOURCE,
    WORKS,
    Brittle,
    SiloRig,
    after,
    conflicts,
    end,
    job,
    kit_codec,
    plan,
)


class DurableLaws(Contract):
    """What a kind that is `durable` keeps over a restart."""

    @law(needs="durable")
    async def test_jobs_survive_a_restart(self, rig: SiloRig) -> None:
        """Definition, revision, phase, pause and verdicts are as they were, and nothing else is there."""
        await rig.add(job("never"), job("paused", title="x"), job("ran"), job("updated"))
        await rig.add(job("gone"), job("updated", title="new"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 35, "ran")
        await rig.silo.settle([end(claim, 36, Verdict.FAILED)], after(36))
        await rig.silo.pause_jobs(["paused"], after(37), "why", "who")
        await rig.silo.remove_jobs(["gone"], after(38))
        aliases = ["gone", "never", "paused", "ran", "updated"]
        before = await rig.silo.get_jobs(aliases)
        await rig.reopen()
        assert await rig.silo.get_jobs(aliases) == before
        assert len(before) == 4
        assert await rig.add(job("ran"), at=50) == ["unchanged"]
        assert (await rig.row("ran")).cursor == after(40), "the phase survived"

    @law(needs="durable")
    async def test_quarantine_survives_a_restart(self, rig: SiloRig) -> None:
        """A job in quarantine stays there, with its reason, until it is released."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.silo.settle([end(claim, 11, Verdict.LOST, quarantine="poison")], after(11))
        await rig.reopen()
        assert (await rig.row()).quarantined == "poison"
        await rig.enlist("bob", at=20)
        assert list((await rig.due("bob", 20)).jobs) == []

    @law(needs="durable")
    async def test_open_occurrences_survive_a_restart(self, rig: SiloRig) -> None:
        """What ran, waited or was asked for is still open; the dead owner's run goes to another in time."""
        await rig.add(job("asked"), job("runs"), job("waits"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10, "runs")
        await rig.queue("ada", 10, "waits")
        (fired,) = await rig.silo.request([Fire("asked")], after(10))
        await rig.reopen()
        await rig.enlist("bob", at=11)
        (waited,) = (await rig.due("bob", 11)).claims
        assert (waited.job.alias, waited.reason) == ("waits", ClaimReason.QUEUED)
        due = await rig.due("bob", 15)
        (right,) = due.jobs
        assert [(one.key, one.state) for one in right.open] == [(fired.key, OpenState.REQUESTED)]
        (taken,) = due.claims
        assert (taken.occurrence.key, taken.reason) == (claim.occurrence.key, ClaimReason.OWNER_DIED)
        assert (taken.occurrence.attempt, taken.occurrence.deaths) == (2, 1)
        assert taken.occurrence.token > claim.occurrence.token
        assert await rig.silo.settle([end(claim, 16)], after(16)) == [False]

    @law(needs="durable")
    async def test_an_owner_may_outlive_its_handle(self, rig: SiloRig) -> None:
        """Owners, rights and tokens are kept in the store: one that reopens it within its lease goes on."""
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10, "a")
        mine = await rig.right("ada", 10, "b")
        await rig.reopen()
        assert await rig.silo.settle([end(claim, 11)], after(11)) == [True]
        await rig.take(plan(mine, "ada", 11), 11)
        await rig.silo.beat("ada", after(12), timedelta())
        await rig.reopen()
        assert not (await rig.silo.beat("ada", after(13), LEASE)).alive, "dead for good"

    @law(needs="durable")
    async def test_the_outbox_survives_a_restart(self, rig: SiloRig) -> None:
        """Entries that nobody acked are there, unchanged; acked ones are not; a new life counts from 1."""
        await rig.reopen(life="one")
        await rig.add(job("a"), job("b"))
        told = await rig.told()
        await rig.silo.ack(told[0].position)
        await rig.reopen(life="two")
        assert await rig.told() == told[1:]
        await rig.add(job("c"))
        (_, new) = await rig.told()
        assert (new.life, new.seq, new.job) == ("two", 1, "c")
        assert new.position > told[-1].position

    @law(needs="durable")
    async def test_tokens_grow_over_a_restart(self, rig: SiloRig) -> None:
        """No token is ever given twice, so that a run from before the restart can't end one from after it."""
        await rig.add(job())
        await rig.enlist("ada")
        tokens: list[int] = []
        for turn in range(1, 4):
            tokens.append((await rig.right("ada", turn * 10)).token)
            await rig.run("ada", turn * 10)
            await rig.reopen()
            await rig.enlist("ada", at=turn * 10)
        assert tokens == sorted(set(tokens))

    @law(needs="durable")
    async def test_a_missing_kind_is_waited_for(self, rig: SiloRig) -> None:
        """A job whose timer isn't installed is listed, not handed out, kept as it is, and comes back."""
        brittle = job("brittle", Brittle())
        await rig.add(job(), brittle)
        before = await rig.row("brittle")
        await rig.reopen(kit_codec(without="brittle"))
        await rig.enlist("ada")
        found = await rig.row("brittle")
        assert (found.job.missing, found.cursor, found.quarantined) == (
            ("trigger 'brittle'",),
            before.cursor,
            "",
        )
        assert [one.stored.alias for one in (await rig.due("ada", 10)).jobs] == ["job"]
        await rig.silo.pause_jobs(["brittle"], after(11))
        await rig.reopen()
        assert (await rig.row("brittle")).job == brittle
        await rig.enlist("ada", at=12)
        await rig.silo.resume_jobs(["brittle"], after(12), "latest")
        await rig.right("ada", 12, "brittle")


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
        assert await rig.silo.settle([end(claim, 15)], after(15)) == [False]
        assert not (await rig.silo.beat("ada", after(15), LEASE)).alive
        assert await other.settle([end(due.claims[0], 16)], after(16)) == [True]

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
