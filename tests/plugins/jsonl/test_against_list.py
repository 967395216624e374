"""The log answers as a plain list would, whatever is asked of it, in whatever order, over any restarts."""

import logging
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from clockhand.contracts import Query
from clockhand.testing import VirtualClock
from clockhand.testing.history_contract import bare, entry
from clockhand.testing.silo_rig import BEGIN, after
from clockhand_jsonl import lines
from clockhand_jsonl.log import JsonlLog
from clockhand_jsonl.pages import Pages, parsed
from clockhand_jsonl.rotation import Rotation

ENDLESS = 1_000
ROTATIONS = st.builds(
    Rotation,
    max_bytes=st.sampled_from([None, 1, 250, 600]),
    max_age=st.sampled_from([None, timedelta(seconds=5), timedelta(seconds=20)]),
    compress=st.booleans(),
)
MOMENTS = st.integers(0, 30)
BATCHES = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 40), MOMENTS), max_size=8)


@attrs.define
class Row:
    """An entry that was appended, and whether it is still there."""

    entry: object
    there: bool = True


@attrs.frozen
class Bookmark:
    """The cursor of a page, and after how many rows it was."""

    cursor: str
    row: int
    newest_first: bool
    start: int


class Against(RuleBasedStateMachine):
    """A log, and the list that it should be like."""

    bookmarks = Bundle("bookmarks")

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = VirtualClock(BEGIN)
        self.rows = []
        self.known = set()
        self.starts = 0
        self.log = None

    @initialize(rotation=ROTATIONS)
    def begin(self, rotation):
        """Open a new log."""
        self.rotation = rotation
        self.log = JsonlLog(
            self.folder / "log.jsonl", rotation, logging.getLogger("clockhand"), self.clock.now
        )
        self.log.open()
        self.pages = Pages()

    def teardown(self):
        """Leave nothing behind."""
        if self.log is not None:
            self.log.close()
            self.pages.close()
        shutil.rmtree(self.folder)

    @rule(batch=BATCHES, seconds=st.integers(0, 10))
    def append(self, batch, seconds):
        """Append entries, some of them again, some later than others."""
        self.clock.advance(seconds)
        entries = [entry(seq, at=at, life=life) for life, seq, at in batch]
        self.log.append(entries)
        for one in entries:
            if (one.life, one.seq) not in self.known:
                self.known.add((one.life, one.seq))
                self.rows.append(Row(one))

    @rule(seconds=st.integers(0, 40))
    def tidy(self, seconds):
        """Let the log look after what grew old."""
        self.clock.advance(seconds)
        self.log.tidy()

    @rule()
    def compress(self):
        """Compress a closed segment."""
        if self.rotation.compress and (segment := self.log.unpacked()) is not None:
            assert self.log.pack(segment, lambda: False)
            self.log.adopt(segment)

    @rule(before=MOMENTS)
    def prune_older(self, before):
        """Prune by age."""
        old = [row for row in self.rows if row.there and row.entry.at < after(before)]
        assert self.log.prune(after(before), None) == len(old)
        for row in old:
            row.there = False

    @rule(share=st.floats(0, 1))
    def prune_excess(self, share):
        """Prune by size: the first ones go, and no more than need be unless they are compressed."""
        there, size = [row for row in self.rows if row.there], self.log.size
        packed = list(self.folder.glob("*.gz"))
        limit = int(size * share)
        dropped = self.log.prune(None, limit)
        assert self.log.size <= limit
        if not packed:
            files = [self.folder / "log.jsonl", *self.folder.glob("log.jsonl.[0-9]*")]
            assert self.log.size == sum(path.stat().st_size for path in files)
            last = len(lines.write(there[dropped - 1].entry)) if dropped else 0
            assert not dropped or self.log.size + last > limit
        for row in there[:dropped]:
            row.there = False

    @rule(rotation=ROTATIONS, index=st.booleans())
    def restart(self, rotation, index):
        """Close the log and open it anew, with other options, perhaps without its index."""
        self.log.close()
        self.pages.close()
        if not index:
            (self.folder / "log.jsonl.index").unlink(missing_ok=True)
        self.begin(rotation)
        self.known = {(row.entry.life, row.entry.seq) for row in self.rows if row.there}
        self.starts += 1

    @rule(target=bookmarks, newest_first=st.booleans(), limit=st.integers(1, 9))
    def first_page(self, newest_first, limit):
        """Read a first page."""
        return self.page(None, newest_first, limit)

    @rule(target=bookmarks, mark=consumes(bookmarks), limit=st.integers(1, 9))
    def next_page(self, mark, limit):
        """Read the page after one that was read some time ago."""
        if mark.start < self.starts and not self.rows[mark.row].there:
            return multiple()  # a restart may forget where it was that entries were pruned
        return self.page(mark, mark.newest_first, limit)

    def page(self, mark, newest_first, limit):
        """Read a page, compare it, and return where it ended."""
        page = self.read(mark and mark.cursor, newest_first, limit)
        numbers = range(len(self.rows))[:: -1 if newest_first else 1]
        if mark is not None:
            numbers = range(mark.row)[::-1] if newest_first else range(mark.row + 1, len(self.rows))
        left = [number for number in numbers if self.rows[number].there]
        assert bare(page.entries) == [self.rows[number].entry for number in left[:limit]]
        if len(left) <= limit:
            assert page.cursor is None
            return multiple()
        return Bookmark(page.cursor, left[limit - 1], newest_first, self.starts)

    def read(self, cursor, newest_first, limit, **query):
        """Return a page."""
        place = None if cursor is None else parsed(cursor)
        return self.pages.page(self.log.view, Query(newest_first=newest_first, **query), place, limit)

    @rule(since=MOMENTS, length=st.integers(0, 10), newest_first=st.booleans())
    def search(self, since, length, newest_first):
        """Read what happened in some time."""
        since, until = after(since), after(since + length)
        page = self.read(None, newest_first, ENDLESS, since=since, until=until)
        found = [row.entry for row in self.rows if row.there and since <= row.entry.at < until]
        assert bare(page.entries) == (found[::-1] if newest_first else found)

    @invariant()
    def same(self):
        """All that is there is what the list has, with positions that grow."""
        if self.log is None:
            return
        page = self.read(None, False, ENDLESS)
        assert bare(page.entries) == [row.entry for row in self.rows if row.there]
        positions = [one.position for one in page.entries]
        assert positions == sorted(set(positions))


TestAgainstList = Against.TestCase
TestAgainstList.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
