"""What is taken out of a record: values, and what was made of them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand_network.values import Values


@given(st.binary(min_size=12, max_size=40), st.binary(max_size=8), st.binary(max_size=8))
def test_base64_of_anything_around_it(secret, before, after):
    """No letters that are the secret's alone are left, whatever stands before and after it."""
    value = secret.decode("latin-1")
    data = value.encode()
    values = Values()
    values.hide_encoded(value)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(before + data + after).decode()
        first, last = -(-len(before) * 8 // 6), (len(before) + len(data)) * 8 // 6
        assert text[first:last] not in values.redact(text)
        assert len(values.redact(text).replace("***", "")) <= len(text[:first] + text[last:])
        assert "***" in values.redact(encode(data).decode())


@pytest.mark.parametrize("value", ["", "ab", "abc"])
def test_what_is_too_short_stays(value):
    """Less than eight letters of base64 could be anything."""
    values = Values()
    values.hide_encoded(value)
    text = base64.b64encode(b"x" + value.encode() + b"y" * 9).decode()
    assert values.redact(text) == text


def test_utf_8_that_is_taken_for_latin_1():
    """As many servers take a header."""
    values = Values()
    values.hide_encoded("pässword")
    assert values.redact("pÃ¤ssword") == "***"


def test_the_environment_is_still_read(monkeypatch):
    """What is hidden stands beside it."""
    monkeypatch.setenv("A_NAME", "value")
    values = Values()
    values.hide("another")
    assert values.resolve("${env:A_NAME}") == "value"
    assert values.redact("a value and another") == "a *** and ***"
