"""Requests against real local servers: what is sent, what is recorded, how each failure is named."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import logging
import socket
import time
import zlib
from pathlib import Path

import pytest

from clockhand.contracts import Result
from clockhand.testing.works import WorkBench, run_work
from clockhand_network.plugin import share_clients
from clockhand_network.work import Network

OCCURRENCE = "bench@2026-03-01T09:00:00Z"


def _run(url, **fields):
    return asyncio.run(run_work(Network(url=url, **fields), timeout=30))


def _open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def _ok(request):
    request.reply(200, b"hello", Content_Type="text/plain")


def test_success_and_its_record(serve):
    """Status, version, timings, sizes and the head of the body."""
    outcome = _run(serve(_ok).url + "/ping")
    assert outcome.result is Result.SUCCEEDED
    output = dict(outcome.output)
    assert 0 < output.pop("seconds_to_answer") <= output.pop("seconds") < 30
    assert output == {
        "result": 200,
        "status": 200,
        "http": "HTTP/1.1",
        "redirects": 0,
        "content_type": "text/plain",
        "content_length": "5",
        "body": "hello",
        "body_bytes": 5,
        "body_cut": False,
    }


def test_what_is_sent(serve):
    """Method, path, query added to that of the URL, headers, and the occurrence as Idempotency-Key."""
    server = serve(_ok)
    fields = {"method": "put", "query": {"a": [1, True], "b": "x y&"}, "headers": {"X-Own": "ü"}, "body": "ö"}
    assert _run(server.url + "/p?z=1", **fields).result is Result.SUCCEEDED
    ((method, path, headers, body),) = server.seen
    assert (method, body.decode()) == ("PUT", "ö")
    assert path == "/p?z=1&a=1&a=true&b=x+y%26"
    assert headers["Idempotency-Key"] == OCCURRENCE
    assert headers["X-Own"].encode("latin-1").decode() == "ü"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["User-Agent"] == "clockhand-network"


def test_json_is_sent(serve):
    """As JSON, with its content type; the job's own headers stand."""
    server = serve(_ok)
    _run(server.url, method="POST", json={"a": ["ü", None]}, headers={"idempotency-key": "own"})
    _, _, headers, body = server.seen[0]
    assert json.loads(body) == {"a": ["ü", None]}
    assert headers["Content-Type"] == "application/json"
    assert headers["idempotency-key"] == "own"
    assert "Idempotency-Key" not in headers


@pytest.mark.parametrize(
    ("status", "expect", "code"),
    [
        (503, ["2xx"], "http:503"),
        (200, [404], "http:200"),
        (404, ["2xx", 404], None),
        (418, ["4xx"], None),
        (302, ["2xx"], "http:302"),
    ],
)
def test_expected_statuses(serve, status, expect, code):
    """A status that isn't expected fails the run, with the body on record."""
    server = serve(lambda request: request.reply(status, b"why", Location="/other", Retry_After="7"))
    outcome = _run(server.url, expect=expect)
    assert outcome.code == (code or "")
    assert outcome.output["body"] == "why"
    assert outcome.output["retry_after"] == "7"
    if code == "http:302":
        assert outcome.reason == (
            f"GET {server.url}: status 302 Found, expected 2xx; it redirects to /other, see follow_redirects"
        )


def test_connection_refused():
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = _run(f"http://127.0.0.1:{port}/")
    assert (outcome.code, outcome.reason) == (
        "network:refused",
        f"GET http://127.0.0.1:{port}/: connection refused",
    )


def test_no_such_host():
    """A name that can't be resolved."""
    outcome = _run("http://no-such-host.invalid/")
    assert outcome.code == "network:dns"
    assert "the host's name can't be resolved" in outcome.reason


def test_certificate_that_is_not_trusted(serve, tls):
    """TLS is verified, and there is no way to turn that off."""
    outcome = _run(serve(_ok, tls).url)
    assert outcome.code == "network:tls"
    assert "certificate isn't trusted: self" in outcome.reason


def test_authorities_of_ones_own(serve, tls, certificate):
    """A ca_file replaces the system's; its client is made beside the shared one."""
    assert _run(serve(_ok, tls).url, ca_file=str(certificate[0])).result is Result.SUCCEEDED


