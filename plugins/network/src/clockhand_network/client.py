"""One exchange over HTTP: a request, what redirects it allows, and the reply."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Final, cast

import attrs
import httpx

from clockhand.errors import WorkFailed
from clockhand_network.clients import Clients
from clockhand_network.payload import Payload
from clockhand_network.sent_file import SentFile
from clockhand_network.threads import in_thread
from clockhand_network.trouble import trouble_of
from clockhand_network.trust import Trust

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

_OF_A_BODY: Final = frozenset({"content-type", "content-encoding", "content-language", "content-location"})
"""Headers that go when a redirect turns the request into a GET."""


@attrs.frozen(kw_only=True, repr=False)
class Request:
    """What to send, with every placeholder resolved; never shown, for that reason."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    payload: Payload
    trust: Trust
    redirects: int
    secret_headers: frozenset[str] = frozenset()
    """The names, in small letters, of headers that only the first host may see."""


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
    """The body as it comes over the wire, not decoded; a WorkFailed says what broke it off."""


class _Threaded(httpx.AsyncByteStream):
    """A body that is read from files: in a thread, so that a slow disk holds nobody else up."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self._pieces)
        while (piece := await in_thread(next, pieces, None)) is not None:
            yield piece


@asynccontextmanager
async def exchange(clients: Clients, request: Request) -> AsyncIterator[Reply]:
    """Send *request*, follow what redirects it allows, give the reply; a WorkFailed says what failed."""
    async with AsyncExitStack() as stack:
        stack.enter_context(_told())
        response, redirects = await _followed(clients, request, stack)
        stack.push_async_callback(response.aclose)
        yield Reply(
            status=response.status_code,
            phrase=response.reason_phrase,
            version=response.http_version,
            redirects=redirects,
            headers=response.headers,
            charset=response.charset_encoding,
            pieces=_pieces(response),
        )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        code, reason = trouble_of(error)
        raise WorkFailed(code, reason) from None


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    with _told():
        async for piece in response.aiter_raw():
            yield piece


async def _followed(clients: Clients, request: Request, stack: AsyncExitStack) -> tuple[httpx.Response, int]:
    """Return the response after redirects, its body unread, and how many redirects there were."""
    client = await stack.enter_async_context(clients.lent(request.trust))
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
        following, trust = _checked_redirect(first, response.next_request, request)
        client = await stack.enter_async_context(clients.lent(trust))
        response = await client.send(following, stream=True, follow_redirects=False)
    return response, count


def _built(client: httpx.AsyncClient, request: Request) -> httpx.Request:
    headers = [(name.encode("ascii"), _encoded(value)) for name, value in request.headers]
    payload, build = request.payload, partial(client.build_request, request.method, request.url)
    if isinstance(payload.content, SentFile):
        headers.append((b"Content-Length", str(payload.content.size).encode()))
        return build(headers=headers, content=_Threaded(payload.content))
    if not payload.parts:
        return build(headers=headers, content=payload.content)
    # httpx lays out the form. It would read the files on the event loop, so that is done elsewhere.
    files = [
        (part.field, (part.filename, cast("IO[bytes]", part.file), part.content_type))
        for part in payload.parts
    ]
    made = build(headers=headers, data=payload.fields, files=files)
    stream = _Threaded(cast("Iterable[bytes]", made.stream))
    return httpx.Request(
        made.method, made.url, headers=made.headers, stream=stream, extensions=made.extensions
    )


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _checked_redirect(
    first: httpx.Request, following: httpx.Request, request: Request
) -> tuple[httpx.Request, Trust]:
    """Return the redirected request, and what to show to its host: nothing that only the first may see."""
    if first.url.scheme == "https" and following.url.scheme != "https":
        raise WorkFailed("network:redirects", "redirected from https to http; not followed")
    if following.method != first.method:
        for name in _OF_A_BODY:
            following.headers.pop(name, None)
    if _origin(first.url) == _origin(following.url):
        return following, request.trust
    if request.payload.secret and following.method == first.method:
        raise WorkFailed(
            "network:redirects",
            "redirected to another host, which must not see the body's value of ${env:...}; not followed",
        )
    for name in request.secret_headers:
        following.headers.pop(name, None)
    return following, request.trust.nameless


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
