"""Histories that are opened for reading only, beside the one that writes: in this process and in another."""

import asyncio
import logging
import subprocess
import sys

import attrs
import pytest

from clockhand.contracts import History, Query, StoreContext
from clockhand.errors import StoreClosed, StoreError, StoreUnreachable
from clockhand.testing import HistoryContract
from clockhand.testing.history_contract import entry
from clockhand.testing.silo_rig import kit_codec
from clockhand_jsonl.plugin import HISTORY, JsonlOptions

WRITER = """
import asyncio, sys
from clockhand.contracts import StoreContext
from clockhand.testing.history_contract import entry
from clockhand.testing.silo_rig import kit_codec
from clockhand_jsonl.plugin import HISTORY, JsonlOptions

async def main():
    options = JsonlOptions(path=sys.argv[1], max_bytes="2 KiB", compress=True)
    history = HISTORY.make(options)
    await history.startup(StoreContext(alias="h", codec=kit_codec()))
    for first in range(1, int(sys.argv[2]), 5):
        await history.append([entry(first + n, reason="x" * 100) for n in range(5)])
        if first > 300 and first % 50 == 1:
            await history.prune(entry(first - 300).at)
    sys.stdin.read()

asyncio.run(main())
"""


class Beside(History):
    """A history that writes with one handle and reads with another, which only may read."""

    def __init__(self, options):
        self.writes = HISTORY.make(options)
        self.reads = HISTORY.make(options)

    async def startup(self, context):
        """Open both, the reader first."""
        await self.reads.startup(attrs.evolve(context, read_only=True))
        await self.writes.startup(context)

    async def teardown(self):
        """Close both."""
        await self.writes.teardown()
        await self.reads.teardown()

    async def append(self, entries):
        """Append."""
        await self.writes.append(entries)

    async def read(self, query, cursor=None, limit=100):
        """Read."""
        return await self.reads.read(query, cursor, limit)

    async def prune(self, before=None, max_bytes=None):
        """Prune."""
        return await self.writes.prune(before, max_bytes)

    async def size(self):
        """Return what the reader says."""
        return await self.reads.size()


class TestBeside(HistoryContract):
    """Who only reads sees all that the contract promises."""

    kind = attrs.evolve(HISTORY, make=Beside)

    @pytest.fixture(params=[{}, {"max_bytes": 1}, {"max_bytes": 500, "compress": True}])
    def options(self, request, tmp_path):
        """Return options for one file, for one for each batch, and for few that are compressed."""
        return JsonlOptions(path=str(tmp_path / "history.jsonl"), **request.param)


async def opened(path, *, read_only, **options):
    """Return a history that is open."""
    history = HISTORY.make(JsonlOptions(path=str(path), **options))
    try:
        await history.startup(StoreContext(alias="h", codec=kit_codec(), read_only=read_only))
    except StoreError:
        await history.teardown()
        raise
    return history


async def seqs(history, **query):
    """Return the numbers of all entries."""
    return [one.seq for one in (await history.read(Query(**query), None, 100_000)).entries]


def test_readers_are_in_nobodys_way(tmp_path, caplog):
    """Several read, before, while and after one writes; a second one that writes is still refused."""
    path = tmp_path / "history.jsonl"
    caplog.set_level(logging.DEBUG)

    async def run():
        readers = [await opened(path, read_only=True, max_age="1s", keep=1, compress=True)]
        assert list(tmp_path.iterdir()) == []
        writer = await opened(path, read_only=False)
        readers.append(await opened(path, read_only=True))
        with pytest.raises(StoreUnreachable, match="is in use by another scheduler"):
            await opened(path, read_only=False)
        for seq in range(1, 6):
            await writer.append([entry(seq)])
            for reader in readers:
                assert await seqs(reader) == list(range(1, seq + 1))
                assert await reader.size() == await writer.size()
        await writer.teardown()
        assert [await seqs(reader, newest_first=True) for reader in readers] == [[5, 4, 3, 2, 1]] * 2
        for reader in readers:
            await reader.teardown()
            await reader.teardown()
            with pytest.raises(StoreClosed):
                await seqs(reader)

    asyncio.run(run())
    assert [path.name for path in tmp_path.iterdir()] == ["history.jsonl"]
    assert not [one for one in caplog.records if one.name == "clockhand"]


def test_who_only_reads_can_not_write(tmp_path):
    """Appending and pruning raise, and what is there stays."""
    path = tmp_path / "history.jsonl"

    async def run():
        writer = await opened(path, read_only=False)
        await writer.append([entry(1)])
        await writer.teardown()
        reader = await opened(path, read_only=True)
        with pytest.raises(StoreError, match="is open for reading only, so 2 entries can't be appended"):
            await reader.append([entry(2), entry(3)])
        with pytest.raises(StoreError, match="is open for reading only, so it can't be pruned"):
            await reader.prune(entry(9).at)
        assert await seqs(reader) == [1]
        await reader.teardown()

    asyncio.run(run())


def test_a_reader_of_what_can_not_be_there_is_told(tmp_path):
    """In time, and it can be closed."""
    for path, why in ((tmp_path, "is a directory"), (tmp_path / "no" / "log", "its directory is not there")):
        with pytest.raises(StoreUnreachable, match=why):
            asyncio.run(opened(path, read_only=True))


async def look(reader, lasts):
    """Read all from either end: whole, without a hole, and no less than at the last look."""
    for newest_first in (False, True):
        found = sorted(await seqs(reader, newest_first=newest_first))
        assert found == [first + n for first in found[:1] for n in range(len(found))]
        lasts.append((found or [0])[-1])
        assert lasts[-1] >= lasts[-2]


async def follow(reader, cursor, followed):
    """Go on with pages of three from *cursor*, as far as they lead; return the cursor of the last."""
    while True:
        page = await reader.read(Query(), cursor, 3)
        if page.cursor is None:
            return cursor
        found = [one.seq for one in page.entries]
        assert found == list(range(found[0], found[0] + 3))
        if followed and found[0] != followed[-1] + 1:
            assert found[0] > followed[-1]
            assert (await seqs(reader))[0] >= found[0], "what was left out has not been pruned"
        followed += found
        cursor = page.cursor


@pytest.mark.system
def test_reading_beside_a_process_that_writes(tmp_path):
    """It closes, compresses and prunes as fast as it can: no look has a hole, a follower misses nothing."""
    path, most = tmp_path / "history.jsonl", 1_500

    async def run(writer):
        readers = [await opened(path, read_only=True) for _ in range(2)]
        lasts, followed, cursor = [0], [], None
        while lasts[-1] < most:
            assert writer.poll() is None
            cursor = await follow(readers[0], cursor, followed)
            for reader in readers:
                await look(reader, lasts)
        await follow(readers[0], cursor, followed)
        assert most - 3 <= followed[-1] <= most
        writer.kill()
        writer.wait()
        names = sorted(one.name for one in tmp_path.iterdir())
        await look(readers[1], lasts)
        assert sorted(one.name for one in tmp_path.iterdir()) == names
        for reader in readers:
            await reader.teardown()
        return len(set(lasts))

    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(most)], stdin=subprocess.PIPE
    ) as writer:
        try:
            assert asyncio.run(run(writer)) > 3
        finally:
            writer.kill()
