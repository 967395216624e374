"""Lines: an entry as one line of JSON, and what can be told of a line without reading all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Final

from clockhand.contracts import Entry, parse_moment

HEAD: Final = b'{"life":"'
"""How each line begins that this module writes."""
_BLOCK: Final = 1 << 16
_IDENTITY: Final = re.compile(
    rb'\{"life": ?"([^"\\]+)", ?"seq": ?(\d+), ?"at": ?"([^"\\]+)", ?"what": ?"[^"]+"'
)


def write(entry: Entry) -> bytes:
    """Return *entry* as one line of ASCII: whatever it says, no character can end the line or break it."""
    return json.dumps(entry.to_json(), separators=(",", ":")).encode("ascii") + b"\n"


def read(line: bytes, position: int) -> Entry:
    """Return the entry of a line; ValueError says that it isn't one."""
    try:
        return Entry.from_json(json.loads(line), position)
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError(f"not an entry ({type(error).__name__}: {error})") from error


def identify(line: bytes) -> tuple[str, int, datetime]:
    """
    Return the life, the seq and the moment of the entry in a whole *line*.

    ValueError says that it isn't one. Of a line that begins and ends as this module writes it the
    middle isn't looked at: a file of a gigabyte is gone through at each start.
    """
    if line.endswith(b"}") and (match := _IDENTITY.match(line)):
        life, seq, moment = match.groups()
        return life.decode(), int(seq), parse_moment(moment.decode(), "at")
    entry = read(line, 0)
    if not isinstance(entry.life, str) or type(entry.seq) is not int:
        raise ValueError("not an entry (its life or seq is something else)")
    return entry.life, entry.seq, entry.at


def end(file: BinaryIO, stop: int) -> int:
    """Return where the last line ends that is whole before *stop*; 0: none is."""
    while stop > 0:
        begin = max(0, stop - _BLOCK)
        file.seek(begin)
        place = file.read(stop - begin).rfind(b"\n")
        if place >= 0:
            return begin + place + 1
        stop = begin
    return 0


def forward(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the text of each line from *start* on that ends before *stop*."""
    file.seek(start)
    offset = start
    while offset < stop:
        line = file.readline()
        if not line.endswith(b"\n"):
            return
        yield offset, line[:-1]
        offset += len(line)


def backward(file: BinaryIO, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the text of each line that ends before *stop*, the last one first."""
    rest, begin = b"", stop
    while begin > 0:
        size = min(_BLOCK, begin)
        begin -= size
        file.seek(begin)
        block = file.read(size) + rest
        # What comes before the first line end may have begun in the block before this one.
        first = 0 if begin == 0 else block.find(b"\n") + 1
        rest = block[:first]
        end = len(block)
        while end > first:
            start = block.rfind(b"\n", first, end - 1) + 1 or first
            yield begin + start, block[start : end - 1]
            end = start
