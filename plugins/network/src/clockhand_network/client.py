"""The only module that knows httpx: connections shared by one scheduler, and one exchange over them."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import httpx

from clockhand.errors import WorkFailed
from clockhand_network.trouble import trouble_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType
    from typing import Self

CONNECT: Final = 30.0
"""How many seconds a connection may take; for everything else the job's own timeout counts."""
AGENT: Final = "clockhand-network"


@attrs.frozen(kw_only=True, repr=False)
class Request:
    """What to send, with every placeholder resolved; never shown, for that reason."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None
    ca_file: str | None
    redirects: int
    secret_headers: frozenset[str] = frozenset()
    """The names, in small letters, of headers that only the first host may see."""
    secret_content: bool = False


@attrs.frozen(repr=False)
class Reply:
    """The beginning of a response, and its body still to come."""

    status: int
    phrase: str
    version: str
    redirects: int
    headers: httpx.Headers
    charset: str | None
    pieces: AsyncIterator[bytes]
    """The body as it comes over the wire, not decoded."""


class Clients:
    """
    One httpx client for each set of authorities, made in a thread: making one blocks for 28 ms.

    Proxies are those of the environment (HTTPS_PROXY and the like), as for any program on the
    machine. Cookies are not kept: what one job is given must not be sent for another.
    """

    def __init__(self) -> None:
        self._made: dict[str | None, httpx.AsyncClient] = {}
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._client(None)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def exchange(self, request: Request) -> AsyncIterator[Reply]:
        """Send *request*, follow what redirects it allows, give the reply; a WorkFailed says what failed."""
        with _told():
            client = await self._client(request.ca_file)
            response, redirects = await _followed(client, request)
            try:
                yield _reply(response, redirects)
            finally:
                await response.aclose()

    async def _client(self, ca_file: str | None) -> httpx.AsyncClient:
        async with self._lock:
            if ca_file not in self._made:
                client = await asyncio.to_thread(_make, ca_file)
                self._made[ca_file] = await self._stack.enter_async_context(client)
            return self._made[ca_file]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        code, reason = trouble_of(error)
        raise WorkFailed(code, reason) from None


def _make(ca_file: str | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=_trust(ca_file),
        timeout=httpx.Timeout(None, connect=CONNECT),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": AGENT},
    )


def _trust(ca_file: str | None) -> ssl.SSLContext:
    """Return a context that trusts the authorities of *ca_file*, else the system's, else httpx's own."""
    if ca_file is not None:
        try:
            return ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            reason = f"{ca_file!r} can't be read as certificates: {error}"
            raise WorkFailed("network:ca-file", reason) from None
    context = ssl.create_default_context()
    return context if context.get_ca_certs() or _has_folder_of_authorities() else httpx.create_ssl_context()


def _has_folder_of_authorities() -> bool:
    folder = ssl.get_default_verify_paths().capath
    return folder is not None and any(Path(folder).iterdir())


async def _followed(client: httpx.AsyncClient, request: Request) -> tuple[httpx.Response, int]:
    """Return the response after redirects, its body unread, and how many redirects there were."""
    first = _built(client, request)
    response = await client.send(first, stream=True, follow_redirects=False)
    count = 0
    while request.redirects and response.next_request is not None:
        await response.aclose()
        count += 1
        if count > request.redirects:
            raise WorkFailed(
                "network:redirects", f"more than {request.redirects} redirects; see follow_redirects"
            )
        following = _checked_redirect(first, response.next_request, request)
        response = await client.send(following, stream=True, follow_redirects=False)
    return response, count


def _built(client: httpx.AsyncClient, request: Request) -> httpx.Request:
    headers = [(name.encode("ascii"), value.encode("utf-8")) for name, value in request.headers]
    return client.build_request(request.method, request.url, headers=headers, content=request.content)


def _checked_redirect(first: httpx.Request, following: httpx.Request, request: Request) -> httpx.Request:
    """Return the redirected request without what only the first host may see."""
    if first.url.scheme == "https" and following.url.scheme != "https":
        raise WorkFailed("network:redirects", "redirected from https to http; not followed")
    if _origin(first.url) == _origin(following.url):
        return following
    if request.secret_content and following.method == first.method:
        raise WorkFailed(
            "network:redirects",
            "redirected to another host, which must not see the body's value of ${env:...}; not followed",
        )
    for name in request.secret_headers:
        following.headers.pop(name, None)
    return following


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _reply(response: httpx.Response, redirects: int) -> Reply:
    return Reply(
        status=response.status_code,
        phrase=response.reason_phrase,
        version=response.http_version,
        redirects=redirects,
        headers=response.headers,
        charset=response.charset_encoding,
        pieces=response.aiter_raw(),
    )
