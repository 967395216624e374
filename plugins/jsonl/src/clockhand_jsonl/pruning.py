"""Pruning: which lines go, and the others copied into a file that takes the place of the first."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from gzip import GzipFile
from typing import IO, BinaryIO

import attrs

from clockhand_jsonl import lines
from clockhand_jsonl.contents import Contents
from clockhand_jsonl.gaps import Range
from clockhand_jsonl.packing import compressor

Drops = Callable[[datetime, int], bool]
"""Says of each line, from the first one on, by its moment and its length, whether it goes."""


@attrs.frozen
class Thinned:
    """What is left of some lines, and where the others were."""

    contents: Contents
    taken: tuple[Range, ...]
    dropped: int


def older(before: datetime) -> Drops:
    """Return what drops all that is older than *before*."""
    return lambda at, _: at < before


def first(excess: int) -> Drops:
    """Return what drops the first lines, until they have *excess* bytes or more."""
    left = excess

    def drops(_: datetime, length: int) -> bool:
        nonlocal left
        if left <= 0:
            return False
        left -= length
        return True

    return drops


def thin(
    source: BinaryIO, fd: int, drops: Drops, *, stop: int = sys.maxsize, packed: bool = False
) -> Thinned:
    """
    Copy the lines of *source* that stay into the file *fd*, and wait until they are on the disk.

    ValueError says what is wrong with a line.
    """
    with os.fdopen(fd, "wb", buffering=1 << 20, closefd=False) as file:
        if packed:
            with compressor(file) as inner:
                thinned = _copied(source, stop, inner, drops)
        else:
            thinned = _copied(source, stop, file, drops)
    os.fsync(fd)
    return thinned


def _copied(source: BinaryIO, stop: int, target: IO[bytes] | GzipFile, drops: Drops) -> Thinned:
    contents, taken, dropped = Contents(), [], 0
    for offset, line in lines.forward(source, 0, stop):
        life, seq, at = lines.identify(line)
        length = len(line) + 1
        if drops(at, length):
            taken.append((offset, offset + length))
            dropped += 1
        else:
            target.write(line + b"\n")
            contents.add(life, seq, at, length)
    return Thinned(contents, tuple(taken), dropped)
