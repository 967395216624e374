"""What stands in line is handed out in its order, whatever else stands there."""

import asyncio
import sqlite3
from datetime import timedelta

import attrs
import pytest

from clockhand.contracts import Cancel, Fire, OpenState
from clockhand.testing.silo_rig import SiloRig, after, end, job, kit_codec, plan
from clockhand.triggers import every
from clockhand_sqlite.plugin import SILO, SqliteOptions

DAY = timedelta(days=1)


@pytest.fixture
def options(tmp_path):
    """Options for a file in a folder of its own."""
    return SqliteOptions(path=str(tmp_path / "jobs.db"))


def with_rig(options, law):
    """Run an async function that takes an opened rig with an owner."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.enlist("ada", lease=DAY)
            return await law(rig)

    return asyncio.run(main())


def change(options, statement, *values):
    """Change the file behind the silo's back."""
    other = sqlite3.connect(options.path)
    other.execute(statement, values)
    other.commit()
    other.close()


def aliases(due):
    """Return the jobs of what is to be run, in order."""
    return [claim.job.alias for claim in due.claims]


def test_a_clock_that_was_set_back_hands_out_nothing_too_early(options):
    """What stood in line for room at a later moment waits for it again."""

    async def law(rig):
        await rig.add(job())
        claim = await rig.run("ada", 10)
        await rig.silo.settle([end(claim, 11, None, again_at=15)], after(11))
        assert aliases(await rig.due("ada", 16, room={"async": 0})) == []
        assert aliases(await rig.due("ada", 14)) == []
        assert await rig.silo.next_due() == after(15)
        assert aliases(await rig.due("ada", 15)) == ["job"]

    with_rig(options, law)


def test_those_that_cannot_be_read_or_run_here_make_room_for_others(options):
    """A claim that is none takes no place: those behind it move up."""

    async def law(rig):
        names = ["bad", "ill", "moon", "one", "two"]
        await rig.add(*(job(name, every(seconds=10), priority=-n) for n, name in enumerate(names)))
        for name in names:
            await rig.queue("ada", 10, name)
        change(options, "UPDATE occurrences SET token = 'x' WHERE job = 'bad'")
        change(options, "UPDATE jobs SET definition = 'x' WHERE alias = 'ill'")
        text = rig.codec.dump(job("moon")).text.replace('"every"', '"moon"')
        change(options, "UPDATE jobs SET definition = ? WHERE alias = 'moon'", text)
        assert aliases(await rig.due("ada", 11, room={"async": 2})) == ["one", "two"]
        assert (await rig.row("bad")).quarantined
        assert [row.alias for row in await rig.silo.get_jobs(["ill"])] == ["ill"]
        assert (await rig.row("moon")).quarantined == "", "it waits for who has its kind"

    with_rig(options, law)


def test_a_kind_that_comes_back_brings_its_place(options):
    """What waited while a trigger kind was missing is handed out once it is there."""

    async def law(rig):
        await rig.add(job())
        await rig.queue("ada", 10)
        await rig.reopen(codec=kit_codec(without="every"))
        assert aliases(await rig.due("ada", 11)) == []
        await rig.reopen(codec=kit_codec())
        assert aliases(await rig.due("ada", 12)) == ["job"]

    with_rig(options, law)


def test_what_cannot_be_read_can_be_fired_and_cancelled(options):
    """A key that stands in the file, unreadable, doesn't make a request fail."""

    async def law(rig):
        await rig.add(job())
        await rig.silo.request([Fire("job", key="job!one")], after(1))
        change(options, "UPDATE occurrences SET attempt = 'x'")
        fire = Fire("job", key="job!one")
        assert [one.what for one in await rig.silo.request([fire, fire], after(2))] == ["done", "done"]
        (one,) = await rig.silo.list_open()
        assert (one.key, one.attempt, one.state) == ("job!one", 1, OpenState.REQUESTED)
        asked = [Cancel("job!one"), Cancel("job!one"), fire]
        assert [one.what for one in await rig.silo.request(asked, after(3))] == ["done", "missing", "done"]
        assert len(await rig.silo.list_open()) == 1
        assert [one.stored.quarantined for one in (await rig.due("ada", 4)).jobs] == [""]

    with_rig(options, law)


