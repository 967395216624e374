"""One layer of a response's content-encoding, taken off as the bytes come."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from clockhand.errors import WorkFailed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODINGS: Final = "gzip, deflate"
"""What is asked for and understood."""
MOST_LAYERS: Final = 5

_PIECE: Final = 64 * 1024
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_KNOWN: Final = _GZIP | {"deflate"}


class Inflate:
    """
    Undoes `gzip` or `deflate`; a WorkFailed with `network:encoding` if the bytes aren't that.

    A gzip may have several members, one after the other. What is called deflate should be in the
    format of zlib; some servers leave its header and checksum out, as browsers allow.
    """

    def __init__(self, name: str) -> None:
        self.taken = 0
        """How many bytes have come."""
        self._name = "gzip" if name in _GZIP else name
        self._first = b""
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16) if name in _GZIP else None

    def pieces(self, piece: bytes) -> Iterator[bytes]:
        """Yield what *piece* decodes to, a little at a time: a bomb grows a thousandfold."""
        self.taken += len(piece)
        data = self._first + piece
        if self._zlib is None:
            if len(data) < 2:  # noqa: PLR2004 - the header of zlib has two bytes
                self._first = data
                return
            self._first = b""
            self._zlib = zlib.decompressobj(zlib.MAX_WBITS if _is_zlib(data) else -zlib.MAX_WBITS)
        more = True
        while data or more:
            if self._zlib.eof:
                if not data:
                    return
                self._zlib = self._next_member()
            try:
                out = self._zlib.decompress(data, _PIECE)
            except zlib.error as error:
                raise _broken(f"it isn't {self._name}, {error}") from None
            # What has not come out yet is either unread, or inside zlib because *out* was full.
            data = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail
            more = len(out) == _PIECE
            if out:
                yield out

    def end(self) -> None:
        """Raise a WorkFailed unless what has come is whole; nothing at all is."""
        if self.taken and (self._zlib is None or not self._zlib.eof):
            raise _broken(f"it ends in the middle of its {self._name}")

    def _next_member(self) -> zlib._Decompress:
        if self._name != "gzip":
            raise _broken(f"there is more after the end of its {self._name}")
        return zlib.decompressobj(zlib.MAX_WBITS | 16)


def layers_of(encoding: str) -> list[Inflate]:
    """Return what undoes the header *encoding*, the layer to be taken off first at the end."""
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
    for name in names:
        if name not in _KNOWN:
            raise WorkFailed(
                "network:encoding",
                f"the response has the content-encoding {shown(name)}, which was not asked for",
            )
    if len(names) > MOST_LAYERS:
        raise _broken(f"it is encoded {len(names)} times, at most {MOST_LAYERS} are undone")
    return [Inflate(name) for name in names]


def _is_zlib(data: bytes) -> bool:
    """Say whether *data* begins with the header of zlib, RFC 1950 section 2.2."""
    method, window = data[0] & 15, data[0] >> 4
    return method == zlib.DEFLATED and window <= zlib.MAX_WBITS - 8 and (data[0] * 256 + data[1]) % 31 == 0


def _broken(why: str) -> WorkFailed:
    return WorkFailed("network:encoding", f"the response can't be decoded: {why}")
