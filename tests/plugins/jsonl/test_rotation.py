"""Rotation and compression of an open history: in its own time, in its own threads, and killed."""

import asyncio
import gzip
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import attrs
import pytest

from clockhand.contracts import Query, StoreContext
from clockhand.errors import StoreError
from clockhand.testing import run_virtual
from clockhand.testing.history_contract import bare, entry
from clockhand.testing.silo_rig import kit_codec
from clockhand_jsonl import files, log, packing
from clockhand_jsonl.plugin import HISTORY, JsonlOptions

WRITER = """
import asyncio, sys
from clockhand.contracts import StoreContext
from clockhand.testing.history_contract import entry
from clockhand.testing.silo_rig import kit_codec
from clockhand_jsonl.plugin import HISTORY, JsonlOptions

async def main():
    options = JsonlOptions(path=sys.argv[1], max_bytes="8 KiB", compress=True)
    history = HISTORY.make(options)
    await history.startup(StoreContext(alias="h", codec=kit_codec()))
    seq = int(sys.argv[2])
    while True:
        await history.append([entry(seq + n, reason="x" * 500) for n in range(1, 6)])
        seq += 5
        print(seq, flush=True)

asyncio.run(main())
"""


class Opened:
    """A history that is open, in a folder that is looked into."""

    def __init__(self, folder, clock=None, **options):
        self.path = folder / "log.jsonl"
        self.history = HISTORY.make(JsonlOptions(path=str(self.path), **options))
        more = {} if clock is None else {"clock": clock}
        self.context = StoreContext(alias="h", codec=kit_codec(), **more)

    async def __aenter__(self):
        await self.history.startup(self.context)
        return self

    async def __aexit__(self, *_error):
        await self.history.teardown()

    async def seqs(self, **query):
        """Return the numbers of all entries."""
        return [one.seq for one in (await self.history.read(Query(**query), None, 100_000)).entries]

    @property
    def names(self):
        """What each closed segment has after the name of the file."""
        return sorted(path.name.removeprefix("log.jsonl") for path in self.path.parent.glob("log.jsonl.0*"))


async def until(condition):
    """Wait until *condition* holds; the test's own limit ends it if it never does."""
    while not condition():  # noqa: ASYNC110 - files and threads give no events
        await asyncio.sleep(0.01)


def entry_of(moment, seq):
    """Return an entry of a moment."""
    return attrs.evolve(entry(seq), at=moment)


def test_an_idle_history_closes_its_file_and_drops_what_is_old(tmp_path):
    """Nobody appends anything: the file is closed when it is old, and a segment is dropped in its time."""

    async def main(clock):
        start = clock.now()
        async with Opened(tmp_path, clock, max_age="1h", keep="1d") as opened:
            await opened.history.append([entry_of(start, 1)])
            await asyncio.sleep(3_590)
            assert opened.names == []
            await asyncio.sleep(30)
            assert opened.names == [".000000001"]
            await opened.history.append([entry_of(clock.now(), 2)])
            await asyncio.sleep(86_400 - 3_700)
            assert await opened.seqs() == [1, 2]
            await asyncio.sleep(1_000)
            assert await opened.seqs() == [2]
            assert opened.names == [".000000002"]
            await asyncio.sleep(86_400)
            assert await opened.seqs() == []

    run_virtual(main)


def test_a_clock_that_is_set_forward_is_noticed(tmp_path):
    """A timer is set for an hour at most: what has grown old while a laptop slept is seen then."""

    async def main(clock):
        async with Opened(tmp_path, clock, max_age="90d") as opened:
            await opened.history.append([entry_of(clock.now(), 1)])
            clock.step(timedelta(days=100))
            await asyncio.sleep(3_700)
            assert opened.names == [".000000001"]

    run_virtual(main)


def test_a_history_without_ages_never_wakes_up(tmp_path):
    """Without a limit of time there is no timer: the loop has nothing to wait for."""

    async def main(clock):
        async with Opened(tmp_path, clock, max_bytes=1, keep=3):
            return [task.get_name() for task in asyncio.all_tasks() if "jsonl" in task.get_name()]

    assert run_virtual(main) == []


def test_a_disk_that_refuses_is_told_of_once_and_tried_again(tmp_path, caplog, monkeypatch):
    """What can't be done on time is done later; the history lives on."""
    refused = 0

    def refuse(_log):
        nonlocal refused
        refused += 1
        raise StoreError("history.jsonl: the disk is on fire")

    async def main(clock):
        async with Opened(tmp_path, clock, max_age="1h") as opened:
            await opened.history.append([entry_of(clock.now(), 1)])
            with monkeypatch.context() as patch:
                patch.setattr(log.JsonlLog, "tidy", refuse)
                await asyncio.sleep(3_700)
            assert refused > 2
            await asyncio.sleep(20)
            assert opened.names == [".000000001"]

    run_virtual(main)
    assert caplog.text.count("the disk is on fire") == 1


