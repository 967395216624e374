"""The laws about what is queued: it waits for others of its job, and is let go when they have ended."""

from __future__ import annotations

from datetime import timedelta

import attrs

from clockhand._model.entry import What
from clockhand._model.occurrence import OpenState, due_key
from clockhand._model.words import Overlap, Verdict
from clockhand.contracts.batches import Cancel, ClaimReason, Fire
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import DAY, SOURCE, SiloRig, after, end, job, plan
from clockhand.triggers import at

REQUESTED, QUEUED = OpenState.REQUESTED, OpenState.QUEUED
PLANNED, RUNNING = OpenState.PLANNED, OpenState.RUNNING


class QueueLaws(Contract):
    """
    From queued to requested.

    However an occurrence of a job ends, the oldest that is queued behind it is requested anew, so that
    the next holder of the planning right decides about it.
    """

    @law
    async def test_what_is_queued_is_not_handed_out(self, rig: SiloRig) -> None:
        """It waits for another one of its job: nobody is to run or to plan it, but planners see it."""
        await rig.add(job())
        await rig.enlist("ada", "bob", lease=DAY)
        await rig.run("ada", 10)
        await rig.line_up("ada", 20)
        assert await rig.states() == [RUNNING, QUEUED]
        for owner in ("ada", "bob"):
            due = await rig.due(owner, 24)
            assert (list(due.jobs), list(due.claims)) == ([], [])
        assert await rig.silo.next_due() == after(30)
        assert (await rig.row()).open == 2
        seen = (await rig.right("ada", 30)).open
        assert sorted(one.state for one in seen) == [QUEUED, RUNNING]

    @law
    async def test_an_end_lets_the_oldest_go(self, rig: SiloRig) -> None:
        """A verdict lets one go, the one with the earliest due time: its job is to be planned, now."""
        await rig.add(job())
        await rig.enlist("ada", "bob", lease=DAY)
        first = await rig.run("ada", 10)
        for moment in (20, 30, 40):
            await rig.line_up("ada", moment)
        assert await rig.silo.settle([end(first, 41)], after(41)) == [()]
        assert await rig.states() == [REQUESTED, QUEUED, QUEUED]
        owed = await rig.silo.next_due()
        assert owed is not None
        assert owed <= after(41)
        due = await rig.due("bob", 41)
        assert (len(due.jobs), list(due.claims)) == (1, [])
        (claim,) = await rig.take(plan(due.jobs[0], "bob", 41), 41)
        one = claim.occurrence
        assert (one.key, one.due, one.attempt) == (due_key("job", after(20)), after(20), 1)
        assert claim.reason is ClaimReason.DUE, "nobody fired it"
        assert await rig.states() == [RUNNING, QUEUED, QUEUED]
        assert (await rig.row()).cursor == after(50)
        assert await rig.silo.settle([end(claim, 42)], after(42)) == [()]
        assert [one.due for one in await rig.opened() if one.state is REQUESTED] == [after(30)]

    @law
    async def test_the_oldest_is_the_first_by_due_time_then_by_key(self, rig: SiloRig) -> None:
        """Neither the order in which they were written counts nor that of their keys as text."""
        await rig.add(job(timer=at(after(10), after(20), after(20.5))))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.silo.request([Fire("job", key="job!b"), Fire("job", key="job!a")], after(12))
        made = plan(await rig.right("ada", 12), "ada", 12, room=0, rest=QUEUED)
        made.occurrences = sorted(made.occurrences, key=lambda one: one.key, reverse=True)
        await rig.take(made, 12)
        await rig.line_up("ada", 20)
        await rig.line_up("ada", 20.5)
        order = []
        for _ in range(4):
            await rig.silo.settle([end(claim, 21)], after(21))
            (claim,) = await rig.take(plan(await rig.right("ada", 21), "ada", 21), 21)
            order.append(claim.occurrence.key)
        assert order == ["job!a", "job!b", due_key("job", after(20)), due_key("job", after(20.5))]
        assert claim.reason is ClaimReason.DUE

    @law
    async def test_each_end_of_a_batch_lets_one_go(self, rig: SiloRig) -> None:
        """Two verdicts in one batch let go of two; what isn't taken, or is planned again, of none."""
        await rig.add(job(overlap="queue-all", max_running=3))
        await rig.enlist("ada")
        a, b, c = [await rig.run("ada", moment) for moment in (10, 20, 30)]
        for moment in (40, 50, 60):
            await rig.line_up("ada", moment)
        stale = attrs.evolve(end(b, 61), token=b.occurrence.token + 1_000_000)
        again = end(c, 61, None, again_at=90)
        await rig.silo.settle([stale, again], after(61))
        assert await rig.states() == [RUNNING, RUNNING, PLANNED, QUEUED, QUEUED, QUEUED]
        await rig.silo.settle([end(a, 62), end(b, 62)], after(62))
        assert await rig.states() == [PLANNED, REQUESTED, REQUESTED, QUEUED]
        due = await rig.right("ada", 62)
        claims = await rig.take(plan(due, "ada", 62), 62)
        tokens = [one.occurrence.token for one in claims]
        assert sorted(tokens) == [due.token, due.token + 1]
        assert (await rig.right("ada", 70)).token > max(tokens), "the plan's tokens are nobody else's"

    @law
    async def test_what_ends_without_a_verdict_lets_nobody_go(self, rig: SiloRig) -> None:
        """Tried again, handed back or taken over from the dead, it is still what the others wait for."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.line_up("ada", 20)
        await rig.silo.hand_back([claim], after(21))
        assert await rig.states() == [PLANNED, QUEUED]
        (claim,) = (await rig.due("ada", 22)).claims
        await rig.silo.settle([end(claim, 23, None, again_at=24)], after(23))
        assert await rig.states() == [PLANNED, QUEUED]
        await rig.due("ada", 24)
        await rig.enlist("bob", at=24)
        await rig.silo.beat("ada", after(24), timedelta())
        assert await rig.states() == [RUNNING, QUEUED]
        (taken,) = (await rig.due("bob", 25)).claims
        assert await rig.states() == [RUNNING, QUEUED]
        await rig.silo.settle([end(taken, 26, Verdict.LOST)], after(26))
        assert await rig.states() == [REQUESTED]

    @law
    async def test_a_cancelled_wait_lets_the_next_one_go(self, rig: SiloRig) -> None:
        """One that is cancelled before it runs is out of the way as well, planned or requested."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.queue("ada", 10)
        for moment in (20, 30):
            await rig.line_up("ada", moment)
        await rig.silo.request([Cancel(due_key("job", after(10)))], after(31))
        assert await rig.states() == [REQUESTED, QUEUED]
        await rig.silo.request([Cancel(due_key("job", after(20)))], after(31))
        (one,) = (await rig.right("ada", 32)).open
        assert (one.due, one.state) == (after(30), REQUESTED)

    @law
    async def test_cancel_closes_what_is_queued(self, rig: SiloRig) -> None:
        """It gets its verdict at once, and what it was queued behind goes on."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.line_up("ada", 20)
        await rig.hush()
        waiting = due_key("job", after(20))
        replies = await rig.silo.request([Cancel(waiting, "me"), Cancel(waiting, "me")], after(21))
        assert [reply.what for reply in replies] == ["done", "missing"]
        (entry,) = await rig.told()
        assert (entry.what, entry.occurrence, entry.verdict) == (
            What.RUN_ENDED,
            waiting,
            Verdict.CANCELLED,
        )
        row = await rig.row()
        assert (row.open, row.last and row.last.verdict) == (1, Verdict.CANCELLED)
        assert (await rig.silo.beat("ada", after(22), DAY)).cancel == frozenset()
        assert await rig.silo.settle([end(claim, 23)], after(23)) == [()]
        assert list((await rig.due("ada", 23)).jobs) == []

    @law
    async def test_nobody_is_queued_behind_what_has_ended(self, rig: SiloRig) -> None:
        """What ended while somebody planned to wait for it holds nobody up."""
        await rig.add(job())
        await rig.enlist("ada", "bob", lease=DAY)
        claim = await rig.run("bob", 10)
        made = plan(await rig.right("ada", 20), "ada", 20, room=0, rest=QUEUED)
        assert await rig.silo.settle([end(claim, 21)], after(21)) == [()]
        await rig.take(made, 21)
        assert await rig.states() == [REQUESTED]
        assert [one.due for one in (await rig.right("bob", 22)).open] == [after(20)]

    @law
    async def test_a_plan_that_leaves_nothing_open_lets_go(self, rig: SiloRig) -> None:
        """Closed by a plan, an occurrence is as much out of the way as one that has ended."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.queue("ada", 10)
        await rig.line_up("ada", 20)
        made = plan(await rig.right("ada", 30), "ada", 30, room=0, rest=QUEUED)
        made.closed = [due_key("job", after(10))]
        await rig.take(made, 30)
        assert await rig.states() == [REQUESTED, QUEUED]
        assert (await rig.right("ada", 31)).stored.cursor == after(40)

    @law
    async def test_a_larger_limit_lets_go(self, rig: SiloRig) -> None:
        """So many go as the new definition lets run at once; with overlap parallel all of them."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.run("ada", 10)
        for moment in (20, 30, 40, 50, 60):
            await rig.line_up("ada", moment)
        await rig.add(job(title="new"), at=61)
        assert await rig.states() == [RUNNING, *[QUEUED] * 5]
        two = job(overlap=Overlap.QUEUE_ALL, max_running=2)
        await rig.add(two, at=61)
        assert await rig.states() == [RUNNING, REQUESTED, *[QUEUED] * 4]
        await rig.silo.modify_jobs([("job", 3, two.modify(max_running=3))], after(61), SOURCE)
        assert await rig.states() == [RUNNING, REQUESTED, REQUESTED, *[QUEUED] * 3]
        await rig.add(job(overlap=Overlap.PARALLEL), at=61)
        assert await rig.states() == [RUNNING, *[REQUESTED] * 5]
        due = await rig.right("ada", 61)
        claims = await rig.take(plan(due, "ada", 61), 61)
        assert [one.occurrence.token for one in claims] == [due.token + number for number in range(5)]

    @law
    async def test_a_pause_holds_what_is_let_go(self, rig: SiloRig) -> None:
        """Let go while its job is paused, it is planned after the pause; what was forced, at once."""
        await rig.add(job(), job("forced"))
        await rig.enlist("ada")
        claims = [await rig.run("ada", 10, alias) for alias in ("job", "forced")]
        await rig.line_up("ada", 20)
        await rig.silo.pause_jobs(["job", "forced"], after(21))
        await rig.silo.request([Fire("forced", force=True)], after(21))
        made = plan(await rig.right("ada", 21, "forced"), "ada", 21, room=0, rest=QUEUED)
        await rig.take(made, 21)
        await rig.silo.settle([end(one, 22) for one in claims], after(22))
        assert [one.stored.alias for one in (await rig.due("ada", 23)).jobs] == ["forced"]
        await rig.silo.resume_jobs(["job"], after(24))
        assert [one.due for one in (await rig.right("ada", 24)).open] == [after(20)]

    @law
    async def test_what_is_queued_is_removed_with_its_job(self, rig: SiloRig) -> None:
        """It gets the verdict removed, and is never let go."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.run("ada", 10)
        await rig.line_up("ada", 20)
        await rig.hush()
        await rig.silo.remove_jobs(["job"], after(21))
        told = {entry.occurrence: entry.verdict for entry in await rig.told() if entry.occurrence}
        assert told == dict.fromkeys([due_key("job", after(moment)) for moment in (10, 20)], Verdict.REMOVED)
        assert (await rig.opened(), await rig.silo.next_due()) == ([], None)

    @law
    async def test_a_queued_key_is_fired_once(self, rig: SiloRig) -> None:
        """A key that is queued is open: asked for again it stays where it is."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.run("ada", 10)
        asked = Fire("job", key="job!mine")
        await rig.silo.request([asked], after(11))
        await rig.take(plan(await rig.right("ada", 11), "ada", 11, room=0, rest=QUEUED), 11)
        assert [reply.what for reply in await rig.silo.request([asked], after(12))] == ["done"]
        assert await rig.states() == [RUNNING, QUEUED]
