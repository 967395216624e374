"""The log: files are closed by size and by age, kept as long as is said, and read as one."""

import errno
import gzip
import logging
import os
import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from clockhand.errors import StoreError, StoreUnreachable
from clockhand.testing.history_contract import bare, entry
from clockhand.testing.silo_rig import after
from clockhand_jsonl import file, lines, shelf
from clockhand_jsonl.disk import write_all
from clockhand_jsonl.pages import parsed

SIZE = len(lines.write(entry(1)))
"""How many bytes an entry takes whose number has one digit."""


def entries(first, last, **fields):
    """Return entries with these numbers."""
    return [entry(seq, **fields) for seq in range(first, last + 1)]


def test_a_file_is_closed_before_it_grows_too_large(bench):
    """No segment is larger than the limit, and each is as large as it can be."""
    log = bench.open(max_bytes=3 * SIZE)
    for one in entries(1, 8):
        log.append([one])
    assert bench.names == [".000000001", ".000000002"]
    assert [bench.closed(n).stat().st_size for n in (1, 2)] == [3 * SIZE, 3 * SIZE]
    assert bench.path.stat().st_size == 2 * SIZE
    assert bench.seqs() == list(range(1, 9))
    assert log.size == 8 * SIZE


def test_a_batch_that_is_too_large_for_one_segment_becomes_several(bench):
    """Each as large as it can be; what is in the file already is closed first."""
    log = bench.open(max_bytes=3 * SIZE)
    log.append(entries(1, 2))
    log.append(entries(3, 9))
    assert [bench.closed(n).stat().st_size for n in (1, 2, 3)] == [2 * SIZE, 3 * SIZE, 3 * SIZE]
    assert bench.path.stat().st_size == SIZE
    assert bench.seqs() == list(range(1, 10))
    log.append(entries(1, 9))
    assert bench.seqs() == list(range(1, 10))
    log.append([entry(20, reason="x" * 5 * SIZE), entry(21)])
    assert bench.seqs() == [*range(1, 10), 20, 21]
    assert bench.closed(5).stat().st_size > 5 * SIZE
    assert bench.path.stat().st_size < 2 * SIZE
    assert bench.open().size == log.size


def test_the_segments_of_a_batch_count_for_what_is_kept(bench):
    """A batch of more of them than are kept loses its first ones, as it would have one by one."""
    log = bench.open(max_bytes=SIZE, keep=2)
    log.append(entries(1, 9))
    assert bench.seqs() == [7, 8, 9]


@pytest.mark.parametrize("stays", [False, True])
def test_of_a_batch_of_several_segments_all_is_kept_or_nothing(bench, monkeypatch, stays):
    """The disk is full in the middle: what was written goes again, and comes with the next try, once."""
    log = bench.open(max_bytes=2 * SIZE)
    log.append([entry(1)])
    written = 0

    def full(fd, data, offset):
        nonlocal written
        written += len(data)
        if written > 5 * SIZE:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_all(fd, data, offset)

    def refuse(*_arguments, **_options):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(file, "write_all", full)
        if stays:
            patch.setattr(shelf.Shelf, "drop", refuse)
        with pytest.raises(StoreError, match="No space left on device"):
            log.append(entries(2, 9))
    assert bench.seqs() == [1, *(range(2, 6) if stays else ())]
    log.append(entries(2, 9))
    assert bench.seqs() == list(range(1, 10))
    bench.open(max_bytes=2 * SIZE)
    assert bench.seqs() == list(range(1, 10))


def test_a_batch_goes_into_one_file_where_none_can_be_closed(bench, monkeypatch):
    """As ever: it grows until it can be."""
    log = bench.open(max_bytes=2 * SIZE)

    def refuse(*_arguments):
        raise OSError(errno.EPERM, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refuse)
        log.append(entries(1, 7))
    assert bench.names == []
    assert bench.seqs() == list(range(1, 8))


def test_a_file_is_closed_when_its_oldest_entry_is_old(bench):
    """By the clock, at the next entry or when the log is looked after, whichever is first."""
    log = bench.open(max_age=timedelta(seconds=10))
    log.append([entry(1, at=0)])
    bench.clock.advance(9)
    log.append([entry(2, at=9)])
    assert bench.names == []
    bench.clock.advance(1)
    log.append([entry(3, at=10)])
    assert bench.names == [".000000001"]
    bench.clock.advance(10)
    log.tidy()
    assert bench.names == [".000000001", ".000000002"]
    log.tidy()
    assert bench.names == [".000000001", ".000000002"], "an empty file has no age"
    assert bench.seqs() == [1, 2, 3]


