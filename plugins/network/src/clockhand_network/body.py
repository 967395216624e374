"""A response's body: decoded piece by piece, counted, and kept only as far as its head."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from clockhand.errors import WorkFailed
from clockhand_network.inflate import layers_of

if TYPE_CHECKING:
    from clockhand_network.inflate import Inflate

HEAD: Final = 4096
"""How many bytes of a body go into the record."""
SLACK: Final = 64 * 1024
"""How many bytes more than twice the limit a body may have while it is still encoded."""


class Body:
    """
    Takes the pieces of a body as they come; a WorkFailed at the first byte above *limit*.

    An encoded body is bounded in each of its layers as well: there are bombs that keep a decoder
    busy and decode to nothing.
    """

    def __init__(self, limit: int, encoding: str = "") -> None:
        self.head = bytearray()
        self.size = 0
        self._limit = limit
        self._layers = layers_of(encoding)

    def add(self, piece: bytes) -> None:
        """Take the next piece as it came over the wire."""
        self._decode(piece, len(self._layers))

    def end(self) -> None:
        """Raise a WorkFailed if the body was cut off in the middle of its encoding."""
        for layer in self._layers:
            layer.end()

    def _decode(self, piece: bytes, depth: int) -> None:
        if not depth:
            self._keep(piece)
            return
        layer: Inflate = self._layers[depth - 1]
        if layer.taken + len(piece) > 2 * self._limit + SLACK:
            raise _too_large(f"twice {self._limit:,} bytes before it is decoded")
        for decoded in layer.pieces(piece):
            self._decode(decoded, depth - 1)

    def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        self.head += piece[: HEAD - len(self.head)]
        if self.size > self._limit:
            raise _too_large(f"{self._limit:,} bytes")

    @property
    def full(self) -> bool:
        """Whether the head has all that it takes."""
        return len(self.head) == HEAD

    @property
    def cut(self) -> bool:
        """Whether the head isn't the whole of what came."""
        return self.size > len(self.head)

    def text(self, charset: str | None) -> str:
        """Return the head as text; what isn't text becomes U+FFFD, half a character at the cut goes."""
        head = bytes(self.head)
        try:
            bytes(4).decode(charset or "utf-8", "replace")  # refuses codecs that aren't of text: base64
            decoder = codecs.getincrementaldecoder(charset or "utf-8")("replace")
            return decoder.decode(head, final=not self.cut)
        except (LookupError, ValueError):
            return head.decode("utf-8", "replace")


def _too_large(bound: str) -> WorkFailed:
    return WorkFailed("network:body-too-large", f"the response has more than {bound}; see max_body")
