"""Moments and spans: there and back again, and what is refused."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand._model.moments import (
    EPOCH,
    format_moment,
    format_span,
    from_us,
    parse_moment,
    parse_span,
    to_us,
    utc,
)
from clockhand.errors import DefinitionError

ZONES = st.sampled_from(
    [UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), timezone(timedelta(hours=-12))]
)
MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=ZONES, allow_imaginary=False
)


@given(MOMENTS)
def test_a_moment_survives_its_text_and_its_number(moment):
    """Text and microseconds name the same instant, in UTC."""
    for back in (parse_moment(format_moment(moment), "x"), from_us(to_us(moment))):
        assert back == moment.astimezone(UTC)
        assert back.tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 1, 9, tzinfo=UTC), "2026-03-01T09:00:00Z"),
        (datetime(2026, 3, 1, 9, 0, 0, 5, tzinfo=UTC), "2026-03-01T09:00:00.000005Z"),
        (datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Berlin")), "2026-07-01T07:00:00Z"),
        (datetime(33, 1, 1, tzinfo=UTC), "0033-01-01T00:00:00Z"),
    ],
)
def test_how_a_moment_is_written(moment, text):
    """In UTC, with Z, with six digits of fraction when there are any; it sorts as text."""
    assert format_moment(moment) == text


def test_microseconds_before_1970_are_negative():
    """The number has no gap and no float in it."""
    assert to_us(EPOCH - timedelta(microseconds=1)) == -1
    assert from_us(-1) == EPOCH - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        (
            datetime(2026, 1, 1),
            (
                "x: a datetime without a time zone, given 2026-01-01T00:00:00; "
                "add one, for example tzinfo=ZoneInfo('Europe/Berlin')"
            ),
        ),
        (
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
            "x: outside the years 1 to 9999 in UTC, given",
        ),
        ("2026-01-01", "x: not a datetime, given '2026-01-01'"),
        (5, "x: not a datetime, given 5"),
        (None, "x: not a datetime, given None"),
    ],
)
def test_what_is_no_moment(moment, says):
    """A datetime without a zone says nothing about when; the text says what to add."""
    with pytest.raises(DefinitionError) as caught:
        utc(moment, "x")
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "x: not a date and time, given ''; write it like 2026-03-01T09:00:00Z"),
        ("tomorrow", "x: not a date and time, given 'tomorrow'; write it like 2026-03-01T09:00:00Z"),
        ("2026-02-30T00:00:00Z", "x: not a date and time, given '2026-02-30T00:00:00Z'; write it like"),
        (
            "2026-03-01T09:00:00",
            (
                "x: a datetime without a time zone, given '2026-03-01T09:00:00'; "
                "write it like 2026-03-01T09:00:00Z, or with an offset such as +01:00"
            ),
        ),
        (
            "2026-03-01",
            "x: a datetime without a time zone, given '2026-03-01'; write it like 2026-03-01T00:00:00Z",
        ),
        ("0001-01-01T00:00:00+01:00", "x: outside the years 1 to 9999 in UTC"),
        (5, "x: not a date and time, given 5"),
        (None, "x: not a date and time, given None"),
        ("9" * 10_000, "x: not a date and time, given '999"),
    ],
)
def test_texts_that_are_no_moment(text, says):
    """Each is refused with what was given, cut to a line."""
    with pytest.raises(DefinitionError) as caught:
        parse_moment(text, "x")
    assert str(caught.value).startswith(says)
    assert len(str(caught.value)) < 250


@given(st.one_of(st.text(), st.integers(), st.none(), st.lists(st.integers()), st.floats()))
def test_no_text_is_more_than_refused(text):
    """A store may hold anything: a moment is read, or a DefinitionError raised."""
    with contextlib.suppress(DefinitionError):
        assert parse_moment(text, "x").tzinfo is UTC


@given(st.timedeltas())
def test_a_span_survives_its_text(span):
    """Every timedelta there is, the longest and the negative ones too."""
    assert parse_span(format_span(span), "x") == span


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(), "0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=25), "25h"),
        (timedelta(milliseconds=250), "0.25s"),
        (timedelta(hours=1, microseconds=1), "1h0.000001s"),
        (timedelta(seconds=-90), "-1m30s"),
        (timedelta.max, "23999999999h59m59.999999s"),
    ],
)
def test_how_a_span_is_written(span, text):
    """Hours, minutes, seconds; a day is no unit of it, for it can have 23 hours."""
    assert format_span(span) == text
    assert parse_span(text, "x") == span


@pytest.mark.parametrize(
    ("value", "span"),
    [
        (5, timedelta(seconds=5)),
        (0.25, timedelta(milliseconds=250)),
        ("250ms", timedelta(milliseconds=250)),
        ("1.5h", timedelta(minutes=90)),
        ("1w2d3h4m5s6ms", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5, milliseconds=6)),
        ("0.1ms", timedelta(microseconds=100)),
        (timedelta(days=3), timedelta(days=3)),
    ],
)
def test_what_a_span_may_be_given_as(value, span):
    """Seconds, a text, or the timedelta itself."""
    assert parse_span(value, "x") == span


@pytest.mark.parametrize(
    "value",
    [
        "",
        "5",
        "h",
        "1 h",
        "1h ",
        "1H",
        "1e3s",
        "5s\n",
        "٣s",
        "--5s",
        True,
        None,
        [5],
        {},
        float("nan"),
        b"5s",
    ],
)
def test_what_is_no_span(value):
    """The text shows how to write one."""
    with pytest.raises(
        DefinitionError, match=r"^x: not a length of time, given .*; write it like '90s' or '1h30m'$"
    ):
        parse_span(value, "x")


@pytest.mark.parametrize(
    "value", [1e300, pytest.param(10**5000, id="huge"), float("inf"), "999999999999w", -1e300]
)
def test_spans_that_are_too_long(value):
    """No OverflowError gets out."""
    with pytest.raises(DefinitionError, match=r"^x: too long, given "):
        parse_span(value, "x")


def test_without_a_place_the_text_begins_with_what_is_wrong():
    """The converter of tables puts the path before it."""
    with pytest.raises(DefinitionError, match=r"^not a length of time"):
        parse_span("x", "")
