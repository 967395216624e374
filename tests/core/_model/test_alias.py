"""Aliases: what may be one, and what is said of what may not."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.contracts import checked_alias
from clockhand.errors import DefinitionError

LEGAL = string.ascii_letters + string.digits + "._-"


@pytest.mark.parametrize("alias", ["a", "9", "_", "_.-", "nightly", "a.b-c_d", "A" * 128, "0.0"])
def test_what_may_be_an_alias(alias):
    """1 to 128 of the characters that need no quoting anywhere."""
    assert checked_alias(alias) == alias


@pytest.mark.parametrize(
    ("alias", "says"),
    [
        ("", "alias: empty, give it 1 to 128 characters"),
        ("a" * 129, "alias: 129 characters, at most 128 are allowed"),
        ("a" * 10_000, "alias: 10,000 characters, at most 128 are allowed"),
        ("-rf", "alias: '-rf' begins with '-'; begin with a letter, digit or _"),
        (".hidden", "alias: '.hidden' begins with '.'; begin with a letter, digit or _"),
        ("../etc", "alias: '../etc' begins with '.'; begin with a letter, digit or _"),
        (
            "a/../b",
            "alias: 'a/../b' has '/'; use letters, digits, '.', '_' and '-', and put free text into title",
        ),
        ("a\nb", r"alias: 'a\nb' has '\n'; use letters"),
        ("ab\n", r"alias: 'ab\n' has '\n'; use letters"),
        ("a\0b", r"alias: 'a\x00b' has '\x00'; use letters"),
        ("a b", "alias: 'a b' has ' '; use letters"),
        ("job🕑", r"alias: 'job🕑' has '\U0001f551'; use letters"),
        ("ü", r"alias: 'ü' has '\xfc'; use letters"),
        ("٣", r"alias: '٣' has '\u0663'; use letters"),
        ("a@b", "alias: 'a@b' has '@'; use letters"),
        ("a!b", "alias: 'a!b' has '!'; use letters"),
        ("\ud800", r"alias: '\ud800' has '\ud800'; use letters"),
        (None, "alias: not a text, given None"),
        (5, "alias: not a text, given 5"),
        (b"bytes", "alias: not a text, given b'bytes'"),
        (["a"], "alias: not a text, given ['a']"),
        pytest.param(10**5000, "alias: not a text, given <int, whose repr raised ValueError>", id="huge"),
    ],
)
def test_what_may_not(alias, says):
    """The text names the field, shows what was given, and says what to do."""
    with pytest.raises(DefinitionError) as caught:
        checked_alias(alias)
    assert str(caught.value).startswith(says)


def test_the_place_is_named():
    """Whoever asks says what the name is for."""
    with pytest.raises(DefinitionError, match=r"^executor: empty"):
        checked_alias("", "executor")


@given(st.text())
def test_an_alias_is_safe_everywhere_or_refused_in_one_line(alias):
    """Whatever the text: it is harmless and returned as it is, or refused in one short line."""
    try:
        assert checked_alias(alias) == alias
    except DefinitionError as error:
        text = str(error)
        assert len(text) < 300
        assert "\n" not in text
        assert "\0" not in text
    else:
        assert set(alias) <= set(LEGAL)
        assert re.fullmatch(r"[^-.].{0,127}", alias)
