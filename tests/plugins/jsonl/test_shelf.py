"""Closed segments as others and crashes leave them: cut, damaged, doubled, gone; and the index."""

import gzip
import json
import os

import pytest

from clockhand.contracts import Query
from clockhand.errors import StoreError, StoreUnreachable
from clockhand.testing.history_contract import entry
from clockhand.testing.silo_rig import after
from clockhand_jsonl import lines, segment, shelf
from clockhand_jsonl.segment import Segment

SIZE = len(lines.write(entry(1)))


@pytest.fixture
def three(bench):
    """Return a bench with three closed segments of three entries, the second compressed, and one more."""
    log = bench.open(max_bytes=3 * SIZE)
    for seq in range(1, 10):
        log.append([entry(seq)])
    log.append([entry(10)])
    second = log._files.shelf.segments[1]
    assert log.pack(second, lambda: False)
    log.adopt(second)
    assert bench.names == [".000000001", ".000000002.gz", ".000000003"]
    return bench


@pytest.fixture
def inspections(monkeypatch):
    """Return the list of segments that are read whole at a start."""
    real, found = shelf.inspected, []
    monkeypatch.setattr(shelf, "inspected", lambda number, path: found.append(number) or real(number, path))
    return found


def test_a_start_reads_no_closed_segment(three, inspections):
    """The index says what is in them; a search afterwards, and idempotency, don't miss anything."""
    log = three.open(max_bytes=3 * SIZE)
    log.append([entry(seq, reason="again") for seq in range(1, 11)])
    assert three.seqs() == list(range(1, 11))
    assert inspections == []


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\0" * 500,
        b'{"clockhand_jsonl_ind',
        b'{"clockhand_jsonl_index":1,"next":',
        b'{"clockhand_jsonl_index":99,"next":77}\n',
        b'{"clockhand_jsonl_index":1,"next":4}\nnull\n[]\n{}\n{"name":"x"}\n\xff\n' + b"[" * 100_000,
    ],
    ids=range(7),
)
def test_an_index_that_is_no_use_is_made_anew(three, inspections, content):
    """Gone, empty, cut, of another version or damaged: then the segments are read, once."""
    index = three.folder / "log.jsonl.index"
    index.unlink()
    if content is not None:
        index.write_bytes(content)
    for wanted in ([1, 2, 3], []):
        inspections.clear()
        log = three.open(max_bytes=3 * SIZE)
        assert inspections == wanted
        log.append([entry(seq, reason="again") for seq in range(1, 11)])
        assert three.seqs() == list(range(1, 11))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../../etc/passwd"),
        ("name", "log.jsonl"),
        ("name", 7),
        ("size", -1),
        ("size", "many"),
        ("mtime", 1e400),
        ("length", 5),
        ("oldest", "yesterday"),
        ("newest", None),
        ("gaps", [[1]]),
        ("gaps", 5),
        ("seen", {"one": [["a", "b"]]}),
        ("seen", []),
    ],
)
def test_a_line_of_the_index_that_makes_no_sense_is_passed_over(three, inspections, field, value):
    """Only the segment that it was about is read."""
    index = three.folder / "log.jsonl.index"
    head, first, *rest = index.read_bytes().splitlines()
    changed = json.dumps({**json.loads(first), field: value}).encode()
    index.write_bytes(b"\n".join([head, changed, *rest]) + b"\n")
    three.open()
    assert inspections == [1]
    assert three.seqs() == list(range(1, 11))


def test_a_foreign_index_is_left_as_it_is(three, inspections, caplog):
    """A file of somebody else at its place is told of, and neither read nor written."""
    index = three.folder / "log.jsonl.index"
    for made in (lambda: index.write_text("my notes"), index.mkdir, lambda: os.mkfifo(index)):
        if index.exists():
            index.rmdir() if index.is_dir() else index.unlink()
        made()
        caplog.clear()
        inspections.clear()
        log = three.open(max_bytes=1)
        assert inspections[:3] == [1, 2, 3]
        log.append([entry(log.size)])
        assert "was not written by clockhand and is left as it is" in caplog.text
    index.unlink()
    index.write_text("my notes")
    three.open(max_bytes=1).append([entry(77)])
    assert index.read_text() == "my notes"


def test_a_segment_that_was_changed_is_read_again(three, inspections):
    """Another time or length than the index has: it is looked into, and what it has is known."""
    with three.closed(1).open("ab") as file:
        file.write(lines.write(entry(50)))
    three.open().append([entry(50, reason="again")])
    assert inspections == [1]
    assert three.seqs() == [1, 2, 3, 50, 4, 5, 6, 7, 8, 9, 10]


def test_a_segment_that_lost_entries_is_told_of(three, caplog):
    """Lines that another program took out are gone, and the log says how many."""
    three.closed(1).write_bytes(lines.write(entry(2)))
    three.open()
    assert "log.jsonl.000000001 was changed by another program: 1 of its 3 entries are left" in caplog.text
    assert three.seqs() == [2, 4, 5, 6, 7, 8, 9, 10]


