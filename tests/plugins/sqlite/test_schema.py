import asyncio
import sqlite3
import subprocess
import sys

import pytest

from clockhand.contracts import JobFilter, StoreContext
from clockhand.errors import StoreError
from clockhand.testing.silo_rig import SiloRig, job, kit_codec
from clockhand_sqlite import schema
from clockhand_sqlite.plugin import SILO, SqliteOptions

OPEN = """
import asyncio, sys
from clockhand.testing.silo_rig import SiloRig, job
from clockhand_sqlite.plugin import SILO, SqliteOptions

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with SiloRig(SILO, SqliteOptions(path=sys.argv[1], timeout=30)) as rig:
        print(await rig.add(job(sys.argv[2])), flush=True)

asyncio.run(main())
"""


@pytest.fixture
def options(tmp_path):
    """Options for a file in a folder of its own."""
    return SqliteOptions(path=str(tmp_path / "jobs.db"))


def aliases(options):
    """Return the aliases in the file."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            return [row.alias for row in await rig.silo.list_jobs(JobFilter())]

    return asyncio.run(main())


def test_processes_that_start_at_once_make_one_file(options):
    """Whoever comes first makes the tables; the others wait, and use them."""
    command = [sys.executable, "-c", OPEN, options.path]
    children = [
        subprocess.Popen([*command, f"job{n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        out, _ = child.communicate(timeout=60)
        assert (child.returncode, out) == (0, "['created']\n")
    assert aliases(options) == [f"job{n}" for n in range(4)]


def test_an_older_file_is_upgraded_and_keeps_what_it_has(options, monkeypatch):
    """The steps that a file doesn't have yet are taken, each once."""
    asyncio.run(_filled(options))
    steps = (
        *schema.STEPS,
        ("CREATE TABLE more (a)", "INSERT INTO more VALUES (1)"),
        ("INSERT INTO more VALUES (2)",),
    )
    monkeypatch.setattr(schema, "STEPS", steps)
    monkeypatch.setattr(schema, "VERSION", len(steps))
    assert aliases(options) == ["kept"]
    assert aliases(options) == ["kept"]
    other = sqlite3.connect(options.path)
    assert other.execute("SELECT a FROM more").fetchall() == [(1,), (2,)]
    assert other.execute("PRAGMA user_version").fetchone() == (len(steps),)
    other.close()


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(options, monkeypatch):
    """All steps are one transaction, numbers included."""
    asyncio.run(_filled(options))
    before = _dump(options)
    with monkeypatch.context() as patch:
        steps = (*schema.STEPS, ("CREATE TABLE more (a)",), ("INSERT INTO none VALUES (2)",))
        patch.setattr(schema, "STEPS", steps)
        patch.setattr(schema, "VERSION", len(steps))
        with pytest.raises(StoreError, match="SQLite says: no such table: none"):
            aliases(options)
    assert _dump(options) == before
    assert aliases(options) == ["kept"]


def test_a_new_file_that_fails_is_as_good_as_none(options, monkeypatch):
    """A first start that was cut off does not stand in the way of the second."""
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", (("CREATE TABLE half (a)", "nonsense"),))
        with pytest.raises(StoreError, match="SQLite says: near"):
            asyncio.run(_filled(options))
    asyncio.run(_filled(options))
    assert aliases(options) == ["kept"]


def test_the_file_says_whose_it_is(options):
    """Its header carries the application id from the first moment at which it has tables."""
    asyncio.run(_filled(options))
    other = sqlite3.connect(options.path)
    assert other.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
    assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    other.close()


async def _filled(options):
    silo = SILO.make(options)
    try:
        await silo.startup(StoreContext(alias="made", codec=kit_codec()))
        async with SiloRig(SILO, options) as rig:
            await rig.add(job("kept"))
    finally:
        await silo.teardown()


def _dump(options):
    other = sqlite3.connect(options.path)
    try:
        numbers = [other.execute(f"PRAGMA {name}").fetchone() for name in ("user_version", "application_id")]
        return [*numbers, *other.iterdump()]
    finally:
        other.close()
