"""A work as it goes over the wire: placeholders replaced, files open, headers complete."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from clockhand.errors import WorkFailed
from clockhand_network.auth import authorization
from clockhand_network.checks import has_secret, header_problem, url_problem
from clockhand_network.client import Request
from clockhand_network.inflate import ENCODINGS
from clockhand_network.payload import pairs_of, payload_of
from clockhand_network.trouble import trouble_of
from clockhand_network.trust import Trust

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from clockhand_network.message import Message
    from clockhand_network.values import Values


async def resolved(work: Message, occurrence: str, values: Values, stack: AsyncExitStack) -> Request:
    """
    Return *work* as it goes over the wire, its files open until *stack* is closed.

    A WorkFailed says that a variable isn't set or doesn't fit, or that a file can't be read.
    """
    try:
        return await _resolved(work, occurrence, values, stack)
    except UnicodeEncodeError as error:
        raise WorkFailed(*trouble_of(error)) from None


async def _resolved(work: Message, occurrence: str, values: Values, stack: AsyncExitStack) -> Request:
    url = _with_query(values.resolve(work.url), work, values)
    if problem := url_problem(url):
        raise WorkFailed("network:url", problem)
    headers = {name: values.resolve(value) for name, value in work.headers.items()}
    for name, value in headers.items():
        if problem := header_problem(value):
            raise WorkFailed("network:header", f"header {name!r}: its value has {problem}")
    secret = {name.lower() for name, value in work.headers.items() if has_secret(value)}
    password = None if work.key_password is None else values.resolve(work.key_password)
    authorized = authorization(work.basic, work.bearer, values)
    payload = await payload_of(work, values, stack)
    given = {name.lower() for name in headers}
    added = {
        "Authorization": authorized,
        "Idempotency-Key": occurrence,
        "Accept-Encoding": ENCODINGS,
        "Content-Type": payload.content_type,
    }
    headers |= {name: value for name, value in added.items() if value and name.lower() not in given}
    return Request(
        method=work.method,
        url=url,
        headers=tuple(headers.items()),
        payload=payload,
        trust=Trust(ca_file=work.ca_file, cert=work.cert, key=work.key, key_password=password),
        redirects=work.follow_redirects,
        secret_headers=frozenset(secret | ({"authorization"} if authorized else set())),
    )


def _with_query(url: str, work: Message, values: Values) -> str:
    """Return *url* with the query of *work* after the one it has."""
    added = urlencode(pairs_of(work.query, values), errors="surrogateescape")
    base, mark, fragment = url.partition("#")
    joint = "" if not added else "&" if "?" in base else "?"
    return f"{base}{joint}{added}{mark}{fragment}"