def test_a_segment_that_is_gone_is_told_of_once(three, caplog):
    """Who deletes old segments may: the others are read, and the log says what went with it."""
    three.closed(1).unlink()
    three.closed(2, ".gz").unlink()
    log = three.open()
    assert caplog.text.count("is gone, and its 3 entries with it; another program took it away") == 2
    assert three.seqs() == [7, 8, 9, 10]
    assert log.size == 4 * SIZE + 1
    caplog.clear()
    three.open()
    assert caplog.text == ""


def test_a_segment_that_goes_while_it_is_open_is_told_of_once(three, caplog):
    """So it is when that happens while the log is in use: to a search, and to a prune."""
    three.closed(1).unlink()
    assert three.seqs() == list(range(4, 11))
    assert three.seqs(newest_first=True) == list(range(10, 3, -1))
    assert caplog.text.count("log.jsonl.000000001 is gone, and its 3 entries with it") == 1
    three.closed(2, ".gz").unlink()
    assert three.log.prune(after(5), None) == 0
    assert caplog.text.count("is gone") == 2
    assert three.log.size == 4 * SIZE + 1


@pytest.mark.parametrize(
    ("number", "damage", "reason"),
    [
        (
            1,
            lambda data: data[:-10],
            f"can't be used: cut off in the middle of a line, after {2 * SIZE} bytes",
        ),
        (1, lambda data: data.replace(b'"seq":2', b'"seq":?'), "can't be used: line 2 is "),
        (1, lambda data: b"dear diary\n" + data, "can't be used: line 1 is "),
        (1, lambda _: b"\x89PNG\r\n\x1a\n", "can't be used: line 1 is "),
        (2, lambda data: data[:-10], "can't be read: "),
        (2, lambda data: data[:20], "can't be read: Compressed file ended before"),
        (2, lambda data: data[:-6] + b"\0\0\0\0\0\0", "can't be read: CRC check failed"),
        (2, lambda data: data[:15] + b"\xff\xff" + data[17:], "can't be read: "),
        (2, lambda _: b"dear diary\n", "can't be read: Not a gzipped file"),
        (2, lambda _: gzip.compress(b"dear diary\n"), "can't be used: line 1 is "),
        (2, lambda data: gzip.compress(gzip.decompress(data)[:-10]), "can't be used: cut off in the middle"),
    ],
)
def test_a_damaged_segment_stops_the_start(three, number, damage, reason):
    """The message has the file and the line, and nothing is changed; once it is away the others are read."""
    path = three.closed(number, ".gz" if number == 2 else "")
    path.write_bytes(damage(path.read_bytes()))
    before = {one: one.read_bytes() for one in three.folder.iterdir()}
    with pytest.raises(StoreUnreachable) as caught:
        three.open()
    assert str(caught.value).startswith(f"history.jsonl: {path} {reason}")
    assert str(caught.value).endswith("; mend it, or move it away")
    assert {one: one.read_bytes() for one in three.folder.iterdir()} == before
    path.rename(three.folder / "damaged")
    three.open()
    assert len(three.seqs()) == 7


@pytest.mark.parametrize(
    ("number", "damage", "reason"),
    [
        (1, lambda data: data[:-SIZE], f"it was changed by another program: it has {2 * SIZE} bytes"),
        (
            1,
            lambda _: b"",
            f"can't be read: it was changed by another program: it has 0 bytes where {3 * SIZE}",
        ),
        (1, lambda data: data.replace(b"job-paused", b"job-broken", 1), "the line at byte 0 can't be read"),
        (2, lambda data: data[:-10], "can't be read: it was changed by another program"),
        (2, lambda data: data[:-8] + b"\0" * 8, "can't be read: CRC check failed"),
    ],
)
def test_a_segment_that_is_damaged_while_it_is_open_stops_a_search(three, number, damage, reason):
    """Nothing is left out silently: whoever reads that far is told, from either end; appending goes on."""
    path = three.closed(number, ".gz" if number == 2 else "")
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    for newest_first in (False, True):
        with pytest.raises(StoreError) as caught:
            three.seqs(newest_first=newest_first)
        assert str(path) in str(caught.value)
        assert reason in str(caught.value)
    assert three.seqs(since=after(7)) == [7, 8, 9, 10]
    three.log.append([entry(11)])
    path.write_bytes(whole)
    assert three.seqs() == list(range(1, 12))