def test_what_comes_late_does_not_get_a_file_each(bench):
    """After an outage entries come that are too old already: they share a file."""
    log = bench.open(max_age=timedelta(seconds=10))
    bench.clock.advance(100)
    for one in entries(1, 20):
        log.append([one])
    assert bench.names == []
    log.append([entry(21, at=100)])
    assert bench.names == [".000000001"]


def test_a_file_that_is_too_large_already_is_closed(bench):
    """One that was written without a limit is closed when the log is looked after."""
    bench.open().append(entries(1, 5))
    bench.open(max_bytes=3 * SIZE).tidy()
    assert bench.names == [".000000001"]
    assert bench.seqs() == [1, 2, 3, 4, 5]


def test_some_are_kept(bench, caplog):
    """The oldest closed segments are dropped beyond the number that is kept; the log says so."""
    log = bench.open(max_bytes=SIZE, keep=2)
    with caplog.at_level(logging.INFO, "clockhand"):
        for one in entries(1, 6):
            log.append([one])
    assert bench.names == [".000000004", ".000000005"]
    assert bench.seqs() == [4, 5, 6]
    assert "dropped 1 entries in 1 closed segments up to" in caplog.text
    bench.open(max_bytes=SIZE, keep=1).tidy()
    assert bench.seqs() == [5, 6]


