"""The file as others leave it: torn, foreign, locked, moved away, full."""

import asyncio
import errno
import logging
import os
import signal
import subprocess
import sys

import pytest

from clockhand.contracts import Query, StoreContext, Verdict
from clockhand.errors import StoreError, StoreUnreachable
from clockhand.testing.history_contract import bare, entry, ran
from clockhand.testing.silo_rig import kit_codec
from clockhand_jsonl import lines
from clockhand_jsonl.history import JsonlHistory

WRITER = """
import asyncio, sys
from clockhand.contracts import StoreContext
from clockhand.testing.history_contract import entry
from clockhand.testing.silo_rig import kit_codec
from clockhand_jsonl.history import JsonlHistory

async def main():
    history = JsonlHistory(sys.argv[1])
    await history.startup(StoreContext(alias="h", codec=kit_codec()))
    seq = 0
    while True:
        await history.append([entry(seq + n, reason="x" * 2_000) for n in range(1, 6)])
        seq += 5
        print(seq, flush=True)

asyncio.run(main())
"""


async def opened(path):
    """Return a history that is open."""
    history = JsonlHistory(str(path))
    try:
        await history.startup(StoreContext(alias="h", codec=kit_codec()))
    except StoreError:
        await history.teardown()
        raise
    return history


async def seqs(history):
    """Return the numbers of all entries."""
    return [one.seq for one in (await history.read(Query(), None, 100_000)).entries]


@pytest.fixture
def path(tmp_path):
    """Return where the file is to be."""
    return tmp_path / "history.jsonl"


@pytest.fixture
def written(path):
    """Return the path of a file with three entries."""

    async def write():
        history = await opened(path)
        await history.append([entry(1), ran(2, "job", Verdict.FAILED), ran(3, "job", Verdict.SUCCEEDED)])
        await history.teardown()

    asyncio.run(write())
    return path


def reopen(path, *more):
    """Open the file, append what is given, and return the numbers that are there then."""

    async def run():
        history = await opened(path)
        await history.append(more)
        found = await seqs(history)
        await history.teardown()
        return found

    return asyncio.run(run())


@pytest.mark.parametrize("tail", [b"{", b'{"life":"one","se', b'{"life":"one","seq":4}', b"\0\0\0\0"])
def test_a_torn_line_is_cut_off(written, caplog, tail):
    """What a crash left half written at the end is cut off and told; what was whole stays."""
    whole = written.read_bytes()
    written.write_bytes(whole + tail)
    with caplog.at_level(logging.WARNING, "clockhand"):
        assert reopen(written) == [1, 2, 3]
    assert f"cut off {len(tail)} bytes" in caplog.text
    assert written.read_bytes() == whole


def test_every_cut_of_a_file_can_be_opened(written):
    """Wherever a crash cuts the file, the whole lines before it are there, and appending goes on."""
    whole = written.read_bytes()
    ends = [place for place, char in enumerate(whole) if char in b"\n}"]
    near = {place + step for place in ends for step in (-1, 0, 1, 2)}
    for length in sorted(near.intersection(range(len(whole) + 1)) | set(range(0, len(whole), 17))):
        written.write_bytes(whole[:length])
        ended = whole[length : length + 1] == b"\n"
        there = [1, 2, 3][: whole[:length].count(b"\n") + ended]
        assert reopen(written, *(entry(seq) for seq in (1, 2, 3, 4))) == [*there, *range(len(there) + 1, 5)]


def test_a_last_line_without_its_end_is_kept(written):
    """An editor that dropped the last newline has harmed nothing."""
    whole = written.read_bytes()
    written.write_bytes(whole[:-1])
    assert reopen(written) == [1, 2, 3]
    assert written.read_bytes() == whole


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"dear diary\n", "line 1 is "),
        (b"dear diary", "its last line is not an entry"),
        (b"\x89PNG\r\n\x1a\n", "line 1 is "),
        ("Grüße\n".encode("utf-16"), "line 1 is "),
        (b"{}\n", "line 1 is not an entry"),
        (b"\n", "line 1 is "),
        (b"SQLite format 3\0" + bytes(84), "its last line is not an entry"),
    ],
)
def test_a_foreign_file_is_left_as_it_is(path, content, reason):
    """A file that clockhand didn't write is refused, with the place named, and not a byte is changed."""
    path.write_bytes(content)
    with pytest.raises(StoreUnreachable) as caught:
        reopen(path)
    assert str(caught.value).startswith(f"history.jsonl: {path} {reason}")
    assert path.read_bytes() == content


