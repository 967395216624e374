"""The laws about snapshots: jobs are put back as they were, with what was open of them."""

from __future__ import annotations

import attrs
import pytest

from clockhand._model.entry import What
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key
from clockhand._model.protocols import RunContext, Work
from clockhand._model.words import Delivery, Verdict
from clockhand.contracts.batches import Fire, JobFilter
from clockhand.errors import DefinitionError
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import BEGIN, DAY, SOURCE, SiloRig, after, end, job

REQUESTED, QUEUED = OpenState.REQUESTED, OpenState.QUEUED
PLANNED, RUNNING = OpenState.PLANNED, OpenState.RUNNING


@attrs.frozen
class Stranger(Work):
    """A work that no codec of the laws can write."""

    async def func(self, context: RunContext, /) -> None:
        """Do nothing."""


class SnapshotLaws(Contract):
    """`restore_jobs`."""

    @law
    async def test_a_job_is_put_back_as_it_was(self, rig: SiloRig) -> None:
        """Phase, pause, quarantine and verdicts are as they were; the revision counts from 1 again."""
        await rig.add(job(), job("ill"), job("new"), job("paused"))
        await rig.enlist("ada", lease=DAY)
        for alias, poison in (("job", ""), ("ill", "poison")):
            claim = await rig.run("ada", 15, alias)
            await rig.silo.settle([end(claim, 16, Verdict.FAILED, quarantine=poison)], after(16))
        await rig.silo.pause_jobs(["paused"], after(17), "why", "me")
        await rig.silo.resume_jobs(["job"], after(18))
        await rig.add(job(title="second"), at=19)
        aliases = ["ill", "job", "new", "paused"]
        before = [await rig.row(alias) for alias in aliases]
        await rig.silo.remove_jobs(aliases, after(20))
        await rig.hush()
        answers = await rig.silo.restore_jobs(before, [], after(21))
        rows = [await rig.row(alias) for alias in aliases]
        assert [(one.what, one.alias, one.job) for one in answers] == [
            ("created", row.alias, row) for row in rows
        ]
        assert rows == [attrs.evolve(row, revision=1) for row in before]
        assert (rows[1].failed_in_row, rows[1].cursor, rows[1].anchor) == (1, after(20), BEGIN)
        assert [(entry.what, entry.job) for entry in await rig.told()] == [
            (What.JOB_ADDED, alias) for alias in aliases
        ]
        assert await rig.add(job(title="second"), at=22) == ["unchanged"]
        due = await rig.due("ada", 23)
        assert sorted(one.stored.alias for one in due.jobs) == ["job", "new"]

    @law
    async def test_what_waited_waits_again(self, rig: SiloRig) -> None:
        """Requested, queued and planned occurrences are open again; a token of before is worth nothing."""
        await rig.add(job(), job("asked"))
        await rig.enlist("ada", lease=DAY)
        claim = await rig.run("ada", 10)
        await rig.silo.settle([end(claim, 11, None, again_at=60, failures=1)], after(11))
        await rig.line_up("ada", 20)
        await rig.silo.request([Fire("asked", key="asked!mine", force=True)], after(21))
        before = await rig.opened()
        await self._again(rig, before, 22)
        assert [_waits(one) for one in await rig.opened()] == [_waits(one) for one in before]
        assert ((await rig.row()).open, (await rig.row("asked")).open) == (2, 1)
        right = await rig.right("ada", 23, "asked")
        assert [one.key for one in right.open] == ["asked!mine"]
        assert right.token > claim.occurrence.token
        assert await rig.silo.settle([end(claim, 24)], after(24)) == [None]
        assert list((await rig.due("ada", 59)).claims) == []
        (again,) = (await rig.due("ada", 60)).claims
        assert (again.occurrence.due, again.occurrence.attempt, again.occurrence.failures) == (
            after(10),
            2,
            1,
        )
        assert again.occurrence.token > right.token
        assert await rig.silo.settle([end(again, 61)], after(61)) == [()]
        assert await rig.states() == [REQUESTED]

    @law
    async def test_what_ran_is_run_again(self, rig: SiloRig) -> None:
        """Its owner can't have it any more: it comes as after a death, one attempt on, for whoever asks."""
        await rig.add(job())
        await rig.enlist("ada", lease=DAY)
        claim = await rig.run("ada", 10)
        await rig.line_up("ada", 20)
        await self._again(rig, await rig.opened(), 21)
        first, second = await rig.opened()
        assert (first.state, first.attempt, first.deaths, first.owner) == (PLANNED, 2, 1, "")
        assert (second.state, second.attempt, second.deaths) == (QUEUED, 1, 0)
        assert (await rig.silo.beat("ada", after(22), DAY)).alive
        await rig.enlist("bob", at=22)
        (taken,) = (await rig.due("bob", 22)).claims
        assert (taken.occurrence.key, taken.occurrence.attempt) == (claim.occurrence.key, 2)
        assert taken.occurrence.token > claim.occurrence.token
        assert await rig.silo.settle([end(claim, 23)], after(23)) == [None]

    @law
    async def test_what_is_put_back_waits_as_its_job_says(self, rig: SiloRig) -> None:
        """What ran under an earlier definition is tried again with the executor and priority of the new."""
        await rig.add(job())
        await rig.enlist("ada", lease=DAY)
        await rig.run("ada", 10)
        await rig.add(job(executor="pool", priority=7), at=11)
        await self._again(rig, await rig.opened(), 12)
        (one,) = await rig.opened()
        assert (one.state, one.executor, one.priority) == (PLANNED, "pool", 7)
        assert list((await rig.due("ada", 13)).claims) == []
        (claim,) = (await rig.due("ada", 13, room={"pool": 1})).claims
        assert (claim.occurrence.key, claim.occurrence.revision) == (one.key, 1)

    @law
    async def test_what_runs_at_most_once_is_lost(self, rig: SiloRig) -> None:
        """It isn't run again: it ends as lost, on record, and what is queued behind it goes on."""
        await rig.add(job(delivery=Delivery.AT_MOST_ONCE))
        await rig.enlist("ada", lease=DAY)
        claim = await rig.run("ada", 10)
        await rig.line_up("ada", 20)
        await self._again(rig, await rig.opened(), 21)
        added, ended = await rig.told()
        assert (added.what, ended.what, ended.verdict) == (What.JOB_ADDED, What.RUN_ENDED, Verdict.LOST)
        assert (ended.occurrence, ended.run and ended.run.attempt) == (claim.occurrence.key, 1)
        row = await rig.row()
        assert (row.open, row.last_run and row.last_run.verdict) == (1, Verdict.LOST)
        assert [(one.due, one.state) for one in await rig.opened()] == [(after(20), REQUESTED)]
        assert [one.due for one in (await rig.right("ada", 22)).open] == [after(20)]

    @law
    async def test_a_job_that_is_here_wins(self, rig: SiloRig) -> None:
        """What a snapshot has of it is left out: refused, or with merge unchanged; others are put back."""
        await rig.add(job(), job("gone"))
        await rig.enlist("ada", lease=DAY)
        await rig.queue("ada", 10)
        await rig.silo.request([Fire("gone", key="gone!mine")], after(11))
        rows, opened = [await rig.row(), await rig.row("gone")], await rig.opened()
        await rig.silo.remove_jobs(["gone"], after(12))
        (one,) = (await rig.due("ada", 12)).claims
        await rig.silo.settle([end(one, 13)], after(13))
        here = await rig.row()
        await rig.hush()
        answers = await rig.silo.restore_jobs(rows, opened, after(14))
        assert [one.what for one in answers] == ["refused", "created"]
        assert (answers[0].job, answers[0].owner) == (here, SOURCE)
        answers = await rig.silo.restore_jobs(rows, opened, after(15), merge=True)
        assert [one.what for one in answers] == ["unchanged", "unchanged"]
        assert await rig.row() == here
        assert [one.key for one in await rig.opened()] == ["gone!mine"]
        assert [entry.job for entry in await rig.told()] == ["gone"]

    @law
    async def test_only_what_belongs_to_a_job_is_put_back(self, rig: SiloRig) -> None:
        """Occurrences of jobs that aren't restored are left out; the same job twice is restored once."""
        await rig.add(job(), job("other"))
        await rig.enlist("ada")
        for alias in ("job", "other"):
            await rig.queue("ada", 10, alias)
        row, opened = await rig.row(), await rig.opened()
        await rig.silo.remove_jobs(["job", "other"], after(11))
        assert await rig.silo.restore_jobs([], opened, after(12)) == []
        assert await rig.opened() == []
        answers = await rig.silo.restore_jobs([row, row], opened, after(12))
        assert [one.what for one in answers] == ["created", "refused"]
        assert [one.key for one in await rig.opened()] == [due_key("job", after(10))]
        assert (await rig.row()).open == 1

    @law
    async def test_what_is_queued_behind_nothing_is_let_go(self, rig: SiloRig) -> None:
        """A snapshot in which something is queued behind what isn't in it leaves nothing stuck."""
        await rig.add(job())
        await rig.enlist("ada", lease=DAY)
        await rig.run("ada", 10)
        for moment in (20, 30):
            await rig.line_up("ada", moment)
        await self._again(rig, (await rig.opened())[1:], 31)
        assert await rig.states() == [REQUESTED, QUEUED]
        assert len((await rig.right("ada", 32)).open) == 2

    @law
    async def test_a_snapshot_is_put_back_whole_or_not_at_all(self, rig: SiloRig) -> None:
        """When one of its jobs can't be written, nothing of it is there."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.queue("ada", 10)
        row, opened = await rig.row(), await rig.opened()
        await rig.silo.remove_jobs(["job"], after(11))
        await rig.hush()
        strange = attrs.evolve(row, job=job("strange", work=Stranger()))
        with pytest.raises(DefinitionError):
            await rig.silo.restore_jobs([row, strange], opened, after(12))
        assert (await rig.silo.list_jobs(JobFilter()), await rig.opened()) == ([], [])
        assert await rig.told() == []
        assert await rig.silo.next_due() is None

    async def _again(self, rig: SiloRig, opened: list[OpenOccurrence], at: float) -> None:
        """Remove all jobs and put them back, and *opened* of what was open."""
        rows = [await rig.row(one.alias) for one in await rig.silo.list_jobs(JobFilter())]
        await rig.silo.remove_jobs([row.alias for row in rows], after(at))
        await rig.hush()
        answers = await rig.silo.restore_jobs(rows, opened, after(at))
        assert [one.what for one in answers] == ["created"] * len(rows)


def _waits(one: OpenOccurrence) -> OpenOccurrence:
    """Return a waiting occurrence without what belongs to the life of the silo that it was in."""
    return attrs.evolve(one, owner="", token=0, revision=0)
