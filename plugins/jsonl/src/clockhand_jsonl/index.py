"""
The index: what is in each closed segment, so that a start needn't read them all.

Nothing depends on it: a segment that it doesn't know, or that isn't as it says, is read instead. So
it is written without waiting for the disk, and may be taken away at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from clockhand_jsonl.disk import new
from clockhand_jsonl.names import Names
from clockhand_jsonl.segment import NONSENSE, Segment, recorded

HEAD: Final = b'{"clockhand_jsonl_index":'
"""How each file begins that this module writes."""
VERSION: Final = 1
_LONGEST: Final = 1_000
"""More bytes than the first line has."""


class ForeignIndex(Exception):
    """What is at the place of the index is something else."""


def load(names: Names) -> tuple[int, dict[Path, Segment]]:
    """
    Return the number after that of the last segment there ever was, and what is known, by path.

    Lines that make no sense are passed over. ForeignIndex: the file isn't ours. OSError: it can't be
    read.
    """
    if not names.index.exists():
        return 1, {}
    if not names.index.is_file():
        raise ForeignIndex
    with names.index.open("rb") as file:
        head = file.readline(_LONGEST)
        # Made, but not written, when the power went: it is empty, or has nothing in it.
        if not head.startswith(HEAD) and not HEAD.startswith(head.rstrip(b"\0")):
            raise ForeignIndex
        following = _following(head)
        known = {segment.path: segment for segment in _known(names, file)} if following else {}
    return max(1, following), known


def save(names: Names, following: int, segments: Iterable[Segment]) -> None:
    """Write what is known of *segments*; *following* is the number that comes after all there ever were."""
    head = HEAD + f'{VERSION},"next":{following}}}\n'.encode("ascii")
    with os.fdopen(new(names.indexing, names.active.stat().st_mode), "wb") as file:
        file.writelines([head, *(segment.record for segment in segments)])
    names.indexing.replace(names.index)


def _following(head: bytes) -> int:
    """Return the number that the first line tells; 0: it tells none that this version understands."""
    try:
        said = json.loads(head)
        return int(said["next"]) if said["clockhand_jsonl_index"] == VERSION else 0
    except NONSENSE:
        return 0


def _known(names: Names, records: Iterable[bytes]) -> Iterable[Segment]:
    for record in records:
        with contextlib.suppress(*NONSENSE):
            yield recorded(names, record)
