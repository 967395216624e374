"""What a handle knows without asking is what the file holds, whoever wrote last."""

import asyncio
import sqlite3

import attrs
import pytest

from clockhand.contracts import Cancel, Claim, Conflict, Fire, OpenState
from clockhand.errors import StoreError
from clockhand.testing.silo_rig import SOURCE, SiloRig, after, end, job, plan
from clockhand_sqlite import known
from clockhand_sqlite.plugin import SILO, SqliteOptions


@pytest.fixture
def options(tmp_path):
    """Options for a file in a folder of its own."""
    return SqliteOptions(path=str(tmp_path / "jobs.db"), timeout=0.2)


def with_rig(options, law):
    """Run an async function that takes an opened rig."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            return await law(rig)

    return asyncio.run(main())


def change(options, statement, *values):
    """Change the file behind the silo's back."""
    other = sqlite3.connect(options.path)
    other.execute(statement, values)
    other.commit()
    other.close()


async def reads(rig, verb):
    """Return how many rows of jobs and of occurrences a verb reads, and what it returns."""
    statements = []
    file = rig.silo._file
    await file._worker.call(lambda: file._open.set_trace_callback(statements.append))
    answer = await verb
    await file._worker.call(lambda: file._open.set_trace_callback(None))
    return sum("CAST(j.definition AS BLOB)" in text for text in statements), answer


def test_what_this_handle_wrote_is_not_read_again(options):
    """From the adding of a job to the end of its run no row of it is read."""

    async def law(rig):
        await rig.add(job())
        await rig.enlist("ada")
        count, due = await reads(rig, rig.due("ada", 10))
        assert count == 0
        count, claims = await reads(rig, rig.silo.start([plan(due.jobs[0], "ada", 10)], after(10)))
        assert count == 0
        count, answers = await reads(rig, rig.silo.settle([end(claims[0], 11)], after(11)))
        assert (count, answers) == (0, [()])
        count, due = await reads(rig, rig.due("ada", 20))
        assert (count, due.jobs[0].stored) == (0, await rig.row())

    with_rig(options, law)


@pytest.mark.parametrize("verb", ["pause", "redefine", "cancel", "remove", "fire"])
def test_what_others_wrote_is_seen(options, verb):
    """A handle that knew a job reads it again once another one has written."""

    async def law(rig):
        await rig.add(job())
        await rig.enlist("ada")
        await rig.queue("ada", 10)
        made = plan(await rig.right("ada", 20), "ada", 20, room=0)
        other = await rig.open()
        match verb:
            case "pause":
                await other.pause_jobs(["job"], after(20))
            case "redefine":
                await other.add_jobs([job(title="new")], after(20), SOURCE)
            case "cancel":
                await other.request([Cancel("job@2026-03-01T09:00:10Z")], after(20))
            case "remove":
                await other.remove_jobs(["job"], after(20))
            case "fire":
                await other.request([Fire("job", key="job!one")], after(20))
        (answer,) = await rig.silo.start([made], after(20)) or [None]
        assert isinstance(answer, Conflict) is (verb != "fire")
        assert len(await rig.silo.list_open()) == {"cancel": 0, "remove": 0, "fire": 3}.get(verb, 1)

    with_rig(options, law)


def test_what_another_program_wrote_is_seen(options):
    """Also a change that no silo made."""

    async def law(rig):
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        change(options, "UPDATE occurrences SET token = token + 1")
        assert await rig.silo.settle([end(claim, 11)], after(11)) == [None]
        change(options, "UPDATE occurrences SET token = token - 1")
        assert await rig.silo.settle([end(claim, 12)], after(12)) == [()]

    with_rig(options, law)


def test_what_was_not_kept_is_not_known(options):
    """A verb that failed half way leaves the handle knowing no more than the file."""

    async def law(rig):
        await rig.add(job("a"), job("b"))
        await rig.enlist("ada")
        rights = {one.stored.alias: one for one in (await rig.due("ada", 10)).jobs}
        bad = plan(rights["b"], "ada", 10)
        bad.occurrences[0].token = object()
        with pytest.raises(Exception, match="type 'object' is not supported"):
            await rig.silo.start([plan(rights["a"], "ada", 10), bad], after(10))
        assert await rig.silo.list_open() == []
        claims = await rig.silo.start([plan(rights[alias], "ada", 10) for alias in "ab"], after(10))
        assert [type(one) for one in claims] == [Claim, Claim]

    with_rig(options, law)


def test_what_could_not_be_committed_is_not_known(options):
    """A full disk shows at the last moment, when all has been said."""

    async def law(rig):
        await rig.add(job("a"))
        await rig.enlist("ada")
        made = plan(await rig.right("ada", 10, "a"), "ada", 10)
        file = rig.silo._file
        kept, file._open = file._open, Full(file._open)
        with pytest.raises(StoreError, match="can't grow"):
            await rig.silo.start([made], after(10))
        file._open = kept
        assert (await rig.row("a")).cursor == after(10)
        assert len(await rig.take(made, 11)) == 1

    with_rig(options, law)


@attrs.define
class Full:
    """A connection that finds no room when it is to commit."""

    inner: sqlite3.Connection

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def execute(self, statement, *values):
        """Do as the connection does, but commit."""
        if statement == "COMMIT":
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return self.inner.execute(statement, *values)


def test_not_more_is_known_than_there_is_room_for(options, monkeypatch):
    """Those that came to be known first go first, and are read when they are wanted."""
    monkeypatch.setattr(known, "MOST", 3)

    async def law(rig):
        await rig.add(*(job(f"j{n}") for n in range(9)))
        await rig.enlist("ada")
        due = await rig.due("ada", 10)
        assert len(due.jobs) == 9
        claims = await rig.silo.start([plan(one, "ada", 10) for one in due.jobs], after(10))
        assert [type(one) for one in claims] == [Claim] * 9
        assert await rig.silo.settle([end(one, 11) for one in claims], after(11)) == [()] * 9
        await rig.silo.hand_back([], after(12))
        assert len(rig.silo._desk.known.jobs) == 3

    with_rig(options, law)


def test_values_that_were_handed_out_stay_as_they_were(options):
    """What a verb returned doesn't change when the job goes on."""

    async def law(rig):
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        before = attrs.evolve(claim.occurrence)
        right = await rig.right("ada", 20)
        (seen,) = right.open
        await rig.silo.request([Cancel(claim.occurrence.key)], after(20))
        await rig.silo.settle([end(claim, 21, None, again_at=22)], after(21))
        assert claim.occurrence == seen == before
        assert (await rig.silo.list_open())[0].state is OpenState.PLANNED

    with_rig(options, law)
