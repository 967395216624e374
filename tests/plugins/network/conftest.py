"""Real local servers: HTTP, TLS with an authority of the test's own, and raw sockets that misbehave."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

LARGE = 1 << 20


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length <= LARGE else self.digest(length)
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        with contextlib.suppress(OSError):
            self.server.answer(self)

    do_POST = do_PUT = do_GET  # noqa: N815 - the names that the server looks for

    def digest(self, length):
        """Read a large body a piece at a time; what is kept is its SHA-256."""
        digest = hashlib.sha256()
        while length:
            piece = self.rfile.read(min(length, 65536))
            if not piece:
                break
            digest.update(piece)
            length -= len(piece)
        return digest.digest()

    def reply(self, status=200, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        """Say nothing: clients that hang up are part of the tests."""


@contextlib.contextmanager
def _serving(answer, context=None):
    server = _Server(("127.0.0.1", 0), _Handler)
    server.answer, server.seen = answer, []
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    scheme = "http" if context is None else "https"
    server.url = f"{scheme}://{'127.0.0.1' if context is None else 'localhost'}:{server.server_address[1]}"
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """These servers are on this machine, whatever proxy it has."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def serve():
    """Start servers that answer as a test says: `serve(lambda request: request.reply(204))`."""
    with contextlib.ExitStack() as stack:
        yield lambda answer, context=None: stack.enter_context(_serving(answer, context))


@pytest.fixture(scope="session")
def openssl():
    """Call `openssl` with the given arguments."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl isn't here to make certificates")
    return lambda *args: subprocess.run([program, *args], check=True, capture_output=True)


NEW_KEY = ["-newkey", "rsa:2048"]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory, openssl):
    """A certificate for localhost that signs itself, with its key."""
    folder = tmp_path_factory.mktemp("certificate")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    openssl("req", "-x509", *NEW_KEY, "-nodes", *subject, "-keyout", key, "-out", cert)
    return cert, key


@pytest.fixture(scope="session")
def authority(tmp_path_factory, openssl):
    """An authority that signs certificates for clients: its certificate and its key."""
    folder = tmp_path_factory.mktemp("authority")
    cert, key = folder / "ca.pem", folder / "ca.key"
    openssl("req", "-x509", *NEW_KEY, "-nodes", "-subj", "/CN=authority", "-keyout", key, "-out", cert)
    return cert, key


@pytest.fixture(scope="session")
def issued(tmp_path_factory, openssl, authority):
    """Have a certificate for a name signed by the authority: its certificate and its key."""

    def issue(name, password=None):
        folder = tmp_path_factory.mktemp("issued")
        cert, key, request = folder / "cert.pem", folder / "key.pem", folder / "request.pem"
        guard = ["-nodes"] if password is None else ["-passout", f"pass:{password}"]
        openssl("req", *NEW_KEY, *guard, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        signed_by = ["-CA", authority[0], "-CAkey", authority[1], "-CAcreateserial"]
        openssl("x509", "-req", "-in", request, *signed_by, "-out", cert, "-days", "30")
        return cert, key

    return issue


@pytest.fixture
def strict_tls(certificate, authority):
    """What a server needs to speak TLS with those alone who show a certificate that the authority signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.load_verify_locations(authority[0])
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.fixture
def tls(certificate):
    """What a server needs to speak TLS with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def raw():
    """Start a socket server that handles each connection as a test says; gives its URL."""
    with contextlib.ExitStack() as stack:

        def start(handle, *, read=True):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def accept():
                with contextlib.suppress(OSError):
                    while True:
                        connection, _ = listener.accept()
                        threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

            def serve_one(connection):
                with connection, contextlib.suppress(OSError):
                    if read:
                        connection.recv(65536)
                    handle(connection)

            threading.Thread(target=accept, daemon=True).start()
            stack.callback(lambda: listener.shutdown(socket.SHUT_RDWR))
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start
