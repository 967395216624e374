"""Bodies as a real server sees them: forms, uploads, bytes; streamed from files, which may be wrong."""

from __future__ import annotations

import asyncio
import email
import email.policy
import hashlib
import os
import threading
import tracemalloc
from pathlib import Path

import pytest

from clockhand.contracts import Result
from clockhand.testing.works import run_work
from clockhand_network import Binary, File, Network
from clockhand_network.sent_file import PIECE


def _ok(request):
    request.reply(200, b"thanks")


def _post(url, **fields):
    return asyncio.run(run_work(Network(url=url, method="POST", **fields), timeout=60))


def _parts(headers, body):
    """Return the parts of a multipart form: (name, filename, content type, bytes)."""
    message = email.message_from_bytes(
        f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body, policy=email.policy.HTTP
    )
    assert message.is_multipart()
    assert not message.defects
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type() if part["Content-Type"] else None,
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ]


def test_form(serve, monkeypatch):
    """Urlencoded, in order, lists as repeated names, values of the environment put in; not on record."""
    monkeypatch.setenv("TOKEN", "s3cr&t=")
    server = serve(lambda request: request.reply(500, request.server.seen[-1][3]))
    outcome = _post(server.url, form={"b": ["x y", 2], "a": True, "ü": "&", "t": "${env:TOKEN}", "e": ""})
    _, _, headers, body = server.seen[0]
    assert body == b"b=x+y&b=2&a=true&%C3%BC=%26&t=s3cr%26t%3D&e="
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Content-Length"] == str(len(body))
    assert outcome.output["body"] == "b=x+y&b=2&a=true&%C3%BC=%26&t=***&e="


def test_empty_form(serve):
    """It is sent as one, with nothing in it."""
    server = serve(_ok)
    assert _post(server.url, form={}).result is Result.SUCCEEDED
    _, _, headers, body = server.seen[0]
    assert (body, headers["Content-Type"]) == (b"", "application/x-www-form-urlencoded")


def test_uploads(serve, tmp_path, monkeypatch):
    """A multipart form: fields first, then the files, with their names and types."""
    monkeypatch.setenv("TOKEN", "s3cr")
    csv, other = tmp_path / "r.csv", tmp_path / "no-such-type"
    csv.write_bytes(b"a,b\r\n--x\r\n")
    other.write_bytes(bytes(range(256)))
    server = serve(_ok)
    outcome = _post(
        server.url,
        form={"note": ["ü", "${env:TOKEN}"], "n": 5},
        files=[
            File(field="report", path=str(csv)),
            File(field="report", path=str(other)),
            File(
                field="x", path=str(csv), filename='ü "q"\r\n.txt', content_type="text/x-own; charset=utf-8"
            ),
        ],
    )
    assert outcome.result is Result.SUCCEEDED, outcome
    _, _, headers, body = server.seen[0]
    assert headers["Content-Length"] == str(len(body))
    assert headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b"text/x-own; charset=utf-8" in body
    assert b'filename="\xc3\xbc %22q%22%0D%0A.txt"' in body
    found = _parts(headers, body.replace('filename="ü %22q%22%0D%0A.txt"'.encode(), b'filename="x.txt"'))
    assert found == [
        ("note", None, None, "ü".encode()),
        ("note", None, None, b"s3cr"),
        ("n", None, None, b"5"),
        ("report", "r.csv", "text/csv", csv.read_bytes()),
        ("report", "no-such-type", "application/octet-stream", other.read_bytes()),
        ("x", "x.txt", "text/x-own", csv.read_bytes()),
    ]


def test_binary_file(serve, tmp_path):
    """The file's bytes and nothing else, with their number; the job's own content type stands."""
    data = tmp_path / "data"
    data.write_bytes(os.urandom(3 * PIECE + 7))
    server = serve(_ok)
    assert _post(server.url, binary=Binary(path=str(data))).result is Result.SUCCEEDED
    assert (
        _post(server.url, binary={"path": data}, headers={"content-type": "x/y"}).result is Result.SUCCEEDED
    )
    for (_, _, headers, body), content_type in zip(
        server.seen, ["application/octet-stream", "x/y"], strict=True
    ):
        assert body == data.read_bytes()
        assert headers["Content-Length"] == str(len(body))
        assert "Transfer-Encoding" not in headers
        assert {name.lower(): value for name, value in headers.items()}["content-type"] == content_type