def test_ca_file_that_is_not_there(serve, tls, tmp_path):
    """The run fails, naming the file."""
    outcome = _run(serve(_ok, tls).url, ca_file=str(tmp_path / "none.pem"))
    assert outcome.code == "network:ca-file"
    assert "none.pem" in outcome.reason


def test_tls_where_there_is_none(serve):
    """Speaking TLS to a server that doesn't."""
    outcome = _run(serve(_ok).url.replace("http:", "https:"))
    assert outcome.code == "network:tls"


def _bounce(request):
    request.reply(302, Location=f"{request.path}x")


def test_redirects_are_followed_as_far_as_allowed(serve):
    """Three hops where three are allowed."""

    def answer(request):
        _ok(request) if request.path == "/xxx" else _bounce(request)

    server = serve(answer)
    outcome = _run(server.url + "/", follow_redirects=3)
    assert (outcome.output["status"], outcome.output["redirects"]) == (200, 3)
    assert _run(server.url + "/", follow_redirects=2).code == "network:redirects"


def test_endless_redirect(serve):
    """It ends at the bound."""
    server = serve(_bounce)
    outcome = _run(server.url + "/", follow_redirects=20)
    assert outcome.code == "network:redirects"
    assert outcome.reason.endswith("more than 20 redirects; see follow_redirects")
    assert len(server.seen) == 21


def test_redirect_away_from_tls(serve, tls, certificate):
    """From https to http is never followed."""
    plain = serve(_ok)
    secure = serve(lambda request: request.reply(302, Location=plain.url), tls)
    outcome = _run(secure.url, follow_redirects=5, ca_file=str(certificate[0]))
    assert (outcome.code, plain.seen) == ("network:redirects", [])


def test_secrets_do_not_follow_to_another_host(serve, monkeypatch):
    """A header with a value from the environment is for the first host only."""
    monkeypatch.setenv("KEY", "s3cret-key")
    other = serve(_ok)
    first = serve(lambda request: request.reply(307, Location=other.url.replace("127.0.0.1", "localhost")))
    fields = {"headers": {"X-Key": "${env:KEY}", "X-Plain": "p"}, "follow_redirects": 1, "method": "POST"}
    assert _run(first.url, **fields).result is Result.SUCCEEDED
    assert first.seen[0][2]["X-Key"] == "s3cret-key"
    assert "X-Key" not in other.seen[0][2]
    assert other.seen[0][2]["X-Plain"] == "p"
    outcome = _run(first.url, json={"key": "${env:KEY}"}, **fields)
    assert outcome.code == "network:redirects"
    assert len(other.seen) == 1


@pytest.mark.parametrize("location", ["ftp://example.org/", "http://[broken", "gopher:x"])
def test_redirect_to_nonsense(serve, location):
    """A failure with a code, not a crash."""
    server = serve(lambda request: request.reply(302, Location=location))
    outcome = _run(server.url, follow_redirects=2)
    assert outcome.code in {"network:url", "network:protocol", "network:dns"}


