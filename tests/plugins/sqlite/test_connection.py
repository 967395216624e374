import asyncio
import sqlite3

import pytest

from clockhand.contracts import JobFilter
from clockhand.errors import StoreClosed, StoreError, StoreUnreachable
from clockhand.testing.silo_rig import SiloRig, after, end, job, plan
from clockhand_sqlite import schema
from clockhand_sqlite.connection import Connection
from clockhand_sqlite.failures import StoreFull
from clockhand_sqlite.plugin import SILO, SqliteOptions


@pytest.fixture
def options(tmp_path):
    """Options for a file in a folder of its own."""
    return SqliteOptions(path=str(tmp_path / "jobs.db"), timeout=0.2)


async def on_its_thread(silo, statement):
    """Run a statement on the handle's own connection."""
    connection = silo._file
    return await connection._worker.call(lambda: connection._open.execute(statement).fetchone())


def everything(path):
    """Return all that the file holds."""
    other = sqlite3.connect(path)
    try:
        return list(other.iterdump())
    finally:
        other.close()


def test_a_full_disk_fails_the_verb_and_not_the_handle(options):
    """Nothing of the verb is kept, entries and numbers included; once there is room it goes on."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job("before"))
            (pages,) = await on_its_thread(rig.silo, "PRAGMA page_count")
            await on_its_thread(rig.silo, f"PRAGMA max_page_count = {pages + 4}")
            kept = everything(options.path)
            big = [job(f"big{n}", metadata={"text": "x" * 4_000}) for n in range(20)]
            for _ in range(2):
                with pytest.raises(
                    StoreFull, match=r"^silo 'law': .*jobs.db can't grow, the disk is full; make room"
                ):
                    await rig.add(*big)
            assert everything(options.path) == kept
            assert [row.alias for row in await rig.silo.list_jobs(JobFilter())] == ["before"]
            await on_its_thread(rig.silo, "PRAGMA max_page_count = 100000")
            assert await rig.add(*big) == ["created"] * 20
            assert [entry.seq for entry in await rig.told()] == list(range(1, 22))

    asyncio.run(main())


def test_a_full_disk_in_the_middle_of_a_turn_loses_nothing(options):
    """start() and settle() that found no room can be asked again, with the same plans and ends."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(*(job(f"j{n}") for n in range(50)))
            await rig.enlist("ada")
            plans = [plan(one, "ada", 10) for one in (await rig.due("ada", 10)).jobs]
            for one in plans:
                one.entries[0].reason = "x" * 4_000
            (pages,) = await on_its_thread(rig.silo, "PRAGMA page_count")
            await on_its_thread(rig.silo, f"PRAGMA max_page_count = {pages + 4}")
            with pytest.raises(StoreError):
                await rig.silo.start(plans, after(10))
            await on_its_thread(rig.silo, "PRAGMA max_page_count = 100000")
            claims = await rig.silo.start(plans, after(11))
            assert await rig.silo.settle([end(one, 12) for one in claims], after(12)) == [()] * 50
            assert [entry.seq for entry in await rig.told()] == list(range(1, 151))

    asyncio.run(main())


def test_a_lock_that_lasts_longer_than_the_timeout(options):
    """The verb says so, and the next one works."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            other = sqlite3.connect(options.path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnreachable) as caught:
                await rig.add(job())
            assert str(caught.value) == (
                f"silo 'law': {options.path} was locked by another process for more than 0.2 s"
            )
            assert await rig.silo.list_jobs(JobFilter()) == [], "reading waits for nobody"
            other.execute("ROLLBACK")
            other.close()
            assert await rig.add(job()) == ["created"]

    asyncio.run(main())


def test_a_file_that_was_upgraded_meanwhile_is_left_alone(options):
    """A newer clockhand may upgrade a file that is open here: from then on nothing is written."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job())
            other = sqlite3.connect(options.path)
            other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
            other.close()
            for verb in (rig.silo.next_due(), rig.add(job("b"))):
                with pytest.raises(
                    StoreUnreachable, match=f"has version {schema.VERSION + 1}, this clockhand"
                ):
                    await verb

    asyncio.run(main())


def test_what_raises_is_rolled_back_whole(options):
    """Whatever a piece of work raises, nothing of it stays, and the next one has a transaction of its own."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            connection = rig.silo._file

            def work(file):
                file.execute("INSERT INTO lives (life, seq) VALUES ('half', 1)")
                raise KeyboardInterrupt("not an Exception")

            with pytest.raises(KeyboardInterrupt, match="not an Exception"):
                await connection.write(work)
            found = await connection.read(lambda file: file.execute("SELECT * FROM lives").fetchall())
            assert found == []

    # asyncio ends a loop in which a KeyboardInterrupt was raised; a bare loop is not as strict.
    with asyncio.Runner() as runner:
        runner.run(main())


def test_errors_of_sqlite_say_where(options):
    """An error with no better name is a StoreError with the file and SQLite's own words."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            with pytest.raises(
                StoreError, match=r"^silo 'law': .*jobs.db: SQLite says: no such table: nowhere$"
            ):
                await rig.silo._file.read(lambda file: file.execute("SELECT * FROM nowhere"))

    asyncio.run(main())


def test_before_startup_it_is_closed(options):
    """It has no alias yet, so the message names the kind."""

    async def main():
        with pytest.raises(StoreClosed, match=r"^history.sqlite: not open"):
            await Connection(options.path, 1.0, "history").read(lambda _file: None)

    asyncio.run(main())


def test_committed_is_on_the_log_and_safe_from_a_kill(options):
    """The journal is a WAL, and each connection keeps the promises that depend on its settings."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            assert await on_its_thread(rig.silo, "PRAGMA journal_mode") == ("wal",)
            assert await on_its_thread(rig.silo, "PRAGMA synchronous") == (1,)
            assert await on_its_thread(rig.silo, "PRAGMA foreign_keys") == (1,)

    asyncio.run(main())
