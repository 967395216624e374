"""A file of version 1 goes on under this version: what was open in it is neither lost nor done twice."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from clockhand.contracts import (
    Claim,
    ClaimReason,
    DueJob,
    OpenState,
    Query,
    Run,
    StoreContext,
    StoredJob,
    Verdict,
    What,
)
from clockhand.testing.silo_rig import ROOM, SiloRig, after, end, job, kit_codec, plan
from clockhand_sqlite import schema
from clockhand_sqlite.plugin import HISTORY, SILO, SqliteOptions

OLD = Path(__file__).with_name("version-1.sql").read_text(encoding="utf-8")


@pytest.fixture
def options(tmp_path):
    """Options for a file of version 1."""
    path = tmp_path / "jobs.db"
    run(path, OLD)
    return SqliteOptions(path=str(path))


def run(path, script):
    """Run a script of SQL on a file."""
    other = sqlite3.connect(path)
    other.executescript(script)
    other.close()


def found(options, query):
    """Return what a query finds in the file."""
    other = sqlite3.connect(options.path)
    try:
        return other.execute(query).fetchall()
    finally:
        other.close()


def dump(options):
    """Return all that the file holds."""
    other = sqlite3.connect(options.path)
    try:
        return list(other.iterdump())
    finally:
        other.close()


def with_rig(options, law):
    """Run an async function that takes an opened rig."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            return await law(rig)

    return asyncio.run(main())


def test_an_upgraded_file_is_like_a_new_one(options, tmp_path):
    """It has the same tables and indexes, and nothing in it refers to what isn't there."""
    new = SqliteOptions(path=str(tmp_path / "new.db"))

    async def nothing(rig):
        return await rig.silo.next_due()

    assert with_rig(options, nothing) == after(10)
    with_rig(new, nothing)
    tables = "SELECT name, sql FROM sqlite_master WHERE name <> 'sqlite_sequence' ORDER BY name"
    assert found(options, tables) == found(new, tables)
    assert found(options, "PRAGMA user_version") == [(schema.VERSION,)]
    assert found(options, "PRAGMA foreign_key_check") == []
    assert found(options, "PRAGMA integrity_check") == [("ok",)]


def test_jobs_are_as_they_were(options):
    """Cursors, pauses, quarantine and last verdicts are kept; what is new begins with nothing."""

    async def same(rig):
        rows = {row.alias: row for row in await rig.silo.get_jobs(["held", "mine", "runs", "sick"])}
        assert all(isinstance(row, StoredJob) for row in rows.values())
        assert {alias: row.cursor for alias, row in rows.items()} == {
            "held": after(20),
            "mine": after(33),
            "runs": after(30),
            "sick": after(30),
        }
        held, runs = rows["held"], rows["runs"]
        assert (held.paused.reason, held.paused.by, held.paused.since) == ("for a reason", "me", after(12))
        assert (runs.last, runs.last.verdict, runs.reached) == (runs.last_run, Verdict.FAILED, after(20))
        assert rows["sick"].quarantined == "poison"
        assert {row.failed_in_row for row in rows.values()} == {0}
        assert {alias: row.open for alias, row in rows.items()} == {
            "held": 2,
            "mine": 0,
            "runs": 1,
            "sick": 1,
        }

    with_rig(options, same)


def test_what_was_open_goes_on(options):
    """What waited is handed out, what lost its owner too, with its run; what is held up isn't."""

    async def goes_on(rig):
        opened = {one.key: one for one in await rig.silo.list_open()}
        assert {key: one.state for key, one in opened.items()} == {
            "asked!one": OpenState.REQUESTED,
            "gone@2026-03-01T09:00:10Z": OpenState.RUNNING,
            "held!forced": OpenState.REQUESTED,
            "held@2026-03-01T09:00:10Z": OpenState.PLANNED,
            "runs@2026-03-01T09:00:20Z": OpenState.RUNNING,
            "sick@2026-03-01T09:00:10Z": OpenState.PLANNED,
            "waits@2026-03-01T09:00:10Z": OpenState.PLANNED,
        }
        assert {(one.priority, one.failures) for one in opened.values()} == {(0, 0)}
        assert (await rig.silo.beat("ada", after(24), timedelta(days=1))).cancel == {32}
        assert not (await rig.silo.beat("eve", after(24), timedelta(days=1))).alive
        await rig.enlist("bob", at=24)
        due = await rig.due("bob", 24)
        assert list(due.jobs) == [], "ada may plan them"
        claims = {claim.job.alias: claim for claim in due.claims}
        assert {alias: claim.reason for alias, claim in claims.items()} == {
            "gone": ClaimReason.OWNER_DIED,
            "waits": ClaimReason.QUEUED,
        }
        assert claims["gone"].lost == Run(1, "eve", 2, 1, after(10))
        assert (claims["gone"].occurrence.attempt, claims["gone"].occurrence.deaths) == (2, 1)
        assert min(claim.occurrence.token for claim in due.claims) > 45, "tokens go on"
        await rig.silo.resume_jobs(["held"], after(25))
        assert [claim.job.alias for claim in (await rig.due("bob", 25)).claims] == ["held"]
        await rig.silo.release_jobs(["sick"], after(26))
        assert [claim.job.alias for claim in (await rig.due("bob", 26)).claims] == ["sick"]

    with_rig(options, goes_on)


