"""What is in a run of lines, as far as it must be known without reading them again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import BinaryIO, Final

from clockhand_jsonl import lines
from clockhand_jsonl.seen import Seen

_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class Contents:
    """How many entries there are, whose, how many bytes they take, and from when to when they are."""

    __slots__ = ("entries", "length", "newest", "oldest", "seen")

    def __init__(self) -> None:
        self.entries = 0
        self.length = 0
        # Of no entries at all: older than nothing, newer than nothing.
        self.oldest = _LAST
        self.newest = _FIRST
        self.seen = Seen()

    def add(self, life: str, seq: int, at: datetime, length: int) -> None:
        """Count one entry in."""
        self.entries += 1
        self.length += length
        self.oldest = min(self.oldest, at)
        self.newest = max(self.newest, at)
        self.seen.add(life, seq)


def survey(file: BinaryIO, stop: int) -> Contents:
    """
    Return what is in the whole lines of *file* that end before *stop*.

    A ValueError, `line 7 is ...`, says which one is no entry.
    """
    contents = Contents()
    for number, (_, line) in enumerate(lines.forward(file, 0, stop), start=1):
        try:
            life, seq, at = lines.identify(line)
        except ValueError as error:
            raise ValueError(f"line {number} is {error}") from error
        contents.add(life, seq, at, len(line) + 1)
    return contents
