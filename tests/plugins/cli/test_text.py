"""Values in words: nothing from data steers a terminal, moments and spans read well."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand_cli import text


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain", "plain"),
        ("größe 東京 👩\u200d🔬", "größe 東京 👩\u200d🔬"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("two\nlines\tand\rmore", "two\\nlines\\tand\\rmore"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"),
        ("a\u2028b", "a\\u2028b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_could_steer_a_terminal_is_written_out(given_text: str, shown: str) -> None:
    """Control characters, direction overrides, line separators and lone surrogates become escapes."""
    assert text.plain(given_text) == shown


@given(st.text())
def test_no_text_leaves_a_control_character(anything: str) -> None:
    """Whatever the text, the result is one line without control characters."""
    shown = text.plain(anything)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (0.25, "0.25s"),
        (9.5, "9.5s"),
        (59.6, "1m"),
        (60, "1m"),
        (125, "2m 5s"),
        (3_605, "1h"),
        (3_665, "1h 1m"),
        (3 * 86_400 + 4 * 3_600 + 61, "3d 4h"),
        (-5, "-5s"),
    ],
)
def test_a_span_has_at_most_two_units(seconds: float, shown: str) -> None:
    """A span is told about as exactly as a person wants to know it."""
    assert text.span(timedelta(seconds=seconds)) == shown


def test_a_moment_says_its_zone() -> None:
    """Moments are in the zone that is asked for, and can be read back."""
    moment = datetime(2026, 7, 1, 9, 0, 0, 250_000, UTC)
    assert text.moment(moment) == "2026-07-01T09:00:00.250Z"
    assert text.moment(moment, "Europe/Berlin") == "2026-07-01T11:00:00.250+02:00"
    assert text.moment(None) == "-"


def test_a_clock_time_leaves_out_what_is_today() -> None:
    """On a terminal, today's moments have no date and others no seconds."""
    assert text.clock_time(datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2020-01-02 03:04Z"
    now = datetime.now(UTC)
    assert text.clock_time(now) in {f"{now:%H:%M:%SZ}", f"{now:%Y-%m-%d %H:%MZ}"}
    assert text.clock_time(None) == "-"


def test_a_value_is_a_text_or_json() -> None:
    """A text stands as it is, anything else as JSON on one line."""
    assert text.value("a b") == "a b"
    assert text.value(["ä", 1, None]) == '["ä", 1, null]'
