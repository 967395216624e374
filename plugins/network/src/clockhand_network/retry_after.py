"""How long a server asks to be left alone: the header Retry-After, RFC 9110 section 10.2.3."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = timedelta(hours=24)
"""A longer wait is cut to this."""
ABSURD: Final = timedelta(days=366)
"""A longer wait is not meant: a unit or a date gone wrong. It is as if the header weren't there."""

_SECONDS: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_DATE: Final = re.compile(
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"  # as it is to be sent
    r"|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT"  # as RFC 850 had it
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}",  # as asctime() writes it
    re.ASCII,
)


def wait_of(retry_after: str, date: str, now: datetime) -> timedelta | None:
    """
    Return how long the header *retry_after* asks to wait, at most LONGEST; None: nothing to go by.

    A moment counts from *date*, the header Date of the same response, so that it doesn't matter
    whose clock is wrong; if that can't be read, from *now*.
    """
    wait = _wait(retry_after.strip(), date.strip(), now)
    if wait is None or not timedelta() <= wait <= ABSURD:
        return None
    return min(wait, LONGEST)


def _wait(retry_after: str, date: str, now: datetime) -> timedelta | None:
    if _SECONDS.fullmatch(retry_after):
        return timedelta(seconds=int(retry_after))
    until = _moment(retry_after)
    return None if until is None else until - (_moment(date) or now)


def _moment(text: str) -> datetime | None:
    """Return the moment that *text* says in one of the three forms of HTTP, or None."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return parsedate_to_datetime(text).replace(tzinfo=UTC)
    except ValueError:  # a 32nd of January
        return None
