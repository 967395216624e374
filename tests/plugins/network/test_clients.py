"""Connections: certificates on both sides, files that change, and many runs at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import struct
import threading

import pytest

from clockhand.contracts import Result
from clockhand.testing.works import WorkBench, run_work
from clockhand_network import Network
from clockhand_network.clients import KEPT, Clients
from clockhand_network.plugin import share_clients
from clockhand_network.trust import Trust


def _run(url, **fields):
    return asyncio.run(run_work(Network(url=url, **fields), timeout=30))


def _name(request):
    certificate = request.connection.getpeercert() or {}
    request.reply(200, repr(certificate.get("subject")).encode())


@pytest.fixture
def strict(serve, strict_tls, certificate):
    """A server that asks for a certificate; its URL and the authority to trust."""
    return {"url": serve(_name, strict_tls).url, "ca_file": str(certificate[0])}


def test_client_certificate(strict, issued, tmp_path, monkeypatch):
    """The server sees whose it is: key beside it, key in the same file, key under a password."""
    cert, key = issued("robot")
    both = tmp_path / "both.pem"
    both.write_bytes(cert.read_bytes() + key.read_bytes())
    guarded_cert, guarded_key = issued("guarded", password="s3cret-pässword")
    monkeypatch.setenv("KEY_PASSWORD", "s3cret-pässword")
    for fields, name in (
        ({"cert": cert, "key": key}, "robot"),
        ({"cert": str(both)}, "robot"),
        ({"cert": guarded_cert, "key": guarded_key, "key_password": "${env:KEY_PASSWORD}"}, "guarded"),
    ):
        outcome = _run(**strict, **fields)
        assert outcome.result is Result.SUCCEEDED, outcome
        assert f"'commonName', '{name}'" in outcome.output["body"]


@pytest.fixture
def refusing(raw, strict_tls):
    """A server that speaks TLS 1.3, and takes leave as it should from who shows no certificate."""

    def handle(connection):
        encrypted = strict_tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with contextlib.suppress(ssl.SSLError):
            encrypted.do_handshake()
        with socket.socket(fileno=encrypted.detach()) as plain:
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536):
                pass

    return raw(handle, read=False).replace("http://127.0.0.1", "https://localhost")


@pytest.fixture
def stranger(openssl, tmp_path):
    """A certificate that the authority didn't sign, with its key."""
    cert, key = tmp_path / "own.pem", tmp_path / "own.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", key, "-out", cert)
    return {"cert": cert, "key": key}


def test_no_certificate_where_one_is_asked_for(refusing, certificate, stranger):
    """The run fails and says why; so does one with a certificate of somebody else's."""
    for fields, alert in (({}, "CERTIFICATE_REQUIRED"), (stranger, "UNKNOWN_CA")):
        outcome = _run(refusing, ca_file=certificate[0], **fields)
        assert (outcome.result, outcome.code) == (Result.FAILED, "network:tls")
        assert "doesn't take the certificate that it was shown, or wants one; see cert" in outcome.reason
        assert outcome.reason.endswith(alert)


def test_with_tls_12(serve, strict_tls, certificate, stranger):
    """There it fails before the request is sent."""
    strict_tls.maximum_version = ssl.TLSVersion.TLSv1_2
    url = serve(_name, strict_tls).url
    for fields in ({}, stranger):
        assert _run(url, ca_file=certificate[0], **fields).code == "network:tls"


def test_a_connection_that_breaks_is_no_trouble_with_tls(raw, tls, certificate):
    """It has the code of a connection that breaks, encrypted or not."""

    def handle(connection):
        with tls.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(65536)
            encrypted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    url = raw(handle, read=False).replace("http://127.0.0.1", "https://localhost")
    outcome = _run(url, ca_file=certificate[0])
    assert outcome.code == "network:broken"
    assert outcome.reason.endswith("the connection broke while the answer came: Connection reset by peer")


