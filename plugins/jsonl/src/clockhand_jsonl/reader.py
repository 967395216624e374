"""
The log as one sees it who only reads: beside the process that writes, without a lock, changing no file.

What the writer does in between (closing, compressing, pruning) is seen at the next view. What it has
written but not yet made sure of may be seen too; half a line is not.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from clockhand.contracts import Entry
from clockhand.errors import StoreError
from clockhand_jsonl import lines
from clockhand_jsonl.disk import same
from clockhand_jsonl.file import refuse_unfit
from clockhand_jsonl.gaps import Gaps
from clockhand_jsonl.names import Names
from clockhand_jsonl.segment import reason
from clockhand_jsonl.sight import Sight
from clockhand_jsonl.view import View


class LogReader:
    """Reads the log at *path*, whoever writes it. For one thread."""

    def __init__(self, path: Path) -> None:
        self._names = Names(Path(os.path.realpath(path)))
        self._sight = Sight(self._names)
        self._gaps = Gaps()
        self._held = -1
        """The file whose offsets these gaps are about; while it is open no other has its inode."""

    @property
    def size(self) -> int:
        """How many bytes the entries take on the disk."""
        view = self.view()
        view.file.close()
        return sum(segment.size for segment in view.segments) + view.end

    def open(self) -> None:
        """Look whether it could be there; StoreUnreachable says why it can't. There need be no file yet."""
        refuse_unfit(self._names.active)

    def close(self) -> None:
        """Let go of it."""
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def append(self, entries: Sequence[Entry]) -> None:
        """Refuse."""
        raise self._refused(f"{len(entries)} entries can't be appended")

    def prune(self, before: datetime | None, max_bytes: int | None) -> int:
        """Refuse."""
        raise self._refused(f"it can't be pruned (before={before}, max_bytes={max_bytes})")

    def view(self) -> View:
        """Return what there is to read; nothing that comes later moves it."""
        try:
            while (view := self._seen()) is None:
                pass  # the file was pruned, or closed and compressed, just now
        except OSError as error:
            raise StoreError(f"history.jsonl: {self._names.active} can't be read: {reason(error)}") from error
        return view

    def _seen(self) -> View | None:
        """Return the file and the segments before it, of one moment; None: there was no such moment."""
        with ExitStack() as stack:
            file, fd = self._file()
            stack.callback(file.close)
            segments, number = self._sight.look(fd)
            if number is None and not self._still(fd):
                return None
            view = View(
                segments=segments,
                number=self._sight.following if number is None else number,
                path=self._names.active,
                file=file,
                end=0 if fd < 0 else lines.end(file, os.fstat(fd).st_size),
                gaps=self._gaps_of(fd),
                shelf=self._sight,
            )
            stack.pop_all()
        return view

    def _file(self) -> tuple[BinaryIO, int]:
        """Return the file that is written to, and its descriptor; an empty one and -1: there is none."""
        try:
            file = self._names.active.open("rb")
        except FileNotFoundError:
            return BytesIO(), -1
        return file, file.fileno()

    def _still(self, fd: int) -> bool:
        return same(fd, self._names.active) if fd >= 0 else not self._names.active.exists()

    def _gaps_of(self, fd: int) -> Gaps:
        """Return the same gaps as long as it is the same file: a prune puts another one in its place."""
        if fd >= 0 and not (self._held >= 0 and os.path.sameopenfile(self._held, fd)):
            self.close()
            self._held = os.dup(fd)
            self._gaps = Gaps()
        return self._gaps

    def _refused(self, what: str) -> StoreError:
        return StoreError(
            f"history.jsonl: {self._names.active} is open for reading only, so {what}; "
            "the scheduler that has it writes it"
        )
