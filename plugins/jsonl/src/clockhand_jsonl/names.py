"""How the files of one history are called: the one that is configured, and those beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

DIGITS: Final = 9
"""As many as no date and no time stamp has: what other programs number beside the file isn't ours."""


class Names:
    """
    The files of the history at *path*.

    `PATH` is written to, `PATH.000000001` and so on are closed segments, with `.gz` when they are
    compressed, and `PATH.index` says what is in them. The others last only as long as what their
    name says.
    """

    def __init__(self, path: Path) -> None:
        self.active = path
        self.folder = path.parent
        self.index = self._beside("index")
        self.indexing = self._beside("indexing")
        self.packing = self._beside("packing")
        self.pruning = self._beside("pruning")
        self.rotating = self._beside("rotating")
        self._segment = re.compile(rf"{re.escape(path.name)}\.(\d{{{DIGITS}}})(?:\.gz)?", re.ASCII)

    @property
    def temporary(self) -> tuple[Path, ...]:
        """What only a crash leaves behind."""
        return (self.indexing, self.packing, self.pruning, self.rotating)

    def closed(self, number: int) -> Path:
        """Return the name of a closed segment; OSError when there are no numbers left."""
        if number >= 10**DIGITS:
            raise OSError(f"no segment can have the number {number}")
        return self._beside(f"{number:0{DIGITS}d}")

    def packed(self, number: int) -> Path:
        """Return the name of a closed segment that is compressed."""
        return self._beside(f"{number:0{DIGITS}d}.gz")

    def number(self, name: str) -> int | None:
        """Return the number of the closed segment of that name; None: it is none of this history's."""
        match = self._segment.fullmatch(name)
        return None if match is None or not int(match[1]) else int(match[1])

    def listed(self) -> dict[int, list[Path]]:
        """Return which closed segments are in the folder, by number; one may be there in both forms."""
        found: dict[int, list[Path]] = {}
        for path in sorted(self.folder.iterdir()):
            if (number := self.number(path.name)) is not None:
                found.setdefault(number, []).append(path)
        return dict(sorted(found.items()))

    def _beside(self, suffix: str) -> Path:
        return self.folder / f"{self.active.name}.{suffix}"


def is_packed(path: Path) -> bool:
    """Say whether the segment of that name is compressed."""
    return path.suffix == ".gz"