def _reason(strict, **fields):
    outcome = _run(**strict, **fields)
    assert (outcome.result, outcome.code) == (Result.FAILED, "network:cert")
    return outcome.reason


def test_certificates_that_can_not_be(strict, issued, tmp_path, monkeypatch):
    """Each fails the run with the field and the path; nobody is asked on the terminal."""
    monkeypatch.setenv("WRONG", "wr0ng-password")
    monkeypatch.setenv("LONG", "x" * 5000)
    cert, key = issued("robot")
    guarded_cert, guarded_key = issued("guarded", password="right")
    junk, none = tmp_path / "junk.pem", tmp_path / "none.pem"
    junk.write_text("junk")
    os.mkfifo(tmp_path / "pipe")
    assert f"cert: {str(none)!r} can't be read: No such file" in _reason(strict, cert=none)
    assert f"key: {str(none)!r} can't be read: No such file" in _reason(strict, cert=cert, key=none)
    assert "cert: " in _reason(strict, cert=tmp_path)
    assert "not a regular file" in _reason(strict, cert=tmp_path / "pipe")
    assert f"cert: {str(junk)!r} can't be read as a certificate" in _reason(strict, cert=junk)
    assert f"cert: {str(cert)!r} can't be read as a certificate" in _reason(strict, cert=cert)
    mixed = _reason(strict, cert=cert, key=guarded_key)
    assert f"key: {str(guarded_key)!r} is encrypted; give its key_password" in mixed
    assert f"cert: {str(cert)!r} with key {str(key)!r}" not in mixed
    other = issued("other")[1]
    mismatch = _reason(strict, cert=cert, key=other)
    assert (
        f"cert: {str(cert)!r} with key {str(other)!r} can't be read as a certificate and its key" in mismatch
    )
    for name in ("WRONG", "LONG"):
        wrong = _reason(strict, cert=guarded_cert, key=guarded_key, key_password=f"${{env:{name}}}")
        assert "or key_password is wrong" in wrong
        assert os.environ[name] not in wrong


def test_authorities_that_can_not_be(strict, tmp_path):
    """The file is named."""
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    for path, why in (
        (junk, "can't be read as certificates"),
        (tmp_path / "none.pem", "can't be read: No such file"),
        (tmp_path, "can't be read: Is a directory"),
    ):
        outcome = _run(strict["url"], ca_file=path)
        assert outcome.code == "network:ca-file"
        assert f"{str(path)!r} {why}" in outcome.reason