def test_closed_segments_are_compressed_meanwhile(tmp_path):
    """In a thread of their own, and all that were left plain at the next start."""

    async def main():
        async with Opened(tmp_path, max_bytes=300) as opened:
            for seq in range(1, 21):
                await opened.history.append([entry(seq)])
            plain = opened.names
            before = await opened.history.size()
        async with Opened(tmp_path, max_bytes=300, compress=True) as opened:
            await until(lambda: opened.names == [f"{name}.gz" for name in plain])
            for seq in range(21, 31):
                await opened.history.append([entry(seq)])
            await until(lambda: all(name.endswith(".gz") for name in opened.names))
            assert await opened.seqs() == list(range(1, 31))
            assert await opened.seqs(newest_first=True) == list(range(30, 0, -1))
            sizes = [path.stat().st_size for path in tmp_path.glob("log.jsonl.0*")]
            assert await opened.history.size() == sum(sizes) + opened.path.stat().st_size
            assert sum(sizes) < before
        assert len(opened.names) > len(plain)

    asyncio.run(main())


def test_appending_and_reading_do_not_wait_for_compression(tmp_path, monkeypatch):
    """While a segment is being compressed, however long that takes, entries come and go."""
    begun, go_on = threading.Event(), threading.Event()
    real = packing.pack

    def slow(*args):
        begun.set()
        go_on.wait(60)
        return real(*args)

    monkeypatch.setattr(packing, "pack", slow)

    async def main():
        async with Opened(tmp_path, max_bytes=1, compress=True) as opened:
            await opened.history.append([entry(1)])
            await opened.history.append([entry(2)])
            await until(begun.is_set)
            await opened.history.append([entry(3)])
            assert await opened.seqs() == [1, 2, 3]
            assert await opened.history.prune(entry(2).at) == 1
            assert await opened.seqs() == [2, 3]
            go_on.set()
            await until(lambda: opened.names == [".000000002.gz"])
            assert await opened.seqs() == [2, 3]

    asyncio.run(main())


def test_a_teardown_does_not_wait_for_compression(tmp_path, monkeypatch):
    """What is being compressed is given up, nothing of it is left, and the next start takes it up again."""
    begun, go_on = threading.Event(), threading.Event()
    real = packing.pack

    def slow(segment, path, stopping):
        path.write_bytes(b"half")
        begun.set()
        go_on.wait(60)
        assert stopping()
        return real(segment, path, stopping)

    async def main():
        opened = Opened(tmp_path, max_bytes=100, compress=True)
        await opened.history.startup(opened.context)
        await opened.history.append([entry(1)])
        with monkeypatch.context() as patch:
            patch.setattr(packing, "pack", slow)
            await opened.history.append([entry(2)])
            await until(begun.is_set)
            closing = asyncio.create_task(opened.history.teardown())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            go_on.set()
            await closing
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "log.jsonl",
            "log.jsonl.000000001",
            "log.jsonl.index",
        ]
        async with Opened(tmp_path, max_bytes=100, compress=True) as opened:
            await until(lambda: opened.names == [".000000001.gz"])
            assert await opened.seqs() == [1, 2]

    asyncio.run(main())


def test_an_append_that_is_under_way_is_finished_by_a_teardown(tmp_path, monkeypatch):
    """Also one that closes a segment, which then is to be compressed by whom it finds no longer."""
    begun, go_on = threading.Event(), threading.Event()
    real = files.Files.rotate

    def slow(opened):
        begun.set()
        go_on.wait(60)
        real(opened)

    monkeypatch.setattr(files.Files, "rotate", slow)

    async def main():
        opened = Opened(tmp_path, max_bytes=100, compress=True)
        await opened.history.startup(opened.context)
        await opened.history.append([entry(1)])
        appending = asyncio.create_task(opened.history.append([entry(2)]))
        await until(begun.is_set)
        closing = asyncio.create_task(opened.history.teardown())
        for _ in range(10):
            await asyncio.sleep(0.01)
        go_on.set()
        await asyncio.gather(appending, closing)
        async with Opened(tmp_path, max_bytes=100, compress=True) as opened:
            await until(lambda: opened.names == [".000000001.gz"])
            assert await opened.seqs() == [1, 2]

    asyncio.run(main())


