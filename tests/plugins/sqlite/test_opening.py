import asyncio
import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path

import pytest

from clockhand import Query, Scheduler, use
from clockhand.contracts import JobFilter, StoreContext
from clockhand.errors import JobNotFound, StoreMissing, StoreUnreachable
from clockhand.testing.silo_rig import SiloRig, job, kit_codec
from clockhand_sqlite import schema
from clockhand_sqlite.opening import full_path, open_file
from clockhand_sqlite.plugin import HISTORY, SILO, SqliteOptions


@pytest.fixture
def path(tmp_path):
    """A file that isn't there yet."""
    return tmp_path / "jobs.db"


def refusal(path, kind=SILO):
    """Return why the file at *path* can't be opened, and see that nothing of its folder changed."""

    async def main():
        store = kind.make(SqliteOptions(path=str(path), timeout=0.2))
        try:
            with pytest.raises(StoreUnreachable) as caught:
                await store.startup(StoreContext(alias="here", codec=kit_codec()))
        finally:
            await store.teardown()
        return str(caught.value)

    before = contents(path.parent)
    message = asyncio.run(main())
    assert contents(path.parent) == before
    assert str(path) in message
    return message


def contents(folder):
    """Return all that lies in a folder."""
    if not folder.is_dir():
        return None
    return {file.name: file.read_bytes() if file.is_file() else None for file in folder.iterdir()}


def filled(path, *aliases):
    """Make a file with jobs in it."""

    async def main():
        async with SiloRig(SILO, SqliteOptions(path=str(path))) as rig:
            await rig.add(*map(job, aliases))

    asyncio.run(main())


def found(path):
    """Return the aliases in a file."""

    async def main():
        async with SiloRig(SILO, SqliteOptions(path=str(path))) as rig:
            return [row.alias for row in await rig.silo.list_jobs(JobFilter())]

    return asyncio.run(main())


def test_a_missing_folder_is_named(path):
    """It is not made: a wrong path should not leave folders behind."""
    inner = path.parent / "none" / "jobs.db"
    assert refusal(inner) == f"silo 'here': {inner}: there is no folder {inner.parent}; make it first"


def test_a_folder_is_refused(path):
    """Nothing is put into it."""
    path.mkdir()
    assert refusal(path) == f"silo 'here': {path} is a folder; give the path of a file"


def test_a_pipe_is_refused_and_not_waited_for(path):
    """To open a named pipe is to wait for its other end."""
    os.mkfifo(path)
    assert refusal(path) == f"silo 'here': {path} is not a regular file; give the path of a file"


@pytest.mark.parametrize("content", [b"alias,definition\n", b"SQLite format 3\0", b"\0" * 4096, b"x" * 100])
def test_what_is_no_sqlite_file_is_refused(path, content):
    """Also what only begins like one."""
    path.write_bytes(content)
    message = f"history 'here': {path} is not an SQLite file; give another path, or move it away"
    assert refusal(path, HISTORY) == message


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("application_id", [0, 0x12345678, -2])
def test_the_file_of_another_program_is_refused_untouched(path, journal, application_id):
    """Whether it says whose it is or not, and whatever its journal."""
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA journal_mode = {journal}")
    other.execute("CREATE TABLE jobs (id)")
    other.execute(f"PRAGMA application_id = {application_id}")
    other.commit()
    other.close()
    mark = f" (application id {application_id % 2**32:#010x})" if application_id else ""
    message = f"{path} is another program's SQLite file{mark}; give clockhand a file of its own"
    assert refusal(path) == f"silo 'here': {message}"


def test_another_program_s_log_is_left_alone(path):
    """A file whose other program has it open keeps its WAL: to open it would be to write to it."""
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE jobs (id)")
    other.commit()
    try:
        assert "another program's" in refusal(path)
    finally:
        other.close()


def test_a_newer_version_is_refused_with_both_numbers(path):
    """It is left as it is, for the clockhand that knows it."""
    filled(path, "kept")
    change(path, f"PRAGMA user_version = {schema.VERSION + 3}")
    message = refusal(path)
    assert message == (
        f"silo 'here': {path} has version {schema.VERSION + 3}, "
        f"this clockhand knows up to {schema.VERSION}; upgrade clockhand"
    )
    change(path, f"PRAGMA user_version = {schema.VERSION}")
    assert found(path) == ["kept"]


def test_a_version_that_never_was_is_damage(path):
    """A file of ours has been of some version from its first moment."""
    filled(path, "kept")
    change(path, "PRAGMA user_version = 0")
    assert "is damaged: it has version 0" in refusal(path)


@pytest.mark.parametrize("size", [100, 4096, 5000, 40_000])
def test_a_truncated_file_is_refused(path, size):
    """What is left of it is left as it is."""
    filled(path, *(f"job{n}" for n in range(200)))
    path.write_bytes(path.read_bytes()[:size])
    assert "is damaged" in refusal(path)


def test_a_damaged_file_is_refused(path):
    """So that nothing is written on top of the damage."""
    filled(path, "kept")
    content = bytearray(path.read_bytes())
    content[100:4000] = os.urandom(3900)
    path.write_bytes(content)
    assert "is damaged" in refusal(path)


