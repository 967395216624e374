"""Pages of entries, in either direction, across segments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import attrs

from clockhand.contracts import Entry, Page, Query
from clockhand.errors import StoreError, shown
from clockhand_jsonl import lines
from clockhand_jsonl.gaps import Gaps
from clockhand_jsonl.opener import Opener
from clockhand_jsonl.segment import BROKEN, Segment, reason
from clockhand_jsonl.view import View, Whereabouts

_CURSOR: Final = re.compile(r"(\d{1,10}):(\w{1,8}):(\d{1,18}):(\d{1,18}):(.*)", re.ASCII | re.DOTALL)
_SEGMENT: Final = 1 << 40
"""By how much positions grow from one segment to the next: more bytes than one has."""


@attrs.frozen
class Place:
    """Where a page ended: its last entry, the segment that has it, and the offset at which it was written."""

    number: int
    space: str
    """From where the offset counts, see Gaps."""
    offset: int
    seq: int
    life: str


def parsed(cursor: str) -> Place:
    """Return the place that the cursor of a page names; ValueError: it is none."""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise ValueError(f"history.jsonl: not a cursor, given {shown(cursor)}; take the one of a page")
    return Place(int(match[1]), match[2], int(match[3]), int(match[4]), match[5])


@attrs.frozen
class _Source:
    """A file of lines that is open, up to *end*."""

    number: int
    path: Path
    file: BinaryIO
    end: int
    gaps: Gaps


class _Pruned(Exception):
    """A segment that was still to be read has been pruned."""


class Pages:
    """Makes pages, one at a time."""

    def __init__(self) -> None:
        self._opener = Opener()

    def close(self) -> None:
        """Let go of what is open."""
        self._opener.close()

    def page(self, view: Callable[[], View], query: Query, place: Place | None, limit: int) -> Page:
        """
        Return up to *limit* entries after *place* that match; StoreError names what can't be read.

        *view* is asked anew when a prune has meanwhile taken away what was still to be read: as what
        was read before it is older, the page would have a hole.
        """
        while True:
            now = view()
            try:
                page = self._page(now, query, place, limit)
            except _Pruned:
                continue
            finally:
                now.file.close()
                self._opener.release()
            if page.cursor is None:
                self._opener.close()
            return page

    def _page(self, view: View, query: Query, place: Place | None, limit: int) -> Page:
        found: list[Entry] = []
        cursor = ""
        place = None if place is None else _renumbered(view, place)
        for source, offset, line in self._lines(view, query, place):
            entry = _entry(source, line, offset)
            if not query.matches(entry):
                continue
            if len(found) >= limit:
                return Page(tuple(found), cursor)
            found.append(entry)
            gaps = source.gaps
            cursor = f"{source.number}:{gaps.space}:{gaps.original(offset)}:{entry.seq}:{entry.life}"
        return Page(tuple(found))

    def _lines(self, view: View, query: Query, place: Place | None) -> Iterator[tuple[_Source, int, bytes]]:
        for source in self._sources(view, query, place):
            try:
                for offset, line in _after(source, place, newest_first=query.newest_first):
                    yield source, offset, line
            except OSError as error:
                raise _unreadable(source.path, error) from error

    def _sources(self, view: View, query: Query, place: Place | None) -> Iterator[_Source]:
        """Yield what may have entries after *place*, in order, each open until the next one is asked for."""
        active = _Source(view.number, view.path, view.file, view.end, view.gaps)
        order: list[Segment | _Source] = [*(one for one in view.segments if one.may_match(query)), active]
        for one in reversed(order) if query.newest_first else order:
            if place is not None and _before(one.number, place, newest_first=query.newest_first):
                continue
            if not isinstance(one, Segment):
                yield one
            elif (source := self._opened(one, view.shelf, newest_first=query.newest_first)) is not None:
                yield source

    def _opened(self, segment: Segment, shelf: Whereabouts, *, newest_first: bool) -> _Source | None:
        """
        Return the segment, opened; None: it is gone.

        It may have been compressed or pruned since it was looked up, or while it was being opened: then
        what took its place is opened.
        """
        try:
            file = self._opener.open(segment)
        except FileNotFoundError:
            if shelf.current(segment) is segment:
                shelf.lost(segment)
                return None
        except BROKEN as error:
            if shelf.current(segment) is segment:
                raise _unreadable(segment.path, error) from error
        else:
            if shelf.current(segment) is segment:
                return _Source(segment.number, segment.path, file, segment.contents.length, segment.gaps)
        current = shelf.current(segment)
        if not newest_first and (current is None or current.contents is not segment.contents):
            raise _Pruned
        return None if current is None else self._opened(current, shelf, newest_first=newest_first)


def _renumbered(view: View, place: Place) -> Place:
    """
    Return *place* with the number that the segment of its entry has now.

    Numbers begin anew when the index is lost that counted the segments, and the last of them are gone.
    """
    spaces = {segment.number: segment.gaps.space for segment in view.segments}
    if place.space == {**spaces, view.number: view.gaps.space}.get(place.number):
        return place
    identity = (place.life, place.seq)
    having = (segment.number for segment in view.segments if identity in segment.contents.seen)
    return attrs.evolve(place, number=next(having, min(place.number, view.number)))


def _before(number: int, place: Place, *, newest_first: bool) -> bool:
    """Say whether all of a segment comes before *place*, in the direction that is asked for."""
    return number > place.number if newest_first else number < place.number


def _entry(source: _Source, line: bytes, offset: int) -> Entry:
    try:
        return lines.read(line, source.number * _SEGMENT + offset + 1)
    except ValueError as error:
        raise StoreError(
            f"history.jsonl: {source.path}: the line at byte {offset} can't be read: {error}"
        ) from error


def _after(source: _Source, place: Place | None, *, newest_first: bool) -> Iterator[tuple[int, bytes]]:
    """Return the lines of one file that come after *place*, in the direction that is asked for."""
    start, stop = 0, source.end
    if place is not None and place.number == source.number:
        found = _located(source, place)
        start, stop = (found.stop, source.end) if not newest_first else (0, found.start)
    return lines.backward(source.file, stop) if newest_first else lines.forward(source.file, start, stop)


def _located(source: _Source, place: Place) -> range:
    """
    Return the bytes of the entry at *place*; where it was, if it was pruned.

    Where nobody knows any more what was pruned, the entry is looked for; if it isn't there, all that
    is there came after it.
    """
    start = 0
    if source.gaps.space == place.space:
        start = source.gaps.now(place.offset)
        if source.gaps.has(place.offset):
            return range(start, start)
    for offset, line in lines.forward(source.file, start, source.end):
        with suppress(ValueError):
            if lines.identify(line)[:2] == (place.life, place.seq):
                return range(offset, offset + len(line) + 1)
    return range(0)


def _unreadable(path: Path, error: BaseException) -> StoreError:
    return StoreError(f"history.jsonl: {path} can't be read: {reason(error)}")
