"""Closed segments as files that can be read at any place, one at a time."""

from __future__ import annotations

import shutil
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from clockhand_jsonl.segment import Segment

MEMORY: Final = 32 * 1024 * 1024
"""Up to this many bytes are unpacked into memory, more into a temporary file."""


class Opener:
    """Opens segments; one that had to be unpacked is kept, as the next page most likely goes on in it."""

    def __init__(self) -> None:
        self._segment: Segment | None = None
        self._file: BinaryIO | None = None

    def open(self, segment: Segment) -> BinaryIO:
        """Return the lines of *segment*, until the next call; one of BROKEN says why they can't be had."""
        if self._file is None or self._segment is not segment:
            self.close()
            self._file = _unpacked(segment) if segment.packed else segment.stream()
            self._segment = segment
        return self._file

    def release(self) -> None:
        """Close what would cost nothing to open again."""
        if self._segment is not None and not self._segment.packed:
            self.close()

    def close(self) -> None:
        """Close whatever is open."""
        if self._file is not None:
            self._file.close()
        self._segment = self._file = None


def _unpacked(segment: Segment) -> BinaryIO:
    file = cast("BinaryIO", SpooledTemporaryFile(MEMORY))  # noqa: SIM115 - the opener closes it
    try:
        with segment.stream() as source:
            shutil.copyfileobj(source, file, 1 << 20)
    except BaseException:
        file.close()
        raise
    return file
