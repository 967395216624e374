"""The SQLite silo against the contract, and what is its own."""

import asyncio
import sqlite3
import threading

import attrs
import pytest

from clockhand.contracts import Fire, Last, Paused, Query, StoreContext, Verdict
from clockhand.errors import StoreClosed
from clockhand.testing import SiloContract
from clockhand.testing.clock import VirtualClock
from clockhand.testing.loop import run_virtual
from clockhand.testing.silo_rig import SiloRig, after, end, job, kit_codec
from clockhand_sqlite.plugin import HISTORY, SILO, SqliteOptions


class TestSqliteSilo(SiloContract):
    kind = SILO

    @pytest.fixture
    def options(self, tmp_path):
        """Options for a file in a folder of its own."""
        return SqliteOptions(path=str(tmp_path / "jobs.db"))


@pytest.fixture
def options(tmp_path):
    """Options for a file in a folder of its own."""
    return SqliteOptions(path=str(tmp_path / "jobs.db"))


def test_the_location_is_that_of_the_history_on_the_same_file(tmp_path, monkeypatch):
    """However the path is written, silo and history agree on whether they share a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.db").symlink_to(tmp_path / "jobs.db")
    silos = [SILO.make(SqliteOptions(path=path)) for path in ("jobs.db", "./jobs.db", "link.db")]
    assert {silo.location for silo in silos} == {f"sqlite:{tmp_path / 'jobs.db'}"}
    assert HISTORY.make(SqliteOptions(path=str(tmp_path / "jobs.db"))).location == silos[0].location
    assert HISTORY.make(SqliteOptions(path="other.db")).location != silos[0].location
    assert not list(tmp_path.glob("jobs.db*")), "a handle that isn't open touches nothing"


def test_the_clock_is_held_while_a_verb_is_under_way(options):
    """Virtual time stands still until the file has answered."""

    async def main():
        clock = VirtualClock()
        silo = SILO.make(options)
        await silo.startup(StoreContext(alias="held", codec=kit_codec(), clock=clock))
        verb = asyncio.ensure_future(silo.add_jobs([job()], after(0), "code:app"))
        await asyncio.sleep(0)
        assert clock.held
        await verb
        assert not clock.held
        await silo.teardown()

    asyncio.run(main())


def test_verbs_take_no_virtual_time(options):
    """On the virtual loop a verb is answered at once, however long the disk takes."""

    async def main(clock):
        silo = SILO.make(options)
        await silo.startup(StoreContext(alias="virtual", codec=kit_codec(), clock=clock))
        before = clock.monotonic()
        for number in range(20):
            await asyncio.wait_for(silo.add_jobs([job(f"j{number}")], after(0), "code:app"), 0.000_001)
        assert clock.monotonic() == before
        await silo.teardown()

    run_virtual(main)


def test_the_loop_goes_on_while_a_verb_waits_for_a_lock(options):
    """Another process's transaction keeps a verb waiting, not the event loop."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            other = sqlite3.connect(options.path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            verb = asyncio.ensure_future(rig.add(job()))
            for _ in range(100):
                await asyncio.sleep(0)
            assert not verb.done()
            other.execute("ROLLBACK")
            other.close()
            assert await verb == ["created"]

    asyncio.run(main())


def test_a_verb_that_is_cancelled_while_it_waits_does_nothing(options):
    """What the thread has not begun is taken back, and the handle goes on."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            other = sqlite3.connect(options.path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            first = asyncio.ensure_future(rig.add(job("first")))
            second = asyncio.ensure_future(rig.add(job("second")))
            await asyncio.sleep(0)
            second.cancel()
            other.execute("ROLLBACK")
            other.close()
            assert await first == ["created"]
            with pytest.raises(asyncio.CancelledError):
                await second
            assert [row.alias for row in await rig.silo.get_jobs(["first", "second"])] == ["first"]

    asyncio.run(main())


def test_no_thread_stays_after_teardown(options):
    """Each handle has one thread of its own, and ends it."""

    async def main():
        before = set(threading.enumerate())
        silo = SILO.make(options)
        await silo.teardown()
        for _ in range(2):
            await silo.startup(StoreContext(alias="mine", codec=kit_codec()))
            (thread,) = set(threading.enumerate()) - before
            assert (thread.daemon, thread.name) == (True, "clockhand-sqlite mine")
        await silo.teardown()
        await silo.teardown()
        assert set(threading.enumerate()) == before
        with pytest.raises(StoreClosed, match=r"^silo 'mine': not open"):
            await silo.next_due()

    asyncio.run(main())


def test_texts_that_are_no_utf_8_are_kept_as_they_can_be(options):
    """A lone surrogate, in the name of a file say, stops no verb; what is free text is written out."""
    odd = "name-\udce9"

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.silo.add_jobs([job()], after(0), f"config:{odd}")
            assert (await rig.row()).source == "config:name-\\udce9"
            await rig.silo.pause_jobs(["job", odd, "a\0b"], after(1), odd, odd)
            assert (await rig.row()).paused.reason == "name-\\udce9"
            await rig.silo.resume_jobs(["job"], after(2))
            await rig.silo.beat(odd, after(2), after(9) - after(0))
            claim = await rig.run(odd, 10)
            ended = end(claim, 11)
            ended.entries[0].run.outcome.reason = odd
            assert await rig.silo.settle([ended], after(11)) == [()]
            assert (await rig.row()).last.reason == "name-\\udce9"
            (refused,) = await rig.silo.request([Fire("job", key=f"job!{odd}")], after(12))
            assert refused.what == "refused"

    asyncio.run(main())


def test_what_asks_for_a_nul_does_not_find_what_stands_before_it(options):
    """SQLite ends a text of JSON at a NUL; an alias or a key with one is another alias or key."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job())
            assert await rig.silo.get_jobs(["job\0x"]) == []
            assert [one.what for one in await rig.silo.remove_jobs(["job\0x"], after(1))] == ["missing"]
            assert (await rig.row()).alias == "job"

    asyncio.run(main())


def test_the_outbox_is_the_history_of_the_same_file(options):
    """A history on the silo's file reads the outbox as it is, and takes nothing twice."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            history = HISTORY.make(options)
            await history.startup(StoreContext(alias="ledger", codec=rig.codec))
            await rig.add(job("a"), job("b"))
            page = await history.read(Query())
            outbox = await rig.told()
            assert list(page.entries) == outbox
            await history.append([attrs.evolve(entry) for entry in outbox])
            assert await rig.told() == outbox
            await history.teardown()

    asyncio.run(main())


LAST = Last(Verdict.FAILED, after(10), after(11), "it broke")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reached": after(5)},
        {"paused": Paused("why", "who", after(6))},
        {"quarantined": "poison"},
        {"last": LAST},
        {"last_run": LAST},
        {"last": LAST, "last_run": LAST},
        {"last": LAST, "last_run": attrs.evolve(LAST, reason="another")},
        {"failed_in_row": 3},
        {"cursor": None},
        {"anchor": after(-7)},
    ],
)
def test_each_part_of_a_job_is_restored(options, changes):
    """A job of a snapshot is as it was, whatever there was to say of it."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job())
            row = attrs.evolve(await rig.row(), **changes)
            await rig.silo.remove_jobs(["job"], after(20))
            (added,) = await rig.silo.restore_jobs([row], [], after(21))
            assert (added.what, added.job) == ("created", row)
            assert await rig.row() == row

    asyncio.run(main())