def test_a_segment_that_can_not_be_dropped_stays(bench, monkeypatch, caplog):
    """It is told, it and what comes after it is still there to read, and it is tried again."""
    log = bench.open(max_bytes=SIZE)
    for one in entries(1, 6):
        log.append([one])
    real = os.unlink

    def refuse(path, **more):
        if Path(path) == bench.closed(2):
            raise OSError(errno.EPERM, "Operation not permitted", str(path))
        return real(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        log = bench.open(max_bytes=SIZE, keep=1)
        log.tidy()
        assert bench.seqs() == [2, 3, 4, 5, 6]
        with pytest.raises(StoreError, match="can't be pruned: Operation not permitted"):
            log.prune(after(4), None)
        assert bench.seqs() == [2, 3, 4, 5, 6]
    assert (
        f"a closed segment can't be dropped: [Errno 1] Operation not permitted: '{bench.closed(2)}'"
        in caplog.text
    )
    log.tidy()
    assert bench.seqs() == [5, 6]
    assert log.size == 2 * SIZE


def test_some_time_is_kept(bench):
    """A closed segment is dropped when all of it is older than that, also when nothing is written."""
    log = bench.open(max_bytes=2 * SIZE, keep=timedelta(minutes=1))
    for seq, at in ((1, 0), (2, 30), (3, 0), (4, 31), (5, 31)):
        log.append([entry(seq, at=at)])
    bench.clock.advance(90)
    log.tidy()
    assert bench.seqs() == [1, 2, 3, 4, 5]
    bench.clock.advance(1)
    log.tidy()
    assert bench.seqs() == [3, 4, 5]
    bench.clock.advance(1_000)
    log.tidy()
    assert bench.seqs() == [5], "the file that is written to isn't closed, so it stays"


@pytest.mark.parametrize(
    ("rotation", "rest"),
    [
        ({}, None),
        ({"max_bytes": 1, "keep": 3}, None),
        ({"max_age": timedelta(seconds=100)}, 95),
        ({"max_bytes": 1, "keep": timedelta(seconds=70)}, 63),
        ({"max_bytes": 1, "max_age": timedelta(seconds=100), "keep": timedelta(seconds=70)}, 63),
        ({"max_age": timedelta(seconds=1)}, -4),
    ],
)
def test_it_knows_when_to_look_again(bench, rotation, rest):
    """When the file or the oldest closed segment will be too old, if either ever is."""
    log = bench.open(max_bytes=1)
    log.append([entry(1, at=3)])
    log.append([entry(2, at=5)])
    bench.clock.advance(10)
    assert bench.open(**rotation).rest() == rest


def test_an_empty_log_is_looked_at_as_well(bench):
    """What isn't there can't be too old before the time has passed once."""
    assert bench.open(max_age=timedelta(seconds=7)).rest() == 7
    assert bench.open(max_bytes=1, keep=timedelta(minutes=2)).rest() == 120


def test_an_entry_is_kept_once_wherever_it_is(bench):
    """In the file, in a segment, in a compressed one; also after restarts with and without the index."""
    log = bench.open(max_bytes=1)
    for one in entries(1, 5):
        log.append([one])
    bench.compress()
    log.append([entry(6)])
    for how in ("as it was", "reopened", "without the index"):
        if how != "as it was":
            log = bench.open(max_bytes=1)
        log.append(entries(1, 6, reason="again"))
        assert bench.seqs() == [1, 2, 3, 4, 5, 6], how
        (bench.folder / "log.jsonl.index").unlink()
    assert bench.page().entries[2].reason == ""


def test_an_old_configuration_leaves_its_segments(bench):
    """Segments are read, pruned and known also when nothing is to be closed any more."""
    log = bench.open(max_bytes=1)
    for one in entries(1, 4):
        log.append([one])
    log = bench.open()
    log.append(entries(3, 5))
    log.append(entries(6, 30))
    assert bench.seqs() == list(range(1, 31))
    assert log.prune(after(3), None) == 2
    assert bench.seqs() == list(range(3, 31))
    assert bench.names == [".000000003"]


def test_cursors_hold_over_everything(bench):
    """Pages go on where they ended, whatever is closed, compressed, dropped or restarted in between."""
    log = bench.open()
    log.append(entries(1, 12))
    up, down = bench.page(limit=5), bench.page(limit=5, newest_first=True)
    log = bench.open(max_bytes=4 * SIZE)
    log.append(entries(13, 15))
    log.append(entries(16, 18))
    bench.compress()
    assert bench.names == [".000000001.gz", ".000000002.gz"]
    assert [one.seq for one in bench.page(up.cursor).entries] == list(range(6, 19))
    assert [one.seq for one in bench.page(down.cursor, newest_first=True).entries] == list(range(7, 0, -1))
    assert log.prune(after(7), None) == 6
    bench.open()
    assert [one.seq for one in bench.page(up.cursor).entries] == list(range(7, 19))
    assert [one.seq for one in bench.page(down.cursor, newest_first=True).entries] == [7]


def test_cursors_hold_where_what_was_pruned_was_not_in_order(bench):
    """A page that ended at an entry that is pruned by now repeats none and hides none, in any file."""
    moments = {1: 1, 2: 50, 3: 2, 4: 51, 5: 3, 6: 52}
    for closed, packed in ((False, False), (True, False), (True, True)):
        for path in bench.folder.iterdir():
            path.unlink()
        log = bench.open(max_bytes=1_000)
        log.append([entry(seq, at=at) for seq, at in moments.items()])
        if closed:
            log.append(entries(60, 69))
        if packed:
            bench.compress()
        assert bench.names == ([".000000001.gz"] if packed else [".000000001"] if closed else [])
        up = [bench.page(limit=n).cursor for n in range(1, 6)]
        down = [bench.page(limit=n, newest_first=True, until=after(55)).cursor for n in range(1, 6)]
        log.prune(after(2.5), None)
        log.prune(after(4), None)
        until = {"until": after(55)}
        found = [[one.seq for one in bench.page(cursor, **until).entries] for cursor in up]
        assert found == [[2, 4, 6], [4, 6], [4, 6], [6], [6]]
        found = [[one.seq for one in bench.page(c, newest_first=True, **until).entries] for c in down]
        assert found == [[4, 2], [4, 2], [2], [2], []]


def test_a_search_leaves_out_what_is_too_old_or_too_new(bench):
    """Closed segments of another time aren't even opened."""
    log = bench.open(max_bytes=1)
    for one in entries(1, 6):
        log.append([one])
    for number in (1, 2, 5):
        bench.closed(number).chmod(0)
        bench.closed(number).rename(bench.folder / f"away{number}")
    assert bench.seqs(since=after(3), until=after(5)) == [3, 4]
    assert bench.seqs(since=after(3), until=after(5), newest_first=True) == [4, 3]


def test_a_search_leaves_nothing_open(bench):
    """But for what had to be unpacked, while there are more pages to come."""
    log = bench.open(max_bytes=3 * SIZE)
    for one in entries(1, 8):
        log.append([one])
    first = log._files.shelf.segments[0]
    assert log.pack(first, lambda: False)
    log.adopt(first)
    assert bench.page(limit=2).cursor
    assert not bench.pages._opener._file.closed
    assert bench.page(limit=5).cursor
    assert bench.pages._opener._file is None, "a plain segment"
    assert bench.page(newest_first=True).cursor is None
    assert bench.pages._opener._file is None, "the last page"


def test_a_prune_drops_whole_segments_and_rewrites_one(bench):
    """What is old as a whole is deleted; the other segments stay the files that they were."""
    log = bench.open(max_bytes=3 * SIZE)
    for one in entries(1, 9):
        log.append([one])
    kept = bench.path.stat().st_ino
    assert log.prune(after(5), None) == 4
    assert bench.names == [".000000002"]
    assert bench.closed(2).read_bytes() == b"".join(map(lines.write, entries(5, 6)))
    assert bench.path.stat().st_ino == kept
    assert log.size == 5 * SIZE
    assert log.prune(None, 4 * SIZE - 1) == 2
    assert log.size == 3 * SIZE
    assert bench.names == []


def test_a_prune_by_size_drops_compressed_segments_whole(bench):
    """They are the oldest, and nobody knows what a part of them would take."""
    log = bench.open(max_bytes=3 * SIZE)
    for one in entries(1, 9):
        log.append([one])
    bench.compress()
    first = bench.closed(1, ".gz").stat().st_size
    assert log.prune(None, log.size - 1) == 3
    assert bench.seqs() == list(range(4, 10))
    assert log.size == bench.closed(2, ".gz").stat().st_size + 3 * SIZE
    assert first > 0


def test_numbers_are_not_used_again(bench):
    """When all closed segments are pruned, the next one has another name than any had before."""
    log = bench.open(max_bytes=1)
    for one in entries(1, 4):
        log.append([one])
    assert log.prune(after(100), None) == 4
    assert bench.names == []
    log = bench.open(max_bytes=1)
    log.append([entry(5)])
    log.append([entry(6)])
    assert bench.names == [".000000004"]


def test_a_closed_segment_keeps_mode_and_time(bench):
    """Who may read the file may read its segments; a compressed one is as old as what is in it."""
    log = bench.open(max_bytes=1)
    bench.path.chmod(0o640)
    log.append([entry(1)])
    log.append([entry(2)])
    os.utime(bench.closed(1), ns=(1, 1_000_000_001))
    log = bench.open(max_bytes=1)
    bench.compress()
    there = bench.closed(1, ".gz").stat()
    assert (there.st_mode & 0o777, there.st_mtime_ns) == (0o640, 1_000_000_001)
    assert bench.path.stat().st_mode & 0o777 == 0o640
    assert gzip.decompress(bench.closed(1, ".gz").read_bytes()) == lines.write(entry(1))


def test_the_log_is_where_a_link_points(bench, tmp_path):
    """Segments are beside the file itself, not beside a link to it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "kept.jsonl").touch()
    bench.path.symlink_to(tmp_path / "real" / "kept.jsonl")
    log = bench.open(max_bytes=1)
    log.append([entry(1)])
    log.append([entry(2)])
    assert bench.path.is_symlink()
    assert (tmp_path / "real" / "kept.jsonl.000000001").is_file()
    assert bench.seqs() == [1, 2]


def test_the_path_is_locked_all_the_time(bench, monkeypatch):
    """Another scheduler that tries at any moment of a rotation or a prune is refused."""
    log = bench.open(max_bytes=1)
    log.append(entries(1, 3))
    second = type(bench)(bench.folder)
    tried = []

    def watched(real):
        def call(*args, **kwargs):
            for moment in ("before", "after"):
                if moment == "after":
                    result = real(*args, **kwargs)
                with monkeypatch.context() as patch:
                    for name, function in reals.items():
                        patch.setattr(os, name, function)
                    with pytest.raises(StoreUnreachable, match="is in use by another scheduler"):
                        second.open()
                tried.append(moment)
            return result

        return call

    reals = {name: getattr(os, name) for name in ("link", "replace", "unlink", "fsync")}
    for name, real in reals.items():
        monkeypatch.setattr(os, name, watched(real))
    log.append([entry(4)])
    log.prune(after(3), None)
    log.prune(None, SIZE)
    assert len(tried) > 20
    assert bench.seqs() == [4]


def test_names_are_on_the_disk_before_others_go(bench, monkeypatch):
    """What a power cut may undo is never the last name of an entry: the order of things is kept."""
    done = []

    def noted(name, real):
        def call(*args, **kwargs):
            if name == "fsync":
                what = "folder" if stat.S_ISDIR(os.fstat(args[0]).st_mode) else "file"
            else:
                what = Path(args[-1]).name.removeprefix("log.jsonl")
            result = real(*args, **kwargs)
            if what != ".index":
                done.append((name, what))
            return result

        return call

    log = bench.open(max_bytes=1)
    log.append([entry(1)])
    for name in ("link", "replace", "unlink", "fsync"):
        monkeypatch.setattr(os, name, noted(name, getattr(os, name)))
    log.append([entry(2)])
    assert done == [
        ("link", ".000000001"),
        ("fsync", "folder"),
        ("replace", ""),
        ("fsync", "file"),
        ("fsync", "folder"),
    ]
    done.clear()
    bench.compress()
    assert done == [
        ("fsync", "file"),
        ("link", ".000000001.gz"),
        ("unlink", ".packing"),
        ("fsync", "folder"),
        ("unlink", ".000000001"),
    ]


@pytest.mark.parametrize("failing", ["link", "replace"])
def test_a_rotation_that_fails_costs_nothing(bench, monkeypatch, caplog, failing):
    """The file goes on, which is told once; when it can be closed it is."""

    def refuse(*_args, **_kwargs):
        raise OSError(errno.EPERM, "Operation not permitted")

    log = bench.open(max_bytes=1)
    log.append([entry(1)])
    with monkeypatch.context() as patch:
        patch.setattr(os, failing, refuse)
        log.append([entry(2)])
        log.append([entry(3)])
        assert bench.names == []
    assert caplog.text.count("can't be rotated: Operation not permitted; it grows until it can be") == 1
    assert bench.seqs() == [1, 2, 3]
    log.append([entry(4)])
    assert bench.names == [".000000001"]
    assert bench.seqs() == [1, 2, 3, 4]


def test_a_name_that_is_taken_is_not_overwritten(bench, caplog):
    """What another program has put at the name of the next segment stays, and hinders only the rotation."""
    log = bench.open(max_bytes=1)
    log.append([entry(1)])
    bench.closed(1).write_text("mine")
    log.append([entry(2)])
    assert bench.closed(1).read_text() == "mine"
    assert "can't be rotated: File exists" in caplog.text
    bench.closed(1).unlink()
    log.append([entry(3)])
    assert bench.seqs() == [1, 2, 3]
    bench.closed(2, ".gz").write_text("mine")
    log.append([entry(4)])
    segment = log.unpacked([1])
    assert log.pack(segment, lambda: False)
    with pytest.raises(FileExistsError):
        log.adopt(segment)
    assert bench.closed(2, ".gz").read_text() == "mine"
    assert bench.seqs() == [1, 2, 3, 4]


def test_names_that_could_not_be_synced_are_synced_by_the_next_append(bench, monkeypatch):
    """An append doesn't return before the name of its file is on the disk, however often it is tried."""
    log = bench.open(max_bytes=1)
    log.append([entry(1)])
    real, synced = os.fsync, 0

    def fsync(fd):
        nonlocal synced
        synced += stat.S_ISDIR(os.fstat(fd).st_mode)
        if synced in {2, 3}:
            raise OSError(errno.EIO, "Input/output error")
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    for _ in range(2):
        with pytest.raises(StoreError, match="can't be written: Input/output error"):
            log.append([entry(2)])
    log.append([entry(2)])
    assert synced == 4
    assert bench.seqs() == [1, 2]


def test_other_files_are_left_alone(bench):
    """Whatever else is in the folder is as it was after rotation, compression, prune and restart."""
    others = [".1", ".1.gz", ".20260301", ".bak", ".000000000", ".000000001.txt", "x.000000001", "-old"]
    for name in others:
        (bench.folder / f"log.jsonl{name}").write_text(name)
    (bench.folder / "log.jsonl.d").mkdir()
    log = bench.open(max_bytes=1, keep=2)
    for one in entries(1, 5):
        log.append([one])
    bench.compress()
    log.prune(after(4), None)
    log = bench.open(max_bytes=1, keep=1)
    assert bench.seqs() == [4, 5]
    for name in others:
        assert (bench.folder / f"log.jsonl{name}").read_text() == name
    assert (bench.folder / "log.jsonl.d").is_dir()


def test_a_link_that_somebody_laid_is_not_followed(bench, tmp_path):
    """What is written beside the file goes nowhere else, whatever stands at the name."""
    log = bench.open(max_bytes=1)
    log.append([entry(1)])
    mine = tmp_path / "mine"
    mine.write_text("mine")
    for suffix in ("rotating", "packing", "pruning", "indexing"):
        (bench.folder / f"log.jsonl.{suffix}").symlink_to(mine)
    log.append([entry(2), entry(3)])
    log.prune(after(3), None)
    log.append([entry(4)])
    bench.compress()
    assert bench.seqs() == [3, 4]
    assert mine.read_text() == "mine"


def test_two_logs_share_a_folder(bench, tmp_path):
    """Each knows its own segments, also where one name begins with the other."""
    other = type(bench)(tmp_path)
    other.path = tmp_path / "log.jsonl.000000001.jsonl"
    for each in (bench, other):
        each.open(max_bytes=1)
    for one in entries(1, 3):
        bench.log.append([one])
        other.log.append([entry(one.seq + 10)])
    assert bench.seqs() == [1, 2, 3]
    assert other.seqs() == [11, 12, 13]
    other.close()


def test_a_copy_is_read_as_the_original(bench, tmp_path):
    """The files, copied to another folder without their times, are the same log there."""
    log = bench.open(max_bytes=2 * SIZE)
    for one in entries(1, 9):
        log.append([one])
    bench.compress()
    cursor = bench.page(limit=3).cursor
    bench.close()
    other = type(bench)(tmp_path / "copy")
    shutil.copytree(
        bench.folder, other.folder, ignore=shutil.ignore_patterns("copy"), copy_function=shutil.copyfile
    )
    other.open()
    assert other.seqs() == list(range(1, 10))
    assert [one.seq for one in other.page(cursor).entries] == list(range(4, 10))
    assert bare(other.page(newest_first=True).entries) == entries(1, 9)[::-1]
    other.close()


def test_a_cursor_of_what_never_was_is_no_error(bench):
    """One that names a segment that isn't there, or no longer, goes on with what is left of its direction."""
    log = bench.open(max_bytes=1)
    for one in entries(1, 3):
        log.append([one])
    for cursor, up, down in [
        ("1:x:0:1:one", [2, 3], []),
        ("1:x:99999:1:one", [2, 3], []),
        ("2:x:0:77:other", [2, 3], [1]),
        ("0:x:0:1:gone", [1, 2, 3], []),
        ("9:x:0:3:one", [], [2, 1]),
        ("9:x:0:77:other", [3], [2, 1]),
    ]:
        assert [one.seq for one in bench.page(cursor).entries] == up, cursor
        assert [one.seq for one in bench.page(cursor, newest_first=True).entries] == down, cursor
    assert parsed("1:x:2:3:a:b\n").life == "a:b\n"


def test_a_cursor_outlives_the_numbers(bench):
    """When the index is lost and with it what was counted, the segment has another number: it is found."""
    log = bench.open(max_bytes=3 * SIZE)
    log.append(entries(1, 3))
    log.append(entries(4, 6))
    up, down = bench.page(limit=4).cursor, bench.page(limit=2, newest_first=True).cursor
    log.prune(after(4), None)
    (bench.folder / "log.jsonl.index").unlink()
    for _ in range(2):
        assert [one.seq for one in bench.page(up).entries] == [5, 6]
        assert [one.seq for one in bench.page(down, newest_first=True).entries] == [4]
        bench.open(max_bytes=1).tidy()
    assert bench.names == [".000000001"]


def test_a_cursor_of_before_a_prune_and_a_restart_is_looked_up(bench):
    """What was pruned is forgotten by then, and offsets mean something else: the entry is looked for."""
    log = bench.open()
    log.append(entries(1, 5))
    cursors = {seq: bench.page(limit=seq).cursor for seq in (3, 4)}
    log.prune(after(3), None)
    bench.open().append(entries(6, 9))
    bench.log.prune(after(4), None)
    assert [one.seq for one in bench.page(cursors[4]).entries] == [5, 6, 7, 8, 9]
    assert [one.seq for one in bench.page(cursors[3]).entries] == [4, 5, 6, 7, 8, 9]
