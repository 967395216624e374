"""A body as it comes: decoded, counted, bounded."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.errors import WorkFailed
from clockhand_network.body import HEAD, Body


def _cut(data, cuts):
    at = 0
    for cut in sorted(cuts):
        yield data[at:cut]
        at = max(at, cut)
    yield data[at:]


@given(
    st.binary(max_size=300) | st.binary(max_size=9).map(lambda data: data * 3000),
    st.sampled_from(["", "gzip", "deflate", "raw", "deflate, gzip"]),
    st.lists(st.integers(0, 300)),
)
def test_however_it_is_cut(data, encoding, cuts):
    """The size and the head are those of the decoded whole."""
    packed = {
        "": data,
        "gzip": gzip.compress(data),
        "deflate": zlib.compress(data),
        "raw": zlib.compress(data, wbits=-15),
        "deflate, gzip": gzip.compress(zlib.compress(data)),
    }[encoding]
    body = Body(100_000, encoding.replace("raw", "deflate"))
    pieces = [packed] if encoding == "raw" else _cut(packed, cuts)
    for piece in pieces:
        body.add(piece)
    assert body.size == len(data)
    assert bytes(body.head) == data[:HEAD]
    assert body.cut == (len(data) > HEAD)


def test_bound():
    """One byte too many."""
    body = Body(10)
    body.add(b"0123456789")
    with pytest.raises(WorkFailed, match="the response has more than 10 bytes; see max_body"):
        body.add(b"x")


@given(st.binary(max_size=60), st.sampled_from([None, "utf-8", "utf-16", "base64", "idna", "no such", "hex"]))
def test_any_bytes_are_text(data, charset):
    """Whatever the bytes and the charset, there is a text and no error."""
    body = Body(100)
    body.add(data)
    assert isinstance(body.text(charset), str)
