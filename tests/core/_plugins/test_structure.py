"""Tables into values: strict, and wrong ones are named with their place, what was given and what to do."""

import enum
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import attrs
import pytest

from clockhand._plugins.structure import payload_fields, structure, unstructure
from clockhand.errors import ConfigError, DefinitionError, UnknownName


class _Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class _Level(enum.Enum):
    LOW = 1
    HIGH = 2


def _even(value):
    if value % 2:
        raise DefinitionError(f"even: not an even number, given {value}")
    return value


def _from_table(value):
    return {"a": 1}[value]


@attrs.frozen
class _Inner:
    n: int
    s: str = "x"


@attrs.frozen(kw_only=True)
class _Options:
    text: str = "x"
    number: int = 1
    ratio: float = 1.0
    flag: bool = False
    maybe: int | None = None
    anything: Any = None
    span: timedelta = timedelta(seconds=1)
    when: datetime | None = None
    inner: _Inner | None = None
    many: list[_Inner] = attrs.field(factory=list)
    by: Mapping[str, _Inner] = attrs.field(factory=dict)
    names: tuple[str, ...] = ()
    pair: tuple[int, str] = (1, "a")
    tags: frozenset[str] = frozenset()
    bag: set[int] = attrs.field(factory=set)
    env: dict[str, str] = attrs.field(factory=dict)
    bare: dict = attrs.field(factory=dict)  # type: ignore[type-arg]
    colour: _Colour = _Colour.RED
    level: _Level = _Level.LOW
    word: Literal["a", "b", 1] = "a"
    limit: timedelta | Literal["none"] | None = None
    several: str | list[str] = "x"
    inline: _Inner | str = "x"
    small: int = attrs.field(default=1, validator=attrs.validators.in_((1, 2)))
    pattern: str = attrs.field(default="a", validator=attrs.validators.matches_re("a+"))
    even: int = attrs.field(default=0, converter=_even)
    looked_up: str = attrs.field(default="a", converter=_from_table)
    _private: str = "p"
    hidden: int = attrs.field(default=0, eq=False)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"text": "y", "number": 2, "ratio": 2.5, "flag": True, "maybe": 3, "anything": {"a": [1, None]}},
        {"span": "1h30m", "when": "2026-03-01T09:00:00Z"},
        {"inner": {"n": 1}, "many": [{"n": 1}, {"n": 2, "s": "y"}], "by": {"k": {"n": 1}}},
        {"names": ["a", "b"], "pair": [2, "b"], "tags": ["a", "b"], "bag": [1, 2], "env": {"A": "1"}},
        {"bare": {"a": 1}, "colour": "blue", "level": 2, "word": "b"},
        {"limit": "none", "several": ["a"], "inline": {"n": 1}},
        {"limit": "5s", "several": "y", "inline": "y", "private": "q", "even": 2},
    ],
)
def test_a_table_comes_back(table):
    """Read and written again it is the same table: that is what a stored job needs."""
    value = structure(table, _Options, "x")
    assert json.loads(json.dumps(unstructure(value))) == table
    assert structure(unstructure(value), _Options, "x") == value


