"""Placeholders: what is resolved, what is refused, and what is taken out again."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.errors import DefinitionError, WorkFailed
from clockhand.works.secrets import (
    REDACTED,
    Secrets,
    checked_json_placeholders,
    checked_placeholders,
    has_placeholder,
)

VALUES = st.text(st.characters(exclude_characters="*", exclude_categories=("Cs",)), min_size=1, max_size=12)


def _knowing(*values: str) -> Secrets:
    secrets = Secrets({f"V{index}": value for index, value in enumerate(values)})
    for index in range(len(values)):
        secrets.resolve(f"${{env:V{index}}}")
    return secrets


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("plain", "plain"),
        ("${env:TOKEN}", "s3cret"),
        ("Bearer ${env:TOKEN}!", "Bearer s3cret!"),
        ("${env:TOKEN}${env:EMPTY}${env:TOKEN}", "s3crets3cret"),
        ("$${env:TOKEN}", "${env:TOKEN}"),
        ("$$${env:TOKEN}", "$${env:TOKEN}"),
        ("${TOKEN} $TOKEN {env:TOKEN}", "${TOKEN} $TOKEN {env:TOKEN}"),
        ("$${env:", "${env:"),
    ],
)
def test_resolving(text, resolved):
    """A placeholder becomes its value, an escaped one itself."""
    assert checked_placeholders(text, "args") == text
    assert Secrets({"TOKEN": "s3cret", "EMPTY": ""}).resolve(text) == resolved


def test_json_is_resolved_within():
    """Texts at any depth; keys and other values stay."""
    secrets = Secrets({"A": "x"})
    value = {"${env:A}": ["${env:A}", {"deep": "${env:A}"}, 1, None, True]}
    assert secrets.resolve_json(value) == {"${env:A}": ["x", {"deep": "x"}, 1, None, True]}


def test_value_that_looks_like_a_placeholder():
    """What comes from the environment isn't resolved again."""
    assert Secrets({"A": "${env:B}", "B": "b"}).resolve("${env:A}") == "${env:B}"


def test_missing_variable():
    """The run fails with a code that names it."""
    with pytest.raises(WorkFailed) as caught:
        Secrets({}).resolve("a ${env:NO_SUCH}")
    assert caught.value.code == "env:NO_SUCH"
    assert caught.value.reason == "environment variable 'NO_SUCH' isn't set; set it for the scheduler"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("${env:}", "args: '' can't be the name of an environment variable"),
        ("${env:A B}", "args: 'A B' can't be the name of an environment variable"),
        ("${env:1}", "args: '1' can't be the name"),
        ("x ${env:TOKEN", "args: '${env:' without its '}', given 'x ${env:TOKEN'"),
        ("${env:A${env:B}}", "args: '${env:' without its '}'"),
    ],
)
def test_what_is_refused(text, says):
    """A placeholder that can't be read is an error when the job is made."""
    with pytest.raises(DefinitionError) as caught:
        checked_placeholders(text, "args")
    assert says in str(caught.value)


def test_what_is_refused_in_json():
    """The error names the place."""
    with pytest.raises(DefinitionError, match=r"^json\.a\[1\]: '' can't be"):
        checked_json_placeholders({"a": ["fine", "${env:}"]}, "json")
    value = {"a": ["${env:A}", 1], "b": {"${env:}": None}}
    assert checked_json_placeholders(value, "json") == value


def test_has_placeholder():
    """An escaped one isn't one."""
    assert has_placeholder("x${env:A}")
    assert not has_placeholder("x$${env:A} ${A}")


def test_nothing_known_changes_nothing():
    """Also an empty value takes nothing out."""
    secrets = _knowing("")
    assert not secrets
    assert secrets.redact("any text") == "any text"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("p@ss word/ü", "https://host/?key=" + quote("p@ss word/ü", safe="")),
        ("p@ss word/ü", "https://host/?key=" + quote_plus("p@ss word/ü")),
        ("p@ss word/ü", "https://host/" + quote("p@ss word/ü").lower()),
        ('say "hi" \\ü', "sent " + json.dumps('say "hi" \\ü')),
        ("tab\tand'", f"raised ValueError({'tab' + chr(9) + chr(39)!r}) " + repr("tab\tand'")),
    ],
)
def test_other_forms_of_a_value(value, text):
    """Escaped as in a URL, in JSON or by repr, a value is taken out as well."""
    redacted = _knowing(value).redact(text)
    assert REDACTED in redacted
    for form in (value, quote(value), json.dumps(value)[1:-1], repr(value)[1:-1]):
        assert form not in redacted


def test_lines_of_a_value():
    """A key of several lines is taken out also where it is printed line by line."""
    secrets = _knowing("-----BEGIN KEY-----\nAbCdEfGh123\n-----END KEY-----\n")
    assert "AbCdEfGh123" not in secrets.redact("> AbCdEfGh123\n")


def test_values_that_overlap_leave_nothing():
    """Neither of two, nor the rest of a second place."""
    assert _knowing("abc", "bcd").redact("xabcdx") == "x***x"
    assert _knowing("aba").redact("xababax") == "x***x"


@pytest.mark.parametrize("at", range(1, 12))
def test_value_cut_in_two(at):
    """Where a text was cut in the middle of a value, neither piece stays."""
    secrets = _knowing("hunter2-secret")
    text = "before hunter2-secret after"
    head, tail = text[: 7 + at], text[7 + at :]
    assert secrets.redact(head, cut_end=True) == "before ***"
    assert secrets.redact(tail, cut_start=True) == "*** after"


@given(st.lists(VALUES, min_size=1, max_size=3), st.lists(st.text(max_size=8), max_size=4))
def test_no_value_survives(values, fillers):
    """Whatever stands around it, a value isn't in what is kept."""
    text = "".join(filler + value for filler, value in zip(fillers, values * 2, strict=False))
    redacted = _knowing(*values).redact(text)
    assert not any(value in redacted for value in values)


@given(VALUES, st.text(max_size=20), st.integers(0, 40))
def test_no_value_survives_a_cut(value, text, at):
    """A text that holds the value, cut anywhere: no beginning or rest of the value stays at the cut."""
    whole = f"{text}{value}{text}"
    secrets = _knowing(value)
    head = secrets.redact(whole[:at], cut_end=True)
    tail = secrets.redact(whole[at:], cut_start=True)
    assert value not in head
    assert value not in tail
    assert not any(head.endswith(value[:length]) for length in range(1, len(value)))
    assert not any(tail.startswith(value[-length:]) for length in range(1, len(value)))


JSON = st.recursive(
    VALUES | st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(VALUES, inner)
)


def _all_texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _all_texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _all_texts(each)


@given(JSON)
def test_json_is_redacted_within(value):
    """Where nothing is secret nothing changes; else no text, no key keeps the value."""
    assert Secrets({}).redact_json(value) == value
    assert not any("a" in text for text in _all_texts(_knowing("a").redact_json(value)))


@pytest.mark.parametrize(
    "echo",
    ["key=Tr0ub4dor%3C3&horse", "Tr0ub4dor&lt;3&amp;horse", "Tr0ub4dor%3C3%26horse", "Tr0ub4dor%3c3&horse"],
)
def test_a_value_that_comes_back_escaped_is_redacted(echo):
    """As an address or a page may show it: with some characters escaped, and others not."""
    secrets = Secrets({"TOKEN": "Tr0ub4dor<3&horse"})
    secrets.resolve("${env:TOKEN}")
    assert "Tr0ub4dor" not in secrets.redact(f"you sent {echo} to me")
