"""A response's body: decoded piece by piece, counted, and kept only as far as its head."""

from __future__ import annotations

import codecs
import zlib
from typing import TYPE_CHECKING, Final

from clockhand.errors import WorkFailed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD: Final = 4096
"""How many bytes of a body go into the record."""
ENCODINGS: Final = "gzip, deflate"
"""What is asked for and understood."""

_PIECE: Final = 64 * 1024
_KNOWN: Final = frozenset({"gzip", "x-gzip", "deflate"})


class Body:
    """Takes the pieces of a body as they come; a WorkFailed at the first byte above *limit*."""

    def __init__(self, limit: int, encoding: str = "") -> None:
        self.head = bytearray()
        self.size = 0
        self._limit = limit
        self._layers = [_Inflate() for _ in range(_layers(encoding))]

    def add(self, piece: bytes) -> None:
        """Take the next piece as it came over the wire."""
        self._decode(piece, self._layers)

    def _decode(self, piece: bytes, layers: list[_Inflate]) -> None:
        if not layers:
            self._keep(piece)
            return
        for decoded in layers[-1].pieces(piece):
            self._decode(decoded, layers[:-1])

    def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        self.head += piece[: HEAD - len(self.head)]
        if self.size > self._limit:
            raise WorkFailed(
                "network:body-too-large", f"the response has more than {self._limit:,} bytes; see max_body"
            )

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


class _Inflate:
    """One layer of gzip or deflate, with or without the header that deflate should have."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        self._begun = False

    def pieces(self, piece: bytes) -> Iterator[bytes]:
        """Yield what *piece* decodes to, a little at a time: a bomb grows a thousandfold."""
        out = self._first(piece) if not self._begun else self._more(piece)
        while out:
            yield out
            out = self._more(self._zlib.unconsumed_tail)

    def _first(self, piece: bytes) -> bytes:
        self._begun = True
        try:
            return self._zlib.decompress(piece, _PIECE)
        except zlib.error:
            self._zlib = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
            return self._more(piece)

    def _more(self, piece: bytes) -> bytes:
        try:
            return b"" if self._zlib.eof else self._zlib.decompress(piece, _PIECE)
        except zlib.error as error:
            raise WorkFailed("network:encoding", f"the response can't be decoded: {error}") from None


def _layers(encoding: str) -> int:
    """Return how many times a body of that content-encoding was compressed."""
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
    for name in names:
        if name not in _KNOWN:
            raise WorkFailed(
                "network:encoding",
                f"the response has the content-encoding {shown(name)}, which was not asked for",
            )
    return len(names)
