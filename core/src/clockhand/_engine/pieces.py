"""What watched runs print, on its way to the record while they run: bounded, lossy, its drops counted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

import attrs

from clockhand._model.entry import Entry, What
from clockhand.contracts.batches import Claim

PENDING: Final = 65_536
"""How many characters of one run wait to be put on record, at most."""
IN_ALL: Final = 4_194_304
"""How many characters of one attempt go on record in pieces; the end of it is in the record of the run."""


@attrs.define(eq=False)
class Voice:
    """What one run prints; `left` is how much of it may go on record still."""

    claim: Claim
    left: int = IN_ALL
    dropped: int = 0
    size: int = 0
    pieces: list[tuple[str, str]] = attrs.Factory(list)

    def say(self, stream: str, text: str) -> None:
        """Keep *text*, or as much of it as there is room for."""
        room = min(PENDING - self.size, self.left - self.size)
        kept = text[: max(0, room)]
        self.dropped += len(text) - len(kept)
        self.size += len(kept)
        if not kept:
            return
        if self.pieces and self.pieces[-1][0] == stream:
            kept = self.pieces.pop()[1] + kept
        self.pieces.append((stream, kept))

    def taken(self, now: datetime) -> Entry:
        """Return the entry of what it has said, and begin anew."""
        one = self.claim.occurrence
        said = {"attempt": one.attempt, "pieces": [list(piece) for piece in self.pieces]}
        if self.dropped:
            said["dropped"] = self.dropped
        self.left -= self.size
        self.size = self.dropped = 0
        self.pieces = []
        return Entry(now, What.RUN_OUTPUT, one.job, one.key, one.due, output=said)


class Pieces:
    """What the runs of a lane print: said on any thread, taken on the lane's."""

    def __init__(self, waiting: Callable[[], None]) -> None:
        """*waiting* is called, on whatever thread, when there is something to take."""
        self._waiting = waiting
        self._lock = threading.Lock()
        self._spoken: dict[Voice, int] = {}
        self._taken: list[tuple[Voice, int]] = []

    def __bool__(self) -> bool:
        return bool(self._spoken)

    def say(self, voice: Voice, stream: str, text: str) -> None:
        """Let *voice* say *text*."""
        with self._lock:
            first = not self._spoken
            voice.say(stream, text)
            self._spoken[voice] = voice.size + voice.dropped
        if first:
            self._waiting()

    def take(self, now: datetime) -> list[Entry]:
        """Return what was said since the last time, an entry for each run."""
        with self._lock:
            self._taken = list(self._spoken.items())
            self._spoken = {}
            return [voice.taken(now) for voice, _ in self._taken]

    def lost(self) -> None:
        """Count as dropped what was taken last: nobody knows whether it is on record, and twice is worse."""
        with self._lock:
            for voice, size in self._taken:
                voice.dropped += size
