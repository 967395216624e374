"""The laws about owners: enlisted by a beat, alive while they beat, dead for good once taken over."""

from __future__ import annotations

from datetime import timedelta

from clockhand._model.run import Run
from clockhand.contracts.batches import ClaimReason
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import SiloRig, after, conflicts, end, job, plan
from clockhand.triggers import at


class OwnerLaws(Contract):
    """Leases."""

    @law
    async def test_who_never_beat_gets_nothing(self, rig: SiloRig) -> None:
        """An owner that isn't enlisted is handed nothing, and its plans are not taken."""
        await rig.add(job())
        due = await rig.due("ada", 10)
        assert (list(due.jobs), list(due.claims)) == ([], [])
        await rig.enlist("bob")
        made = plan(await rig.right("bob", 10), "ada", 10)
        assert conflicts(await rig.silo.start([made], after(10))) == ["job"]

    @law
    async def test_who_beats_in_time_keeps_its_work(self, rig: SiloRig) -> None:
        """While an owner beats within its lease nobody gets what it runs or plans."""
        await rig.add(job("a", at(after(10))), job("b", at(after(10))))
        await rig.enlist("ada", "bob")
        claim = await rig.run("ada", 10, "a")
        await rig.enlist("ada", "bob", at=14)
        mine = await rig.right("ada", 19, "b")
        await rig.enlist("ada", "bob", at=28)
        due = await rig.due("bob", 19)
        assert (list(due.jobs), list(due.claims)) == ([], [])
        due = await rig.due("bob", 42.999999)
        assert (list(due.jobs), list(due.claims)) == ([], [])
        await rig.take(plan(mine, "ada", 42.999999), 42.999999)
        assert await rig.silo.settle([end(claim, 42.999999)], after(42.999999)) == [()]

    @law
    async def test_a_dead_owners_work_goes_to_another(self, rig: SiloRig) -> None:
        """Once a lease has passed, the next asker gets the owner's runs, one attempt on, and its rights."""
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10, "a")
        mine = await rig.right("ada", 10, "b")
        await rig.enlist("bob", at=14)
        due = await rig.due("bob", 15)
        (right,) = due.jobs
        assert (right.stored.alias, right.token > mine.token) == ("b", True)
        (taken,) = due.claims
        one = taken.occurrence
        assert (one.key, one.due) == (claim.occurrence.key, claim.occurrence.due)
        assert (one.owner, one.attempt, one.deaths, one.started) == ("bob", 2, 1, after(15))
        assert one.token > claim.occurrence.token
        assert taken.reason is ClaimReason.OWNER_DIED
        assert taken.lost == Run(1, "ada", claim.occurrence.token, 1, after(10))
        assert await rig.silo.settle([end(taken, 16)], after(16)) == [()]

    @law
    async def test_a_death_is_not_forgotten(self, rig: SiloRig) -> None:
        """Who takes over a dead owner's run and hands it back unbegun leaves it as a dead owner's run."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.enlist("bob", "eve", at=10)
        (taken,) = (await rig.due("bob", 20)).claims
        await rig.silo.hand_back([taken], after(20))
        (again,) = (await rig.due("eve", 21)).claims
        assert (again.reason, again.lost) == (ClaimReason.OWNER_DIED, taken.lost)
        assert again.lost is not None
        assert (again.lost.owner, again.lost.token) == ("ada", claim.occurrence.token)
        assert (again.occurrence.attempt, again.occurrence.deaths) == (2, 1)
        assert await rig.silo.settle([end(again, 22, None, again_at=23)], after(22)) == [()]
        (last,) = (await rig.due("eve", 23)).claims
        assert (last.reason, last.lost) == (ClaimReason.QUEUED, None)
        assert last.occurrence.deaths == 1, "what is planned again keeps its deaths"

    @law
    async def test_the_dead_stay_dead(self, rig: SiloRig) -> None:
        """A dead owner's beat is not alive, for good; its ends, plans and hand-backs change nothing."""
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10, "a")
        mine = await rig.right("ada", 10, "b")
        await rig.enlist("bob", at=14)
        await rig.due("bob", 15, room={"async": 0}, limit=1)
        for late in (16, 1_000):
            assert not (await rig.silo.beat("ada", after(late), timedelta(seconds=15))).alive
        before = await rig.row("a")
        assert await rig.silo.settle([end(claim, 16)], after(16)) == [None]
        assert conflicts(await rig.silo.start([plan(mine, "ada", 16)], after(16))) == ["b"]
        await rig.silo.hand_back([claim], after(16))
        assert await rig.row("a") == before
        due = await rig.due("ada", 16)
        assert (list(due.jobs), list(due.claims)) == ([], [])
        (taken,) = (await rig.due("bob", 17)).claims
        assert (taken.reason, taken.occurrence.attempt) == (ClaimReason.OWNER_DIED, 2)

    @law
    async def test_who_was_not_missed_may_be_late(self, rig: SiloRig) -> None:
        """A lease that has passed matters once another one asks; until then a late beat renews it."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        assert (await rig.silo.beat("ada", after(100), timedelta(seconds=15))).alive
        await rig.enlist("bob", at=101)
        assert list((await rig.due("bob", 101)).claims) == []
        assert await rig.silo.settle([end(claim, 102)], after(102)) == [()]

    @law
    async def test_a_clock_set_back_keeps_nobody_alive(self, rig: SiloRig) -> None:
        """Set back by an hour: who beats lives on, who doesn't is dead a lease after somebody asks."""
        await rig.add(job("a", at(after(3_700))), job("b", at(after(3_701))))
        await rig.enlist("ada", "eve", at=3_700)
        await rig.run("ada", 3_700, "a")
        claim = await rig.run("eve", 3_701, "b")
        await rig.enlist("bob", at=100)
        assert list((await rig.due("bob", 100)).claims) == []
        await rig.enlist("bob", "eve", at=110)
        (taken,) = (await rig.due("bob", 115)).claims
        assert (taken.occurrence.job, taken.reason) == ("a", ClaimReason.OWNER_DIED)
        assert await rig.silo.settle([end(claim, 116)], after(116)) == [()]

    @law
    async def test_a_lease_of_zero_frees_at_once(self, rig: SiloRig) -> None:
        """An owner that gives up its lease leaves its runs and rights to the next asker at once."""
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada", "bob")
        claim = await rig.run("ada", 10, "a")
        await rig.right("ada", 10, "b")
        await rig.silo.beat("ada", after(10), timedelta())
        due = await rig.due("bob", 10)
        assert [one.stored.alias for one in due.jobs] == ["b"]
        assert [one.occurrence.key for one in due.claims] == [claim.occurrence.key]
        assert await rig.silo.settle([end(claim, 10)], after(10)) == [None]
        assert not (await rig.silo.beat("ada", after(11), timedelta(seconds=15))).alive

    @law
    async def test_each_death_is_counted(self, rig: SiloRig) -> None:
        """Attempts and deaths count up with each owner that dies while it runs the occurrence."""
        await rig.add(job())
        await rig.enlist("o1")
        claim = await rig.run("o1", 10)
        for number in (2, 3, 4):
            await rig.enlist(f"o{number}", at=number * 100)
            (claim,) = (await rig.due(f"o{number}", number * 100)).claims
            one = claim.occurrence
            assert (one.attempt, one.deaths, claim.reason) == (number, number - 1, ClaimReason.OWNER_DIED)
            assert claim.lost is not None
            assert (claim.lost.owner, claim.lost.attempt) == (f"o{number - 1}", number - 1)

    @law
    async def test_a_dead_owners_runs_fit_the_room(self, rig: SiloRig) -> None:
        """What a dead owner ran waits like everything else: no more is handed out than there is room for."""
        await rig.add(*(job(f"j{n}") for n in range(4)))
        await rig.enlist("ada")
        for number in range(4):
            await rig.run("ada", 10, f"j{number}")
        await rig.enlist("bob", at=15)
        found = [(await rig.due("bob", 15, room={"async": room}, limit=2)).claims for room in (0, 1, 9, 9)]
        assert [len(claims) for claims in found] == [0, 1, 2, 1]
        assert len({one.occurrence.key for claims in found for one in claims}) == 4

    @law
    async def test_a_paused_job_is_not_taken_over(self, rig: SiloRig) -> None:
        """A run whose owner died while its job is paused waits until the job is resumed."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.run("ada", 10)
        await rig.silo.pause_jobs(["job"], after(11))
        await rig.enlist("bob", at=15)
        assert list((await rig.due("bob", 15)).claims) == []
        await rig.silo.resume_jobs(["job"], after(16))
        (claim,) = (await rig.due("bob", 16)).claims
        assert (claim.reason, claim.occurrence.deaths) == (ClaimReason.OWNER_DIED, 1)
