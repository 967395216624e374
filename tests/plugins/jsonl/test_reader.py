"""The log as a reader sees it, at each moment of what the writer does to its files."""

import gzip
import os

import pytest

from clockhand.contracts import Query
from clockhand.errors import StoreError, StoreUnreachable
from clockhand.testing.history_contract import entry
from clockhand_jsonl import lines, sight
from clockhand_jsonl.pages import Pages, parsed
from clockhand_jsonl.reader import LogReader

SIZE = len(lines.write(entry(1)))
ASKED = ("fchmod", "fsync", "ftruncate", "link", "open", "pwrite", "replace", "unlink", "utime")
"""What is asked of the disk that changes something, or makes it last."""


class Reader:
    """A reader beside the bench, and short words for what it sees."""

    def __init__(self, path):
        self.log = LogReader(path)
        self.log.open()
        self.pages = Pages()

    def close(self):
        """Close it."""
        self.log.close()
        self.pages.close()

    def page(self, cursor=None, limit=1_000, **query):
        """Return a page."""
        place = None if cursor is None else parsed(cursor)
        return self.pages.page(self.log.view, Query(**query), place, limit)

    def seqs(self, **query):
        """Return the numbers of all entries that match."""
        return [one.seq for one in self.page(**query).entries]

    def rest(self, cursor, **query):
        """Return the numbers of the entries after *cursor*, a few at a time."""
        found = []
        while cursor is not None:
            page = self.page(cursor, 7, **query)
            found += [one.seq for one in page.entries]
            cursor = page.cursor
        return found


@pytest.fixture
def reader(bench):
    """Return a reader of the bench's log, opened when there is none yet."""
    made = Reader(bench.path)
    yield made
    made.close()


def snapshot(folder):
    """Return all that can be told of the files in a folder."""
    found = {}
    for path in folder.iterdir():
        there = path.stat()
        found[path.name] = (there.st_ino, there.st_size, there.st_mtime_ns, there.st_mode, path.read_bytes())
    return found


def test_there_need_be_nothing_yet(bench, reader):
    """A reader may come first: it sees nothing and makes nothing, and then what is written."""
    assert (reader.seqs(), reader.seqs(newest_first=True), reader.log.size) == ([], [], 0)
    assert list(bench.folder.iterdir()) == []
    log = bench.open(max_bytes=2 * SIZE)
    for seq in range(1, 8):
        log.append([entry(seq)])
        assert reader.seqs() == list(range(1, seq + 1))
        assert reader.log.size == log.size


def test_what_can_be_no_file_is_refused(tmp_path):
    """In the same words as to a scheduler, which couldn't write there either."""
    with pytest.raises(StoreUnreachable, match="is a directory; name a file"):
        LogReader(tmp_path).open()
    with pytest.raises(StoreUnreachable, match="its directory is not there; make it first"):
        LogReader(tmp_path / "none" / "log.jsonl").open()


def test_no_file_is_changed(bench):
    """Not what a crash left half done, nor what is missing: that is for the next writer."""
    log = bench.open(max_bytes=2 * SIZE)
    for seq in range(1, 8):
        log.append([entry(seq)])
    bench.compress()
    bench.close()
    with bench.path.open("ab") as file:
        file.write(lines.write(entry(8))[:40])
    for name in ("rotating", "pruning", "packing", "indexing"):
        bench.path.with_name(f"log.jsonl.{name}").write_bytes(b"half")
    os.link(bench.path, bench.closed(4))
    bench.closed(3).write_bytes(gzip.decompress(bench.closed(3, ".gz").read_bytes()))
    bench.path.with_name("log.jsonl.index").unlink()
    before = snapshot(bench.folder)
    reader = Reader(bench.path)
    assert reader.seqs() == list(range(1, 8))
    assert reader.seqs(newest_first=True) == list(range(7, 0, -1))
    reader.close()
    assert snapshot(bench.folder) == before
    bench.open(max_bytes=2 * SIZE)
    assert bench.seqs() == list(range(1, 8))


