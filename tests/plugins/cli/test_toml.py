"""Values as somebody types them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand_cli import toml
from clockhand_cli.exits import Misused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-5", -5),
        ("1h30m", "1h30m"),
        ("none", "none"),
        ("", ""),
        ("1.5", "1.5"),
        ("٣", "٣"),
        ('{attempts = 4, on = ["exit:75"]}', {"attempts": 4, "on": ["exit:75"]}),
        ('{"attempts": 4}', {"attempts": 4}),
    ],
)
def test_a_value_is_a_number_a_table_or_a_text(text: str, value: object) -> None:
    """Whole numbers and tables are what they look like; everything else is a text."""
    assert toml.value(text, "--x") == value


@pytest.mark.parametrize("text", ["{", "{a}", "{a = }", "{}\nb = 1", "{" * 5_000, "{a = 1, a = 2}"])
def test_half_a_table_is_misuse(text: str) -> None:
    """A table that isn't one is told, not taken as a text."""
    with pytest.raises(Misused, match=r"^--x: "):
        toml.value(text, "--x")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5m", "5m"),
        ("", ""),
        ('{days = 1, at = "09:00"}', {"days": 1, "at": "09:00"}),
        ("days=1 at=09:00", {"days": 1, "at": "09:00"}),
        ("days = 1", "days = 1"),
        ("days=", "days="),
    ],
)
def test_an_interval_is_a_table_or_a_text(text: str, value: object) -> None:
    """A table in braces, or the same without them."""
    assert toml.every(text, "--every") == value


@given(st.text())
def test_whatever_is_typed_is_a_value_or_misuse(text: str) -> None:
    """No text makes anything but a value or one error."""
    for read in (toml.value, toml.table, toml.every):
        with contextlib.suppress(Misused):
            read(text, "--x")


def test_arguments_are_json() -> None:
    """Values are JSON, so that numbers, texts and lists are told apart."""
    assert toml.arguments(['a="x=y"', "b=[1, null]", "c=true"], "--arg") == {
        "a": "x=y",
        "b": [1, None],
        "c": True,
    }


@pytest.mark.parametrize("text", ["a", "=1", "a b=1", "a=", "a=x", "a=[", "a=" + "[" * 100_000])
def test_arguments_that_are_none(text: str) -> None:
    """A name that can't be one, or a value that isn't JSON, is told with how to write it."""
    with pytest.raises(Misused, match=r"^--arg"):
        toml.arguments([text], "--arg")
