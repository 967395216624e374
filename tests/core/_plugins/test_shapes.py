"""Each shape that a field can be annotated with, read by itself."""

import collections.abc
import enum
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import attrs
import cattrs
import pytest

from clockhand._plugins.shapes import Wrong, is_set
from clockhand._plugins.structure import converter


class _Size(enum.IntEnum):
    SMALL = 1


@attrs.frozen
class _One:
    one: int


@attrs.frozen
class _Two:
    two: int


@pytest.mark.parametrize(
    ("value", "kind", "made"),
    [
        ([1, "a", None], list[Any], [1, "a", None]),
        ([1], list, [1]),
        ((1, 2), tuple[int, ...], (1, 2)),
        ([1], collections.abc.Sequence[int], (1,)),
        ([1, 1], collections.abc.Set[int], frozenset({1})),
        ({"a": 1}, collections.abc.MutableMapping[str, int], {"a": 1}),
        ({"a": {"b": [1]}}, dict[str, dict[str, list[int]]], {"a": {"b": [1]}}),
        (1, _Size, _Size.SMALL),
        (None, int | None, None),
        (None, None | str | list[int], None),
        ({"one": 1}, _One | _Two, _One(1)),
        ({"two": 1}, _One | _Two | None, _Two(1)),
        ({"two": 1}, _One | _Two | str, _Two(1)),
        ("2026-03-01T09:00:00Z", datetime | str, datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("soon", datetime | str, "soon"),
        (5, float | timedelta, 5.0),
        ("5s", float | timedelta, timedelta(seconds=5)),
        (1, int | float, 1),
        ("a", Literal["a"] | int, "a"),
    ],
)
def test_a_shape_is_read(value, kind, made):
    """As what it is annotated with, and nothing is guessed."""
    found = converter().structure(value, kind)
    assert found == made
    assert type(found) is type(made)


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ({1}, dict[str, int], "a table"),
        ({}, list[int], "a list"),
        (True, int | str, "a whole number or a text"),
        (1.5, int | list[int], "a whole number or a list"),
        ([], int | _One, "a whole number or a table"),
        ("b", Literal["a"] | int, "'a' or a whole number"),
        (b"x", str | dict[str, int], "a text or a table"),
    ],
)
def test_what_was_wanted(value, kind, wanted):
    """In the words that a message is made of."""
    with pytest.raises(Wrong) as caught:
        converter().structure(value, kind)
    assert str(caught.value) == wanted


def test_the_place_in_a_list_is_noted():
    """For the message that is made of it further up."""
    with pytest.raises(cattrs.IterableValidationError) as caught:
        converter().structure([1, "a"], list[int])
    (note,) = caught.value.exceptions[0].__notes__
    assert note.index == 1


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (set, False),
        (set[int], True),
        (frozenset[str], True),
        (collections.abc.Set[int], True),
        (list, False),
        (str, False),
    ],
)
def test_what_is_a_set(kind, answer):
    """A set of something: that can be written as a list and read again."""
    assert is_set(kind) is answer
