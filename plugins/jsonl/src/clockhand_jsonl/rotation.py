"""When the file is closed, and how long closed segments are kept; pure: no clock, no disk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from clockhand.contracts import Entry
from clockhand_jsonl.contents import Contents
from clockhand_jsonl.segment import Segment


@attrs.frozen(kw_only=True)
class Rotation:
    """What the options say of it. None: no limit."""

    max_bytes: int | None = None
    max_age: timedelta | None = None
    keep: int | timedelta | None = None
    compress: bool = False

    def closes(self, contents: Contents, batch: Sequence[tuple[Entry, bytes]], now: datetime) -> bool:
        """Say whether a file with *contents* is to be closed before *batch* is put into it."""
        if not contents.entries:
            return False
        more = sum(len(line) for _, line in batch)
        if self.max_bytes is not None and contents.length + more > self.max_bytes:
            return True
        # After an outage entries come that are old already: a file for each batch of them helps nobody.
        return self._aged(contents.oldest, now) and not any(self._aged(entry.at, now) for entry, _ in batch)

    def parts(self, batch: Sequence[tuple[Entry, bytes]]) -> list[list[tuple[Entry, bytes]]]:
        """Return *batch* in pieces that each fit into a file of their own; one entry alone always does."""
        parts: list[list[tuple[Entry, bytes]]] = [[]]
        length = 0
        for one in batch:
            length += len(one[1])
            if self.max_bytes is not None and length > self.max_bytes and parts[-1]:
                parts.append([])
                length = len(one[1])
            parts[-1].append(one)
        return parts

    def _aged(self, moment: datetime, now: datetime) -> bool:
        return self.max_age is not None and now - moment >= self.max_age

    def surplus(self, segments: Sequence[Segment], now: datetime) -> list[Segment]:
        """Return the closed segments that are not kept any longer, oldest first."""
        if isinstance(self.keep, timedelta):
            return [segment for segment in segments if now - segment.contents.newest > self.keep]
        return [] if self.keep is None else list(segments[: -self.keep])

    def rest(self, contents: Contents, segments: Sequence[Segment], now: datetime) -> timedelta | None:
        """Return after how long something may be to be closed or dropped if nothing comes; None: never."""
        waits = []
        if self.max_age is not None:
            waits.append(self.max_age - (now - contents.oldest if contents.entries else timedelta()))
        if isinstance(self.keep, timedelta):
            ages = [now - segment.contents.newest for segment in segments]
            waits.append(self.keep - max(ages, default=timedelta()))
        return min(waits, default=None)