def test_what_a_person_would_call_the_same():
    """A whole number for a number, a list for a tuple or a set, seconds for a span."""
    value = structure(
        {"ratio": 2, "names": ["a"], "span": 5, "when": datetime(2026, 3, 1, tzinfo=UTC)}, _Options, "x"
    )
    assert (value.ratio, type(value.ratio), value.names) == (2.0, float, ("a",))
    assert (value.span, value.when) == (timedelta(seconds=5), datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (5, "x: not a table, given 5"),
        ([], "x: not a table, given []"),
        ({"nmumber": 1}, "x: unknown option 'nmumber', did you mean 'number'?"),
        ({"zzz": 1}, "x: unknown option 'zzz', known: anything, bag, bare, by, colour"),
        ({5: 1}, "x: unknown option 5, known: anything"),
        ({"hidden": 1}, "x: unknown option 'hidden', did you mean "),
        ({"_private": "q"}, "x: unknown option '_private', did you mean 'private'?"),
        ({"text": 5}, "x.text: not a text, given 5"),
        ({"text": None}, "x.text: not a text, given None"),
        ({"number": "1"}, "x.number: not a whole number, given '1'"),
        ({"number": True}, "x.number: not a whole number, given True"),
        ({"number": 1.0}, "x.number: not a whole number, given 1.0"),
        ({"ratio": True}, "x.ratio: not a number, given True"),
        ({"ratio": "1"}, "x.ratio: not a number, given '1'"),
        ({"ratio": float("nan")}, "x.ratio: not a finite number, given nan"),
        ({"ratio": float("inf")}, "x.ratio: not a finite number, given inf"),
        ({"flag": 1}, "x.flag: not true or false, given 1"),
        ({"maybe": "x"}, "x.maybe: not a whole number, given 'x'"),
        ({"span": "soon"}, "x.span: not a length of time, given 'soon'; write it like '90s' or '1h30m'"),
        ({"when": "soon"}, "x.when: not a date and time, given 'soon'; write it like 2026-03-01T09:00:00Z"),
        (
            {"when": datetime(2026, 3, 1)},
            "x.when: a datetime without a time zone, given 2026-03-01T00:00:00; ",
        ),
        ({"inner": 5}, "x.inner: not a table, given 5"),
        ({"inner": {}}, "x.inner: option 'n' is missing"),
        ({"inner": {"n": 1, "q": 2}}, "x.inner: unknown option 'q', known: n, s"),
        ({"inner": {"n": "1"}}, "x.inner.n: not a whole number, given '1'"),
        ({"many": {"n": 1}}, "x.many: not a list, given {'n': 1}"),
        ({"many": "ab"}, "x.many: not a list, given 'ab'"),
        ({"many": [{"n": 1}, {"n": "x"}]}, "x.many[1].n: not a whole number, given 'x'"),
        ({"many": [{"n": 1, "ss": 1}]}, "x.many[0]: unknown option 'ss', did you mean 's'?"),
        ({"by": [1]}, "x.by: not a table, given [1]"),
        ({"by": {"k": {"n": "s"}}}, "x.by.k.n: not a whole number, given 's'"),
        ({"names": "ab"}, "x.names: not a list, given 'ab'"),
        ({"names": b"ab"}, "x.names: not a list, given b'ab'"),
        ({"names": ["a", 1]}, "x.names[1]: not a text, given 1"),
        ({"pair": [1]}, "x.pair: not a list of 2, given [1]"),
        ({"pair": ["a", 1]}, "x.pair[0]: not a whole number, given 'a'"),
        ({"tags": [["a"]]}, "x.tags[0]: not a text, given ['a']"),
        ({"env": ["A=1"]}, "x.env: not a table, given ['A=1']"),
        ({"env": {"A": 1}}, "x.env.A: not a text, given 1"),
        ({"env": {1: "A"}}, "x.env[1]: not a text, given 'A'"),
        ({"bare": [1]}, "x.bare: not a table, given [1]"),
        ({"colour": "bleu"}, "x.colour: unknown value 'bleu', did you mean 'blue'?"),
        ({"colour": 5}, "x.colour: unknown value 5, known: red, blue"),
        ({"level": "1"}, "x.level: unknown value '1', did you mean '1'?"),
        ({"level": True}, "x.level: unknown value True, known: 1, 2"),
        ({"word": "c"}, "x.word: unknown value 'c', known: 1, a, b"),
        ({"word": True}, "x.word: unknown value True, known: a, b, 1"),
        ({"word": []}, "x.word: unknown value [], known: a, b, 1"),
        ({"limit": "nona"}, "x.limit: not a length of time, given 'nona'; write it like '90s' or '1h30m'"),
        ({"limit": True}, "x.limit: not a length of time, given True"),
        ({"several": 1}, "x.several: not a text or a list, given 1"),
        ({"several": ["a", 1]}, "x.several[1]: not a text, given 1"),
        ({"inline": 1}, "x.inline: not a table or a text, given 1"),
        ({"inline": {"n": "1"}}, "x.inline.n: not a whole number, given '1'"),
        ({"small": 3}, "x: 'small' must be in (1, 2) (got 3)"),
        ({"pattern": "b"}, "x: 'pattern' must match regex 'a+' ('b' doesn't)"),
        ({"even": 3}, "x: even: not an even number, given 3"),
        ({"looked_up": "b"}, "x: KeyError: 'b'"),
    ],
)
def test_what_is_wrong_is_named(table, says):
    """The place, what was given, what to do; nothing of the machinery shows."""
    with pytest.raises(ConfigError) as caught:
        structure(table, _Options, "x")
    assert str(caught.value).startswith(says)
    assert "Attribute(" not in str(caught.value)


def test_a_missing_option():
    """Named, at its place."""
    with pytest.raises(ConfigError) as caught:
        structure({}, _Inner, "silo.default")
    assert str(caught.value) == "silo.default: option 'n' is missing"


def test_an_unknown_option_is_a_lookup_error_at_any_depth():
    """So that a caller can tell it from a wrong value."""
    with pytest.raises(UnknownName):
        structure({"many": [{"n": 1, "q": 1}]}, _Options, "x")


def test_a_large_value_is_cut():
    """No message carries a whole file."""
    with pytest.raises(ConfigError) as caught:
        structure({"number": "x" * 1_000_000}, _Options, "x")
    assert len(str(caught.value)) < 200


def test_a_field_of_a_type_that_can_not_be_read():
    """The plugin's mistake: the text says so, and it is still an error of ours."""

    @attrs.frozen
    class Odd:
        thing: complex = 1j

    with pytest.raises(ConfigError, match=r"^x.*[Uu]nsupported type"):
        structure({"thing": "a"}, Odd, "x")


def test_a_value_that_nests_too_deeply():
    """An error of ours, no RecursionError."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ConfigError, match=r"^x\.names\[0\]: not a text, given <list, whose repr raised"):
        structure({"names": deep}, _Options, "x")


def test_what_is_payload():
    """Fields with eq=False are the process's own affair."""
    names = [field.name for field in payload_fields(_Options)]
    assert "hidden" not in names
    assert "_private" in names
    assert "hidden" not in unstructure(_Options(hidden=5))