def test_bytes_given_inline(serve):
    """Any bytes, none too."""
    server = serve(_ok)
    for data in (bytes(range(256)), b""):
        assert _post(server.url, binary=data).result is Result.SUCCEEDED
    assert [seen[3] for seen in server.seen] == [bytes(range(256)), b""]


def test_empty_files(serve, tmp_path):
    """A file with nothing in it is sent as that."""
    empty = tmp_path / "empty"
    empty.touch()
    server = serve(_ok)
    assert _post(server.url, binary=Binary(path=str(empty))).result is Result.SUCCEEDED
    assert _post(server.url, files=[File(field="f", path=str(empty))]).result is Result.SUCCEEDED
    assert server.seen[0][3] == b""
    assert server.seen[0][2]["Content-Length"] == "0"
    assert _parts(*server.seen[1][2:]) == [("f", "empty", "application/octet-stream", b"")]


@pytest.mark.parametrize("kind", ["binary", "files"])
def test_large_files_are_not_held_in_memory(serve, tmp_path, kind):
    """A file of 96 MiB is sent with a few MiB of memory."""
    size = 96 << 20
    data = tmp_path / "data"
    with data.open("wb") as file:
        file.truncate(size)
        file.seek(size - 3)
        file.write(b"end")
    path = str(data)
    body = {"binary": Binary(path=path)} if kind == "binary" else {"files": [File(field="f", path=path)]}
    server = serve(_ok)
    tracemalloc.start()
    try:
        outcome = _post(server.url, **body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcome.result is Result.SUCCEEDED
    assert peak < 24 << 20
    if kind == "binary":
        with data.open("rb") as file:
            assert server.seen[0][3] == hashlib.file_digest(file, "sha256").digest()


@pytest.fixture
def folder(tmp_path):
    """Paths that can't be sent, by name."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none", "No such file or directory"),
        ("folder", "Is a directory"),
        ("pipe", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("secret", "Permission denied"),
        ("loop", "Too many levels of symbolic links"),
        ("x" * 300, "File name too long"),
    ],
)
def test_files_that_can_not_be_sent(serve, folder, name, why):
    """The run fails with the field and the path; nothing is sent, and nobody waits."""
    if name == "secret" and os.access(folder / name, os.R_OK):
        pytest.skip("who runs this may read everything")
    server = serve(_ok)
    path = str(folder / name)
    outcome = _post(server.url, binary=Binary(path=path))
    assert (outcome.result, outcome.code) == (Result.FAILED, "network:file")
    assert f"binary.path: {path!r} can't be read: {why}"[:400] in outcome.reason
    good = File(field="f", path=__file__)
    outcome = _post(server.url, files=[good, File(field="g", path=path)])
    assert outcome.code == "network:file"
    assert f"files[1].path: {path!r} can't be read: {why}"[:400] in outcome.reason
    assert server.seen == []


def test_a_file_that_grows_is_sent_as_it_was(serve, tmp_path):
    """A log that somebody writes to: what was there when the request began."""
    log = tmp_path / "log"
    log.write_bytes(b"x" * (4 * PIECE))

    server = serve(_ok)

    async def main():
        run = asyncio.create_task(
            run_work(Network(url=server.url, method="POST", binary=Binary(path=str(log))))
        )
        with log.open("ab") as file:
            while not run.done():
                if file.tell() < 10 * PIECE:  # of more the server keeps a digest only
                    file.write(b"y" * 1000)
                    file.flush()
                await asyncio.sleep(0)
        return await run

    assert asyncio.run(main()).result is Result.SUCCEEDED
    body = server.seen[0][3]
    assert body.startswith(b"x" * (4 * PIECE))
    assert len(body) == int(server.seen[0][2]["Content-Length"])


def test_a_file_that_gets_shorter_while_it_is_sent(raw, tmp_path):
    """The run fails with the field; the server never has a whole request."""
    data = tmp_path / "data"
    size = 64 << 20
    with data.open("wb") as file:
        file.truncate(size)
    got = []

    def handle(connection):
        os.truncate(data, 1000)  # the request has begun, and 64 MiB don't fit into the sockets' buffers
        while piece := connection.recv(1 << 20):
            got.append(len(piece))

    outcome = _post(raw(handle), binary=Binary(path=str(data)))
    assert outcome.code == "network:file"
    assert f"binary.path: {str(data)!r} got shorter while it was sent" in outcome.reason
    assert sum(got) < size


def test_cancelled_while_it_sends(raw, tmp_path):
    """A server that doesn't read: the run ends in time, and the file is closed."""
    data = tmp_path / "data"
    with data.open("wb") as file:
        file.truncate(64 << 20)
    seen = []

    def handle(connection):
        seen.append(_is_open(data))
        done.wait(60)

    done = threading.Event()
    work = Network(url=raw(handle), method="POST", binary=Binary(path=str(data)))
    try:
        outcome = asyncio.run(run_work(work, timeout=0.5))
        assert outcome.result is Result.TIMED_OUT
        assert seen == [True]
        assert not _is_open(data)
    finally:
        done.set()


def _is_open(path):
    return any(
        os.path.realpath(one) == str(path.resolve())
        for one in Path("/proc/self/fd").iterdir()
        if one.exists()
    )


def test_redirects_send_it_again(serve, tmp_path):
    """307 repeats the request with its body, from the start; 303 doesn't, nor what described it."""
    data = tmp_path / "data"
    data.write_bytes(b"x" * (2 * PIECE))

    def answer(request):
        if request.path == "/end":
            request.reply()
        else:
            request.reply(int(request.path[1:]), Location="/end")

    for body in ({"binary": Binary(path=str(data))}, {"files": [File(field="f", path=str(data))]}):
        server = serve(answer)
        assert _post(server.url + "/307", follow_redirects=1, **body).result is Result.SUCCEEDED
        first, second = server.seen
        assert (first[0], first[3]) == (second[0], second[3])
        assert b"x" * (2 * PIECE) in second[3]
        assert _post(server.url + "/303", follow_redirects=1, **body).result is Result.SUCCEEDED
        method, _, headers, sent = server.seen[3]
        assert (method, sent) == ("GET", b"")
        assert not {"Content-Type", "Content-Length", "Transfer-Encoding"} & headers.keys()


def test_a_secret_form_stays_with_the_first_host(serve, monkeypatch, tmp_path):
    """Neither urlencoded nor beside files."""
    monkeypatch.setenv("KEY", "s3cret-key")
    other = serve(_ok)
    first = serve(lambda request: request.reply(307, Location=other.url.replace("127.0.0.1", "localhost")))
    (tmp_path / "f").touch()
    for more in ({}, {"files": [File(field="f", path=str(tmp_path / "f"))]}):
        outcome = _post(first.url, form={"k": "${env:KEY}"}, follow_redirects=1, **more)
        assert outcome.code == "network:redirects"
        assert _post(first.url, form={"k": "plain"}, follow_redirects=1, **more).code == ""
    assert len(other.seen) == 2


@pytest.mark.parametrize("field", ["form", "query", "body"])
def test_bytes_of_the_environment_that_are_no_text(serve, monkeypatch, field):
    """They are sent as they are."""
    monkeypatch.setitem(os.environ, "RAW", b"a\xffb".decode("utf-8", "surrogateescape"))
    server = serve(_ok)
    given = "${env:RAW}" if field == "body" else {"a": "${env:RAW}"}
    assert _post(server.url, **{field: given}).result is Result.SUCCEEDED
    _, path, _, body = server.seen[0]
    assert {"form": body, "query": path.encode(), "body": body}[field] in (
        b"a=a%FFb",
        b"/?a=a%FFb",
        b"a\xffb",
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "\ud800"},
        {"query": {"a": "\ud800"}},
        {"form": {"a": "\ud800"}},
        {"files": [File(field="\ud800", path=__file__)]},
    ],
)
def test_characters_that_are_none(serve, fields):
    """Half a surrogate pair can't be sent, and that is said."""
    server = serve(_ok)
    assert _post(server.url, **fields).code == "network:request"
    assert server.seen == []