def test_a_segment_that_is_damaged_while_it_is_open_stops_a_prune(three):
    """It is named, and nothing is lost; what can be dropped as a whole was."""
    path = three.closed(2, ".gz")
    whole = path.read_bytes()
    path.write_bytes(whole[:-8] + b"\0" * 8)
    with pytest.raises(StoreError, match=r"000000002\.gz can't be pruned: CRC check failed"):
        three.log.prune(after(5), None)
    path.write_bytes(whole)
    assert three.seqs() == list(range(4, 11))
    assert three.log.prune(after(5), None) == 1
    assert three.names == [".000000002.gz", ".000000003"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_segment_that_may_not_be_read_is_named(three):
    """The system's own reason is in the message."""
    three.closed(1).chmod(0)
    with pytest.raises(StoreError, match="000000001 can't be read: Permission denied"):
        three.seqs()


@pytest.mark.parametrize("made", ["mkdir", "fifo"])
def test_what_is_no_file_is_refused(bench, made):
    """A directory or a pipe at the name of a segment is named, and nothing hangs."""
    path = bench.closed(1)
    path.mkdir() if made == "mkdir" else os.mkfifo(path)
    with pytest.raises(StoreUnreachable, match="000000001 is not a regular file; mend it, or move it away"):
        bench.open()


def test_a_closing_that_was_cut_off_is_undone(bench):
    """The file has its closed name already, but no other is in its place: it goes on being written to."""
    bench.open().append([entry(1)])
    bench.close()
    os.link(bench.path, bench.closed(1))
    (bench.folder / "log.jsonl.rotating").touch()
    log = bench.open()
    assert bench.names == []
    log.append([entry(2)])
    assert bench.seqs() == [1, 2]


def test_a_compression_that_was_cut_off_is_finished(three, caplog):
    """Both forms are there and say the same: the plain one goes."""
    three.closed(2).write_bytes(gzip.decompress(three.closed(2, ".gz").read_bytes()))
    (three.folder / "log.jsonl.packing").write_bytes(b"half")
    with caplog.at_level("INFO", "clockhand"):
        three.open()
    assert three.names == [".000000001", ".000000002.gz", ".000000003"]
    assert "took the plain one away" in caplog.text
    assert three.seqs() == list(range(1, 11))


@pytest.mark.parametrize(
    "other",
    [
        b"not even compressed",
        gzip.compress(b""),
        gzip.compress(lines.write(entry(4))),
        gzip.compress(b"".join(lines.write(entry(seq)) for seq in range(4, 8))),
        gzip.compress(b"".join(lines.write(entry(seq)) for seq in range(4, 7)))[:-4],
    ],
    ids=range(5),  # what gzip makes has the time in it
)
def test_two_forms_that_differ_are_left_as_they_are(three, other, monkeypatch):
    """A crash leaves no such thing: a person has to say which one is right."""
    monkeypatch.setattr(shelf, "_BLOCK", SIZE)
    plain, packed = three.closed(2), three.closed(2, ".gz")
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    packed.write_bytes(other)
    with pytest.raises(
        StoreUnreachable,
        match=r"000000002 and log.jsonl.000000002.gz are both there and differ; move one away",
    ):
        three.open()
    assert (plain.exists(), packed.read_bytes()) == (True, other)
    packed.unlink()
    three.open()
    assert three.seqs() == list(range(1, 11))


def test_other_tools_may_compress_and_unpack(three, inspections):
    """What gzip and gunzip made of a segment is the segment."""
    plain, packed = three.closed(1), three.closed(2, ".gz")
    three.closed(1, ".gz").write_bytes(gzip.compress(plain.read_bytes(), 9))
    plain.unlink()
    three.closed(2).write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    three.open()
    assert inspections == [1, 2]
    assert three.seqs() == list(range(1, 11))
    assert three.seqs(newest_first=True) == list(range(10, 0, -1))


def test_an_empty_segment_is_no_harm(three):
    """One that somebody emptied, or made by hand, has no entries."""
    three.closed(4).touch()
    log = three.open()
    assert three.seqs() == list(range(1, 11))
    assert three.seqs(newest_first=True) == list(range(10, 0, -1))
    assert log.prune(after(2), None) == 1
    assert three.names == [".000000001", ".000000002.gz", ".000000003"]


@pytest.mark.parametrize(("newest_first", "wanted"), [(False, range(7, 11)), (True, range(10, 5, -1))])
def test_a_search_is_not_surprised_by_what_happens_meanwhile(three, newest_first, wanted):
    """A segment that is compressed, thinned out or dropped before it is read costs none that is left."""
    views = []

    def view():
        views.append(three.log.view())
        if len(views) == 1:
            three.log.prune(after(6), None)
            three.compress()
        elif len(views) == 2:
            three.log.prune(after(7), None)
        return views[-1]

    found = three.pages.page(view, Query(newest_first=newest_first), None, 100).entries
    assert [one.seq for one in found] == list(wanted)
    assert all(one.file.closed for one in views)


def test_a_search_opens_what_took_the_place_of_a_segment(three, monkeypatch):
    """One that is compressed between the look and the opening is read all the same."""
    real, count = Segment.stream, 0

    def stream(one):
        nonlocal count
        count += 1
        if count == 1:
            three.compress()
        return real(one)

    monkeypatch.setattr(Segment, "stream", stream)
    assert three.seqs() == list(range(1, 11))
    assert count > 4


def test_a_cursor_is_that_of_the_file_that_was_read(three, monkeypatch):
    """A segment that is thinned out while it is being opened is read with what is known of it since."""
    real, count = segment.opened, 0

    def opened(path):
        nonlocal count
        count += 1
        if count == 1:
            three.log.prune(after(5), None)
        return real(path)

    monkeypatch.setattr(segment, "opened", opened)
    page = three.page(limit=1, since=after(4))
    assert [one.seq for one in page.entries] == [5]
    assert [one.seq for one in three.page(page.cursor, since=after(4)).entries] == [6, 7, 8, 9, 10]
