"""
Killed at any moment: before, after and in the middle of each thing that is asked of the disk.

Run as a script, this file is the process that is killed: it forks a child for each moment, lets it
live its story up to there, and looks at what is left.
"""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from datetime import timedelta
from pathlib import Path

import pytest

from clockhand.contracts import Query, SystemClock
from clockhand.testing.history_contract import bare, entry
from clockhand.testing.silo_rig import after
from clockhand_jsonl import lines
from clockhand_jsonl.log import JsonlLog
from clockhand_jsonl.pages import Pages
from clockhand_jsonl.reader import LogReader
from clockhand_jsonl.rotation import Rotation

ASKED = ("fchmod", "fsync", "ftruncate", "link", "open", "pwrite", "replace", "unlink", "utime")
"""What is asked of the disk that changes something, or makes it last."""
BATCHES = [[entry(seq, reason="x" * 50) for seq in range(first, first + 3)] for first in range(1, 19, 3)]
ALL = [one for batch in BATCHES for one in batch]
LONG = timedelta(days=30_000)
ROOM = max(sum(len(lines.write(one)) for one in batch) for batch in BATCHES)
"""How many bytes a batch has."""


def opened(folder, rotation):
    """Return a log that is open."""
    log = JsonlLog(folder / "log.jsonl", rotation, logging.getLogger("crash"), SystemClock().now)
    log.open()
    return log


def compress(log):
    """Compress what is closed."""
    while (segment := log.unpacked()) is not None:
        assert log.pack(segment, lambda: False)
        log.adopt(segment)


def seqs(log):
    """Return the numbers of all entries, read from either end."""
    pages = Pages()
    up = pages.page(log.view, Query(), None, 1_000).entries
    down = pages.page(log.view, Query(newest_first=True), None, 1_000).entries
    pages.close()
    assert bare(up) == bare(down)[::-1]
    assert bare(up) == [ALL[one.seq - 1] for one in up]
    return [one.seq for one in up]


class Rotating:
    """Batches are appended, each into a segment of its own, which is compressed."""

    rotation = Rotation(max_bytes=ROOM, max_age=LONG, compress=True)

    def live(self, folder, done):
        """Append and compress, telling after each batch that it is kept."""
        log = opened(folder, self.rotation)
        for batch in BATCHES:
            log.append(batch)
            done(batch[-1].seq)
            compress(log)

    def check(self, left, kept):
        """What was kept is there, and of what came next only the beginning."""
        assert left == list(range(1, len(left) + 1))
        assert kept <= len(left) <= kept + 3


class Keeping(Rotating):
    """Two closed segments are kept."""

    rotation = Rotation(max_bytes=ROOM, keep=2)

    def check(self, left, kept):
        """What is there has no gap, ends with what was kept or the beginning of what came next."""
        assert left == list(range(left[0], left[-1] + 1)) if left else kept == 0
        assert kept <= (left or [0])[-1] <= kept + 3
        assert len(left) >= min(kept, 6)


class Splitting:
    """All is appended at once, and is too much for one segment."""

    rotation = Rotation(max_bytes=ROOM)

    def live(self, folder, done):
        """Append the first batch, then all others."""
        log = opened(folder, self.rotation)
        log.append(BATCHES[0])
        done(3)
        log.append(ALL)
        done(18)

    def check(self, left, kept):
        """What was kept is there, and of what came next only the beginning."""
        assert left == list(range(1, len(left) + 1))
        assert kept <= len(left)


class Pruning:
    """Old entries are pruned: out of a compressed segment, a plain one and the file, and whole segments."""

    rotation = Rotation(max_bytes=1_000)

    def live(self, folder, done):
        """Prune what is older, ever more of it, then what is too much."""
        log = opened(folder, self.rotation)
        if not log.size:
            for batch in BATCHES:
                log.append(batch)
            done(0)
            compress(log)
        for moment in (5, 11, 17):
            log.prune(after(moment), None)
            done(moment - 1)
            log.close()
            log = opened(folder, self.rotation)
        log.prune(None, 150)
        done(17)

    def check(self, left, kept):
        """Only the oldest are gone: all that were said to be pruned, at most what was to be."""
        if not left or left[-1] < 18:
            assert kept == 0  # it was killed while the batches were appended
            return
        assert left == list(range(left[0], 19))
        assert kept < left[0]


