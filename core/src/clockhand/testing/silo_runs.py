"""The laws about how a run ends: with a verdict, with another attempt, handed back, in quarantine."""

from __future__ import annotations

import attrs

from clockhand._model.entry import What
from clockhand._model.occurrence import OpenState
from clockhand._model.words import Verdict
from clockhand.contracts.batches import ClaimReason, JobFilter
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import SiloRig, after, end, job, plan


class RunLaws(Contract):
    """From started to settled."""

    @law
    async def test_settle_gives_the_verdict(self, rig: SiloRig) -> None:
        """A settled occurrence is closed, its job shows the verdict, its entries are in the outbox."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.hush()
        assert await rig.silo.settle([end(claim, 12, Verdict.FAILED)], after(12)) == [()]
        row = await rig.row()
        assert row.last is not None
        assert (row.last.verdict, row.last.due, row.last.at) == (Verdict.FAILED, after(10), after(12))
        assert (row.last_run, row.open, row.cursor) == (row.last, 0, after(20))
        (entry,) = await rig.told()
        assert (entry.what, entry.verdict, entry.run) == (What.RUN_ENDED, Verdict.FAILED, entry.run)
        assert list((await rig.right("ada", 20)).open) == []

    @law
    async def test_settle_wants_the_current_token(self, rig: SiloRig) -> None:
        """With another token, or a second time, the answer is None and nothing of that end is written."""
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada")
        a, b = await rig.run("ada", 10, "a"), await rig.run("ada", 10, "b")
        wrong = attrs.evolve(end(a, 12), token=b.occurrence.token)
        unknown = attrs.evolve(end(a, 12), key="a@2000-01-01T00:00:00Z")
        gone = attrs.evolve(end(a, 12), job="none")
        before = await rig.row("a")
        await rig.hush()
        ends = [wrong, unknown, gone, end(b, 12), end(b, 12)]
        assert await rig.silo.settle(ends, after(12)) == [None, None, None, (), None]
        assert await rig.row("a") == before
        assert [(entry.what, entry.job) for entry in await rig.told()] == [(What.RUN_ENDED, "b")]
        assert await rig.silo.settle([end(b, 13), end(a, 13)], after(13)) == [None, ()]

    @law
    async def test_entries_without_an_end_are_always_written(self, rig: SiloRig) -> None:
        """Entries beside the ends are kept although no end was taken."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        ended = attrs.evolve(end(claim, 11), token=claim.occurrence.token + 1_000_000)
        await rig.hush()
        loose = attrs.evolve(ended.entries[0], reason="loose")
        assert await rig.silo.settle([ended], after(11), [loose]) == [None]
        assert [entry.reason for entry in await rig.told()] == ["loose"]

    @law
    async def test_a_retry_is_planned_again(self, rig: SiloRig) -> None:
        """After an end without a verdict the occurrence is handed out again, not before its time."""
        await rig.add(job())
        await rig.enlist("ada", "bob")
        first = await rig.run("ada", 10)
        assert await rig.silo.settle([end(first, 11, None, again_at=15)], after(11)) == [()]
        assert ((await rig.row()).open, (await rig.row()).last) == (1, None)
        assert list((await rig.due("bob", 14.999999)).claims) == []
        (again,) = (await rig.due("bob", 15)).claims
        one = again.occurrence
        assert (one.key, one.due) == (first.occurrence.key, first.occurrence.due)
        assert (one.attempt, one.owner, one.started, one.deaths) == (2, "bob", after(15), 0)
        assert one.token > first.occurrence.token
        assert again.reason is ClaimReason.QUEUED
        assert await rig.silo.settle([end(first, 16)], after(16)) == [None], "the first attempt is over"
        assert await rig.silo.settle([end(again, 16)], after(16)) == [()]

    @law
    async def test_tokens_grow(self, rig: SiloRig) -> None:
        """Every right to plan and every claim has a token larger than any that was given before."""
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada")
        tokens: list[int] = []
        for turn in range(1, 4):
            due = await rig.due("ada", turn * 10)
            tokens += [one.token for one in due.jobs]
            plans = [plan(one, "ada", turn * 10, room=0) for one in due.jobs]
            await rig.silo.start(plans, after(turn * 10))
            claims = (await rig.due("ada", turn * 10 + 1)).claims
            tokens += sorted(one.occurrence.token for one in claims)
            await rig.silo.settle([end(one, turn * 10 + 2) for one in claims], after(turn * 10 + 2))
        assert len(tokens) == 12
        assert tokens == sorted(set(tokens))

    @law
    async def test_what_is_handed_back_keeps_its_attempt(self, rig: SiloRig) -> None:
        """A claim that was not begun is planned again: the same attempt, for anybody, at once."""
        await rig.add(job())
        await rig.enlist("ada", "bob")
        claim = await rig.run("ada", 10)
        await rig.silo.hand_back([claim], after(11))
        (again,) = (await rig.due("bob", 11)).claims
        assert (again.occurrence.key, again.occurrence.attempt) == (claim.occurrence.key, 1)
        assert (again.occurrence.deaths, again.reason) == (0, ClaimReason.QUEUED)
        await rig.silo.hand_back([claim], after(12))
        assert list((await rig.due("ada", 12)).claims) == [], "a stale token hands nothing back"
        assert await rig.silo.settle([end(again, 13)], after(13)) == [()]

    @law
    async def test_quarantine_holds_a_job_until_it_is_released(self, rig: SiloRig) -> None:
        """An end may put its job into quarantine: nothing of it is handed out until somebody releases it."""
        await rig.add(job(), job("other"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.queue("ada", 20)
        await rig.hush()
        ended = end(claim, 21, Verdict.LOST, quarantine="poison")
        assert await rig.silo.settle([ended], after(21)) == [()]
        assert len(await rig.told()) == 1, "the end brings its own entries"
        row = await rig.row()
        assert (row.quarantined, row.open, row.cursor) == ("poison", 1, after(30))
        due = await rig.due("ada", 40)
        assert ([one.stored.alias for one in due.jobs], list(due.claims)) == (["other"], [])
        assert [one.alias for one in await rig.silo.list_jobs(JobFilter(quarantined=True))] == ["job"]
        await rig.hush()
        replies = await rig.silo.release_jobs(["job", "other", "none"], after(41))
        assert [reply.what for reply in replies] == ["done", "unchanged", "missing"]
        assert [entry.what for entry in await rig.told()] == [What.JOB_RELEASED]
        due = await rig.due("ada", 41)
        assert "job" in [one.stored.alias for one in due.jobs]
        assert [one.occurrence.due for one in due.claims] == [after(20)]

    @law
    async def test_what_was_handed_out_does_not_change(self, rig: SiloRig) -> None:
        """A claim is a value: what becomes of its occurrence later doesn't show in it."""
        await rig.add(job())
        await rig.enlist("ada", "bob")
        claim = await rig.run("ada", 10)
        kept = attrs.evolve(claim.occurrence)
        await rig.silo.settle([end(claim, 11, None, again_at=11)], after(11))
        (again,) = (await rig.due("bob", 12)).claims
        assert claim.occurrence == kept
        assert again.occurrence.state is OpenState.RUNNING
