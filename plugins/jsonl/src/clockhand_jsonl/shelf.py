"""The closed segments of one history, oldest first, and the index that tells of them."""

from __future__ import annotations

import logging
import stat
import threading
from collections import deque
from collections.abc import Collection
from pathlib import Path
from typing import Final

from clockhand.errors import StoreUnreachable
from clockhand_jsonl import index
from clockhand_jsonl.disk import discard, same
from clockhand_jsonl.names import Names
from clockhand_jsonl.segment import BROKEN, Segment, inspected, opened, reason

_BLOCK: Final = 1 << 20


class Shelf:
    """
    The closed segments. One thread changes them; any may look.

    *moving* is held while names and what is known of them change together.
    """

    def __init__(self, names: Names, logger: logging.Logger, moving: threading.Lock) -> None:
        self.segments: tuple[Segment, ...] = ()
        self.following = 1
        """The number that comes after those of all segments there ever were."""
        self._names = names
        self._logger = logger
        self._moving = moving
        self._indexed = True
        """Whether the index is ours to write."""

    @property
    def size(self) -> int:
        """How many bytes they take on the disk."""
        return sum(segment.size for segment in self.segments)

    def load(self, active: int) -> None:
        """
        Find the segments beside the open file *active*, and finish what a crash cut off.

        StoreUnreachable names one that can't be used. OSError: the folder can't be read.
        """
        following, known = self._known()
        there = {number: self._settled(paths, active) for number, paths in self._names.listed().items()}
        segments = tuple(
            self._segment(number, path, known.get(path)) for number, path in there.items() if path is not None
        )
        self._tell_missing(known.values(), {segment.number for segment in segments})
        self.following = max([following, *(segment.number + 1 for segment in segments)])
        self.segments = segments
        if [one.record for one in segments] != [one.record for one in known.values()]:
            self.save()

    def add(self, segment: Segment) -> None:
        """Put a segment at the end. The caller holds the lock."""
        self.segments = (*self.segments, segment)
        self.following = max(self.following, segment.number + 1)

    def swap(self, old: Segment, new: Segment) -> None:
        """Let *new* stand where *old* did. The caller holds the lock."""
        self.segments = tuple(new if one is old else one for one in self.segments)

    def drop(self, gone: Collection[Segment]) -> None:
        """Delete segments; OSError: one can't be, and it and those after it stay."""
        self.forget(gone)
        self._take_out(gone)
        left = deque(gone)
        try:
            while left:
                left[0].path.unlink(missing_ok=True)
                left.popleft()
        finally:
            if left:
                with self._moving:
                    self.segments = tuple(sorted([*self.segments, *left], key=lambda one: one.number))

    def forget(self, some: Collection[Segment]) -> None:
        """Take segments out of the index: they are about to change, and a crash may come before they did."""
        numbers = {one.number for one in some}
        self._save([one for one in self.segments if one.number not in numbers])

    def save(self) -> None:
        """Write the index."""
        self._save(self.segments)

    def current(self, segment: Segment) -> Segment | None:
        """Return what has the number of *segment* now: itself, what took its place, or None."""
        with self._moving:
            return next((one for one in self.segments if one.number == segment.number), None)

    def lost(self, segment: Segment) -> None:
        """Forget a segment that another program took away, and tell of it."""
        self._take_out([segment])
        self._tell_missing([segment], ())

    def _take_out(self, some: Collection[Segment]) -> None:
        numbers = {one.number for one in some}
        with self._moving:
            self.segments = tuple(one for one in self.segments if one.number not in numbers)

    # Loading

    def _known(self) -> tuple[int, dict[Path, Segment]]:
        self._indexed = True
        try:
            return index.load(self._names)
        except index.ForeignIndex:
            self._indexed = False
            self._logger.warning(
                "history.jsonl: %s was not written by clockhand and is left as it is; without an index "
                "all closed segments are read at each start, so move it away",
                self._names.index,
            )
        except OSError as error:
            self._logger.warning("history.jsonl: %s can't be read: %s", self._names.index, reason(error))
        return 1, {}

    def _settled(self, paths: list[Path], active: int) -> Path | None:
        """Return where a segment is, once what a crash left of closing or compressing it is cleared away."""
        paths = [path for path in paths if not self._undone(path, active)]
        if len(paths) > 1:
            plain, packed = paths
            if not _alike(plain, packed):
                raise StoreUnreachable(
                    f"history.jsonl: {plain} and {packed.name} are both there and differ; move one away"
                )
            plain.unlink()
            self._logger.info("history.jsonl: %s is compressed; took the plain one away", packed)
            return packed
        return paths[0] if paths else None

    def _undone(self, path: Path, active: int) -> bool:
        """Take away the closed name of a file that is still written to; say whether *path* was one."""
        if not same(active, path):
            return False
        path.unlink()
        return True

    def _segment(self, number: int, path: Path, known: Segment | None) -> Segment:
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise _unreachable(path, "is not a regular file")
            if known is not None and known.unchanged:
                return known
            return self._inspected(number, path, known)
        except ValueError as error:
            raise _unreachable(path, f"can't be used: {error}") from error
        except BROKEN as error:
            raise _unreachable(path, f"can't be read: {reason(error)}") from error

    def _inspected(self, number: int, path: Path, known: Segment | None) -> Segment:
        found = inspected(number, path)
        if known is not None and found.contents.entries < known.contents.entries:
            self._logger.warning(
                "history.jsonl: %s was changed by another program: %d of its %d entries are left",
                path,
                found.contents.entries,
                known.contents.entries,
            )
        return found

    def _tell_missing(self, known: Collection[Segment], there: Collection[int]) -> None:
        for segment in known:
            if segment.number not in there:
                self._logger.warning(
                    "history.jsonl: %s is gone, and its %d entries with it; another program took it away",
                    segment.path,
                    segment.contents.entries,
                )

    def _save(self, segments: Collection[Segment]) -> None:
        if not self._indexed:
            return
        try:
            index.save(self._names, self.following, segments)
        except OSError as error:
            discard(self._names.indexing)
            self._logger.warning(
                "history.jsonl: %s can't be written: %s; the next start takes longer",
                self._names.index,
                reason(error),
            )


def _alike(plain: Path, packed: Path) -> bool:
    """Say whether the compressed file has what the plain one has."""
    try:
        with opened(plain) as one, opened(packed) as other:
            while block := one.read(_BLOCK):
                if other.read(_BLOCK) != block:
                    return False
            return not other.read(1)
    except BROKEN:
        return False


def _unreachable(path: Path, reason: str) -> StoreUnreachable:
    return StoreUnreachable(f"history.jsonl: {path} {reason}; mend it, or move it away")
