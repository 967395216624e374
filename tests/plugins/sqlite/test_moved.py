"""A file that is deleted, moved or replaced while it is open: it is noticed, said, and left alone."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from clockhand import Job, Scheduler, Timing, call, every, use
from clockhand.contracts import Entry, JobFilter, Query, StoreContext, What
from clockhand.errors import StoreUnreachable
from clockhand.testing.silo_rig import BEGIN, SiloRig, job
from clockhand_sqlite import connection
from clockhand_sqlite.plugin import HISTORY, SILO, SqliteOptions

SAYS = "jobs.db was deleted, moved or replaced while it was open, so nothing more is written to it; put it "


@pytest.fixture
def options(tmp_path):
    """Options for a file in a folder of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return SqliteOptions(path=str(folder / "jobs.db"))


@pytest.fixture(autouse=True)
def _looks_each_time(monkeypatch):
    """Look before each verb, not once a second."""
    monkeypatch.setattr(connection, "LOOK", 0.0)


def delete(path):
    """Delete the file."""
    path.unlink()


def delete_all(path):
    """Delete it with what belongs to it, and its folder."""
    shutil.rmtree(path.parent)


def move(path):
    """Give it another name."""
    path.rename(path.with_name("away.db"))


def hide(path):
    """Put a file where its folder was."""
    path.parent.rename(path.parent.with_name("elsewhere"))
    path.parent.write_text("")


def log_of(path):
    """Return what is in the log beside the file."""
    return Path(f"{path}-wal").read_bytes()


def replace(path):
    """Put another one in its place, as an old backup that is copied back."""
    path.rename(path.with_name("away.db"))
    path.write_bytes(path.with_name("away.db").read_bytes())


@pytest.mark.parametrize("how", [delete, delete_all, move, hide, replace])
def test_verbs_are_refused(options, how):
    """Those that read and those that write, and each names the silo and the file."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job())
            how(Path(options.path))
            for verb in (rig.silo.next_due(), rig.add(job("b")), rig.silo.list_jobs(JobFilter())):
                with pytest.raises(StoreUnreachable, match=f"^silo 'law': .*{SAYS}"):
                    await verb

    asyncio.run(main())


def test_a_history_too(options):
    """It has a connection of its own."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            history = HISTORY.make(options)
            await history.startup(StoreContext(alias="past", codec=rig.codec))
            try:
                delete(Path(options.path))
                with pytest.raises(StoreUnreachable, match=f"^history 'past': .*{SAYS}"):
                    await history.append([Entry(BEGIN, What.SCHEDULER_STARTED)])
                with pytest.raises(StoreUnreachable, match=SAYS):
                    await history.read(Query())
            finally:
                await history.teardown()

    asyncio.run(main())


def test_a_file_that_comes_back(options):
    """The very same one: all goes on, and nothing was written meanwhile."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job())
            path = Path(options.path)
            move(path)
            with pytest.raises(StoreUnreachable, match=SAYS):
                await rig.add(job("b"))
            path.with_name("away.db").rename(path)
            assert await rig.add(job("c")) == ["created"]
            return [row.alias for row in await rig.silo.list_jobs(JobFilter())]

    assert asyncio.run(main()) == ["c", "job"]


def test_the_one_that_came_in_its_place_is_left_alone(options):
    """Closing the old one changes neither the new file nor the log beside it."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job("old"))
            for file in Path(options.path).parent.iterdir():
                file.unlink()
            async with SiloRig(SILO, options) as other:
                await other.add(job("new"))
                with pytest.raises(StoreUnreachable, match=SAYS):
                    await rig.add(job("lost"))
                await rig.silo.teardown()
                assert log_of(options.path)
                assert await other.add(job("newer")) == ["created"]

    asyncio.run(main())
    with contextlib.closing(sqlite3.connect(options.path)) as there:
        assert there.execute("SELECT alias FROM jobs ORDER BY alias").fetchall() == [("new",), ("newer",)]
        assert there.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def looks(monkeypatch):
    """The paths that were looked at."""
    looks, look = [], connection.place_of
    monkeypatch.setattr(connection, "place_of", lambda path: looks.append(path) or look(path))
    return looks


def test_it_is_not_looked_at_each_time(options, monkeypatch, looks):
    """Once a second is enough: what is done in between costs nothing more."""
    monkeypatch.setattr(connection, "LOOK", 3600.0)

    async def main():
        async with SiloRig(SILO, options) as rig:
            looks.clear()
            for number in range(10):
                await rig.add(job(f"job{number}"))

    asyncio.run(main())
    assert len(looks) <= 1


def test_what_can_not_be_looked_at_may_still_be_there(options, monkeypatch):
    """An error of the system is no proof that the file is gone."""

    def fails(path):
        raise PermissionError(13, "Permission denied")

    async def main():
        async with SiloRig(SILO, options) as rig:
            monkeypatch.setattr(connection, "place_of", fails)
            return await rig.add(job())

    assert asyncio.run(main()) == ["created"]


async def nothing() -> None:
    """Do nothing."""


async def until(condition):
    """Wait until an async *condition* holds, for at most half a minute."""
    async with asyncio.timeout(30):
        while not (found := await condition()):  # noqa: ASYNC110 - it is another thread that we wait for
            await asyncio.sleep(0.02)
        return found


def test_a_scheduler_says_so_and_starts_nothing(options, looks):
    """Health is red and names the file; once it is put back all goes on."""
    timing = Timing(poll="0.05s", beat="0.1s", lease="60s", stop_deadline="1s")
    path = Path(options.path)

    async def main():
        scheduler = Scheduler(silo=use("sqlite", path=options.path), timing=timing)
        scheduler.add(Job(alias="ticks", work=call(nothing), triggers=every(timedelta(seconds=0.1))))

        async def ended():
            page = await scheduler.read(Query(whats=frozenset({What.RUN_ENDED})))
            return len(page.entries)

        async def red():
            report = await scheduler.health()
            return not report.ok and report

        def tried_again_since(seen):
            async def tried():
                return len(looks) > seen + 3

            return tried

        async def green():
            return (await scheduler.health()).ok

        async def more():
            return await ended() > before

        async with scheduler:
            await until(ended)
            move(path)
            report = await until(red)
            away = path.with_name("away.db").read_bytes(), log_of(path)
            seen = len(looks)
            await until(tried_again_since(seen))
            same = away == (path.with_name("away.db").read_bytes(), log_of(path))
            path.with_name("away.db").rename(path)
            await until(green)
            before = await ended()
            await until(more)
            return report.problems, same

    problems, same = asyncio.run(main())
    assert any("silo 'default': " in one and "was deleted, moved or replaced" in one for one in problems)
    assert same, "nothing was written meanwhile"