def test_it_is_not_shown_to_another_host(serve, certificate, tls, issued, authority):
    """A redirect to another host goes on without the certificate."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    asking.load_cert_chain(*certificate)
    asking.load_verify_locations(authority[0])
    asking.verify_mode = ssl.CERT_OPTIONAL
    other = serve(_name, asking)

    def answer(request):
        _name(request) if request.path == "/end" else request.reply(
            302, Location=request.path[1:] or other.url
        )

    first = serve(answer, asking)
    cert, key = issued("robot")
    fields = {"ca_file": certificate[0], "cert": cert, "key": key, "follow_redirects": 2}
    assert _run(first.url, **fields).output["body"] == "None"
    assert "'robot'" in _run(first.url + "//end", **fields).output["body"]


def test_files_that_are_replaced(serve, strict_tls, certificate, issued, tmp_path):
    """A renewed certificate is used from the next run on, by the same scheduler; the old client is closed."""
    server = serve(_name, strict_tls)
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    work = Network(url=server.url, ca_file=certificate[0], cert=cert, key=key)

    def renew(name):
        for source, target in zip(issued(name), (cert, key), strict=True):
            fresh = target.with_suffix(".new")
            shutil.copy(source, fresh)
            fresh.replace(target)

    async def main():
        async with share_clients() as clients, WorkBench(shared=clients) as bench:
            seen = []
            for step in (renew, None, renew):
                if step:
                    step(f"robot-{len(seen)}")
                seen.append((await bench.start(work).outcome(30)).output["body"])
            cert.write_text("junk")
            failed = await bench.start(work).outcome(30)
            renew("robot-3")
            seen.append((await bench.start(work).outcome(30)).output["body"])
            return seen, failed.code, len(clients._current), clients._old

    seen, code, current, old = asyncio.run(main())
    assert ["robot-0" in seen[0], "robot-0" in seen[1], "robot-2" in seen[2], "robot-3" in seen[3]] == [
        True
    ] * 4
    assert code == "network:cert"
    assert (current, old) == (2, [])


def test_a_client_in_use_outlives_its_files(certificate, tmp_path):
    """It is closed when the last run that uses it has ended, not before."""
    ca_file = tmp_path / "ca.pem"
    shutil.copy(certificate[0], ca_file)
    trust = Trust(ca_file=str(ca_file))

    async def main():
        async with Clients() as clients:
            async with clients.lent(trust) as old:
                os.utime(ca_file, (1, 1))
                async with clients.lent(trust) as new:
                    assert new is not old
                assert not old.is_closed
            assert old.is_closed
            assert not new.is_closed
        assert new.is_closed

    asyncio.run(main())


def test_few_clients_are_kept(certificate, tmp_path):
    """Of many sets of authorities, those asked for last."""

    async def main():
        async with Clients() as clients:
            made = []
            for number in range(KEPT + 5):
                path = tmp_path / f"{number}.pem"
                shutil.copy(certificate[0], path)
                async with clients.lent(Trust(ca_file=str(path))) as client:
                    made.append(client)
                async with clients.lent(Trust()) as default:
                    pass
            assert len(clients._current) == KEPT
            assert [client.is_closed for client in made] == [True] * 6 + [False] * (KEPT - 1)
            assert not default.is_closed

    asyncio.run(main())


class _Slow(Trust):
    """Authorities on a disk that doesn't answer."""

    asked = threading.Event()
    released = threading.Event()

    def context(self):
        self.asked.set()
        self.released.wait(60)
        return super().context()


@pytest.fixture
def slow():
    """Such authorities, of a disk that doesn't answer yet."""
    _Slow.asked.clear()
    _Slow.released.clear()
    yield _Slow()
    _Slow.released.set()


async def _lent(clients, trust):
    async with clients.lent(trust) as client:
        return client


def test_a_slow_disk_holds_nobody_else_up(slow):
    """While one client is being made, others are there."""

    async def main():
        async with Clients() as clients:
            waiting = asyncio.create_task(_lent(clients, slow))
            await asyncio.to_thread(slow.asked.wait, 30)
            assert await _lent(clients, Trust())
            assert not waiting.done()
            slow.released.set()
            await waiting

    asyncio.run(asyncio.wait_for(main(), 60))


def test_cancelled_while_a_client_is_made(slow):
    """The next one makes it."""

    async def main():
        async with Clients() as clients:
            waiting = asyncio.create_task(_lent(clients, slow))
            await asyncio.to_thread(slow.asked.wait, 30)
            waiting.cancel()
            await asyncio.wait({waiting})
            assert waiting.cancelled()
            slow.released.set()
            assert await _lent(clients, slow)

    asyncio.run(asyncio.wait_for(main(), 60))


def test_many_runs_at_once(serve):
    """No pool makes them wait for each other: each is answered only when all have come."""
    count = 120
    together = threading.Barrier(count, timeout=60)

    def answer(request):
        together.wait()
        request.reply(200)

    server = serve(answer)

    async def main():
        async with share_clients() as clients, WorkBench(shared=clients) as bench:
            runs = [bench.start(Network(url=server.url)) for _ in range(count)]
            return {(await each.outcome(90)).result for each in runs}

    assert asyncio.run(main()) == {Result.SUCCEEDED}


def test_nothing_shows_a_password():
    """A Trust has it, and doesn't tell."""
    assert "s3cret" not in repr(Trust(cert="c", key_password="s3cret"))
