"""
The log: all entries at one path, whichever of its files they are in.

Blocking; `history.py` calls it from threads: one changes it, another reads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

from clockhand.contracts import Entry
from clockhand.errors import StoreError
from clockhand_jsonl import lines, packing, pruning
from clockhand_jsonl.files import Files
from clockhand_jsonl.rotation import Rotation
from clockhand_jsonl.seen import Seen
from clockhand_jsonl.segment import Segment, reason
from clockhand_jsonl.view import View


class JsonlLog:
    """Keeps entries, closes the file that they are written to as *rotation* says, and drops what is old."""

    def __init__(
        self, path: Path, rotation: Rotation, logger: logging.Logger, now: Callable[[], datetime]
    ) -> None:
        self.on_closed: Callable[[], None] = _nothing
        """Called, in the thread that writes, when there is a new closed segment."""
        self._files = Files(path, logger)
        self._path = self._files.names.active
        self._rotation = rotation
        self._logger = logger
        self._now = now
        self._past = Seen()
        """Who is not in the file that is written to, but is or was in one before it."""
        self._hindrance = ""
        """Why the last rotation didn't work, so that it is told once."""

    @property
    def size(self) -> int:
        """How many bytes the entries take on the disk."""
        return self._files.size

    def open(self) -> None:
        """Open it, making it if need be; StoreUnreachable says why it can't be used."""
        self._past.join(self._files.file.contents.seen.ranges)
        self._files.open()
        for segment in self._files.shelf.segments:
            self._past.join(segment.contents.seen.ranges)

    def close(self) -> None:
        """Let go of it."""
        self._files.close()

    def append(self, entries: Sequence[Entry]) -> None:
        """
        Write the entries that aren't there, all or none of them, and wait until they are on the disk.

        What is too large for one segment becomes several.
        """
        self._follow()
        batch = self._fresh(entries)
        rotated = bool(batch) and self._rotated(batch)
        try:
            if batch:
                rotated = self._wrote(batch) or rotated
            self._files.sync()
        except OSError as error:
            raise self._failed(f"can't be written: {reason(error)}") from error
        if rotated:
            self._trim()

    def tidy(self) -> None:
        """Close the file if it is too old or too large, and drop the closed segments that aren't kept."""
        self._follow()
        self._rotated()
        try:
            self._files.sync()
        except OSError as error:
            raise self._failed(f"can't be rotated: {reason(error)}") from error
        self._trim()

    def rest(self) -> float | None:
        """Return after how many seconds `tidy` may have something to do; None: never."""
        rest = self._rotation.rest(self._files.file.contents, self._files.shelf.segments, self._now())
        return None if rest is None else rest.total_seconds()

    def view(self) -> View:
        """Return what there is to read; nothing that comes later moves it."""
        try:
            return self._files.view()
        except OSError as error:
            raise self._failed(f"can't be read: {reason(error)}") from error

    def prune(self, before: datetime | None, max_bytes: int | None) -> int:
        """Drop old entries: whole segments where it can be, else by writing the others into a new one."""
        self._follow()
        try:
            dropped = 0 if before is None else self._prune_older(before)
            if max_bytes is not None:
                dropped += self._prune_excess(self.size - max_bytes)
            self._files.sync()
        except ValueError as error:
            raise self._failed(f"can't be pruned: a line is {error}") from error
        except OSError as error:
            raise self._failed(f"can't be pruned: {reason(error)}") from error
        return dropped

    def unpacked(self, but: Collection[int] = ()) -> Segment | None:
        """Return a closed segment that isn't compressed, and whose number isn't one of *but*."""
        plain = (segment for segment in self._files.shelf.segments if not segment.packed)
        return next((segment for segment in plain if segment.number not in but), None)

    def pack(self, segment: Segment, stopping: Callable[[], bool]) -> bool:
        """Compress a segment, beside it; False: not to its end, for *stopping*. May run in any one thread."""
        return packing.pack(segment, self._files.names.packing, stopping)

    def adopt(self, segment: Segment) -> None:
        """Let what `pack` made of a segment take its place."""
        self._files.adopt(segment, self._files.names.packing)

    def _follow(self) -> None:
        """Open it anew when another program moved the file away or changed it, as log rotation does."""
        if self._files.file.untouched:
            return
        self.close()
        self.open()
        self._logger.warning(
            "history.jsonl: %s was moved or changed by another program; opened anew", self._path
        )

    def _fresh(self, entries: Sequence[Entry]) -> list[tuple[Entry, bytes]]:
        """Return those of *entries* that aren't there, each with its line."""
        fresh: dict[tuple[str, int], tuple[Entry, bytes]] = {}
        seen = self._files.file.contents.seen
        for entry in entries:
            identity = (entry.life, entry.seq)
            if identity not in seen and identity not in self._past and identity not in fresh:
                fresh[identity] = (entry, lines.write(entry))
        return list(fresh.values())

    def _rotated(self, batch: Sequence[tuple[Entry, bytes]] = ()) -> bool:
        """Begin another file if it is time to before *batch* comes; if that can't be, go on with this one."""
        if not self._rotation.closes(self._files.file.contents, batch, self._now()) or not self._rotate():
            return False
        self.on_closed()
        return True

    def _rotate(self) -> bool:
        contents = self._files.file.contents
        try:
            self._files.rotate()
        except OSError as error:
            self._hinder(reason(error))
            return False
        self._hindrance = ""
        self._past.join(contents.seen.ranges)
        return True

    def _wrote(self, batch: Sequence[tuple[Entry, bytes]]) -> bool:
        """Write *batch*, and return whether it took more than one file; when it raises nothing is kept."""
        # A file that has something in it has room for the batch, or can't be closed.
        parts = [batch] if self._files.file.end else self._rotation.parts(batch)
        before, following = Seen(), self._files.shelf.following
        if len(parts) > 1:
            before.join(self._past.ranges)
        try:
            for part in parts:
                if part is not parts[0]:
                    self._rotate()
                self._files.file.write(part)
        except OSError:
            if len(parts) > 1:
                self._take_back(before, following)
            raise
        if len(parts) > 1:
            self.on_closed()
        return len(parts) > 1

    def _take_back(self, before: Seen, following: int) -> None:
        """Forget what was written to segments from *following* on, and to the file, which was empty then."""
        self._files.file.empty()
        self._past = before
        try:
            self._files.drop([one for one in self._files.shelf.segments if one.number >= following])
        except OSError:  # then it stays, and is left out of what is given again
            for one in self._files.shelf.segments:
                self._past.join(one.contents.seen.ranges)

    def _hinder(self, why: str) -> None:
        if self._hindrance != why:
            self._hindrance = why
            self._logger.warning(
                "history.jsonl: %s can't be rotated: %s; it grows until it can be", self._path, why
            )

    def _trim(self) -> None:
        """Drop the closed segments that aren't kept any longer; what can't be is tried again later."""
        surplus = self._rotation.surplus(self._files.shelf.segments, self._now())
        if not surplus:
            return
        try:
            dropped = self._files.drop(surplus)
        except OSError as error:
            self._logger.warning("history.jsonl: a closed segment can't be dropped: %s", error)
            return
        self._logger.info(
            "history.jsonl: dropped %d entries in %d closed segments up to %s, as `keep` says",
            dropped,
            len(surplus),
            surplus[-1].path,
        )

    def _prune_older(self, before: datetime) -> int:
        segments = self._files.shelf.segments
        dropped = self._files.drop([one for one in segments if one.contents.newest < before])
        for segment in segments:
            if segment.contents.oldest < before <= segment.contents.newest:
                dropped += self._files.thin(segment, pruning.older(before))
        if self._files.file.contents.oldest < before:
            dropped += self._thin_file(pruning.older(before))
        return dropped

    def _prune_excess(self, excess: int) -> int:
        """Drop the oldest entries that take *excess* bytes; a compressed segment goes as a whole."""
        whole: list[Segment] = []
        for segment in self._files.shelf.segments:
            if excess <= 0 or (excess < segment.size and not segment.packed):
                break
            whole.append(segment)
            excess -= segment.size
        dropped = self._files.drop(whole)
        if excess <= 0:
            return dropped
        left = self._files.shelf.segments
        drops = pruning.first(excess)
        return dropped + (self._files.thin(left[0], drops) if left else self._thin_file(drops))

    def _thin_file(self, drops: pruning.Drops) -> int:
        self._past.join(self._files.file.contents.seen.ranges)
        return self._files.thin_file(drops)

    def _failed(self, reason: str) -> StoreError:
        return StoreError(f"history.jsonl: {self._path} {reason}")


def _nothing() -> None:
    """Do nothing: nobody waits for closed segments."""
