"""The closed segments of a history that another process writes: looked at, never changed."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

from clockhand.errors import StoreError
from clockhand_jsonl import index
from clockhand_jsonl.disk import same
from clockhand_jsonl.names import Names
from clockhand_jsonl.segment import BROKEN, Segment, inspected, reason


class Sight:
    """
    What can be seen of the closed segments, by one thread.

    Each may be compressed, thinned out or deleted at any moment; then the next look shows what took
    its place. What is wrong with the index is for the writer to tell.
    """

    def __init__(self, names: Names) -> None:
        self.following = 0
        """The number that comes after those of all segments that were seen or told of; 0: no look yet."""
        self._names = names
        self._known: dict[Path, Segment] = {}
        """Those that were there at the last look, so that none is read twice to know what is in it."""
        self._told: dict[Path, Segment] | None = None
        """Those that the index tells of; None: not read since the last look."""

    def look(self, active: int) -> tuple[tuple[Segment, ...], int | None]:
        """
        Return the segments before the file *active*, and its number if it has one; -1: there is no file.

        It has one once the writer is closing it, or has closed it since it was opened.
        """
        self._told = None
        if not self.following:
            self._tell()
        # What is renamed while a directory is read may be left out, but not when it is read again.
        numbers = sorted({*self._names.listed(), *self._names.listed()})
        found: list[Segment] = []
        for number in numbers:
            if active >= 0 and same(active, self._names.closed(number)):
                return tuple(found), number
            if (segment := self._found(number)) is not None:
                found.append(segment)
        self._known = {segment.path: segment for segment in found}
        self.following = max([self.following, *(segment.number + 1 for segment in found)])
        return tuple(found), None

    def current(self, segment: Segment) -> Segment | None:
        """Return what has the number of *segment* now: itself, what took its place, or None."""
        with suppress(FileNotFoundError):
            if segment.unchanged:
                return segment
        self._told = None
        return self._found(segment.number)

    def lost(self, segment: Segment) -> None:
        """Forget a segment that is gone."""
        self._known.pop(segment.path, None)

    def _found(self, number: int) -> Segment | None:
        # In this order: a segment has its compressed form before it loses the plain one.
        for path in (self._names.closed(number), self._names.packed(number)):
            with suppress(FileNotFoundError):
                return self._known_at(number, path)
        return None

    def _known_at(self, number: int, path: Path) -> Segment:
        known = self._known.get(path)
        if known is None or not known.unchanged:
            there = path.stat()
            known = self._tell().get(path)
            if known is None or not known.unchanged:
                known = _looked_into(number, path, there.st_mode, known)
            self._known[path] = known
        return known

    def _tell(self) -> dict[Path, Segment]:
        """Return what the index tells, read once in a look; who is told of as before stays who it is."""
        if self._told is None:
            told: dict[Path, Segment] = {}
            with suppress(index.ForeignIndex, OSError):
                following, told = index.load(self._names)
                self.following = max(self.following, following)
            for path, segment in told.items():
                known = self._known.get(path)
                if known is not None and known.record == segment.record:
                    told[path] = known
            self._told = told
        return self._told


def _looked_into(number: int, path: Path, mode: int, known: Segment | None) -> Segment:
    """
    Return the segment at *path*, after reading all of it.

    One that is damaged is what the index says of it, if it does: who reads that far is told.
    """
    if not stat.S_ISREG(mode):
        raise _unreadable(path, "it is not a regular file")
    try:
        return inspected(number, path)
    except FileNotFoundError:
        raise
    except (ValueError, *BROKEN) as error:
        if known is not None:
            return known
        raise _unreadable(path, reason(error)) from error


def _unreadable(path: Path, why: str) -> StoreError:
    return StoreError(f"history.jsonl: {path} can't be read: {why}; mend it, or move it away")
