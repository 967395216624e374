"""Errors of the network as codes that policies can match, with reasons for people."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_BY_NAME: Final = {
    "ConnectTimeout": ("network:timeout", "no connection in time"),
    "ReadTimeout": ("network:timeout", "no answer in time"),
    "WriteTimeout": ("network:timeout", "the request couldn't be sent in time"),
    "PoolTimeout": ("network:timeout", "no free connection in time"),
    "ProxyError": ("network:proxy", "the proxy refused"),
    "InvalidURL": ("network:url", "the URL can't be read"),
    "UnsupportedProtocol": ("network:url", "neither http:// nor https://"),
    "LocalProtocolError": ("network:request", "the request can't be sent as it is"),
    "RemoteProtocolError": ("network:protocol", "the server doesn't speak HTTP as it should"),
    "ConnectError": ("network:connect", "no connection"),
    "ReadError": ("network:broken", "the connection broke while the answer came"),
    "WriteError": ("network:broken", "the connection broke while the request was sent"),
    "UnicodeEncodeError": ("network:request", "the request can't be sent as it is"),
    "CloseError": ("network:broken", "the connection broke while it was closed"),
}
_WAITING: Final = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What TLS raises while it waits for the other side: no trouble, though another error may come after it."""


def trouble_of(error: BaseException) -> tuple[str, str]:
    """Return the code and the reason of *error*: by its cause where there is one, else by its own kind."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "network:tls", f"the server's certificate isn't trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _WAITING):
            return "network:tls", _refused(
                cause.reason
            ) or f"no encrypted connection: {cause.reason or cause}"
        if isinstance(cause, socket.gaierror):
            return "network:dns", f"the host's name can't be resolved: {cause.strerror}"
        if isinstance(cause, ConnectionRefusedError):
            return "network:refused", "connection refused"
    code, words = _BY_NAME.get(type(error).__name__, ("network:error", type(error).__name__))
    detail = next((said for cause in _causes(error) if (said := _said(cause))), "")
    return code, f"{words}: {detail}" if detail else words


def _refused(alert: str | None) -> str:
    """Return what is meant by an *alert* of the server about the certificate of who asks; else nothing."""
    if alert and "ALERT" in alert and ("CERTIFICATE" in alert or "UNKNOWN_CA" in alert):
        return f"the server doesn't take the certificate that it was shown, or wants one; see cert: {alert}"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and all that led to it, what is inside groups too."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]


def _said(error: BaseException) -> str:
    """Return what *error* says in one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return re.sub(r"\s+", " ", text).strip()