def test_a_checkpoint_that_was_cut_short_is_no_damage(path):
    """The header tells of pages that are in the log only, as after a kill -9 then."""
    aliases = [f"job-{number:03}" for number in range(300)]
    cut = path.parent / "cut" / path.name
    cut.parent.mkdir()

    def copy():
        for end in ("", "-wal"):
            Path(f"{cut}{end}").write_bytes(Path(f"{path}{end}").read_bytes())

    async def main():
        async with SiloRig(SILO, SqliteOptions(path=str(path))) as rig:
            await rig.add(*map(job, aliases))
            copy()

    asyncio.run(main())
    before, log = cut.read_bytes(), Path(f"{cut}-wal").read_bytes()
    after, page = path.read_bytes(), 4096
    assert len(before) < len(after)
    for pages in range(1, len(after) // page + 1):
        kept = after[: pages * page]
        cut.write_bytes(kept + before[len(kept) :])
        Path(f"{cut}-wal").write_bytes(log)
        Path(f"{cut}-shm").unlink(missing_ok=True)
        assert sorted(found(cut)) == aliases


def test_an_empty_file_becomes_a_new_one(path):
    """A file of no bytes, and a database with nothing in it, are as good as none."""
    path.touch()
    filled(path, "a")
    assert found(path) == ["a"]
    second = path.with_name("second.db")
    sqlite3.connect(second).close()
    change(second, "VACUUM")
    filled(second, "b")
    assert found(second) == ["b"]


def test_odd_names_of_files(tmp_path):
    """A path is a path: nothing in it is taken for a part of an address."""
    for name in ("a b?mode=ro#x%41.db", "☃.db", "'quoted'.db", "-x.db"):
        filled(tmp_path / name, "a")
        assert (tmp_path / name).stat().st_size > 0
        assert found(tmp_path / name) == ["a"]


def test_a_loop_of_links_is_refused(tmp_path):
    """To name it raises nothing, to open it says why it can't be."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert full_path(str(tmp_path / "a"), Path.cwd()).startswith(str(tmp_path))
    assert "can't be opened: " in refusal(tmp_path / "a")


def test_home_is_understood(tmp_path, monkeypatch):
    """A path may begin with a tilde."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert full_path("~/jobs.db", Path.cwd()) == str(tmp_path / "jobs.db")


@pytest.mark.parametrize("folder", [0o755, 0o555])
def test_a_file_that_cannot_be_written_is_refused(folder):
    """A silo that can't keep anything must not look as if it could."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "jobs.db"
        filled(path, "kept")
        path.chmod(0o444)
        path.parent.chmod(folder)
        try:
            with without_powers():
                message = refusal(path)
        finally:
            path.parent.chmod(0o755)
        assert "check the permissions of the file and of its folder" in message
        path.chmod(0o644)
        assert found(path) == ["kept"]


def test_a_folder_that_cannot_be_written_is_refused():
    """There is no room for a new file, nor for the log beside it."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "jobs.db"
        path.parent.chmod(0o555)
        try:
            with without_powers():
                assert "can't be opened; check the permissions" in refusal(path)
        finally:
            path.parent.chmod(0o755)


@contextlib.contextmanager
def without_powers():
    """Be nobody for a while, for whoever may write anywhere is refused nothing."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_locked_file_is_given_up_after_the_timeout(path):
    """Another process that keeps it to itself is waited for, but not for ever."""
    filled(path, "kept")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("UPDATE jobs SET source = source")
    try:
        assert "was locked by another process for more than 0.2 s" in refusal_of_a_busy_file(path)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert found(path) == ["kept"]


def refusal_of_a_busy_file(path):
    """Return why the file can't be opened; its log is the other one's, and may change."""

    async def main():
        store = SILO.make(SqliteOptions(path=str(path), timeout=0.2))
        with pytest.raises(StoreUnreachable) as caught:
            await store.startup(StoreContext(alias="here", codec=kit_codec()))
        await store.teardown()
        return str(caught.value)

    return asyncio.run(main())


def change(path, statement):
    """Change the file, and leave no log behind."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(statement)
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()


def test_a_relative_path_counts_from_the_folder(tmp_path, monkeypatch):
    """A relative path is seen from the configuration's folder, wherever the process stands."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "config").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    async def main():
        silo = SILO.make(SqliteOptions(path="jobs.db"))
        context = StoreContext(alias="default", codec=kit_codec(), folder=tmp_path / "config")
        await silo.startup(context)
        location = silo.location
        await silo.teardown()
        return location

    assert asyncio.run(main()) == f"sqlite:{tmp_path / 'config' / 'jobs.db'}"
    assert not (tmp_path / "elsewhere" / "jobs.db").exists()


def test_who_only_looks_makes_no_file(tmp_path):
    """Where none is: StoreMissing, and none is left behind; where one is it is opened as ever."""
    path = tmp_path / "jobs.db"
    with pytest.raises(StoreMissing, match=rf"silo 'x': there is no file {path} yet"):
        open_file(str(path), 1.0, "silo 'x'", create=False)
    assert list(tmp_path.iterdir()) == []
    open_file(str(path), 1.0, "silo 'x'").close()
    open_file(str(path), 1.0, "silo 'x'", create=False).close()


def test_an_attached_scheduler_makes_no_file_unless_it_may(tmp_path):
    """A silo that was deleted isn't made anew by who only wants to look."""
    path = tmp_path / "jobs.db"

    async def look(**options):
        async with Scheduler(silo=use("sqlite", path=str(path))).attach(**options) as scheduler:
            with pytest.raises(JobNotFound, match="job 'x': not in silo 'default'"):
                await scheduler.get_job("x")
            assert (await scheduler.read(Query())).entries == ()
            if path.exists():
                return await scheduler.list_jobs(silo="default")
            with pytest.raises(StoreMissing, match=f"silo 'default': there is no file {path} yet"):
                await scheduler.list_jobs(silo="default")
            return await scheduler.list_jobs()

    assert asyncio.run(look(create=False)) == ()
    assert list(tmp_path.iterdir()) == []
    assert asyncio.run(look()) == ()
    assert asyncio.run(look(create=False)) == ()
