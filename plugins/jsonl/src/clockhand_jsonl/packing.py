"""Compressing: a closed segment into a file beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from gzip import GzipFile
from pathlib import Path
from typing import IO, Final

from clockhand_jsonl import disk
from clockhand_jsonl.segment import Segment

_BLOCK: Final = 1 << 20


def compressor(file: IO[bytes]) -> GzipFile:
    """Return what compresses into *file*."""
    return GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0)


def pack(segment: Segment, path: Path, stopping: Callable[[], bool]) -> bool:
    """
    Write *segment*, compressed and on the disk, to *path*; False: *stopping* said so before the end.

    Then, and after an OSError, there is nothing at *path*.
    """
    try:
        mode = segment.path.stat().st_mode
        with segment.stream() as source, os.fdopen(disk.new(path, mode), "wb") as file:
            with compressor(file) as inner:
                while not stopping() and (block := source.read(_BLOCK)):
                    inner.write(block)
            file.flush()
            os.utime(file.fileno(), ns=(segment.mtime, segment.mtime))
            os.fsync(file.fileno())
            whole = source.tell() == segment.size
    except BaseException:
        disk.discard(path)
        raise
    if not whole:
        disk.discard(path)
    return whole
