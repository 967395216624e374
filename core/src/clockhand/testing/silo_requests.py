"""The laws about what is asked for by hand: fire and cancel."""

from __future__ import annotations

import attrs

from clockhand._model.entry import What
from clockhand._model.occurrence import OpenState, due_key, fired_key
from clockhand._model.words import Verdict
from clockhand.contracts.batches import Cancel, ClaimReason, Fire
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import LEASE, SiloRig, after, conflicts, end, job, plan
from clockhand.triggers import at


class RequestLaws(Contract):
    """Fire and cancel."""

    @law
    async def test_fire_asks_the_planner(self, rig: SiloRig) -> None:
        """A fired run enters as a requested occurrence: its job is to be planned, its cursor stays."""
        await rig.add(job())
        await rig.enlist("ada")
        (done,) = await rig.silo.request([Fire("job", by="me")], after(3))
        assert (done.what, done.key.startswith("job!")) == ("done", True)
        due = await rig.right("ada", 3)
        (one,) = due.open
        assert (one.key, one.state, one.due, one.attempt) == (done.key, OpenState.REQUESTED, after(3), 1)
        (claim,) = await rig.take(plan(due, "ada", 3), 3)
        assert (claim.occurrence.key, claim.reason) == (done.key, ClaimReason.FIRED)
        row = await rig.row()
        assert (row.cursor, row.reached, row.open) == (after(10), None, 1)
        assert await rig.silo.settle([end(claim, 4)], after(4)) == [()]
        assert (await rig.row()).last_run is not None

    @law
    async def test_the_same_key_is_fired_once(self, rig: SiloRig) -> None:
        """A key that is open already is taken, and stays one occurrence; what can't be a key is refused."""
        await rig.add(job(), job("other"))
        await rig.enlist("ada")
        key, second = fired_key("job"), "job!by-hand"
        asked = [Fire("job", key=key), Fire("job", key=key), Fire("job", key=second), Fire("other", key=key)]
        owed = Fire("job", key=due_key("job", after(10)))
        replies = await rig.silo.request([*asked, Fire("job", key="nonsense"), owed], after(1))
        assert [one.what for one in replies] == ["done", "done", "done", "refused", "refused", "refused"]
        assert [one.key for one in replies[:3]] == [key, key, second]
        due = await rig.right("ada", 1)
        assert {one.key: one.due for one in due.open} == {key: after(1), second: after(1)}
        claims = await rig.take(plan(due, "ada", 1), 1)
        assert {one.occurrence.token for one in claims} == {due.token, due.token + 1}
        assert [one.what for one in await rig.silo.request([Fire("job", key=key)], after(2))] == ["done"]
        assert (await rig.row()).open == 2
        assert list((await rig.due("ada", 2)).jobs) == []

    @law
    async def test_a_request_may_be_turned_down(self, rig: SiloRig) -> None:
        """A plan closes a requested occurrence that is not to run; it is gone with the verdict it brings."""
        await rig.add(job())
        await rig.enlist("ada")
        (done,) = await rig.silo.request([Fire("job")], after(1))
        due = await rig.right("ada", 1)
        made = attrs.evolve(plan(due, "ada", 1), occurrences=(), entries=(), closed=[done.key])
        assert await rig.silo.start([made], after(1)) == []
        assert (await rig.row()).open == 0
        assert list((await rig.due("ada", 2)).jobs) == []

    @law
    async def test_fire_is_refused_where_it_must_be(self, rig: SiloRig) -> None:
        """A job that is paused, in quarantine or unknown is not fired, and the answer says why."""
        await rig.add(job("paused"), job("ill"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10, "ill")
        await rig.silo.settle([end(claim, 11, quarantine="poison")], after(11))
        await rig.silo.pause_jobs(["paused"], after(11))
        asked = [Fire("paused"), Fire("ill", force=True), Fire("none")]
        replies = await rig.silo.request(asked, after(12))
        assert [one.what for one in replies] == ["refused", "refused", "missing"]
        assert all(one.reason for one in replies)
        assert (await rig.row("paused")).open == 0

    @law
    async def test_force_passes_a_pause(self, rig: SiloRig) -> None:
        """Fired with force, a paused job is planned for that run alone: its cursor stands still."""
        await rig.add(job())
        await rig.enlist("ada", "bob", at=25)
        await rig.silo.pause_jobs(["job"], after(1))
        (done,) = await rig.silo.request([Fire("job", force=True)], after(25))
        due = await rig.right("ada", 25)
        moving = attrs.evolve(plan(due, "ada", 25), cursor=after(30))
        assert conflicts(await rig.silo.start([moving], after(25))) == ["job"]
        await rig.take(plan(due, "ada", 25, room=0), 25)
        (claim,) = (await rig.due("bob", 26)).claims
        assert (claim.occurrence.key, claim.occurrence.forced) == (done.key, True)
        row = await rig.row()
        assert (row.cursor, row.paused is not None) == (after(10), True)
        assert await rig.silo.settle([end(claim, 27)], after(27)) == [()]

    @law
    async def test_what_is_watched_stays_so(self, rig: SiloRig) -> None:
        """Each attempt, whoever makes it, is told that somebody watches, and no other is."""
        await rig.add(job(), job("other"))
        await rig.enlist("ada", "bob")
        await rig.silo.request([Fire("job", watch=True), Fire("other")], after(1))
        due = {one.stored.alias: one for one in (await rig.due("ada", 2)).jobs}
        assert [one.watched for one in (*due["job"].open, *due["other"].open)] == [True, False]
        for right in due.values():
            await rig.take(plan(right, "ada", 2, room=0), 2)
        first = (await rig.due("bob", 3)).claims
        assert {one.job.alias: one.occurrence.watched for one in first} == {"job": True, "other": False}
        await rig.silo.settle([end(one, 4, None, again_at=5) for one in first], after(4))
        again = (await rig.due("bob", 6)).claims
        assert {one.job.alias: one.occurrence.watched for one in again} == {"job": True, "other": False}

    @law
    async def test_a_pause_holds_what_was_not_forced(self, rig: SiloRig) -> None:
        """The planner of a forced run sees the others that were asked for; a plan that takes one is none."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.silo.request([Fire("job", key="job!plain")], after(1))
        await rig.silo.pause_jobs(["job"], after(2))
        assert list((await rig.due("ada", 3)).jobs) == []
        await rig.silo.request([Fire("job", force=True, key="job!forced")], after(3))
        due = await rig.right("ada", 3)
        assert {one.key for one in due.open} == {"job!forced", "job!plain"}
        made = plan(due, "ada", 3)
        assert conflicts(await rig.silo.start([made], after(3))) == ["job"]
        made.occurrences = [one for one in made.occurrences if one.forced]
        (claim,) = await rig.take(made, 3)
        assert claim.occurrence.key == "job!forced"
        assert list((await rig.due("ada", 4)).jobs) == []
        await rig.silo.resume_jobs(["job"], after(5))
        assert "job!plain" in {one.key for one in (await rig.right("ada", 5)).open}

    @law
    async def test_cancel_closes_what_does_not_run(self, rig: SiloRig) -> None:
        """A requested or waiting occurrence that is cancelled gets its verdict at once."""
        await rig.add(job("asked"), job("waits"))
        await rig.enlist("ada")
        (fired,) = await rig.silo.request([Fire("asked")], after(1))
        await rig.queue("ada", 10, "waits")
        waiting = due_key("waits", after(10))
        await rig.hush()
        cancels = [Cancel(fired.key, "me"), Cancel(waiting, "me"), Cancel(waiting, "me"), Cancel("nonsense")]
        replies = await rig.silo.request(cancels, after(11))
        assert [one.what for one in replies] == ["done", "done", "missing", "missing"]
        told = {entry.occurrence: entry for entry in await rig.told()}
        assert told.keys() == {fired.key, waiting}
        assert {entry.verdict for entry in told.values()} == {Verdict.CANCELLED}
        assert all(entry.what is What.RUN_ENDED for entry in told.values())
        row = await rig.row("waits")
        assert (row.open, row.last and row.last.verdict) == (0, Verdict.CANCELLED)
        assert list((await rig.due("ada", 12)).claims) == []

    @law
    async def test_cancel_is_heard_at_the_beat(self, rig: SiloRig) -> None:
        """The owner of a running occurrence that is cancelled hears its token, and no other owner does."""
        await rig.add(job("a", at(after(10))), job("b", at(after(11))))
        await rig.enlist("ada", "bob")
        a, _b = await rig.run("ada", 10, "a"), await rig.run("bob", 11, "b")
        (done,) = await rig.silo.request([Cancel(a.occurrence.key, "me")], after(11))
        assert done.what == "done"
        heard = [await rig.silo.beat(owner, after(12), LEASE) for owner in ("ada", "bob")]
        assert [beat.alive for beat in heard] == [True, True]
        assert [beat.cancel for beat in heard] == [{a.occurrence.token}, frozenset()]
        assert (await rig.row("a")).open == 1
        assert await rig.silo.settle([end(a, 13, Verdict.CANCELLED)], after(13)) == [()]
        assert (await rig.silo.beat("ada", after(14), LEASE)).cancel == frozenset()

    @law
    async def test_a_plan_does_not_bring_back_what_was_cancelled(self, rig: SiloRig) -> None:
        """A request that was cancelled while somebody planned it stays cancelled: the plan is a conflict."""
        await rig.add(job())
        await rig.enlist("ada")
        (fired,) = await rig.silo.request([Fire("job")], after(1))
        made = plan(await rig.right("ada", 1), "ada", 1)
        await rig.silo.request([Cancel(fired.key)], after(2))
        assert conflicts(await rig.silo.start([made], after(2))) == ["job"]
        assert (await rig.row()).open == 0

    @law
    async def test_a_request_made_during_planning_is_not_lost(self, rig: SiloRig) -> None:
        """What is fired while somebody plans the job is handed out with the next right."""
        await rig.add(job())
        await rig.enlist("ada")
        made = plan(await rig.right("ada", 10), "ada", 10)
        (fired,) = await rig.silo.request([Fire("job")], after(10))
        await rig.take(made, 10)
        due = await rig.right("ada", 11)
        assert fired.key in [one.key for one in due.open if one.state is OpenState.REQUESTED]