STORIES = {"rotating": Rotating(), "keeping": Keeping(), "splitting": Splitting(), "pruning": Pruning()}
MANNERS = ("before", "after", "amid")


def deadly(number, manner):
    """Let this process be killed at the *number*-th thing that it asks of the disk, or amid a write."""
    count = 0

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def made(real):
        def call(*args, **kwargs):
            nonlocal count
            count += 1
            if count != number:
                return real(*args, **kwargs)
            if manner == "amid":
                real(args[0], args[1][: len(args[1]) // 2], args[2])
            elif manner == "after":
                with contextlib.suppress(OSError):
                    real(*args, **kwargs)
            return die()

        return call

    for name in ["pwrite"] if manner == "amid" else ASKED:
        setattr(os, name, made(getattr(os, name)))


def lived(story, folder, number, manner):
    """Live *story* in a child up to a moment; return what it told last, and whether it was killed."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            deadly(number, manner)
            story.live(folder, lambda seq: os.write(writes, b"%d\n" % seq))
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as its parent
            traceback.print_exc()
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads) as told:
        kept = [int(line) for line in told]
    _, status = os.waitpid(child, 0)
    assert status in {0, signal.SIGKILL}, "the story itself went wrong"
    return (kept or [0])[-1], os.WIFSIGNALED(status)


class Heard(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.said = []

    def emit(self, record):
        """Keep it."""
        self.said.append(record.getMessage())


def only_seen(folder):
    """Return the numbers that a reader sees before a scheduler has cleared anything away."""
    reader = LogReader(folder / "log.jsonl")
    reader.open()
    found = seqs(reader)
    reader.close()
    return found


def looked_at(story, folder, kept):
    """Open what is left, hold it to the story, and append all again."""
    heard = Heard()
    logging.getLogger("crash").addHandler(heard)
    seen = only_seen(folder)
    log = opened(folder, story.rotation)
    left = seqs(log)
    assert seen in (left, left[:-1])  # a whole line that only lacks its end counts once it has one
    story.check(left, kept)
    files = [path.name for path in folder.iterdir()]
    assert not [name for name in files if name.endswith("ing")], files
    missing = ALL[(left or [0])[-1] :]
    log.append(missing)
    log.append(ALL[(left or [1])[0] - 1 :])
    if story.rotation.compress:
        compress(log)
    wanted = [*left, *(one.seq for one in missing)]
    found = seqs(log)
    assert found == wanted[-len(found) :]
    log.close()
    log = opened(folder, story.rotation)
    assert seqs(log) == found
    log.close()
    logging.getLogger("crash").removeHandler(heard)
    assert not [text for text in heard.said if "another program" in text], "nobody else was there"


def main(name):
    """Kill the story at each moment in each manner, and say how many there were."""
    os.fsync = int  # a process that is killed takes nothing from the system's own memory
    story, killed = STORIES[name], 0
    for manner in MANNERS:
        number = 0
        alive = False
        while not alive:
            number += 1
            folder = Path(tempfile.mkdtemp())
            kept, dead = lived(story, folder, number, manner)
            try:
                looked_at(story, folder, kept)
            except BaseException as error:
                error.add_note(f"killed {manner} moment {number} of {name}, {kept} kept, in {folder}")
                raise
            shutil.rmtree(folder)
            killed += dead
            alive = not dead
    sys.stdout.write(f"{killed}\n")


@pytest.mark.system
@pytest.mark.parametrize("story", STORIES)
def test_killed_at_each_moment(story, tmp_path):
    """What was kept is there, once and in order; what was begun is finished or undone."""
    done = subprocess.run(
        [sys.executable, __file__, story],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


if __name__ == "__main__":
    main(sys.argv[1])
