"""The laws about definitions: added, listed, changed, paused, resumed, removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clockhand._model.entry import What
from clockhand._model.opaque import Opaque
from clockhand._model.retries import Retries
from clockhand._model.words import CatchUp, Delivery, Overlap, Verdict
from clockhand.contracts import rules
from clockhand.contracts.batches import JobFilter
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import BEGIN, SOURCE, Brittle, Note, SiloRig, after, end, job
from clockhand.triggers import at, cron, every

HOSTILE = "Grüße ☃ 🕰 'quoted' \"double\" back\\slash\ttab\nline\x00nul \u2028 ; DROP TABLE jobs; --"


class JobLaws(Contract):
    """What requests do to jobs."""

    @law
    async def test_a_new_job_is_created_and_counts_from_now(self, rig: SiloRig) -> None:
        """A new job is created at revision 1; an interval counts from the second at which it was added."""
        (added,) = await rig.silo.add_jobs([job()], after(0.75), SOURCE)
        row = await rig.row()
        assert (added.what, added.alias, added.job) == ("created", "job", row)
        assert (row.job, row.revision, row.source) == (job(), 1, SOURCE)
        assert (row.anchor, row.cursor) == (BEGIN, after(10))
        assert (row.reached, row.paused, row.quarantined, row.last, row.open) == (None, None, "", None, 0)
        (entry,) = await rig.told()
        assert (entry.what, entry.job, entry.at) == (What.JOB_ADDED, "job", after(0.75))

    @law
    async def test_a_past_moment_is_due_at_once(self, rig: SiloRig) -> None:
        """A one-shot whose moment has passed is due at once; a recurring job owes nothing of the past."""
        await rig.add(job("once", at(after(-3600))), job("often", every(seconds=10, anchor=after(-3600))))
        assert (await rig.row("once")).cursor == after(-3600)
        assert (await rig.row("often")).cursor == after(10)

    @law
    async def test_an_unchanged_job_keeps_all_it_has(self, rig: SiloRig) -> None:
        """Adding the same definition again is answered unchanged; phase, pause, verdicts and runs stay."""
        await rig.add(job())
        await rig.enlist("ada")
        first = await rig.run("ada", 10)
        assert await rig.silo.settle([end(first, 11)], after(11)) == [()]
        await rig.run("ada", 25)
        await rig.silo.pause_jobs(["job"], after(26), "stop it", "me")
        before = await rig.row()
        await rig.hush()
        assert await rig.add(job(), at=33) == ["unchanged"]
        assert await rig.row() == before
        assert (before.cursor, before.open, before.paused and before.paused.reason) == (
            after(30),
            1,
            "stop it",
        )
        assert await rig.told() == []

    @law
    async def test_a_changed_job_is_updated_with_the_difference(self, rig: SiloRig) -> None:
        """Another definition is updated, with what differs; new times count from the last due time."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.run("ada", 10)
        await rig.hush()
        changed = job(timer=every(seconds=60), title="slower")
        (added,) = await rig.silo.add_jobs([changed], after(12), SOURCE)
        row = await rig.row()
        assert (added.what, {change.field for change in added.diff}) == ("updated", {"triggers", "title"})
        assert (row.job, row.revision, row.anchor, row.cursor) == (changed, 2, after(10), after(70))
        assert row.open == 1, "a redefinition must not touch occurrences that are open"
        assert [entry.what for entry in await rig.told()] == [What.JOB_UPDATED]

    @law
    async def test_an_item_of_a_batch_sees_those_before_it(self, rig: SiloRig) -> None:
        """The same alias twice in one batch: the second is compared with the first, and each is answered."""
        jobs = [job("b"), job("a"), job("b"), job("a", title="new")]
        assert await rig.add(*jobs) == ["created", "created", "unchanged", "updated"]
        replies = await rig.silo.pause_jobs(["b", "none", "b"], after(1))
        assert [reply.what for reply in replies] == ["done", "missing", "unchanged"]
        replies = await rig.silo.remove_jobs(["b", "b"], after(1))
        assert [reply.what for reply in replies] == ["done", "missing"]

    @law
    async def test_another_source_is_refused_and_named(self, rig: SiloRig) -> None:
        """Add, modify and remove by another source change nothing, and say whose the job is."""
        await rig.add(job())
        before = await rig.row()
        await rig.hush()
        (added,) = await rig.silo.add_jobs([job(title="mine")], after(1), "runtime")
        (changed,) = await rig.silo.modify_jobs([("job", 1, job(title="mine"))], after(1), "runtime")
        (removed,) = await rig.silo.remove_jobs(["job"], after(1), "runtime")
        assert (added.what, added.owner) == ("refused", SOURCE)
        assert (changed.what, removed.what) == ("refused", "refused")
        assert SOURCE in changed.reason
        assert SOURCE in removed.reason
        assert await rig.row() == before
        assert await rig.told() == []

    @law
    async def test_a_modification_wants_the_current_revision(self, rig: SiloRig) -> None:
        """Whoever changes a job says which revision was seen; another one is refused and nothing changes."""
        await rig.add(job())
        modify = rig.silo.modify_jobs
        (done,) = await modify([("job", 1, job(title="one"))], after(1), SOURCE)
        (late,) = await modify([("job", 1, job(title="two"))], after(2), SOURCE)
        (gone,) = await modify([("none", 1, job("none"))], after(2), SOURCE)
        (named,) = await modify([("job", 2, job("other"))], after(2), SOURCE)
        assert [reply.what for reply in (done, late, gone, named)] == [
            "done",
            "refused",
            "missing",
            "refused",
        ]
        row = await rig.row()
        assert (row.job.title, row.revision) == ("one", 2)
        assert await rig.silo.get_jobs(["other"]) == []

    @law
    async def test_no_aliases_no_jobs(self, rig: SiloRig) -> None:
        """An empty list or set of anything matches nothing, never everything."""
        await rig.add(job("a", tags=["x"]), job("b"))
        assert await rig.silo.get_jobs([]) == []
        assert await rig.silo.list_jobs(JobFilter(aliases=frozenset())) == []
        assert await rig.silo.list_jobs(JobFilter(tags=frozenset())) == []
        for verb in (rig.silo.pause_jobs, rig.silo.resume_jobs, rig.silo.remove_jobs, rig.silo.release_jobs):
            assert await verb([], after(1)) == []
        rows = await rig.silo.get_jobs(["b", "none", "a", "b"])
        assert [row.alias for row in rows] == ["a", "b"], "jobs that exist, each once, by alias"

    @law
    async def test_jobs_are_listed_in_pages(self, rig: SiloRig) -> None:
        """Pages follow each other by alias, in the order of code points, and a filter holds on each."""
        aliases = ["_", "0", "A", "B", "Z", "a", "a-b", "a.b", "a_b", "aB", "b", "z9"]
        await rig.add(*(job(alias, tags=["odd"] if n % 2 else []) for n, alias in enumerate(aliases)))
        everything = JobFilter()
        found: list[str] = []
        page = await rig.silo.list_jobs(everything, limit=5)
        while page:
            assert len(page) <= 5
            found += [row.alias for row in page]
            assert len(found) <= len(aliases), "the pages don't end"
            page = await rig.silo.list_jobs(everything, after=found[-1], limit=5)
        assert found == sorted(aliases)
        odd = await rig.silo.list_jobs(JobFilter(tags=frozenset({"odd", "none"})), limit=4)
        assert [row.alias for row in odd] == sorted(aliases[1::2])[:4]
        named = await rig.silo.list_jobs(JobFilter(aliases=frozenset({"a", "b", "none"})), after="a")
        assert [row.alias for row in named] == ["b"]

    @law
    async def test_a_list_can_be_filtered_by_state(self, rig: SiloRig) -> None:
        """Source and pause pick jobs; a job that has neither trait is on the other list."""
        await rig.add(job("a"), job("b"))
        await rig.add(job("c"), source="runtime")
        await rig.silo.pause_jobs(["b"], after(1))

        async def listed(which: JobFilter) -> list[str]:
            return [row.alias for row in await rig.silo.list_jobs(which)]

        assert await listed(JobFilter(paused=True)) == ["b"]
        assert await listed(JobFilter(paused=False)) == ["a", "c"]
        assert await listed(JobFilter(source="runtime")) == ["c"]
        assert await listed(JobFilter(quarantined=True)) == []
        assert await listed(JobFilter(quarantined=False, source=SOURCE)) == ["a", "b"]

    @law
    async def test_a_definition_comes_back_byte_for_byte(self, rig: SiloRig) -> None:
        """What was put in is read back equal, and written out again it is the same text."""
        full = job(
            "Full.job-1_x",
            [cron("*/5 2-4 * * mon-fri", tz="Europe/Berlin"), Opaque("trigger", "moon", {"phase": "new"})],
            work=Note(HOSTILE),
            title=HOSTILE,
            executor="pool",
            start_time=datetime(2026, 3, 2, tzinfo=UTC),
            end_time=datetime(9999, 12, 31, tzinfo=UTC),
            overlap=Overlap.QUEUE_ALL,
            max_running=3,
            queue_limit=10_000,
            catch_up=CatchUp.ALL,
            catch_up_window=timedelta(days=400, microseconds=1),
            catch_up_limit=7,
            grace="none",
            retries=Retries(
                attempts=5, delay=0, factor=1.7, max_delay="1m0.5s", jitter=0, on=["http:5*", HOSTILE]
            ),
            timeout="1m30s",
            delivery=Delivery.AT_MOST_ONCE,
            priority=-10_000,
            pause_after="none",
            warn_after=timedelta(microseconds=1),
            tags=["b", "a"],
            metadata={
                HOSTILE: [1, 1.5, None, True, {"deep": [[HOSTILE]]}],
                "big": 2**63,
                "long": "x" * 70_000,
            },
        )
        await rig.add(full)
        row = await rig.row("Full.job-1_x")
        assert row.job == full
        assert rig.codec.dump(row.job) == rig.codec.dump(full)

    @law
    async def test_a_rule_that_raises_leaves_nothing(self, rig: SiloRig) -> None:
        """When a trigger raises in the middle of a batch, nothing of the batch is there."""
        with pytest.raises(ZeroDivisionError):
            await rig.add(job("a"), job("b", Brittle("next_after")), job("c"))
        assert await rig.silo.list_jobs(JobFilter()) == []
        assert await rig.told() == []
        await rig.add(job("a"), job("b", Brittle("last_before")), job("c"))
        await rig.silo.pause_jobs(["a", "b", "c"], after(0))
        before = await rig.silo.list_jobs(JobFilter())
        await rig.hush()
        with pytest.raises(ZeroDivisionError):
            await rig.silo.resume_jobs(["a", "b", "c"], after(30))
        assert await rig.silo.list_jobs(JobFilter()) == before
        assert await rig.told() == []

    @law
    async def test_a_paused_job_is_left_alone(self, rig: SiloRig) -> None:
        """Of a paused job neither due times nor waiting occurrences are handed out; what runs may end."""
        await rig.add(job("waits"), job("runs"))
        await rig.enlist("ada", "bob")
        claim = await rig.run("ada", 10, "runs")
        await rig.queue("ada", 10, "waits")
        replies = await rig.silo.pause_jobs(["waits", "runs", "none"], after(11), "for a reason", "me")
        assert [reply.what for reply in replies] == ["done", "done", "missing"]
        due = await rig.due("ada", 40)
        assert (list(due.jobs), list(due.claims)) == ([], [])
        assert await rig.silo.next_due() is None
        assert await rig.silo.settle([end(claim, 41)], after(41)) == [()]
        row = await rig.row("waits")
        assert row.paused is not None
        assert (row.paused.reason, row.paused.by, row.paused.since) == ("for a reason", "me", after(11))
        assert (row.cursor, row.open) == (after(20), 1)

    @law
    async def test_resume_covers_the_pause_with_one_range(self, rig: SiloRig) -> None:
        """What fell due while paused gets the verdict paused, as one range; the job goes on after now."""
        await rig.add(job())
        await rig.silo.pause_jobs(["job"], after(1))
        await rig.hush()
        (reply,) = await rig.silo.resume_jobs(["job"], after(45))
        resumed, skipped = await rig.told()
        assert (reply.what, resumed.what, skipped.what) == ("done", What.JOB_RESUMED, What.NEVER_RAN)
        assert (skipped.verdict, skipped.due, skipped.last) == (Verdict.PAUSED, after(10), after(40))
        assert skipped.count == 4
        row = await rig.row()
        assert (row.paused, row.cursor, row.reached) == (None, after(50), after(40))
        assert row.last is not None
        assert (row.last.verdict, row.last.due, row.last_run) == (Verdict.PAUSED, after(40), None)
        assert [one.what for one in await rig.silo.resume_jobs(["job"], after(46))] == ["unchanged"]

    @law
    async def test_resume_may_run_the_latest(self, rig: SiloRig) -> None:
        """Resumed with run="latest", the last due time of the pause is due now, the others are covered."""
        await rig.add(job())
        await rig.silo.pause_jobs(["job"], after(1))
        await rig.hush()
        await rig.silo.resume_jobs(["job"], after(45), "latest")
        assert (await rig.row()).cursor == after(40)
        _, skipped = await rig.told()
        assert (skipped.due, skipped.last, skipped.count) == (after(10), after(30), 3)
        await rig.enlist("ada", at=45)
        assert (await rig.right("ada", 45)).stored.cursor == after(40)

    @law
    async def test_a_waiting_occurrence_goes_on_after_a_pause(self, rig: SiloRig) -> None:
        """What waited for room when its job was paused is handed out once the job is resumed."""
        await rig.add(job())
        await rig.enlist("ada")
        await rig.queue("ada", 10)
        await rig.silo.pause_jobs(["job"], after(11))
        assert list((await rig.due("ada", 12)).claims) == []
        await rig.silo.resume_jobs(["job"], after(13))
        (claim,) = (await rig.due("ada", 13)).claims
        assert claim.occurrence.due == after(10)

    @law
    async def test_removal_closes_what_is_open_and_frees_the_alias(self, rig: SiloRig) -> None:
        """Open occurrences get the verdict removed; a job of that alias added later is a new one."""
        await rig.add(job(), job("waits"))
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.queue("ada", 10, "waits")
        await rig.hush()
        replies = await rig.silo.remove_jobs(["job", "waits", "none"], after(12), SOURCE)
        assert [reply.what for reply in replies] == ["done", "done", "missing"]
        entries = await rig.told()
        closed = {entry.job: entry for entry in entries if entry.verdict is not None}
        assert (closed["job"].what, closed["waits"].what) == (What.RUN_ENDED, What.NEVER_RAN)
        assert closed["job"].run == rules.stopped(claim.occurrence, after(12), "the job was removed")
        assert {one.verdict for one in closed.values()} == {Verdict.REMOVED}
        assert closed.keys() == {"job", "waits"}
        assert closed["job"].occurrence == claim.occurrence.key
        assert [entry.job for entry in entries if entry.what is What.JOB_REMOVED] == ["job", "waits"]
        assert await rig.silo.get_jobs(["job", "waits"]) == []
        due = await rig.due("ada", 40)
        assert (list(due.jobs), list(due.claims), await rig.silo.next_due()) == ([], [], None)
        assert await rig.silo.settle([end(claim, 41)], after(41)) == [None]
        assert await rig.add(job(), at=45) == ["created"]
        row = await rig.row()
        assert (row.revision, row.cursor, row.open, row.last) == (1, after(55), 0, None)
        assert list((await rig.due("ada", 50)).jobs) == []