def _endless(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def test_endless_body(raw):
    """Reading stops at the bound; the head is on record."""
    outcome = _run(raw(_endless), max_body=200_000)
    assert outcome.code == "network:body-too-large"
    assert outcome.reason.endswith("the response has more than 200,000 bytes; see max_body")
    assert outcome.output["body"] == "x" * 4096
    assert outcome.output["body_cut"]
    assert 200_000 < outcome.output["body_bytes"] < 400_000


def test_endless_body_of_an_error(raw):
    """What matters is the status; only the head is read."""

    def handle(connection):
        connection.sendall(b"HTTP/1.1 500 Oh\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    assert _run(raw(handle)).code == "http:500"


def test_body_that_is_just_short_enough(serve):
    """The bound itself is allowed."""
    server = serve(lambda request: request.reply(200, b"x" * 5000))
    assert _run(server.url, max_body=5000).output["body_bytes"] == 5000
    assert _run(server.url, max_body=4999).code == "network:body-too-large"


def test_bomb(serve):
    """A gigabyte in a megabyte of gzip is bounded after decoding, and takes no memory."""
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(1024)), packer.flush()])
    server = serve(lambda request: request.reply(200, bomb, Content_Encoding="gzip"))
    outcome = _run(server.url, max_body=10_000_000)
    assert outcome.code == "network:body-too-large"
    assert outcome.output["body_bytes"] < 10_200_000


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("gzip, deflate", lambda data: zlib.compress(gzip.compress(data))),
        ("identity", bytes),
    ],
)
def test_encodings(serve, encoding, pack):
    """What is asked for is decoded, in layers too."""
    server = serve(lambda request: request.reply(200, pack(b"text " * 10), Content_Encoding=encoding))
    outcome = _run(server.url)
    assert outcome.output["body"] == "text " * 10
    assert server.seen[0][2]["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize(("encoding", "body"), [("br", b"x"), ("gzip", b"not gzip"), ("zstd", b"")])
def test_encodings_that_can_not_be(serve, encoding, body):
    """A failure with a code of its own."""
    server = serve(lambda request: request.reply(200, body, Content_Encoding=encoding))
    assert _run(server.url).code == "network:encoding"


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=latin-1", "grün".encode("latin-1"), "grün"),
        ("text/plain; charset=no-such", "grün".encode(), "grün"),
        ("application/octet-stream", b"\xff\x00a", "\ufffd\x00a"),
        ("text/plain", "ü".encode() * 3000, "ü" * 2048),
        ("text/plain", b"a" + "ü".encode() * 3000, "a" + "ü" * 2047),
        ("text/plain; charset=base64", b"a", "a"),
    ],
)
def test_text_of_the_body(serve, content_type, body, text):
    """In its charset, else UTF-8; half a character at the cut goes."""
    server = serve(lambda request: request.reply(200, body, Content_Type=content_type))
    assert _run(server.url).output["body"] == text


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "network:protocol"),
        (b"SSH-2.0-OpenSSH\r\n", "network:protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "network:protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "network:protocol"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000, "network:protocol"),
    ],
)
def test_servers_that_do_not_speak_http(raw, answer, code):
    """Nothing, another protocol, half an answer, endless headers."""
    outcome = _run(raw(lambda connection: connection.sendall(answer)))
    assert (outcome.result, outcome.code) == (Result.FAILED, code)


def test_timeout_is_the_jobs(raw):
    """A server that never answers is given up when the job's time is over, and leaves nothing open."""
    url = raw(lambda _: time.sleep(30))

    async def main():
        async with share_clients() as clients:
            begun = time.monotonic()
            outcome = await run_work(Network(url=url), shared=clients, timeout=0.1)
            return outcome.result, time.monotonic() - begun

    result, seconds = asyncio.run(main())
    assert result is Result.TIMED_OUT
    assert seconds < 5


