"""
A disk that is full for real: a limit on the length of files, and a small file system.

Run as a script, this file is the process that has to live with it.
"""

import asyncio
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clockhand.contracts import Query, StoreContext
from clockhand.errors import StoreError
from clockhand.testing.history_contract import entry
from clockhand.testing.silo_rig import kit_codec
from clockhand_jsonl.plugin import HISTORY, JsonlOptions

BATCH = 20
SMALL = 256 * 1024
"""How many bytes the small file system has."""


async def seqs(history):
    """Return the numbers of all entries."""
    return [one.seq for one in (await history.read(Query(), None, 100_000)).entries]


async def filled(history, first, most=10_000):
    """Append batches until one is refused; return the number of the first entry that wasn't taken."""
    for seq in range(first, most, BATCH):
        try:
            await history.append([entry(seq + n, reason="x" * 300) for n in range(BATCH)])
        except StoreError:
            return seq
    raise AssertionError("the disk was never full")


async def lived(folder, begin, relieve, **options):
    """Fill the disk, look, restart, look, make room, go on, restart and look."""
    path = folder / "log.jsonl"

    async def opened():
        history = HISTORY.make(JsonlOptions(path=str(path), **options))
        await history.startup(StoreContext(alias="h", codec=kit_codec()))
        return history

    history = await opened()
    begin()
    first = await filled(history, 1)
    assert first > BATCH
    for _ in range(3):
        again = await filled(history, first)
        assert again == first or options.get("compress"), "only what is compressed meanwhile makes room"
        first = again
        assert await seqs(history) == list(range(1, first))
        await history.teardown()
        history = await opened()
        assert await seqs(history) == list(range(1, first))
    relieve()
    await history.append([entry(first + n, reason="x" * 300) for n in range(BATCH)])
    await history.teardown()
    history = await opened()
    assert await seqs(history) == list(range(1, first + BATCH))
    await history.teardown()
    assert not list(folder.glob("*ing"))


def limited(folder):
    """Let no file be longer than 100,001 bytes, then 200,000."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    asyncio.run(lived(folder, lambda: limit(100_001), lambda: limit(200_000)))


def small(folder):
    """Fill a file system of a few hundred kilobytes, then take something else away from it."""
    ballast = folder / "ballast"
    ballast.write_bytes(b"x" * (SMALL // 3))
    asyncio.run(lived(folder, lambda: None, ballast.unlink, max_bytes="20 KiB"))


def small_and_compressing(folder):
    """The same, while segments are compressed or can't be for want of room."""
    ballast = folder / "ballast"
    ballast.write_bytes(os.urandom(SMALL * 9 // 10))
    asyncio.run(lived(folder, lambda: None, ballast.unlink, max_bytes="6 KiB", compress=True))


def small_and_keeping(folder):
    """What is dropped as `keep` says makes room for what comes: the disk is never full."""

    async def run():
        options = JsonlOptions(path=str(folder / "log.jsonl"), max_bytes="20 KiB", keep=5)
        history = HISTORY.make(options)
        await history.startup(StoreContext(alias="h", codec=kit_codec()))
        for seq in range(1, 4_001, BATCH):
            await history.append([entry(seq + n, reason="x" * 300) for n in range(BATCH)])
        found = await seqs(history)
        assert found == list(range(found[0], 4_001))
        assert len(found) > 200
        await history.teardown()

    asyncio.run(run())


STORIES = {one.__name__: one for one in (limited, small, small_and_compressing, small_and_keeping)}


def run(story, folder, *before):
    """Let a process live the story."""
    done = subprocess.run(
        [*before, sys.executable, __file__, story, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.system
def test_a_file_that_may_not_grow(tmp_path):
    """An append that fails in the middle of a write leaves nothing; with more room it succeeds."""
    run("limited", tmp_path)


@pytest.fixture
def mounted(tmp_path):
    """Return a command that runs another one with a small file system at a folder that only it sees."""
    unshare = shutil.which("unshare") or "unshare"
    mount = f'mount -t tmpfs -o size={SMALL} none "$0" && exec "$@"'
    command = [unshare, "-rm", "sh", "-c", mount, str(tmp_path)]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system lets nobody mount a file system")
    return command


@pytest.mark.system
@pytest.mark.parametrize("story", [name for name in STORIES if name.startswith("small")])
def test_a_full_file_system(tmp_path, mounted, story):
    """Append raises, nothing half-written is read later, and it goes on when there is room again."""
    run(story, tmp_path, *mounted)
    assert list(tmp_path.iterdir()) == [], "the file system was the small one"


if __name__ == "__main__":
    STORIES[sys.argv[1]](Path(sys.argv[2]))
