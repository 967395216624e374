"""One run of a `network` work: resolve, send, record, judge."""

from __future__ import annotations

import json
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from clockhand.errors import WorkFailed
from clockhand.works.secrets import Secrets
from clockhand_network.body import ENCODINGS, Body
from clockhand_network.checks import has_secret, header_problem, url_problem
from clockhand_network.client import Clients, Reply, Request
from clockhand_network.quiet import redacted_logs

if TYPE_CHECKING:
    from clockhand.contracts import RunContext
    from clockhand_network.message import Message

_SHOWN: Final = {
    "content-type": "content_type",
    "content-length": "content_length",
    "retry-after": "retry_after",
}


async def perform(work: Message, context: RunContext) -> int:
    """Make the request of *work* and return its status; a WorkFailed has the code for why not."""
    secrets = Secrets()
    async with AsyncExitStack() as stack:
        stack.enter_context(redacted_logs(secrets))
        try:
            request = _resolved(work, context.occurrence, secrets)
            clients = context.shared
            if not isinstance(clients, Clients):
                clients = await stack.enter_async_context(Clients())
            with context.hold():
                return await _exchange(work, request, clients, context, secrets)
        except WorkFailed as error:
            reason = f"{work.method} {work.url}: {secrets.redact(error.reason)}"
            raise WorkFailed(error.code, reason) from None


async def _exchange(
    work: Message, request: Request, clients: Clients, context: RunContext, secrets: Secrets
) -> int:
    begun = time.perf_counter()
    async with clients.exchange(request) as reply:
        expected = work.expects(reply.status)
        context.record(**_beginning(reply, secrets), seconds_to_answer=_since(begun))
        body = Body(work.max_body, reply.headers.get("content-encoding", ""))
        try:
            async for piece in reply.pieces:
                body.add(piece)
                if not expected and body.full:
                    break
        finally:
            text = secrets.redact(body.text(reply.charset), cut_end=True)
            context.record(body=text, body_bytes=body.size, body_cut=body.cut, seconds=_since(begun))
        if not expected:
            raise WorkFailed(f"http:{reply.status}", _unexpected(work, reply, secrets))
    return reply.status


def _beginning(reply: Reply, secrets: Secrets) -> dict[str, Any]:
    found = {
        field: secrets.redact(reply.headers[name])[:200]
        for name, field in _SHOWN.items()
        if name in reply.headers
    }
    return {"status": reply.status, "http": reply.version, "redirects": reply.redirects, **found}


def _unexpected(work: Message, reply: Reply, secrets: Secrets) -> str:
    wanted = " or ".join(map(str, work.expect))
    where = reply.headers.get("location", "")
    hint = f"; it redirects to {secrets.redact(where)[:200]}, see follow_redirects" if where else ""
    return f"status {reply.status} {reply.phrase}, expected {wanted}{hint}"


def _since(begun: float) -> float:
    return round(time.perf_counter() - begun, 6)


def _resolved(work: Message, occurrence: str, secrets: Secrets) -> Request:
    """Return *work* as it goes over the wire; a WorkFailed if a variable isn't set or doesn't fit."""
    url = _with_query(secrets.resolve(work.url), work, secrets)
    if problem := url_problem(url):
        raise WorkFailed("network:url", problem)
    headers = {name: secrets.resolve(value) for name, value in work.headers.items()}
    for name, value in headers.items():
        if problem := header_problem(value):
            raise WorkFailed("network:header", f"header {name!r}: its value has {problem}")
    content, content_type = _content(work, secrets)
    given = {name.lower() for name in headers}
    added = {"Idempotency-Key": occurrence, "Accept-Encoding": ENCODINGS, "Content-Type": content_type}
    headers |= {name: value for name, value in added.items() if value and name.lower() not in given}
    return Request(
        method=work.method,
        url=url,
        headers=tuple(headers.items()),
        content=content,
        ca_file=work.ca_file,
        redirects=work.follow_redirects,
        secret_headers=frozenset(name.lower() for name, value in work.headers.items() if has_secret(value)),
        secret_content=has_secret(work.body) or has_secret(work.json),
    )


def _content(work: Message, secrets: Secrets) -> tuple[bytes | None, str]:
    if work.json is not None:
        text = json.dumps(secrets.resolve_json(work.json), ensure_ascii=False)
        return text.encode("utf-8", "replace"), "application/json"
    if work.body is not None:
        return secrets.resolve(work.body).encode("utf-8", "surrogateescape"), "text/plain; charset=utf-8"
    return None, ""


def _with_query(url: str, work: Message, secrets: Secrets) -> str:
    """Return *url* with the query of *work* after the one it has."""
    added = urlencode(_query(work, secrets))
    base, mark, fragment = url.partition("#")
    joint = "" if not added else "&" if "?" in base else "?"
    return f"{base}{joint}{added}{mark}{fragment}"


def _query(work: Message, secrets: Secrets) -> list[tuple[str, str]]:
    return [
        (name, _query_text(one, secrets))
        for name, value in work.query.items()
        for one in (value if isinstance(value, list | tuple) else [value])
    ]


def _query_text(value: Any, secrets: Secrets) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return secrets.resolve(value) if isinstance(value, str) else str(value)