def test_cancelled_in_the_body(raw):
    """What came so far is on record."""

    def handle(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nso far")
        time.sleep(30)

    outcome = asyncio.run(run_work(Network(url=raw(handle)), timeout=0.3))
    assert outcome.result is Result.TIMED_OUT
    assert (outcome.output["status"], outcome.output["body"]) == (200, "so far")


def test_placeholders_are_sent_and_not_recorded(serve, monkeypatch, caplog):
    """In url, headers, query, body: the server sees the values, nobody else does, however it echoes them."""
    for name in ("PATH_KEY", "TOKEN", "QUERY", "DEEP"):
        monkeypatch.setenv(
            name, {"PATH_KEY": "s3cr/ü", "TOKEN": "s3cr/t TOKEN+u"}.get(name, f"s3cr/t {name}+ü")
        )

    def echo(request):
        seen = request.server.seen[-1]
        request.reply(500, repr(seen).encode() + json.dumps([seen[3].decode(), seen[2]]).encode() + seen[3])

    server = serve(echo)
    work = Network(
        url=server.url + "/${env:PATH_KEY}/x",
        method="POST",
        headers={"Authorization": "Bearer ${env:TOKEN}", "X-Literal": "$${env:TOKEN}"},
        query={"q": "${env:QUERY}"},
        json={"deep": ["${env:DEEP}"], "$${env:x}": "$${env:x}"},
    )
    with caplog.at_level(logging.DEBUG):
        outcome = asyncio.run(run_work(work, timeout=30))
    _, path, headers, body = server.seen[0]
    assert headers["Authorization"] == "Bearer s3cr/t TOKEN+u"
    assert headers["X-Literal"] == "${env:TOKEN}"
    assert json.loads(body) == {"deep": ["s3cr/t DEEP+ü"], "$${env:x}": "${env:x}"}
    assert "s3cr" in path
    assert outcome.code == "http:500"
    assert "HTTP Request" in caplog.text
    for kept in (repr(outcome), caplog.text, repr(work)):
        assert "s3cr" not in kept
        assert "DEEP+" not in kept
        assert "TOKEN+" not in kept
    assert "***" in outcome.output["body"]


def test_value_cut_by_the_head(serve, monkeypatch):
    """A value that straddles the end of the head leaves no beginning."""
    monkeypatch.setenv("TOKEN", "hunter2-and-more")
    server = serve(lambda request: request.reply(200, b"." * 4090 + b"hunter2-and-more" + b"." * 100))
    outcome = _run(server.url, headers={"X": "${env:TOKEN}"})
    assert outcome.output["body"] == "." * 4090 + "***"


def test_values_in_errors(monkeypatch):
    """The host comes from the environment; the error shows the placeholder."""
    monkeypatch.setenv("HOST_NAME", "secret-name.invalid")
    outcome = _run("http://${env:HOST_NAME}/")
    assert outcome.code == "network:dns"
    assert "secret-name" not in repr(outcome)
    assert outcome.reason.startswith("GET http://${env:HOST_NAME}/: ")


def test_missing_variable(serve, monkeypatch):
    """Nothing is sent when a variable isn't set; an empty one is set."""
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("NO_SUCH", raising=False)
    server = serve(_ok)
    outcome = _run(server.url, headers={"X": "${env:EMPTY}"}, query={"q": "${env:NO_SUCH}"})
    assert (outcome.result, outcome.code) == (Result.FAILED, "env:NO_SUCH")
    assert server.seen == []
    assert _run(server.url, headers={"X": "${env:EMPTY}"}).result is Result.SUCCEEDED
    assert server.seen[0][2]["X"] == ""


@pytest.mark.parametrize(
    ("value", "fields", "code"),
    [
        ("line\nbreak", {"headers": {"X": "${env:VALUE}"}}, "network:header"),
        ("ftp://x", {"url": "${env:VALUE}"}, "network:url"),
        ("http://user:pw@127.0.0.1/", {"url": "${env:VALUE}"}, "network:url"),
        ("a b", {"url": "http://127.0.0.1/${env:VALUE}"}, "network:url"),
        ("notaport", {"url": "http://127.0.0.1:${env:VALUE}/"}, "network:url"),
        ("..", {"url": "http://${env:VALUE}/"}, "network:dns"),
    ],
)
def test_values_that_do_not_fit(monkeypatch, value, fields, code):
    """What can only be checked once it is known fails the run before anything is sent."""
    monkeypatch.setenv("VALUE", value)
    outcome = asyncio.run(run_work(Network(**{"url": "http://127.0.0.1/", **fields})))
    assert outcome.code == code
    assert value == ".." or value not in outcome.reason


def test_cookies_are_not_kept(serve):
    """What one run is given isn't sent for the next."""
    server = serve(lambda request: request.reply(200, Set_Cookie="session=1; Path=/"))

    async def main():
        async with share_clients() as clients, WorkBench(shared=clients) as bench:
            for _ in range(2):
                await bench.start(Network(url=server.url)).outcome()

    asyncio.run(main())
    assert "Cookie" not in server.seen[1][2]


def test_one_client_for_many_runs(serve):
    """Fifty at once over the shared client, and nothing is left open."""
    server = serve(_ok)

    async def main():
        async with share_clients() as clients, WorkBench(shared=clients) as bench:
            await bench.start(Network(url=server.url)).outcome()
            runs = [bench.start(Network(url=server.url)) for _ in range(50)]
            return {(await each.outcome(30)).result for each in runs}

    before = _open_files()
    assert asyncio.run(main()) == {Result.SUCCEEDED}
    gc.collect()
    server.shutdown()
    server.server_close()
    assert _open_files() <= before
