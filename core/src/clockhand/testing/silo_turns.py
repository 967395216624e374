"""The laws about what is due: who may plan it, what a plan writes, what is handed out to run."""

from __future__ import annotations

from datetime import datetime

import attrs

from clockhand._model.entry import What
from clockhand._model.occurrence import OpenState, due_key
from clockhand._model.opaque import Opaque
from clockhand._model.words import Verdict
from clockhand.contracts.batches import Claim, ClaimReason, Conflict, Fire
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import (
    SOURCE,
    Note,
    SiloRig,
    after,
    conflicts,
    end,
    job,
    plan,
)
from clockhand.triggers import at, every


class TurnLaws(Contract):
    """From due to started."""

    @law
    async def test_one_owner_may_plan_a_due_job(self, rig: SiloRig) -> None:
        """A due job is handed to one owner; another one, asking meanwhile, gets others or nothing."""
        await rig.add(job("a"), job("b"), job("c"))
        await rig.enlist("ada", "bob")
        mine = (await rig.due("ada", 10, limit=2)).jobs
        others = (await rig.due("bob", 10)).jobs
        assert [due.stored.alias for due in (*mine, *others)] == ["a", "b", "c"]
        assert (await rig.due("bob", 10)).jobs[0].stored.alias == "c"
        assert len((await rig.due("bob", 11)).jobs) == 1

    @law
    async def test_nothing_is_due_before_its_time(self, rig: SiloRig) -> None:
        """A job is due at its cursor, to the microsecond, and not before."""
        await rig.add(job())
        await rig.enlist("ada")
        assert list((await rig.due("ada", 9.999999)).jobs) == []
        (due,) = (await rig.due("ada", 10)).jobs
        assert (due.stored, list(due.open)) == (await rig.row(), [])

    @law
    async def test_the_right_is_given_anew_with_a_larger_token(self, rig: SiloRig) -> None:
        """The same owner asking again gets its right again; a plan under the older token is not taken."""
        await rig.add(job())
        await rig.enlist("ada")
        old = await rig.right("ada", 10)
        new = await rig.right("ada", 10)
        assert new.token > old.token
        results = await rig.silo.start([plan(old, "ada", 10)], after(10))
        assert conflicts(results) == ["job"]
        assert (await rig.row()).open == 0
        await rig.take(plan(new, "ada", 10), 10)

    @law
    async def test_who_asks_again_lets_go_of_the_rights_of_before(self, rig: SiloRig) -> None:
        """What isn't given anew is anybody's: an owner holds the rights that it was given last."""
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada", "bob")
        rights = {one.stored.alias: one for one in (await rig.due("ada", 10)).jobs}
        assert [one.stored.alias for one in (await rig.due("ada", 10, limit=1)).jobs] == ["a"]
        assert [one.stored.alias for one in (await rig.due("bob", 10)).jobs] == ["b"]
        assert conflicts(await rig.silo.start([plan(rights["b"], "ada", 10)], after(10))) == ["b"]

    @law
    async def test_the_earliest_come_first(self, rig: SiloRig) -> None:
        """Due jobs come ordered by their due times, and no more than were asked for."""
        await rig.add(*(job(f"j{n}", at(after(-n))) for n in (3, 1, 5, 2, 4)))
        await rig.enlist("ada")
        found = (await rig.due("ada", 0, limit=3)).jobs
        assert [due.stored.alias for due in found] == ["j5", "j4", "j3"]

    @law
    async def test_a_start_writes_all_of_a_plan(self, rig: SiloRig) -> None:
        """Cursor, occurrence and entries are written in one step; the answer is a claim for the run."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.hush()
        due = await rig.right("ada", 35)
        (claim,) = await rig.take(plan(due, "ada", 35), 35)
        one = claim.occurrence
        assert (one.key, one.due, one.state) == (due_key("job", after(30)), after(30), OpenState.RUNNING)
        assert (one.owner, one.token, one.revision, one.attempt) == ("ada", due.token, 1, 1)
        assert (one.started, claim.reason, claim.job) == (after(35), ClaimReason.DUE, job())
        row = await rig.row()
        assert (row.cursor, row.open, row.revision) == (after(40), 1, 1)
        assert row.reached == after(30), "reached is the last due time that the plan covers"
        assert row.last is not None
        assert (row.last.verdict, row.last.due) == (Verdict.COALESCED, after(20))
        assert [entry.what for entry in await rig.told()] == [What.NEVER_RAN, What.RUN_STARTED]
        assert list((await rig.due("ada", 36)).jobs) == []
        (again,) = (await rig.due("ada", 40)).jobs
        assert list(again.open) == [one]

    @law
    async def test_a_plan_that_changes_nothing_but_the_cursor(self, rig: SiloRig) -> None:
        """A plan may give verdicts only: nothing is opened, the cursor moves, the entries are written."""
        await rig.add(job("once", at(after(5))))
        await rig.enlist("ada")
        due = await rig.right("ada", 7, "once")
        skipped = attrs.evolve(plan(due, "ada", 7), occurrences=(), entries=())
        assert skipped.cursor is None
        assert await rig.silo.start([skipped], after(7)) == []
        row = await rig.row("once")
        assert (row.cursor, row.reached, row.finished) == (None, after(5), True)
        assert list((await rig.due("ada", 90)).jobs) == []
        assert await rig.silo.next_due() is None

    @law
    async def test_a_conflict_leaves_no_trace(self, rig: SiloRig) -> None:
        """A plan with a wrong token, revision or cursor, or for a paused or removed job, is not taken."""
        aliases = ["cursor", "gone", "good", "paused", "revision", "token"]
        await rig.add(*map(job, aliases))
        await rig.enlist("ada")
        plans = {due.stored.alias: plan(due, "ada", 10) for due in (await rig.due("ada", 10)).jobs}
        assert sorted(plans) == aliases
        plans["cursor"].old_cursor = after(9)
        plans["token"].token += 1_000_000
        await rig.silo.modify_jobs([("revision", 1, job("revision", title="new"))], after(10), SOURCE)
        await rig.silo.pause_jobs(["paused"], after(10))
        await rig.silo.remove_jobs(["gone"], after(10))
        before = {alias: await rig.silo.get_jobs([alias]) for alias in aliases}
        await rig.hush()
        results = await rig.silo.start([plans[alias] for alias in aliases], after(10))
        assert [type(one) for one in results] == [Conflict, Conflict, Claim, Conflict, Conflict, Conflict]
        assert conflicts(results) == ["cursor", "gone", "paused", "revision", "token"]
        assert all(one.reason for one in results if isinstance(one, Conflict))
        assert [(entry.what, entry.job) for entry in await rig.told()] == [(What.RUN_STARTED, "good")]
        for alias in set(aliases) - {"good"}:
            assert await rig.silo.get_jobs([alias]) == before[alias], f"a trace is left in {alias!r}"
        assert (await rig.row("good")).open == 1

    @law
    async def test_a_plan_is_taken_once(self, rig: SiloRig) -> None:
        """The right ends with the plan: the same plan again, or twice in one batch, is a conflict."""
        await rig.add(job())
        await rig.enlist("ada")
        made = plan(await rig.right("ada", 10), "ada", 10)
        results = await rig.silo.start([made, made], after(10))
        assert [type(one) for one in results] == [Claim, Conflict]
        assert conflicts(await rig.silo.start([made], after(10))) == ["job"]
        assert (await rig.row()).open == 1

    @law
    async def test_entries_without_a_plan_are_always_written(self, rig: SiloRig) -> None:
        """Entries beside the plans are kept although no plan was taken."""
        await rig.add(job())
        await rig.enlist("ada")
        made = plan(await rig.right("ada", 10), "ada", 10)
        made.token += 1_000_000
        await rig.hush()
        loose = attrs.evolve(made.entries[0], reason="loose")
        await rig.silo.start([made], after(10), [loose])
        assert [entry.reason for entry in await rig.told()] == ["loose"]

    @law
    async def test_rights_do_not_depend_on_room(self, rig: SiloRig) -> None:
        """A full executor keeps no job from being planned, so that nothing is missed for want of a worker."""
        await rig.add(job("a"), job("b"), job("c"))
        await rig.enlist("ada")
        due = await rig.due("ada", 10, room={"async": 0})
        assert [one.stored.alias for one in due.jobs] == ["a", "b", "c"]
        await rig.silo.start([plan(one, "ada", 10, room=0) for one in due.jobs], after(10))
        assert list((await rig.due("ada", 10, room={"async": 0})).claims) == []

    @law
    async def test_claims_fit_the_room(self, rig: SiloRig) -> None:
        """No more waiting occurrences are handed out than each executor has room for, nor than the limit."""
        slow = [job(f"s{n}", executor="pool") for n in range(4)]
        await rig.add(*(job(f"j{n}") for n in range(4)), *slow)
        await rig.enlist("ada")
        room = {"async": 0, "pool": 0}
        plans = [plan(one, "ada", 10, room=0) for one in (await rig.due("ada", 10, room=room)).jobs]
        assert len(plans) == 8
        await rig.silo.start(plans, after(10))

        async def claimed(at: float, limit: int = 100, **room: int) -> list[str]:
            due = await rig.due("ada", at, room=room, limit=limit)
            assert all(one.occurrence.executor == one.job.wanted_executor for one in due.claims)
            return sorted(one.occurrence.executor for one in due.claims)

        assert await claimed(11, **{"async": 1, "pool": 2}) == ["async", "pool", "pool"]
        assert await claimed(12, **{"async": 5, "pool": 0}) == ["async"] * 3
        assert await claimed(13, limit=1, **{"async": 5, "pool": 5}) == ["pool"]
        assert await claimed(14, **{"async": 5, "pool": 5}) == ["pool"]
        assert await claimed(15, **{"async": 5, "pool": 5}) == []

    @law
    async def test_a_waiting_occurrence_is_handed_out(self, rig: SiloRig) -> None:
        """What waited is claimed as running under its new owner, started now, with the current definition."""
        await rig.add(job())
        await rig.enlist("ada", "bob")
        await rig.queue("ada", 10)
        changed = job(title="new", executor="pool")
        await rig.silo.modify_jobs([("job", 1, changed)], after(11), SOURCE)
        assert list((await rig.due("bob", 12)).claims) == [], (
            "it waits for the executor of the new definition"
        )
        (claim,) = (await rig.due("bob", 12, room={"async": 1, "pool": 1})).claims
        one = claim.occurrence
        assert (one.state, one.owner, one.started, one.attempt) == (OpenState.RUNNING, "bob", after(12), 1)
        assert (claim.job, one.revision, one.executor) == (changed, 2, "pool")
        assert (claim.reason, claim.lost, one.deaths) == (ClaimReason.QUEUED, None, 0)
        assert list((await rig.due("ada", 12, room={"async": 1, "pool": 1})).claims) == []

    @law
    async def test_what_cannot_run_here_is_left_alone(self, rig: SiloRig) -> None:
        """A job of a work, executor or trigger that the asker doesn't have is left as it is, for others."""
        moon = Opaque("trigger", "moon")
        await rig.add(job("executor", executor="gpu"), job("moon", [every(seconds=10), moon]), job("work"))
        await rig.enlist("ada", "bob")
        before = [await rig.row(alias) for alias in ("executor", "moon", "work")]
        await rig.hush()
        assert list((await rig.due("ada", 10, works=frozenset({"other"}))).jobs) == []
        assert [one.stored.alias for one in (await rig.due("ada", 10)).jobs] == ["work"]
        found = (await rig.due("bob", 10, room={"gpu": 1})).jobs
        assert [one.stored.alias for one in found] == ["executor"]
        assert [await rig.row(alias) for alias in ("executor", "moon", "work")] == before
        assert await rig.told() == []

    @law
    async def test_a_waiting_occurrence_waits_for_somebody_who_can(self, rig: SiloRig) -> None:
        """What waits is handed only to an owner that has its work and its executor."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.queue("ada", 10)
        assert list((await rig.due("ada", 11, works=frozenset({"other"}))).claims) == []
        assert list((await rig.due("ada", 11, room={"other": 3})).claims) == []
        assert len((await rig.due("ada", 11)).claims) == 1

    @law
    async def test_next_due_is_the_earliest_of_all(self, rig: SiloRig) -> None:
        """Cursors, waiting occurrences and requests count; finished jobs and runs under way don't."""
        assert await rig.silo.next_due() is None
        await rig.add(job("slow", every(hours=1)), job("fast"))
        assert await rig.silo.next_due() == after(10)
        await rig.enlist("ada")
        claim = await rig.run("ada", 10, "fast")
        assert await rig.silo.next_due() == after(20)
        await rig.silo.settle([end(claim, 11, None, again_at=14)], after(11))
        assert await rig.silo.next_due() == after(14)
        await rig.silo.request([Fire("slow")], after(12))
        assert await rig.silo.next_due() == after(12)
        await rig.silo.remove_jobs(["fast"], after(12))
        await rig.run("ada", 12, "slow")
        assert await rig.silo.next_due() == after(3600)

    @law
    async def test_next_due_may_look_past_what_is_due(self, rig: SiloRig) -> None:
        """With a moment, the earliest that is later: of cursors, requests and waiting occurrences alike."""
        await rig.add(job("high", at(after(3)), priority=9), job("low", at(after(2))))
        await rig.add(job("asked", every(hours=1)), job("slow"))
        await rig.enlist("ada")
        for due in (await rig.due("ada", 3, room={"async": 0})).jobs:
            made = plan(due, "ada", 3, room=0)
            made.occurrences = [attrs.evolve(one, not_before=one.due) for one in made.occurrences]
            await rig.take(made, 3)
        await rig.silo.request([Fire("asked")], after(5))

        async def seen(*moments: float) -> list[datetime | None]:
            return [await rig.silo.next_due(after(moment)) for moment in moments]

        for _ in range(2):
            assert await rig.silo.next_due() == after(2), "a higher priority is no earlier moment"
            assert await seen(1, 2, 2.5, 3, 5, 9) == [*map(after, (2, 3, 3, 5, 10, 10))]
            assert await seen(10, 3_600) == [after(3_600), None]
            await rig.due("ada", 6, room={"async": 0})

    @law
    async def test_parallel_occurrences_are_all_seen_by_the_planner(self, rig: SiloRig) -> None:
        """Whoever plans a job sees all its open occurrences, for overlap is decided there."""
        await rig.add(job(work=Note("slow")))
        await rig.enlist("ada")
        running = await rig.run("ada", 10)
        await rig.queue("ada", 20)
        found = {one.key: one.state for one in (await rig.right("ada", 30)).open}
        assert found == {
            running.occurrence.key: OpenState.RUNNING,
            due_key("job", after(20)): OpenState.PLANNED,
        }
        assert (await rig.row()).open == 2
