"""What there is to read at one moment."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol

import attrs

from clockhand_jsonl.gaps import Gaps
from clockhand_jsonl.segment import Segment


class Whereabouts(Protocol):
    """Knows what has become of closed segments since they were looked up."""

    def current(self, segment: Segment) -> Segment | None:
        """Return what has the number of *segment* now: itself, what took its place, or None."""
        ...

    def lost(self, segment: Segment) -> None:
        """Forget a segment that another program took away."""
        ...


@attrs.frozen(kw_only=True)
class View:
    """The closed segments, and the file that is written to, opened, up to *end*."""

    segments: tuple[Segment, ...]
    number: int
    """That of the segment which the file will be."""
    path: Path
    file: BinaryIO
    end: int
    gaps: Gaps
    shelf: Whereabouts
