"""A bench for logs: one at a time, on time that a test moves, in a folder that it looks into."""

import logging

import pytest

from clockhand.contracts import Query
from clockhand.testing import VirtualClock
from clockhand.testing.silo_rig import BEGIN
from clockhand_jsonl.log import JsonlLog
from clockhand_jsonl.pages import Pages, parsed
from clockhand_jsonl.rotation import Rotation


class Bench:
    """A log in a folder of its own, and short words for what tests do to it."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "log.jsonl"
        self.clock = VirtualClock(BEGIN)
        self.log = None
        self.pages = Pages()

    def open(self, **rotation):
        """Open the log, anew if it is open, with these options; return it."""
        self.close()
        made = JsonlLog(self.path, Rotation(**rotation), logging.getLogger("clockhand"), self.clock.now)
        made.open()
        self.log = made
        return made

    def close(self):
        """Close it."""
        if self.log is not None:
            self.log.close()
            self.log = None
        self.pages.close()

    def page(self, cursor=None, limit=1_000, **query):
        """Return a page."""
        place = None if cursor is None else parsed(cursor)
        return self.pages.page(self.log.view, Query(**query), place, limit)

    def seqs(self, **query):
        """Return the numbers of all entries that match."""
        return [one.seq for one in self.page(**query).entries]

    def compress(self):
        """Compress all closed segments."""
        while (segment := self.log.unpacked()) is not None:
            assert self.log.pack(segment, lambda: False)
            self.log.adopt(segment)

    def closed(self, number, suffix=""):
        """Return where a closed segment is."""
        return self.folder / f"log.jsonl.{number:09d}{suffix}"

    @property
    def names(self):
        """What each file beside the log has after its name, but for the index."""
        beside = {path.name.removeprefix("log.jsonl") for path in self.folder.iterdir()}
        return sorted(beside - {"", ".index"})


@pytest.fixture
def bench(tmp_path):
    """Return a bench whose log isn't open yet."""
    made = Bench(tmp_path)
    yield made
    made.close()
