"""The laws about what else a plan may do: close what waits, cancel what runs, pause or re-anchor its job."""

from __future__ import annotations

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.occurrence import OpenState, due_key
from clockhand._model.words import Verdict
from clockhand.contracts.batches import Cancel, Fire
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import DAY, SiloRig, after, conflicts, end, job, plan


class PlanLaws(Contract):
    """`Plan.closed`, `Plan.cancel`, `Plan.pause` and `Plan.anchor`."""

    @law
    async def test_a_plan_may_close_whatever_waits(self, rig: SiloRig) -> None:
        """Requested, queued or planned, it is gone with the verdict that the plan brings."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.queue("ada", 10)
        await rig.line_up("ada", 20)
        await rig.silo.request([Fire("job", key="job!mine")], after(21))
        due = await rig.right("ada", 21)
        keys = [due_key("job", after(10)), due_key("job", after(20)), "job!mine"]
        verdicts = [
            Entry(after(21), What.NEVER_RAN, "job", one.key, one.due, Verdict.COALESCED) for one in due.open
        ]
        await rig.hush()
        made = attrs.evolve(plan(due, "ada", 21), occurrences=(), closed=keys, entries=verdicts)
        assert await rig.take(made, 21) == []
        assert {entry.occurrence for entry in await rig.told()} == set(keys)
        row = await rig.row()
        assert (row.open, row.last and row.last.verdict) == (0, Verdict.COALESCED)
        assert await rig.opened() == []
        found = await rig.due("ada", 22)
        assert (list(found.jobs), list(found.claims)) == ([], [])
        assert await rig.silo.next_due() == after(30)

    @law
    async def test_what_is_not_closed_stays_open(self, rig: SiloRig) -> None:
        """A plan says nothing of an occurrence that it neither writes nor closes."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.queue("ada", 10)
        await rig.line_up("ada", 20)
        made = plan(await rig.right("ada", 30), "ada", 30, room=0, rest=OpenState.QUEUED)
        made.closed = [due_key("job", after(20))]
        await rig.take(made, 30)
        assert [(one.due, one.state) for one in await rig.opened()] == [
            (after(10), OpenState.PLANNED),
            (after(30), OpenState.QUEUED),
        ]

    @law
    async def test_what_runs_by_now_is_not_closed(self, rig: SiloRig) -> None:
        """What somebody began or ended while it was planned to be closed makes the plan a conflict."""
        await rig.add(job("begun"), job("ended"), job("never"), job("waits"))
        await rig.enlist("ada", "bob", lease=DAY)
        for alias in ("begun", "ended", "waits"):
            await rig.queue("ada", 10, alias)
        plans = {}
        for due in (await rig.due("ada", 20, room={"async": 0})).jobs:
            alias = due.stored.alias
            plans[alias] = plan(due, "ada", 20, room=0, rest=OpenState.QUEUED)
            plans[alias].closed = [due_key(alias, after(10))]
        claims = {one.job.alias: one for one in (await rig.due("bob", 20)).claims}
        await rig.silo.hand_back([claims["waits"]], after(21))
        await rig.silo.settle([end(claims["ended"], 21)], after(21))
        before = await rig.row("begun")
        await rig.hush()
        results = await rig.silo.start(list(plans.values()), after(21))
        assert sorted(conflicts(results)) == ["begun", "ended", "never"]
        assert await rig.told() == []
        assert await rig.row("begun") == before
        assert [one.due for one in await rig.opened("waits")] == [after(20)]
        assert await rig.silo.settle([end(claims["begun"], 22)], after(22)) == [()]

    @law
    async def test_a_plan_may_cancel_what_runs(self, rig: SiloRig) -> None:
        """Its owner hears it at the next beat; what the plan queues behind it goes when it has ended."""
        await rig.add(job())
        await rig.enlist("ada", "bob", lease=DAY)
        claim = await rig.run("bob", 10)
        made = plan(await rig.right("ada", 20), "ada", 20, room=0, rest=OpenState.QUEUED)
        made.cancel = [claim.occurrence.key]
        await rig.hush()
        await rig.take(made, 20)
        assert await rig.told() == [], "it has ended when its owner says so"
        heard = {owner: (await rig.silo.beat(owner, after(21), DAY)).cancel for owner in ("ada", "bob")}
        assert heard == {"ada": frozenset(), "bob": {claim.occurrence.token}}
        assert await rig.states() == [OpenState.RUNNING, OpenState.QUEUED]
        await rig.silo.settle([end(claim, 22, Verdict.CANCELLED)], after(22))
        assert (await rig.silo.beat("bob", after(23), DAY)).cancel == frozenset()
        assert await rig.states() == [OpenState.REQUESTED]

    @law
    async def test_what_does_not_run_is_not_cancelled_by_a_plan(self, rig: SiloRig) -> None:
        """What has ended, or waits for its next attempt by now, is left alone, and the plan is taken."""
        await rig.add(job("again"), job("ended"))
        await rig.enlist("ada", "bob", lease=DAY)
        claims = {alias: await rig.run("bob", 10, alias) for alias in ("again", "ended")}
        plans = {}
        for due in (await rig.due("ada", 20)).jobs:
            made = plans[due.stored.alias] = plan(due, "ada", 20, room=0, rest=OpenState.QUEUED)
            made.cancel = [one.key for one in due.open]
        ends = [end(claims["again"], 20, None, again_at=21), end(claims["ended"], 20)]
        await rig.silo.settle(ends, after(20))
        assert await rig.silo.start(list(plans.values()), after(20)) == []
        assert await rig.states("again") == [OpenState.PLANNED, OpenState.QUEUED]
        assert await rig.states("ended") == [OpenState.REQUESTED]
        (claim,) = (await rig.due("bob", 21)).claims
        assert (claim.job.alias, claim.occurrence.attempt) == ("again", 2)
        assert (await rig.silo.beat("bob", after(22), DAY)).cancel == frozenset()

    @law
    async def test_a_conflict_cancels_nothing(self, rig: SiloRig) -> None:
        """A plan that isn't taken marks nothing either."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        made = plan(await rig.right("ada", 20), "ada", 20)
        made.cancel = [claim.occurrence.key]
        made.revision += 1
        assert conflicts(await rig.silo.start([made], after(20))) == ["job"]
        assert (await rig.silo.beat("ada", after(21), DAY)).cancel == frozenset()

    @law
    async def test_a_cancel_outlives_the_owner(self, rig: SiloRig) -> None:
        """Whoever takes over a cancelled run from the dead hears of it."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.silo.request([Cancel(claim.occurrence.key, "me")], after(11))
        await rig.enlist("bob", at=24)
        (taken,) = (await rig.due("bob", 25)).claims
        assert (await rig.silo.beat("bob", after(26), DAY)).cancel == {taken.occurrence.token}

    @law
    async def test_a_plan_may_pause_its_job(self, rig: SiloRig) -> None:
        """A plan with a reason to pause, made because a trigger raised, pauses the job; its cursor stays."""
        await rig.add(job())
        await rig.enlist("ada")
        due = await rig.right("ada", 10)
        row = due.stored
        made = attrs.evolve(
            plan(due, "ada", 10), cursor=row.cursor, occurrences=(), entries=(), pause="it raised"
        )
        await rig.hush()
        assert await rig.silo.start([made], after(10)) == []
        row = await rig.row()
        assert (row.paused and row.paused.reason, row.cursor, row.open) == ("it raised", after(10), 0)
        assert await rig.told() == [], "the plan brings its own entries"
        assert list((await rig.due("ada", 10)).jobs) == []

    @law
    async def test_a_plan_may_move_the_anchor(self, rig: SiloRig) -> None:
        """A plan with a new anchor re-anchors its job; one without leaves it."""
        await rig.add(job())
        await rig.enlist("ada")
        made = plan(await rig.right("ada", 10), "ada", 10)
        made.anchor, made.cursor = after(3), after(13)
        await rig.take(made, 10)
        assert (await rig.row()).anchor == after(3)
        await rig.run("ada", 13)
        assert (await rig.row()).anchor == after(3)