def test_a_job_that_became_unreadable_is_not_planned(options):
    """What is open and can't be read may be running: whoever got the right before loses it."""

    async def law(rig):
        await rig.add(job())
        await rig.silo.request([Fire("job", key="job!one")], after(1))
        made = plan(await rig.right("ada", 10), "ada", 10)
        change(options, "UPDATE occurrences SET attempt = 'x'")
        (refused,) = await rig.silo.start([made], after(10))
        assert refused.reason.startswith("occurrence 'job!one' can't be read: attempt: not a whole number")
        change(options, "UPDATE occurrences SET attempt = 1")
        assert len(await rig.take(plan(await rig.right("ada", 11), "ada", 11), 11)) == 2

    with_rig(options, law)


def test_a_plan_may_write_what_it_closes(options):
    """The same key closed and written in one plan is open afterwards, as it was written."""

    async def law(rig):
        await rig.add(job())
        await rig.queue("ada", 10)
        right = await rig.right("ada", 20)
        made = plan(right, "ada", 20)
        (waiting,) = right.open
        again = attrs.evolve(waiting, state=OpenState.QUEUED, attempt=7)
        made.closed, made.occurrences = [waiting.key], [*made.occurrences, again]
        assert len(await rig.take(made, 20)) == 1
        assert {one.key: one.attempt for one in await rig.silo.list_open()}[waiting.key] == 7

    with_rig(options, law)


def test_what_runs_is_not_handed_out_whatever_the_file_says(options):
    """A run that somebody put into the line stays its owner's; a queued occurrence stays queued."""

    async def law(rig):
        await rig.add(job())
        claim = await rig.run("ada", 10)
        await rig.line_up("ada", 20)
        change(options, "UPDATE occurrences SET line = 'ready'")
        assert aliases(await rig.due("ada", 21)) == []
        assert await rig.silo.settle([end(claim, 22)], after(22)) == [()]

    with_rig(options, law)


def test_a_right_of_nobody_keeps_nobody_from_planning(options):
    """An owner that isn't there, or is dead, holds no right, even if the file says so."""

    async def law(rig):
        await rig.add(job("a"), job("b"))
        await rig.enlist("bob")
        await rig.silo.beat("bob", after(1), timedelta())
        change(
            options, "INSERT INTO rights SELECT id, CASE alias WHEN 'a' THEN 'bob' ELSE 'x' END, 1 FROM jobs"
        )
        assert [one.stored.alias for one in (await rig.due("ada", 10)).jobs] == ["a", "b"]
        assert [one.stored.alias for one in (await rig.due("ada", 11)).jobs] == ["a", "b"]

    with_rig(options, law)


def test_a_page_of_what_is_open_passes_over_what_cannot_be_read(options):
    """A page is as long as was asked for, and the next one begins after it."""

    async def law(rig):
        await rig.add(job())
        await rig.silo.request([Fire("job", key=f"job!{n}") for n in range(6)], after(1))
        change(options, "UPDATE occurrences SET state = 'dancing' WHERE key IN ('job!0', 'job!3')")
        first = await rig.silo.list_open(None, "", 2)
        second = await rig.silo.list_open(["job"], first[-1].key, 2)
        assert [one.key for one in (*first, *second)] == ["job!1", "job!2", "job!4", "job!5"]
        assert await rig.silo.list_open(["job"], second[-1].key) == []
        for limit in (0, -1):
            assert await rig.silo.list_open(None, "", limit) == []
        assert await rig.silo.list_open([]) == await rig.silo.list_open(["none"]) == []

    with_rig(options, law)


@pytest.mark.parametrize("limit", [0, -1])
def test_who_asks_for_nothing_gets_nothing(options, limit):
    """A limit of zero or less hands out nothing, and takes no right."""

    async def law(rig):
        await rig.add(job("a"), job("b"))
        await rig.queue("ada", 10, "a")
        due = await rig.due("ada", 10, limit=limit)
        assert (list(due.jobs), list(due.claims)) == ([], [])
        await rig.enlist("bob", at=10)
        due = await rig.due("bob", 10)
        assert ([one.stored.alias for one in due.jobs], aliases(due)) == (["b"], ["a"])

    with_rig(options, law)