def test_appending_and_pruning_are_refused(bench, reader):
    """With the file, and what was asked for."""
    bench.open().append([entry(1)])
    with pytest.raises(StoreError, match=r"log.jsonl is open for reading only, so 1 entries can't be app"):
        reader.log.append([entry(2)])
    with pytest.raises(StoreError, match=r"only, so it can't be pruned \(before=None, max_bytes=0\)"):
        reader.log.prune(None, 0)
    assert reader.seqs() == [1]


def watched(monkeypatch, look):
    """Let *look* be called before and after each thing that is asked of the disk, and amid each write."""

    def made(name, real):
        def call(*args, **kwargs):
            look()
            if name == "pwrite":
                real(args[0], args[1][: len(args[1]) // 2], args[2])
                look()
            try:
                return real(*args, **kwargs)
            finally:
                look()

        return call

    for name in ASKED:
        monkeypatch.setattr(os, name, made(name, getattr(os, name)))


class Watch:
    """Looks with a reader that stays and with a new one; what they see never has a hole."""

    def __init__(self, bench, stays):
        self.bench, self.stays = bench, stays
        self.kept = self.looks = 0
        self.marks = []

    def __call__(self):
        """Look."""
        self.looks += 1
        fresh = Reader(self.bench.path)
        for reader in (self.stays, fresh):
            up, down = reader.seqs(), reader.seqs(newest_first=True)
            assert up == down[::-1]
            assert up == list(range(up[0], up[-1] + 1)) if up else not self.kept
            assert not self.kept or up[-1] >= self.kept
            for seq, cursor, back in self.marks:
                assert reader.rest(cursor) == [one for one in up if one > seq]
                assert reader.rest(back, newest_first=True) == [one for one in down if one < seq]
        fresh.close()

    def mark(self, reader):
        """Remember where some entries are that have others on both sides."""
        for number, seq in list(enumerate(reader.seqs()[1:-1], start=2))[::4]:
            up = reader.page(limit=number)
            down = reader.page(limit=len(reader.seqs()) - number + 1, newest_first=True)
            assert up.entries[-1].seq == down.entries[-1].seq == seq
            self.marks.append((seq, up.cursor, down.cursor))


def test_each_moment_of_a_rotation(bench, reader, monkeypatch):
    """While files are written to, closed, compressed and dropped: everything is seen once, cursors hold."""
    log = bench.open(max_bytes=4 * SIZE, compress=True, keep=3)
    watch = Watch(bench, reader)
    with monkeypatch.context() as patch:
        watched(patch, watch)
        for seq in range(1, 17):
            log.append([entry(seq)])
            watch.kept = seq
            if seq in {3, 8}:
                watch.mark(reader)
            if seq % 3 == 0:
                bench.compress()
    assert watch.looks > 100
    assert bench.names == [".000000002.gz", ".000000003.gz", ".000000004.gz"]


def test_each_moment_of_a_prune(bench, reader, monkeypatch):
    """While segments and the file are deleted and thinned out: what is left is seen once, cursors hold."""
    log = bench.open(max_bytes=4 * SIZE)
    for seq in range(1, 9):
        log.append([entry(seq)])
    bench.compress()
    for seq in range(9, 20):
        log.append([entry(seq)])
    watch = Watch(bench, reader)
    watch.mark(reader)
    watch.kept = 19
    with monkeypatch.context() as patch:
        watched(patch, watch)
        for moment in (2, 3, 8, 10, 14, 18):
            log.prune(entry(moment).at, None)
            assert reader.seqs() == list(range(moment, 20))
        watch.kept = 0
        log.prune(None, 0)
    assert watch.looks > 50
    assert reader.seqs() == []


@pytest.mark.parametrize("newest_first", [False, True])
def test_segments_go_between_a_look_and_the_reading(bench, reader, newest_first):
    """What was pruned, compressed and written after the reader looked leaves no hole in a page."""
    log = bench.open(max_bytes=3 * SIZE)
    for seq in range(1, 13):
        log.append([entry(seq)])
    changes = [
        lambda: log.prune(entry(5).at, None),
        bench.compress,
        lambda: log.prune(entry(6).at, None),
        lambda: log.append([entry(seq) for seq in range(13, 17)]),
        lambda: log.prune(entry(12).at, None),
    ]

    def view():
        seen = reader.log.view()
        if changes:
            changes.pop(0)()
        return seen

    while changes:
        found = [
            one.seq for one in reader.pages.page(view, Query(newest_first=newest_first), None, 99).entries
        ]
        found.sort()
        assert found == list(range(found[0], found[-1] + 1))
        assert found[-1] >= 12
    assert reader.seqs() == [12, 13, 14, 15, 16]


def test_numbers_go_on_when_all_segments_are_gone(bench, reader):
    """The index tells how many there were, so that a cursor isn't taken for one of an earlier segment."""
    log = bench.open(max_bytes=2 * SIZE)
    for seq in range(1, 8):
        log.append([entry(seq)])
    log.prune(entry(7).at, None)
    assert bench.names == []
    late = Reader(bench.path)
    for one in (reader, late):
        (found,) = one.page().entries
        assert (found.seq, found.position) == (7, bench.page().entries[0].position)
    late.close()


def test_a_segment_is_read_whole_at_most_once(bench, reader, monkeypatch):
    """None that the index tells of; without an index each one once, also when it is read again and again."""
    real, read = sight.inspected, []
    monkeypatch.setattr(sight, "inspected", lambda number, path: read.append(number) or real(number, path))
    log = bench.open(max_bytes=2 * SIZE)
    for seq in range(1, 8):
        log.append([entry(seq)])
    assert reader.seqs() == list(range(1, 8))
    assert read == []
    index = bench.path.with_name("log.jsonl.index")
    for spoil in (index.unlink, lambda: index.write_text("my notes")):
        read.clear()
        spoil()
        other = Reader(bench.path)
        for _ in range(3):
            assert other.seqs() == list(range(1, 8))
        other.close()
        assert read == [1, 2, 3]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("damage", [lambda data: data[:50], lambda data: b"???" + data[3:]])
def test_who_reads_as_far_as_a_damaged_segment_is_told(bench, reader, packed, damage):
    """The others can be read; the index knows what there should be."""
    log = bench.open(max_bytes=3 * SIZE)
    for seq in range(1, 11):
        log.append([entry(seq)])
    if packed:
        bench.compress()
    path = bench.closed(2, ".gz" if packed else "")
    path.write_bytes(damage(path.read_bytes()))
    assert [one.seq for one in reader.page(limit=2).entries] == [1, 2]
    assert [one.seq for one in reader.page(limit=3, newest_first=True).entries] == [10, 9, 8]
    for newest_first in (False, True):
        with pytest.raises(StoreError, match=r"log\.jsonl\.000000002"):
            reader.seqs(newest_first=newest_first)


def test_a_damaged_segment_that_nobody_knows_is_told_of(bench, reader):
    """Without an index nothing can be said of it but that it has to go."""
    log = bench.open(max_bytes=1)
    for seq in (1, 2, 3):
        log.append([entry(seq)])
    bench.path.with_name("log.jsonl.index").unlink()
    whole = bench.closed(1).read_bytes()
    bench.closed(1).write_bytes(whole[:-5])
    with pytest.raises(StoreError, match="000000001 can't be read: cut off in the middle of a line, after 0"):
        reader.seqs()
    bench.closed(1).unlink()
    bench.closed(1).mkdir()
    with pytest.raises(StoreError, match="000000001 can't be read: it is not a regular file; mend it, or"):
        reader.seqs()
    bench.closed(1).rmdir()
    assert reader.seqs() == [2, 3]


def test_what_others_do_to_the_files(bench, reader):
    """Shipped segments are gone without a word, a file that was moved away is read no more."""
    log = bench.open(max_bytes=2 * SIZE)
    for seq in range(1, 8):
        log.append([entry(seq)])
    bench.closed(1).unlink()
    assert reader.seqs() == [3, 4, 5, 6, 7]
    bench.path.rename(bench.path.with_name("log.jsonl.1"))
    assert reader.seqs() == [3, 4, 5, 6]
    log.append([entry(8)])
    assert reader.seqs() == [3, 4, 5, 6, 8]


def test_a_long_last_line_without_an_end(bench, reader):
    """However long a piece of a line is, what comes before it is found."""
    bench.open().append([entry(1), entry(2)])
    with bench.path.open("ab") as file:
        file.write(lines.write(entry(3, reason="x" * 200_000))[:-1])
    assert reader.seqs() == [1, 2]
