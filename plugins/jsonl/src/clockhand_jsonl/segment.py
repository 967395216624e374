"""A closed segment: entries that are no longer added to, in a file of their own, plain or compressed."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import attrs

from clockhand.contracts import Query, format_moment, parse_moment
from clockhand_jsonl.contents import Contents, survey
from clockhand_jsonl.gaps import Gaps
from clockhand_jsonl.names import Names, is_packed

BROKEN: Final = (OSError, EOFError, zlib.error)
"""What reading a compressed file may raise."""
NONSENSE: Final = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading a line of the index may raise."""


@attrs.frozen(eq=False)
class Segment:
    """One closed segment, and what is known of it without reading it."""

    number: int
    path: Path
    size: int
    """How many bytes it takes on the disk."""
    mtime: int
    """When the file was written to, in nanoseconds since 1970."""
    contents: Contents
    gaps: Gaps = attrs.field(factory=Gaps)
    record: bytes = attrs.field(init=False, repr=False)
    """What the index says of it: a line of JSON."""

    @record.default
    def _record(self) -> bytes:
        said = {
            "name": self.path.name,
            "size": self.size,
            "mtime": self.mtime,
            "length": self.contents.length,
            "entries": self.contents.entries,
            "oldest": format_moment(self.contents.oldest),
            "newest": format_moment(self.contents.newest),
            "gaps": self.gaps.ranges,
            "space": self.gaps.space,
            "seen": self.contents.seen.ranges,
        }
        return json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n"

    @property
    def packed(self) -> bool:
        """Whether it is compressed."""
        return is_packed(self.path)

    @property
    def unchanged(self) -> bool:
        """Whether its file is still as it was when it was looked into; OSError: there is none."""
        there = self.path.stat()
        return (there.st_size, there.st_mtime_ns) == (self.size, self.mtime)

    def may_match(self, query: Query) -> bool:
        """Say whether entries of the time that *query* asks for may be in it."""
        return (query.since is None or self.contents.newest >= query.since) and (
            query.until is None or self.contents.oldest < query.until
        )

    def stream(self) -> BinaryIO:
        """
        Return its lines as a file to be read from the beginning.

        One of BROKEN, here or while it is read, says why they can't be had.
        """
        there = self.path.stat()
        if there.st_size != self.size:
            raise OSError(
                f"it was changed by another program: it has {there.st_size:,} bytes where {self.size:,} were "
                "written; put it back, or move it away"
            )
        return opened(self.path)


def reason(error: BaseException) -> str:
    """Return what an error of the disk says."""
    return str(getattr(error, "strerror", None) or error)


def opened(path: Path) -> BinaryIO:
    """Return the lines of the segment at *path* as a file."""
    return cast("BinaryIO", gzip.open(path, "rb")) if is_packed(path) else path.open("rb")


def inspected(number: int, path: Path) -> Segment:
    """
    Return the segment at *path*, after reading all of it.

    A ValueError says what is wrong with its lines; one of BROKEN that it can't be read.
    """
    there = path.stat()
    with opened(path) as file:
        contents = survey(file, sys.maxsize)
        length = file.tell()  # a line without an end was read too
    if contents.length != length:
        raise ValueError(f"cut off in the middle of a line, after {contents.length:,} bytes")
    return Segment(number, path, there.st_size, there.st_mtime_ns, contents)


def recorded(names: Names, record: bytes) -> Segment:
    """Return the segment that a line of the index tells of; one of NONSENSE: of none."""
    said = json.loads(record)
    path, number = names.folder / said["name"], names.number(said["name"])
    contents = Contents()
    contents.entries, contents.length = int(said["entries"]), int(said["length"])
    contents.oldest, contents.newest = (parse_moment(said[name], name) for name in ("oldest", "newest"))
    contents.seen.join(_numbers(said["seen"]))
    gaps = Gaps(((int(start), int(stop)) for start, stop in said["gaps"]), str(said["space"]))
    size, mtime = int(said["size"]), int(said["mtime"])
    if number is None or not (is_packed(path) or size == contents.length):
        raise ValueError(f"no segment is like {said['name']}")
    return Segment(number, path, size, mtime, contents, gaps)


def _numbers(seen: Any) -> dict[str, list[list[int]]]:
    return {str(life): [[int(first), int(last)] for first, last in ranges] for life, ranges in seen.items()}
