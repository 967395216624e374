"""
The files of one history, and how one takes the place of another so that a crash at any moment loses nothing.

To close a segment is to give the file its second name, and to put an empty one in place of the first:
at each moment the entries have a name, and what is at the path is locked. To compress a segment, or to
thin it out, is to put what it becomes beside it, whole and on the disk, before it goes.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from clockhand.errors import StoreError, StoreUnreachable
from clockhand_jsonl import disk, file
from clockhand_jsonl.contents import Contents
from clockhand_jsonl.file import JsonlFile
from clockhand_jsonl.names import Names
from clockhand_jsonl.pruning import Drops, thin
from clockhand_jsonl.segment import BROKEN, Segment, reason
from clockhand_jsonl.shelf import Shelf
from clockhand_jsonl.view import View


class Files:
    """
    The file that is written to, and the closed segments before it.

    One thread changes them; any may look. An OSError says what the disk refused.
    """

    def __init__(self, path: Path, logger: logging.Logger) -> None:
        self.names = Names(Path(os.path.realpath(path)))
        self._logger = logger
        self._moving = threading.Lock()
        """Held while names and what is known of them change together: a reader gets both of one time."""
        self.shelf = Shelf(self.names, logger, self._moving)
        self.file = JsonlFile(self.names.active, -1, Contents())
        self._unsynced = False
        """Whether a name has changed that a crash of the machine might undo."""

    @property
    def size(self) -> int:
        """How many bytes the entries take on the disk."""
        return self.shelf.size + self.file.end

    def open(self) -> None:
        """Open them, making them if need be; StoreUnreachable says why they can't be used."""
        opened = file.opened(self.names.active, self._logger)
        try:
            for path in self.names.temporary:
                path.unlink(missing_ok=True)
            self.shelf.load(opened.fd)
            disk.sync_directory(self.names.folder)
        except OSError as error:
            opened.close()
            raise StoreUnreachable(
                f"history.jsonl: {self.names.active} can't be opened: {reason(error)}"
            ) from error
        except StoreUnreachable:
            opened.close()
            raise
        with self._moving:
            self.file = opened

    def close(self) -> None:
        """Let go of them."""
        self.file.close()

    def view(self) -> View:
        """Return what there is now to read; nothing that comes later moves it."""
        with self._moving:
            return View(
                segments=self.shelf.segments,
                number=self.shelf.following,
                file=self.names.active.open("rb"),
                path=self.names.active,
                end=self.file.end,
                gaps=self.file.gaps,
                shelf=self.shelf,
            )

    def sync(self) -> None:
        """Make sure that the names survive a crash, if one has changed."""
        if self._unsynced:
            disk.sync_directory(self.names.folder)
            self._unsynced = False

    def rotate(self) -> None:
        """Let the file be the next closed segment, and an empty one the file; an OSError changes nothing."""
        active, name = self.file, self.names.closed(self.shelf.following)
        try:
            with self._made(self.names.rotating) as fd:
                self._name_twice(name)
                closed = Segment(
                    number=self.shelf.following,
                    path=name,
                    size=active.end,
                    mtime=name.stat().st_mtime_ns,
                    contents=active.contents,
                    gaps=active.gaps,
                )
                self._replace(self.names.rotating, JsonlFile(active.path, fd, Contents()), closed)
        except OSError:
            if disk.same(active.fd, name):
                disk.discard(name)
            raise
        active.close()
        self.shelf.save()

    def drop(self, segments: Collection[Segment]) -> int:
        """Delete closed segments, and return how many entries they had."""
        if segments:
            self._unsynced = True
            self.shelf.drop(segments)
        return sum(segment.contents.entries for segment in segments)

    def thin_file(self, drops: Drops) -> int:
        """Take lines out of the file, and return how many; a ValueError says which one is damaged."""
        active = self.file
        with self._made(self.names.pruning) as fd:
            with active.path.open("rb") as source:
                thinned = thin(source, fd, drops, stop=active.end)
            gaps = active.gaps.widened(thinned.taken)
            self._replace(self.names.pruning, JsonlFile(active.path, fd, thinned.contents, gaps))
        active.close()
        return thinned.dropped

    def thin(self, segment: Segment, drops: Drops) -> int:
        """Take lines out of a closed segment, and return how many; StoreError says why it can't be done."""
        if not segment.path.exists():
            self.shelf.lost(segment)
            return 0
        try:
            return self._thinned(segment, drops)
        except ValueError as error:
            raise StoreError(f"history.jsonl: {segment.path} can't be pruned: a line is {error}") from error
        except BROKEN as error:
            raise StoreError(f"history.jsonl: {segment.path} can't be pruned: {reason(error)}") from error

    def _thinned(self, segment: Segment, drops: Drops) -> int:
        with segment.stream() as source, self._made(self.names.pruning) as fd:
            thinned = thin(source, fd, drops, packed=segment.packed)
            there = os.fstat(fd)
            left = attrs.evolve(
                segment,
                size=there.st_size,
                mtime=there.st_mtime_ns,
                contents=thinned.contents,
                gaps=segment.gaps.widened(thinned.taken),
            )
            if left.contents.entries:
                self._put(left, segment, self.names.pruning)
        os.close(fd)
        if not left.contents.entries:
            disk.discard(self.names.pruning)
            self.drop([segment])
        return thinned.dropped

    def adopt(self, segment: Segment, packed: Path) -> None:
        """Let the file *packed* stand for the segment that was compressed into it, if that is still there."""
        if segment not in self.shelf.segments:
            disk.discard(packed)
            return
        path = self.names.packed(segment.number)
        try:
            os.link(packed, path)  # which replaces nothing
        finally:
            disk.discard(packed)
        disk.sync_directory(self.names.folder)
        there = path.stat()
        compressed = attrs.evolve(segment, path=path, size=there.st_size, mtime=there.st_mtime_ns)
        with self._moving:
            self.shelf.swap(segment, compressed)
            segment.path.unlink(missing_ok=True)
        self.shelf.save()

    @contextmanager
    def _made(self, path: Path) -> Iterator[int]:
        """Yield a descriptor of a new file at *path*, locked; both are gone when the block raises."""
        fd = disk.new(path, os.fstat(self.file.fd).st_mode)
        try:
            disk.lock(fd)
            yield fd
        except BaseException:
            os.close(fd)
            disk.discard(path)
            raise

    def _name_twice(self, name: Path) -> None:
        """Give the file its closed name as well, for good: it is about to lose the other one."""
        try:
            os.link(self.names.active, name)
        except FileExistsError:
            if not disk.same(self.file.fd, name):
                raise
        disk.sync_directory(self.names.folder)

    def _replace(self, temporary: Path, fresh: JsonlFile, closed: Segment | None = None) -> None:
        """Put *fresh*, which is locked, in the place of the file, which is *closed* or needed no more."""
        with self._moving:
            temporary.replace(self.names.active)
            if closed is not None:
                self.shelf.add(closed)
            self.file = fresh
        self._unsynced = True

    def _put(self, new: Segment, old: Segment, temporary: Path) -> None:
        self.shelf.forget([old])
        with self._moving:
            temporary.replace(new.path)
            self.shelf.swap(old, new)
        self._unsynced = True
        self.shelf.save()