def test_a_foreign_line_in_the_middle_is_named(written):
    """The message has the number of the line."""
    written.write_bytes(written.read_bytes() + b"dear diary\n")
    with pytest.raises(StoreUnreachable, match=r"line 4 is .* it was not written by clockhand"):
        reopen(written)


def test_places_that_are_no_file_are_refused(tmp_path):
    """A directory, a pipe, a missing directory: each is named, nothing hangs."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("", "utf-8")
    for name, reason in [
        ("", "is a directory; name a file"),
        ("pipe", "is not a regular file; name a file"),
        ("none/history.jsonl", "can't be made: its directory is not there; make it first"),
        ("file/history.jsonl", "can't be made: its directory is not there; make it first"),
        ("x" * 300, "can't be opened: File name too long"),
    ]:
        with pytest.raises(StoreUnreachable) as caught:
            reopen(tmp_path / name)
        assert reason in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_refused(written):
    """The system's own reason is in the message."""
    written.chmod(0o400)
    with pytest.raises(StoreUnreachable, match="can't be opened: Permission denied"):
        reopen(written)


def test_a_second_scheduler_is_refused(written):
    """Who opens the file while another one has it is told so; afterwards it can be opened."""

    async def both():
        first = await opened(written)
        with pytest.raises(StoreUnreachable, match="is in use by another scheduler"):
            await opened(written)
        await first.append([entry(4)])
        await first.prune(entry(3).at)
        with pytest.raises(StoreUnreachable, match="is in use by another scheduler"):
            await opened(written)
        await first.teardown()
        second = await opened(written)
        assert await seqs(second) == [3, 4]
        await second.teardown()

    asyncio.run(both())


def test_a_link_stays_a_link(tmp_path, written):
    """A prune replaces the file that a link points to, and keeps its mode."""
    written.chmod(0o640)
    link = tmp_path / "link.jsonl"
    link.symlink_to(written)

    async def pruned():
        history = await opened(link)
        assert await history.prune(entry(2).at) == 1
        await history.append([entry(4)])
        await history.teardown()

    asyncio.run(pruned())
    assert link.is_symlink()
    assert written.stat().st_mode & 0o777 == 0o640
    assert reopen(written) == [2, 3, 4]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["history.jsonl", "link.jsonl"]


def test_a_killed_writer_loses_nothing_that_was_kept(path):
    """Killed at any moment, the file has each batch that append returned from, and can be opened."""
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            kept = 0
            for line in writer.stdout:
                kept = int(line)
                if kept >= 100:
                    writer.send_signal(signal.SIGKILL)
                    break
            kept = max([kept, *map(int, writer.stdout.read().split())])
        found = reopen(path)
        assert found[:kept] == list(range(1, kept + 1))
        path.unlink()


def test_a_full_disk_keeps_all_or_nothing(written, monkeypatch):
    """A write that fails in the middle leaves the file as it was; the batch is kept once there is room."""
    real = os.pwrite
    room = 20

    def full(fd, data, offset):
        nonlocal room
        if room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = real(fd, data[:room], offset)
        room -= done
        return done

    async def run():
        nonlocal room
        history = await opened(written)
        before = written.read_bytes()
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(StoreError, match="can't be written: No space left on device"):
            await history.append([entry(4), entry(5)])
        assert written.read_bytes() == before
        assert await seqs(history) == [1, 2, 3]
        room = 1_000_000
        await history.append([entry(4), entry(5)])
        assert await seqs(history) == [1, 2, 3, 4, 5]
        await history.teardown()

    asyncio.run(run())


