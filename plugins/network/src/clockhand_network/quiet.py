"""
Keeps the values of `${env:NAME}` out of the log records of the HTTP libraries.

httpx logs each URL, httpcore the headers. A filter on their loggers redacts records that come from a
run with such values and leaves all others as they are.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockhand.works.secrets import Secrets

_LOGGERS: Final = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
_secrets: ContextVar[Secrets | None] = ContextVar("clockhand_network_secrets", default=None)


@contextmanager
def redacted_logs(secrets: Secrets) -> Iterator[None]:
    """Redact what the HTTP libraries log from this task while inside."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_redact)  # adding it again does nothing
    token = _secrets.set(secrets)
    try:
        yield
    finally:
        _secrets.reset(token)


def _redact(record: logging.LogRecord) -> bool:
    secrets = _secrets.get()
    if secrets:
        record.msg, record.args = secrets.redact(record.getMessage()), ()
    return True
