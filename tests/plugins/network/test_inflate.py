"""Encodings: whole, cut off, garbage, and bombs."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clockhand.contracts import Result
from clockhand.errors import WorkFailed
from clockhand.testing.works import run_work
from clockhand_network import Network
from clockhand_network.body import SLACK, Body
from clockhand_network.inflate import MOST_LAYERS, Inflate

TEXT = b"some text, " * 50


def _gzip(data):
    return gzip.compress(data, mtime=0)


def _raw(data):
    return zlib.compress(data, wbits=-15)


PACKED = {
    "gzip": _gzip(TEXT),
    "x-gzip": _gzip(TEXT),
    "deflate": zlib.compress(TEXT),
    "raw": _raw(TEXT),
}


def _decoded(name, pieces):
    inflate = Inflate(name.replace("raw", "deflate"))
    found = b"".join(out for piece in pieces for out in inflate.pieces(piece))
    inflate.end()
    return found


def _bytes_of(data):
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("name", PACKED)
def test_whole(name):
    """In one piece and byte by byte, also without the header that deflate should have."""
    assert _decoded(name, [PACKED[name]]) == TEXT
    assert _decoded(name, _bytes_of(PACKED[name])) == TEXT
    assert _decoded(name, [b"", *_bytes_of(PACKED[name]), b""]) == TEXT


@pytest.mark.parametrize("name", PACKED)
def test_cut_off(name):
    """At whatever byte: it is never taken for whole. Nothing at all is: an answer without a body."""
    whole = PACKED[name]
    for length in range(1, len(whole)):
        for pieces in ([whole[:length]], _bytes_of(whole[:length])):
            with pytest.raises(WorkFailed) as caught:
                _decoded(name, pieces)
            assert caught.value.code == "network:encoding"
    assert _decoded(name, []) == b""
    assert _decoded(name, [b""]) == b""


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_garbage(data, name):
    """Bytes that zlib itself can't read to their end are an error."""
    formats = [31] if name == "gzip" else [15, -15]
    for wbits in formats:
        unpacker = zlib.decompressobj(wbits=wbits)
        try:
            unpacker.decompress(data)
        except zlib.error:
            continue
        assume(not unpacker.eof)
    with pytest.raises(WorkFailed) as caught:
        _decoded(name, [data])
    assert caught.value.code == "network:encoding"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("gzip", zlib.compress(TEXT)),
        ("gzip", _raw(TEXT)),
        ("deflate", _gzip(TEXT)),
        ("gzip", TEXT),
        ("deflate", TEXT),
        ("gzip", _gzip(TEXT) + b"\0"),
        ("gzip", _gzip(TEXT) + TEXT),
        ("gzip", _gzip(TEXT) + _gzip(TEXT)[:-1]),
        ("deflate", zlib.compress(TEXT) + b"\0"),
        ("deflate", zlib.compress(TEXT) + zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT) + _gzip(TEXT)),
        ("deflate", _raw(TEXT) + TEXT),
        ("gzip", _gzip(TEXT)[:-8] + bytes(8)),
        ("deflate", zlib.compress(TEXT)[:-1] + b"\0"),
        ("deflate", b"x"),
        ("gzip", b"\x1f"),
    ],
)
def test_what_it_is_not(name, data):
    """One for the other, more after the end, a wrong checksum."""
    for pieces in ([data], _bytes_of(data)):
        with pytest.raises(WorkFailed) as caught:
            _decoded(name, pieces)
        assert caught.value.code == "network:encoding"
        assert caught.value.reason.startswith("the response can't be decoded: ")


def test_members():
    """A gzip of several members is all of them, empty ones too."""
    data = _gzip(b"one ") + _gzip(b"") + _gzip(b"two")
    assert _decoded("gzip", [data]) == b"one two"
    assert _decoded("gzip", _bytes_of(data)) == b"one two"


@given(st.integers(65530, 65542) | st.integers(131060, 131080), st.sampled_from(["gzip", "deflate", "raw"]))
def test_sizes_around_a_piece(size, name):
    """What fills a piece to the brim loses nothing and isn't taken for cut off."""
    data = bytes(size)
    packed = {"gzip": _gzip, "deflate": zlib.compress, "raw": _raw}[name](data)
    assert _decoded(name, [packed]) == data


def _fed(limit, encoding, packed):
    body = Body(limit, encoding)
    for at in range(0, len(packed), 65536):
        body.add(packed[at : at + 65536])
    body.end()
    return body


def test_a_bomb_in_a_bomb():
    """A hundred megabytes in less than a kilobyte, packed twice: it ends at the bound."""
    packer = zlib.compressobj(wbits=31)
    once = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(128)), packer.flush()])
    with pytest.raises(WorkFailed, match="the response has more than 1,000,000 bytes; see max_body"):
        _fed(1_000_000, "gzip, gzip", _gzip(once))


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_bomb_of_nothing(depth):
    """Empty members without end decode to nothing: their own number is bounded, in each layer."""
    packed = _gzip(b"") * 500_000
    for _ in range(depth - 1):
        packed = _gzip(packed)
    with pytest.raises(WorkFailed) as caught:
        _fed(1000, ", ".join(["gzip"] * depth), packed)
    assert caught.value.code == "network:body-too-large"
    assert "twice 1,000 bytes before it is decoded" in caught.value.reason


def test_what_does_not_get_smaller():
    """A body may be larger encoded than decoded, if not by much."""
    packer = zlib.compressobj(wbits=31)
    packed = b"".join(packer.compress(bytes([at])) + packer.flush(zlib.Z_SYNC_FLUSH) for at in range(200))
    packed += packer.flush()
    assert 200 * 5 < len(packed) < SLACK
    assert _fed(200, "gzip", packed).size == 200


def test_too_many_layers():
    """A header can name thousands; a handful are undone."""
    data = TEXT
    for _ in range(MOST_LAYERS):
        data = _gzip(data)
    assert _fed(10_000, ", ".join(["gzip"] * MOST_LAYERS), data).size == len(TEXT)
    with pytest.raises(WorkFailed, match="it is encoded 4000 times, at most 5 are undone") as caught:
        Body(10, ", ".join(["gzip"] * 4000))
    assert caught.value.code == "network:encoding"


def _run(url, **fields):
    return asyncio.run(run_work(Network(url=url, **fields), timeout=30))


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", _gzip(TEXT)[:-8]),
        ("gzip", _gzip(TEXT)[:-1]),
        ("deflate", zlib.compress(TEXT)[:-1]),
        ("deflate", _raw(TEXT)[:-1]),
        ("gzip, deflate", zlib.compress(_gzip(TEXT)[:-1])),
        ("gzip", TEXT),
        ("deflate", b"\xff" * 100),
    ],
)
def test_a_run_with_such_a_body_fails(serve, encoding, body):
    """It has its code; what could be decoded is on record."""
    server = serve(lambda request: request.reply(200, body, Content_Encoding=encoding))
    outcome = _run(server.url)
    assert (outcome.result, outcome.code) == (Result.FAILED, "network:encoding")
    assert outcome.output["status"] == 200
    assert TEXT.decode().startswith(outcome.output["body"])


def test_an_encoding_without_a_body(serve):
    """As answers to HEAD have it, and 204."""

    def answer(request):
        request.send_response(204)
        request.send_header("Content-Encoding", "gzip")
        request.end_headers()

    assert _run(serve(answer).url).result is Result.SUCCEEDED
    server = serve(lambda request: request.reply(200, b"", Content_Encoding="deflate"))
    assert _run(server.url).result is Result.SUCCEEDED