def test_what_can_not_be_compressed_stays_plain(tmp_path, caplog, monkeypatch):
    """It is told, costs no entry, and is tried again when the next segment is closed."""
    real, refused = packing.pack, []

    def refuse(segment, path, stopping):
        if segment.number == 1 and len(refused) < 2:
            refused.append(segment.number)
            raise OSError(28, "No space left on device")
        return real(segment, path, stopping)

    monkeypatch.setattr(packing, "pack", refuse)

    async def main():
        async with Opened(tmp_path, max_bytes=1, compress=True) as opened:
            await opened.history.append([entry(1)])
            for seq in (2, 3):
                await opened.history.append([entry(seq)])
                await until(lambda: len(refused) == seq - 1)  # noqa: B023 - it is awaited here
                assert await opened.seqs() == list(range(1, seq + 1))
            await until(lambda: opened.names == [".000000001", ".000000002.gz"])
            await opened.history.append([entry(4)])
            await until(lambda: opened.names == [f".00000000{n}.gz" for n in (1, 2, 3)])
            assert await opened.seqs() == [1, 2, 3, 4]

    asyncio.run(main())
    assert caplog.text.count("log.jsonl.000000001 can't be compressed: No space left on device") == 2


def test_pages_are_read_while_everything_moves(tmp_path):
    """Whole batches without a hole, whatever is closed, compressed and pruned while they are being read."""

    async def main():
        async with Opened(tmp_path, max_bytes=2_000, compress=True) as opened:

            async def write():
                for first in range(1, 1_001, 10):
                    await opened.history.append([entry(first + n) for n in range(10)])
                    if first % 100 == 1:
                        await opened.history.prune(entry(first // 2).at)

            async def read():
                lasts = [0]
                while lasts[-1] < 1_000:
                    for newest_first in (False, True):
                        found = sorted(await opened.seqs(newest_first=newest_first))
                        assert found == [first + n for first in found[:1] for n in range(len(found))]
                        lasts.append((found or [0])[-1])
                return lasts

            _, lasts = await asyncio.gather(write(), read())
            assert {last % 10 for last in lasts} == {0}
            newest = await opened.history.read(Query(newest_first=True), None, 1)
            assert bare(newest.entries) == [entry(1_000)]

    asyncio.run(main())


def test_a_cursor_is_followed_while_everything_moves(tmp_path):
    """Page by page, each entry that is appended meanwhile comes once, in order."""

    async def main():
        async with Opened(tmp_path, max_bytes=700, compress=True) as opened:
            found, cursor = [], None
            for first in range(1, 301, 10):
                await opened.history.append([entry(first + n) for n in range(10)])
                page = await opened.history.read(Query(), cursor, 9)
                found += [one.seq for one in page.entries]
                cursor = page.cursor
            while cursor is not None:
                page = await opened.history.read(Query(), cursor, 100)
                found += [one.seq for one in page.entries]
                cursor = page.cursor
            assert found == list(range(1, 301))

    asyncio.run(main())


@pytest.mark.system
def test_a_killed_process_loses_nothing_that_was_kept(tmp_path):
    """Killed while it writes, closes and compresses: each batch that append returned from is there, once."""
    path, kept = tmp_path / "log.jsonl", 0
    for stop in (150, 400, 650):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(kept)], stdout=subprocess.PIPE, text=True
        ) as writer:
            for line in writer.stdout:
                kept = int(line)
                if kept >= stop:
                    writer.send_signal(signal.SIGKILL)
                    break
            kept = max([kept, *map(int, writer.stdout.read().split())])

        async def look():
            async with Opened(tmp_path, max_bytes="8 KiB", compress=True) as opened:
                return await opened.seqs(), opened.names

        found, names = asyncio.run(look())
        assert found[:kept] == list(range(1, kept + 1))
        assert found == list(range(1, len(found) + 1))
        assert any(name.endswith(".gz") for name in names)
        assert not list(tmp_path.glob("*ing"))
        kept = len(found)


def test_gzip_reads_what_was_compressed(tmp_path):
    """Any tool that knows gzip can."""

    async def main():
        async with Opened(tmp_path, max_bytes=1, compress=True) as opened:
            await opened.history.append([entry(1)])
            await opened.history.append([entry(2)])
            await until(lambda: opened.names == [".000000001.gz"])
            before = opened.path.read_bytes()
        with gzip.open(tmp_path / "log.jsonl.000000001.gz") as file:
            assert file.read() == before.replace(b'"seq":2', b'"seq":1').replace(b":02Z", b":01Z")

    asyncio.run(main())