def test_a_run_of_before_ends(options):
    """An owner that lives on settles what it was running, and plans what it was to plan."""

    async def ends(rig):
        (running,) = await rig.silo.list_open(["runs"])
        claim = Claim(await rig.row("runs"), running, ClaimReason.DUE)
        assert await rig.silo.settle([end(claim, 34, Verdict.CANCELLED)], after(34)) == [()]
        assert (await rig.row("runs")).last.verdict is Verdict.CANCELLED
        mine = DueJob(await rig.row("mine"), 45)
        (begun,) = await rig.take(plan(mine, "ada", 34), 34)
        assert begun.occurrence.key == "mine@2026-03-01T09:00:33Z"

    with_rig(options, ends)


def test_the_history_is_kept(options):
    """Entries are as they were, in their places and numbers; new ones come after; all can be dropped."""

    async def kept(rig):
        before = await rig.told()
        assert [one.position for one in before] == [one.seq for one in before] == list(range(1, 15))
        assert {one.life for one in before} == {"life-one"}
        assert [one.run.outcome.result for one in before if one.what is What.RUN_ENDED] == ["failed", "lost"]
        await rig.add(job("new"), at=40)
        (new,) = (await rig.told())[14:]
        assert (new.position, new.seq, new.life == "life-one") == (15, 1, False)
        history = HISTORY.make(options)
        await history.startup(StoreContext(alias="ledger", codec=kit_codec()))
        await history.append(before)
        page = await history.read(Query(occurrence="runs@2026-03-01T09:00:10Z"))
        assert [one.what for one in page.entries] == [What.RUN_STARTED, What.RUN_ENDED]
        assert len((await history.read(Query())).entries) == 15
        assert await history.size() > 15 * 200
        assert await history.prune(max_bytes=0) == 15
        assert await history.size() == 0
        await history.teardown()

    with_rig(options, kept)


def test_a_life_that_goes_on_numbers_on(options):
    """A handle that opens the file under the same life counts on, without a gap."""

    async def goes_on(rig):
        await rig.reopen(life="life-one")
        await rig.add(job("new"), at=40)
        assert [(one.life, one.seq) for one in (await rig.told())[14:]] == [("life-one", 15)]

    with_rig(options, goes_on)


def test_positions_go_on_after_everything_was_dropped(options):
    """A file whose entries were all acked gives none of their positions again."""
    run(options.path, "DELETE FROM history; UPDATE counters SET value = 0 WHERE name = 'bytes';")

    async def goes_on(rig):
        assert await rig.told() == []
        await rig.add(job("new"), at=40)
        (new,) = await rig.told()
        assert new.position == 15

    with_rig(options, goes_on)


def test_entries_from_elsewhere_are_still_known(options):
    """What version 1 took over from a silo elsewhere is not taken again."""
    moved = "UPDATE history SET life = 'elsewhere', body = replace(body, 'life-one', 'elsewhere');"
    run(options.path, f"{moved} DELETE FROM lives;")

    async def known(rig):
        before = await rig.told()
        assert {one.life for one in before} == {"elsewhere"}
        history = HISTORY.make(options)
        await history.startup(StoreContext(alias="ledger", codec=kit_codec()))
        await history.append(before)
        assert len((await history.read(Query())).entries) == 14
        await history.teardown()

    with_rig(options, known)


@pytest.mark.parametrize("statement", [-3, -1])
def test_an_upgrade_that_is_cut_off_is_as_if_it_had_not_begun(options, monkeypatch, statement):
    """The file is as it was, and the next start upgrades it."""
    before = dump(options)
    with monkeypatch.context() as patch:
        step = list(schema.STEPS[1])
        step.insert(statement, "INSERT INTO nowhere VALUES (1)")
        patch.setattr(schema, "STEPS", (schema.STEPS[0], tuple(step)))
        with pytest.raises(Exception, match="no such table: nowhere"):
            with_rig(options, lambda rig: rig.silo.next_due())
    assert dump(options) == before
    assert with_rig(options, lambda rig: rig.due("ada", 9, room=ROOM)) is not None
