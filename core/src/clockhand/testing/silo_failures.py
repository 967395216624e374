"""The laws about failures: of an occurrence, of a job in a row, and the pause that follows them."""

from __future__ import annotations

from datetime import timedelta

import attrs

from clockhand._model.entry import What
from clockhand._model.words import Overlap, Verdict
from clockhand.contracts.batches import Claim
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import DAY, SiloRig, after, conflicts, end, job, plan

FAILED, TIMED_OUT, SUCCEEDED = Verdict.FAILED, Verdict.TIMED_OUT, Verdict.SUCCEEDED


class FailureLaws(Contract):
    """`failures`, `failed_in_row` and `pause_after`."""

    @law
    async def test_failures_in_a_row_are_counted(self, rig: SiloRig) -> None:
        """Failed and timed out count; success begins anew; cancelled and lost say nothing of the job."""
        await rig.add(job())
        await rig.enlist("ada", lease=DAY)
        verdicts = [FAILED, TIMED_OUT, Verdict.CANCELLED, Verdict.LOST, FAILED, SUCCEEDED, SUCCEEDED, FAILED]
        counted = []
        for number, verdict in enumerate(verdicts, start=1):
            claim = await rig.run("ada", number * 10)
            await rig.silo.settle([end(claim, number * 10 + 1, verdict)], after(number * 10 + 1))
            counted.append((await rig.row()).failed_in_row)
        assert counted == [1, 2, 2, 2, 3, 0, 0, 1]

    @law
    async def test_an_attempt_is_no_failure_of_the_job(self, rig: SiloRig) -> None:
        """Only a verdict counts: neither an attempt that is followed by another, nor an end not taken."""
        await rig.add(job(pause_after=1))
        await rig.enlist("ada", lease=DAY)
        first = await rig.run("ada", 10)
        await rig.silo.settle([end(first, 11, None, again_at=11)], after(11))
        (claim,) = (await rig.due("ada", 12)).claims
        assert await rig.silo.settle([end(first, 12, FAILED)], after(12)) == [None]
        row = await rig.row()
        assert (row.failed_in_row, row.paused, row.last_run) == (0, None, None)
        assert await rig.silo.settle([end(claim, 13)], after(13)) == [()]

    @law
    async def test_a_job_is_paused_after_failures_in_a_row(self, rig: SiloRig) -> None:
        """As many as its policies say; the entry comes after those of the end, and is the answer."""
        await rig.add(job(pause_after=2))
        await rig.enlist("ada", lease=DAY)
        assert await self._fail(rig, 10) == [()]
        assert (await rig.row()).paused is None
        claim = await rig.run("ada", 20)
        await rig.hush()
        (more,) = await rig.silo.settle([end(claim, 21, FAILED)], after(21))
        assert more is not None
        assert [(entry.what, entry.job, entry.at) for entry in more] == [(What.JOB_PAUSED, "job", after(21))]
        told = await rig.told()
        assert [(entry.what, entry.job) for entry in told] == [
            (What.RUN_ENDED, "job"),
            (What.JOB_PAUSED, "job"),
        ]
        row = await rig.row()
        assert row.paused is not None
        assert (row.paused.by, row.paused.since, row.failed_in_row) == ("scheduler", after(21), 2)
        assert row.paused.reason == told[1].reason == more[0].reason != ""
        found = await rig.due("ada", 30)
        assert (list(found.jobs), list(found.claims), await rig.silo.next_due()) == ([], [], None)

    @law
    async def test_resume_begins_to_count_anew(self, rig: SiloRig) -> None:
        """A resumed job is paused again after as many failures as before."""
        await rig.add(job(pause_after=2))
        await rig.enlist("ada", lease=DAY)
        for begin in (10, 40):
            assert await self._fail(rig, begin) == [()]
            assert await self._fail(rig, begin + 10) != [()]
            assert (await rig.row()).failed_in_row == 2
            await rig.silo.resume_jobs(["job"], after(begin + 15))
            row = await rig.row()
            assert (row.failed_in_row, row.paused) == (0, None)

    @law
    async def test_a_batch_pauses_a_job_once(self, rig: SiloRig) -> None:
        """Each end of a batch counts on from the one before; a job that is paused isn't paused again."""
        await rig.add(job(overlap=Overlap.PARALLEL, pause_after=2), job("by-hand", pause_after=1))
        await rig.enlist("ada", lease=DAY)
        claims = [await rig.run("ada", moment) for moment in (10, 20, 30)]
        claims.append(await rig.run("ada", 30, "by-hand"))
        await rig.silo.pause_jobs(["by-hand"], after(31), "lunch", "me")
        await rig.hush()
        answers = await rig.silo.settle([end(one, 31, FAILED) for one in claims], after(31))
        assert [None if more is None else len(more) for more in answers] == [0, 1, 0, 0]
        assert [entry.what for entry in await rig.told()] == [
            What.RUN_ENDED,
            What.RUN_ENDED,
            What.JOB_PAUSED,
            What.RUN_ENDED,
            What.RUN_ENDED,
        ]
        assert ((await rig.row()).failed_in_row, (await rig.row("by-hand")).failed_in_row) == (3, 1)
        by_hand = await rig.row("by-hand")
        assert (by_hand.paused and by_hand.paused.by) == "me"

    @law
    async def test_a_paused_job_is_not_tried_again(self, rig: SiloRig) -> None:
        """What waits when failures pause its job, waits until somebody resumes it; no plan is taken."""
        await rig.add(job(overlap=Overlap.PARALLEL, pause_after=1))
        await rig.enlist("ada", lease=DAY)
        again, fails = await rig.run("ada", 10), await rig.run("ada", 20)
        await rig.queue("ada", 30)
        await rig.silo.settle([end(again, 31, None, again_at=32)], after(31))
        made = plan(await rig.right("ada", 40), "ada", 40)
        await rig.silo.settle([end(fails, 41, FAILED)], after(41))
        assert conflicts(await rig.silo.start([made], after(41))) == ["job"]
        found = await rig.due("ada", 42)
        assert (list(found.jobs), list(found.claims), await rig.silo.next_due()) == ([], [], None)
        await rig.silo.resume_jobs(["job"], after(43))
        claims = (await rig.due("ada", 43)).claims
        assert sorted(one.occurrence.due for one in claims) == [after(10), after(30)]

    @law
    async def test_the_failures_of_an_occurrence_are_kept(self, rig: SiloRig) -> None:
        """How many attempts have failed is as the last end said, whoever runs it and however often."""
        await rig.add(job())
        await rig.enlist("ada", lease=DAY)
        claim = await rig.run("ada", 10)
        assert claim.occurrence.failures == 0
        await rig.silo.settle([end(claim, 11, None, failures=1)], after(11))
        claim = await self._claim(rig, "ada", 12)
        assert (claim.occurrence.attempt, claim.occurrence.failures) == (2, 1)
        await rig.silo.hand_back([claim], after(13))
        claim = await self._claim(rig, "ada", 14)
        assert (claim.occurrence.attempt, claim.occurrence.failures) == (2, 1)
        await rig.silo.beat("ada", after(15), timedelta())
        await rig.enlist("bob", at=15)
        claim = await self._claim(rig, "bob", 16)
        assert (claim.occurrence.attempt, claim.occurrence.failures) == (3, 1)
        await rig.silo.settle([attrs.evolve(end(claim, 17, None), failures=1)], after(17))
        (one,) = await rig.opened()
        assert (one.attempt, one.failures) == (4, 1), "an interruption is no failure"

    async def _fail(self, rig: SiloRig, at: float) -> object:
        claim = await rig.run("ada", at)
        return await rig.silo.settle([end(claim, at + 1, FAILED)], after(at + 1))

    async def _claim(self, rig: SiloRig, owner: str, at: float) -> Claim:
        (claim,) = (await rig.due(owner, at)).claims
        return claim