def test_what_could_not_be_cut_off_is_cut_off_later(written, monkeypatch, caplog):
    """A write that fails, and leaves what can't be taken back, is never read, and gone at the next append."""

    def half(fd, data, offset):
        os.lseek(fd, offset, os.SEEK_SET)
        os.write(fd, data[: len(data) * 2 // 3])
        raise OSError(errno.EIO, "Input/output error")

    def refuse(*_args):
        raise OSError(errno.EIO, "Input/output error")

    async def run():
        history = await opened(written)
        before = written.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", half)
            patch.setattr(os, "ftruncate", refuse)
            with pytest.raises(StoreError, match="can't be written: Input/output error"):
                await history.append([entry(seq) for seq in range(4, 10)])
            assert await seqs(history) == [1, 2, 3]
        assert len(written.read_bytes()) > len(before)
        await history.append([entry(20)])
        assert await seqs(history) == [1, 2, 3, 20]
        assert written.read_bytes() == before + lines.write(entry(20))
        await history.teardown()

    asyncio.run(run())
    assert "another program" not in caplog.text


@pytest.mark.parametrize("how", ["moved", "cut", "appended"])
def test_it_goes_on_when_another_program_touched_the_file(written, how, caplog):
    """After log rotation, or an editor, the file at the path is opened anew; nothing that comes is lost."""

    async def run():
        history = await opened(written)
        if how == "moved":
            written.rename(written.with_suffix(".1"))
        elif how == "cut":
            os.truncate(written, 0)
        else:
            with written.open("ab") as file:
                file.write(lines.write(entry(8)))
        await history.append([entry(4)])
        found = await seqs(history)
        await history.teardown()
        return found

    assert asyncio.run(run())[-1] == 4
    assert "was moved or changed by another program" in caplog.text
    assert reopen(written)[-1] == 4


def test_what_was_moved_away_is_not_written_again(written):
    """Entries that were kept stay known while the history is open, wherever their file is by now."""

    async def run():
        history = await opened(written)
        written.rename(written.with_suffix(".1"))
        await history.append([entry(1), entry(4)])
        assert await seqs(history) == [4]
        await history.teardown()

    asyncio.run(run())


def test_reading_does_not_wait_for_writing(written):
    """Pages are read while a batch is being written, and see whole batches only."""

    async def run():
        history = await opened(written)

        async def write():
            for first in range(4, 1_004, 10):
                await history.append([entry(first + n) for n in range(10)])

        async def read():
            counts = set()
            while len(found := await seqs(history)) < 1_003:
                counts.add(len(found))
            return counts

        _, counts = await asyncio.gather(write(), read())
        assert {count % 10 for count in counts} == {3}
        assert bare((await history.read(Query(newest_first=True), None, 1)).entries) == [entry(1_003)]
        await history.teardown()

    asyncio.run(run())


def test_a_line_that_went_bad_is_named(written):
    """What can't be read or pruned because a line was damaged meanwhile is a StoreError that says where."""

    async def run():
        history = await opened(written)
        whole = written.read_bytes()
        place = whole.index(b"job-paused")
        written.write_bytes(whole.replace(b"job-paused", b"job-broken"))
        with pytest.raises(StoreError, match=r"the line at byte 0 can't be read: 'job-broken'"):
            await history.read(Query())
        written.write_bytes(whole[: place - 30] + b"?" * 10 + whole[place - 20 :])
        with pytest.raises(StoreError, match="can't be pruned: a line is"):
            await history.prune(entry(2).at)
        written.write_bytes(whole)
        assert await history.prune(entry(2).at) == 1
        await history.teardown()

    asyncio.run(run())


def test_a_prune_that_fails_leaves_the_file(written, monkeypatch):
    """A disk that is full while the new file is written costs nothing; the old one stays, and works."""

    def full(_fd):
        raise OSError(errno.ENOSPC, "No space left on device")

    async def run():
        history = await opened(written)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(StoreError, match="can't be pruned: No space left on device"):
                await history.prune(entry(2).at)
        await history.append([entry(4)])
        assert await seqs(history) == [1, 2, 3, 4]
        await history.teardown()

    asyncio.run(run())
    assert [one.name for one in written.parent.iterdir()] == ["history.jsonl"]


def test_what_a_killed_prune_left_is_cleared_away(written):
    """The half-written new file of a prune that was cut off is gone after the next start."""
    left = written.with_name("history.jsonl.pruning")
    left.write_bytes(b"half")
    assert reopen(written) == [1, 2, 3]
    assert not left.exists()


def test_a_page_whose_end_was_pruned(written):
    """A cursor whose entry is gone goes on with what is left of its direction."""

    async def run():
        history = await opened(written)
        up = await history.read(Query(), None, 1)
        down = await history.read(Query(newest_first=True), None, 2)
        await history.prune(entry(3).at)
        rest = await history.read(Query(), up.cursor, 9)
        assert [one.seq for one in rest.entries] == [3]
        assert (await history.read(Query(newest_first=True), down.cursor, 9)).entries == ()
        await history.teardown()

    asyncio.run(run())


def test_a_file_that_is_gone_can_not_be_read(written):
    """Until something is appended there is nothing at the path to read."""

    async def run():
        history = await opened(written)
        written.unlink()
        with pytest.raises(StoreError, match="can't be read: No such file or directory"):
            await history.read(Query())
        await history.append([entry(4)])
        assert await seqs(history) == [4]
        await history.teardown()

    asyncio.run(run())
