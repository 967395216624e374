"""What a program printed: the beginning and the end of it, and how much was dropped between them."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from clockhand.works.secrets import Secrets

HEAD: Final = 32 * 1024
TAIL: Final = 32 * 1024
_CONTINUES: Final = range(0x80, 0xC0)
"""The bytes that only stand inside a character of UTF-8."""


class Output:
    """One stream, bounded: however much comes, about *head* + twice *tail* bytes are held."""

    def __init__(self, head: int = HEAD, tail: int = TAIL) -> None:
        self.size = 0
        self._head = bytearray()
        self._tail = bytearray()
        self._limits = head, tail

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        self.size += len(piece)
        head, tail = self._limits
        missing = head - len(self._head)
        if missing > 0:
            self._head += piece[:missing]
            piece = piece[missing:]
        self._tail += piece[-tail:] if tail else b""
        if len(self._tail) > 2 * tail:
            del self._tail[:-tail]

    @property
    def head(self) -> bytes:
        """The first bytes."""
        return bytes(self._head)

    @property
    def tail(self) -> bytes:
        """The last bytes of those that aren't in the head."""
        tail = self._limits[1]
        return bytes(self._tail[-tail:]) if tail else b""

    @property
    def dropped(self) -> int:
        """How many bytes are in neither."""
        return self.size - len(self.head) - len(self.tail)

    def text(self, secrets: Secrets) -> str:
        """Return it as text without the values of *secrets*; what isn't UTF-8 becomes U+FFFD."""
        if not self.dropped:
            return secrets.redact((self.head + self.tail).decode("utf-8", "replace"))
        # Half a character at a cut goes; so does what may be half a value.
        head = codecs.getincrementaldecoder("utf-8")("replace").decode(self.head)
        tail = self.tail
        while tail and tail[0] in _CONTINUES:
            tail = tail[1:]
        return (
            f"{secrets.redact(head, cut_end=True)}\n… {self.dropped:,} bytes dropped …\n"
            f"{secrets.redact(tail.decode('utf-8', 'replace'), cut_start=True)}"
        )

    def fields(self, name: str, secrets: Secrets) -> dict[str, Any]:
        """Return what goes into the record, under names that begin with *name*."""
        if not self.size:
            return {name: ""}
        found: dict[str, Any] = {name: self.text(secrets), f"{name}_bytes": self.size}
        if self.dropped:
            found[f"{name}_dropped"] = self.dropped
        return found
