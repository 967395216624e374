"""The laws about due times that are others although the definition is the same."""

from __future__ import annotations

from datetime import timedelta

from clockhand._model.retries import Retries
from clockhand._model.words import Verdict
from clockhand.contracts.batches import Cancel, Fire
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import BEGIN, DAY, SiloRig, after, end, job, plan
from clockhand.triggers import after_completion, any_of, at_start, cron, every

HOUR = timedelta(hours=1)
NOTHING = timedelta()


class ReplanningLaws(Contract):
    """`replan_jobs`, the cursor after the end of a run, and `runs`."""

    @law
    async def test_elapsed_time_goes_on_from_a_step_back(self, rig: SiloRig) -> None:
        """The job is due a period after the moment that the clock was set to, for whoever asks then."""
        await rig.add(job())
        await rig.enlist("ada", at=-3_600, lease=DAY)
        (reply,) = await rig.silo.replan_jobs(["job"], after(-3_600), started=False, stepped=HOUR)
        row = await rig.row()
        assert row.cursor is not None
        assert (reply.what, row.anchor) == ("done", row.cursor - timedelta(seconds=10))
        assert after(-3_590) <= row.cursor <= after(-3_589.9)
        assert await rig.silo.next_due() == row.cursor
        assert list((await rig.due("ada", -3_591)).jobs) == []
        due = await rig.right("ada", -3_589)
        assert due.stored.cursor == row.cursor

    @law
    async def test_what_waits_is_brought_near_after_a_step_back(self, rig: SiloRig) -> None:
        """Asked for, or waiting for its next attempt: it starts when it would have, as seen from now."""
        await rig.add(job("fired"), job("tries", retries=Retries(attempts=3, delay=60, jitter=0)))
        await rig.enlist("ada", lease=DAY)
        claim = await rig.run("ada", 10, "tries")
        await rig.silo.settle([end(claim, 11, None, again_at=71, failures=1)], after(11))
        await rig.silo.request([Fire("fired")], after(12))
        await rig.enlist("ada", at=-86_000, lease=DAY)
        await rig.silo.replan_jobs(["fired", "tries"], after(-86_000), started=False, stepped=DAY)
        due = await rig.due("ada", -85_999)
        assert [one.stored.alias for one in due.jobs] == ["fired"]
        assert list(due.claims) == []
        (waits,) = await rig.opened("tries")
        assert waits.not_before == after(-86_000 + 60)
        (again,) = (await rig.due("ada", -85_940)).claims
        assert (again.job.alias, again.occurrence.attempt) == ("tries", 2)

    @law
    async def test_what_need_not_be_planned_anew_stays(self, rig: SiloRig) -> None:
        """What is paused, overdue, waits for the wall or isn't there: no row changes, no entry is made."""
        await rig.add(
            job("paused"), job("overdue"), job("wall", cron("0 5 * * *", tz="UTC")), job("soon", every(7_200))
        )
        await rig.silo.pause_jobs(["paused"], after(1))
        aliases = ["paused", "overdue", "wall", "soon", "none", "wall"]
        before = await rig.silo.get_jobs(aliases)
        await rig.hush()
        replies = await rig.silo.replan_jobs(aliases, after(15), started=True, stepped=2 * HOUR)
        assert [reply.what for reply in replies] == ["unchanged"] * 4 + ["missing", "unchanged"]
        assert await rig.silo.get_jobs(aliases) == before
        assert await rig.told() == []

    @law
    async def test_the_beginning_of_a_process_is_a_due_time(self, rig: SiloRig) -> None:
        """Now, each time that one begins; between them such a job is not finished."""
        await rig.add(job("job", at_start()), job("both", any_of(at_start(), every(10))))
        await rig.enlist("ada", lease=DAY)
        assert [(row.cursor, row.finished) for row in await rig.rows("both", "job")] == [
            (after(10), False),
            (None, False),
        ]
        for at in (3, 5):
            replies = await rig.silo.replan_jobs(["both", "job"], after(at), started=True, stepped=NOTHING)
            assert [reply.what for reply in replies] == ["done", "done"]
            assert await rig.silo.next_due() == after(at)
            for right in (await rig.due("ada", at)).jobs:
                (claim,) = await rig.take(plan(right, "ada", at), at)
                assert claim.occurrence.due == after(at)
                await rig.silo.settle([end(claim, at + 1)], after(at + 1))
            assert [row.cursor for row in await rig.rows("both", "job")] == [after(10), None]

    @law
    async def test_the_end_of_a_run_sets_the_next_due_time(self, rig: SiloRig) -> None:
        """Counted from there, and due for whoever asks then; while it runs, nothing follows."""
        await rig.add(job("job", after_completion(30)))
        await rig.enlist("ada", "bob", lease=DAY)
        claim = await rig.run("ada", 1)
        row = await rig.row()
        assert (claim.occurrence.due, row.cursor, row.finished) == (BEGIN, None, False)
        await rig.silo.settle([end(claim, 11, Verdict.FAILED)], after(11))
        assert (await rig.row()).cursor == after(41)
        assert await rig.silo.next_due() == after(41)
        assert list((await rig.due("bob", 40)).jobs) == []
        again = await rig.run("bob", 42)
        assert again.occurrence.due == after(41)

    @law
    async def test_so_does_what_never_ran(self, rig: SiloRig) -> None:
        """A verdict that a request gave to what was waiting: the next due time counts from that."""
        await rig.add(job("job", after_completion(30)))
        await rig.enlist("ada", lease=DAY)
        await rig.take(plan(await rig.right("ada", 1), "ada", 1, room=0), 1)
        (one,) = await rig.silo.list_open()
        (answer,) = await rig.silo.request([Cancel(one.key)], after(7))
        assert answer.what == "done"
        assert (await rig.row()).cursor == after(37)
        assert (await rig.right("ada", 38)).stored.cursor == after(37)

    @law
    async def test_runs_are_counted_where_they_are_limited(self, rig: SiloRig) -> None:
        """Each due time that a plan gives a run, and none that was fired by hand or wasn't taken."""
        await rig.add(job("job", max_runs=9), job("other"))
        await rig.enlist("ada", lease=DAY)
        for at in (10, 20):
            for right in (await rig.due("ada", at)).jobs:
                (claim,) = await rig.take(plan(right, "ada", at), at)
                await rig.silo.settle([end(claim, at + 1)], after(at + 1))
        await rig.silo.request([Fire("job")], after(22))
        (claim,) = await rig.take(plan(await rig.right("ada", 22), "ada", 22), 22)
        await rig.silo.settle([end(claim, 23)], after(23))
        stale = plan(await rig.right("ada", 30), "ada", 30)
        await rig.silo.pause_jobs(["job"], after(31))
        await rig.silo.start([stale], after(31))
        assert [row.runs for row in await rig.rows("job", "other")] == [2, 0]

    @law(needs="durable")
    async def test_runs_survive_a_restart(self, rig: SiloRig) -> None:
        """How many there were is known to whoever opens the store next."""
        await rig.add(job("job", max_runs=9))
        await rig.enlist("ada", lease=DAY)
        claim = await rig.run("ada", 10)
        await rig.silo.settle([end(claim, 11)], after(11))
        await rig.reopen()
        assert (await rig.row()).runs == 1
