"""The header Retry-After: what a server asks for, and what is made of nonsense."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.testing.works import run_work
from clockhand_network import Network
from clockhand_network.retry_after import LONGEST, wait_of

NOW = datetime(1994, 11, 6, 8, 49, 0, tzinfo=UTC)
DATE = "Sun, 06 Nov 1994 08:49:30 GMT"
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120),
        (" 120\t", 120),
        ("0", 0),
        ("007", 7),
        ("86400", 86400),
        ("86401", 86400),
        ("31536000", 86400),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 37),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 37),
        ("Sun Nov  6 08:49:37 1994", 37),
        ("Mon, 07 Nov 1994 08:49:37 GMT", 86400),
        ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
    ],
)
def test_what_is_asked(retry_after, seconds):
    """Seconds, or a moment in each form that HTTP knows; a day at most."""
    assert wait_of(retry_after, "", NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "retry_after",
    [
        "",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "0x10",
        "1_0",
        "٣",
        "²",
        "120, 60",
        "soon",
        "9" * 10,
        "9" * 11,
        "9" * 5000,
        "40000000",
        "Sun, 06 Nov 1994 08:48:59 GMT",
        "Sun, 06 Nov 1996 08:49:37 GMT",
        "Fri, 32 Jan 1994 08:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 9999 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +0200",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
    ],
)
def test_what_is_ignored(retry_after):
    """Junk, the past, and what nobody can mean."""
    assert wait_of(retry_after, "", NOW) is None


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"), st.text())
def test_whatever_a_server_sends(retry_after, date):
    """There is an answer in bounds, or none, and no error."""
    wait = wait_of(retry_after, date, NOW)
    assert wait is None or timedelta() <= wait <= LONGEST


def test_a_moment_counts_from_the_servers_own():
    """Its header Date, if that can be read; seconds count from nothing but now."""
    until = "Sun, 06 Nov 1994 08:50:00 GMT"
    assert wait_of(until, DATE, NOW) == timedelta(seconds=30)
    assert wait_of(until, "yesterday", NOW) == timedelta(seconds=60)
    assert wait_of("60", DATE, NOW) == timedelta(seconds=60)


def _run(url, **fields):
    return asyncio.run(run_work(Network(url=url, **fields), timeout=30))


@pytest.mark.parametrize("status", [503, 429, 302, 404, 500])
def test_a_run_that_fails_says_it(serve, status):
    """Whatever the status, if it isn't expected."""
    server = serve(lambda request: request.reply(status, Retry_After="7"))
    outcome = _run(server.url)
    assert (outcome.code, outcome.retry_after) == (f"http:{status}", timedelta(seconds=7))
    assert outcome.output["retry_after"] == "7"


def test_an_expected_status_asks_for_nothing(serve):
    """A success is no reason to wait."""
    server = serve(lambda request: request.reply(503, Retry_After="7"))
    assert _run(server.url, expect=[503]).retry_after is None


def test_no_header(serve):
    """Nothing to go by, nor where the header is junk."""
    assert _run(serve(lambda request: request.reply(503)).url).retry_after is None
    server = serve(lambda request: request.reply(503, Retry_After="tomorrow"))
    assert _run(server.url).retry_after is None


def test_a_moment_by_a_clock_that_is_wrong(raw):
    """A server that lives in 1994 asks for half a minute."""

    def handle(connection):
        connection.sendall(
            b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n"
            b"Date: Sun, 06 Nov 1994 08:49:30 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:00 GMT\r\n\r\n"
        )

    assert _run(raw(handle)).retry_after == timedelta(seconds=30)


def test_a_moment_without_a_date(raw):
    """It counts from the clock of this machine."""
    until = format_datetime(datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1), usegmt=True)

    def handle(connection):
        connection.sendall(f"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: {until}\r\n\r\n".encode())

    assert timedelta(minutes=55) < _run(raw(handle)).retry_after <= timedelta(hours=1)


def test_the_body_does_not_hide_it(serve):
    """A status that fails the run counts, whatever is wrong with its body."""
    for body, headers in (
        (b"not gzip", {"Content_Encoding": "gzip"}),
        (b"x", {"Content_Encoding": "br"}),
        (b"x" * 5000, {}),
    ):
        server = serve(lambda request, b=body, h=headers: request.reply(503, b, Retry_After="7", **h))
        outcome = _run(server.url, max_body=1000)
        assert (outcome.code, outcome.retry_after) == ("http:503", timedelta(seconds=7))
        assert outcome.output["body_error"].startswith("network:")
