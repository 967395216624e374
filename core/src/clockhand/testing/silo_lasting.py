"""The laws for silos that last: what survives a restart."""

from __future__ import annotations

from datetime import timedelta

from clockhand._model.occurrence import OpenState
from clockhand._model.words import Verdict
from clockhand.contracts.batches import ClaimReason, Fire
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import (
    DAY,
    LEASE,
    Brittle,
    SiloRig,
    after,
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
        assert await rig.silo.settle([end(claim, 16)], after(16)) == [None]

    @law(needs="durable")
    async def test_what_is_queued_survives_a_restart(self, rig: SiloRig) -> None:
        """What waits for others of its job still does, and is let go when they end."""
        await rig.add(job())
        await rig.enlist("ada", lease=DAY)
        claim = await rig.run("ada", 10)
        for moment in (20, 30):
            await rig.line_up("ada", moment)
        before = await rig.opened()
        await rig.reopen()
        assert await rig.opened() == before
        assert list((await rig.due("ada", 31)).claims) == []
        assert await rig.silo.settle([end(claim, 32)], after(32)) == [()]
        assert await rig.states() == [OpenState.REQUESTED, OpenState.QUEUED]
        await rig.reopen()
        assert len((await rig.right("ada", 33)).open) == 2

    @law(needs="durable")
    async def test_failures_survive_a_restart(self, rig: SiloRig) -> None:
        """Those of an occurrence and those of a job in a row: the count goes on where it stood."""
        await rig.add(job(pause_after=2, priority=5), job("tried", priority=7))
        await rig.enlist("ada", lease=DAY)
        claim, tried = await rig.run("ada", 10), await rig.run("ada", 10, "tried")
        ends = [end(claim, 11, Verdict.FAILED), end(tried, 11, None, again_at=11, failures=3)]
        await rig.silo.settle(ends, after(11))
        await rig.reopen()
        assert (await rig.row()).failed_in_row == 1
        (one,) = await rig.opened()
        assert (one.failures, one.priority) == (3, 7)
        claim = await rig.run("ada", 20)
        (more,) = await rig.silo.settle([end(claim, 21, Verdict.FAILED)], after(21))
        assert more
        await rig.reopen()
        row = await rig.row()
        assert (row.failed_in_row, row.paused and row.paused.by) == (2, "scheduler")

    @law(needs="durable")
    async def test_a_restored_snapshot_survives_a_restart(self, rig: SiloRig) -> None:
        """What was put back is there after a restart, with what was open of it."""
        await rig.add(job(), job("ill"))
        await rig.enlist("ada", lease=DAY)
        await rig.run("ada", 10)
        await rig.line_up("ada", 20)
        claim = await rig.run("ada", 20, "ill")
        await rig.silo.settle([end(claim, 21, quarantine="poison")], after(21))
        rows, opened = [await rig.row("ill"), await rig.row()], await rig.opened()
        await rig.silo.remove_jobs(["ill", "job"], after(22))
        await rig.silo.restore_jobs(rows, opened, after(23))
        rows, opened = [await rig.row("ill"), await rig.row()], await rig.opened()
        assert [one.state for one in opened] == [OpenState.PLANNED, OpenState.QUEUED]
        await rig.reopen()
        assert [await rig.row("ill"), await rig.row()] == rows
        assert (rows[0].quarantined, await rig.opened()) == ("poison", opened)

    @law(needs="durable")
    async def test_an_owner_may_outlive_its_handle(self, rig: SiloRig) -> None:
        """Owners, rights and tokens are kept in the store: one that reopens it within its lease goes on."""
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10, "a")
        mine = await rig.right("ada", 10, "b")
        await rig.reopen()
        assert await rig.silo.settle([end(claim, 11)], after(11)) == [()]
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
