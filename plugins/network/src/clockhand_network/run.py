"""One run of a `network` work: send, record, judge."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from clockhand.contracts import SystemClock
from clockhand.errors import WorkFailed
from clockhand_network.body import Body
from clockhand_network.client import exchange
from clockhand_network.clients import Clients
from clockhand_network.quiet import redacted_logs
from clockhand_network.resolve import resolved
from clockhand_network.retry_after import wait_of
from clockhand_network.values import Values

if TYPE_CHECKING:
    from clockhand.contracts import RunContext
    from clockhand_network.client import Reply, Request
    from clockhand_network.message import Message

_SHOWN: Final = {
    "content-type": "content_type",
    "content-length": "content_length",
    "retry-after": "retry_after",
}


async def perform(work: Message, context: RunContext) -> int:
    """Make the request of *work* and return its status; a WorkFailed has the code for why not."""
    values = Values()
    async with AsyncExitStack() as stack:
        stack.enter_context(redacted_logs(values))
        stack.enter_context(context.hold())
        try:
            request = await resolved(work, context.occurrence, values, stack)
            clients = context.shared
            if not isinstance(clients, Clients):
                clients = await stack.enter_async_context(Clients())
            return await _exchange(work, request, clients, context, values)
        except WorkFailed as error:
            reason = f"{work.method} {work.url}: {values.redact(error.reason)}"
            raise WorkFailed(error.code, reason, retry_after=error.retry_after) from None


async def _exchange(
    work: Message, request: Request, clients: Clients, context: RunContext, values: Values
) -> int:
    begun = time.perf_counter()
    async with exchange(clients, request) as reply:
        expected = work.expects(reply.status)
        context.record(**_beginning(reply, values), seconds_to_answer=_since(begun))
        try:
            await _read(work, reply, context, values, begun)
        except WorkFailed as error:
            if expected:
                raise
            # Of a status that fails the run anyway, the status is what policies go by.
            context.record(body_error=values.redact(f"{error.code}: {error.reason}"))
        if not expected:
            raise _unexpected(work, reply, values)
    return reply.status


async def _read(work: Message, reply: Reply, context: RunContext, values: Values, begun: float) -> None:
    """Read the body, all of it if the status is expected, else as much as goes into the record."""
    body = Body(work.max_body, reply.headers.get("content-encoding", ""))
    try:
        async for piece in reply.pieces:
            body.add(piece)
            if body.full and not work.expects(reply.status):
                return
        body.end()
    finally:
        text = values.redact(body.text(reply.charset), cut_end=True)
        context.record(body=text, body_bytes=body.size, body_cut=body.cut, seconds=_since(begun))


def _beginning(reply: Reply, values: Values) -> dict[str, Any]:
    found = {
        field: values.redact(reply.headers[name])[:200]
        for name, field in _SHOWN.items()
        if name in reply.headers
    }
    return {"status": reply.status, "http": reply.version, "redirects": reply.redirects, **found}


def _unexpected(work: Message, reply: Reply, values: Values) -> WorkFailed:
    wanted = " or ".join(map(str, work.expect))
    where = reply.headers.get("location", "")
    hint = f"; it redirects to {values.redact(where)[:200]}, see follow_redirects" if where else ""
    return WorkFailed(
        f"http:{reply.status}",
        f"status {reply.status} {reply.phrase}, expected {wanted}{hint}",
        retry_after=wait_of(
            reply.headers.get("retry-after", ""), reply.headers.get("date", ""), SystemClock().now()
        ),
    )


def _since(begun: float) -> float:
    return round(time.perf_counter() - begun, 6)
