"""What a cron expression may say, and how it is told what it may not."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand._model.moments import EPOCH
from clockhand.errors import DefinitionError
from clockhand.triggers import cron
from clockhand.triggers.crontab.fields import parse


def values(mask):
    """Return the values of a set of bits."""
    return [value for value in range(mask.bit_length()) if mask >> value & 1]


def weekdays(text):
    """Return the weekdays that *text* stands for, with Sunday as 0."""
    return values(parse(f"0 0 * * {text}").weekdays)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", list(range(60))),
        ("7", [7]),
        ("07", [7]),
        ("1,5,59", [1, 5, 59]),
        ("10-13", [10, 11, 12, 13]),
        ("13-13", [13]),
        ("*/20", [0, 20, 40]),
        ("10-30/10", [10, 20, 30]),
        ("50/4", [50, 54, 58]),
        ("*/60", [0]),
        ("0-5,58/1,*/30", [0, 1, 2, 3, 4, 5, 30, 58, 59]),
        ("58-1", [0, 1, 58, 59]),
        ("55-4/3", [1, 4, 55, 58]),
        ("1-5/60", [1]),
        ("000000007", [7]),
        ("*/0060", [0]),
    ],
)
def test_minutes(text, expected):
    """Values, lists, ranges, steps, and lists that mix them."""
    assert values(parse(f"{text} * * * *").minutes) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", [0]),
        ("7", [0]),
        ("5-7", [0, 5, 6]),
        ("sat-7", [0, 6]),
        ("fri-sun", [0, 5, 6]),
        ("7-2", [0, 1, 2]),
        ("0-7", [0, 1, 2, 3, 4, 5, 6]),
        ("Mon-FRI", [1, 2, 3, 4, 5]),
        ("1/2", [1, 3, 5]),
        ("5/1", [5, 6]),
        ("7/3", [0, 3, 6]),
        ("*/7", [0]),
        ("sun,wEd", [0, 3]),
        ("5-1", [0, 1, 5, 6]),
        ("fri-mon/2", [0, 5]),
        ("sun-sun", [0]),
        ("7-7", [0]),
        ("7-sun", [0]),
        ("5-7/2", [0, 5]),
        ("0-7/2", [0, 2, 4, 6]),
        ("mon-0", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_weekdays(text, expected):
    """Sunday is 0 and 7, also in ranges; names in any case; a step without an end stops at Saturday."""
    assert weekdays(text) == expected


def test_months_by_name():
    """Three letters, any case."""
    assert values(parse("0 0 1 JAN,mar-May *").months) == [1, 3, 4, 5]


@pytest.mark.parametrize(("text", "expected"), [("22-2", [0, 1, 2, 22, 23]), ("22-2/2", [0, 2, 22])])
def test_hours_wrap_around(text, expected):
    """A range may go over midnight; its step walks the sequence."""
    assert values(parse(f"0 {text} * * *").hours) == expected


def test_months_wrap_around():
    """From November to February, and every other one of these."""
    assert values(parse("0 0 1 nov-feb *").months) == [1, 2, 11, 12]
    assert values(parse("0 0 1 nov-feb/2 *").months) == [1, 11]


def test_six_fields_begin_with_seconds():
    """With second 0 they are the five; with others they are looked at each second."""
    assert parse("0 30 2 * * *") == parse("30 2 * * *")
    assert values(parse("*/20,7 30 2 * * *").seconds) == [0, 7, 20, 40]
    assert parse("30 2 * * *").by_minute
    assert not parse("1 30 2 * * *").by_minute


@pytest.mark.parametrize(
    ("spec", "wildcard", "either"),
    [
        ("* * * * *", True, False),
        ("*/60 3 13 * fri", True, True),
        ("0 *,3 1-31 * 1", True, True),
        ("0 0-23 */2 * mon", False, False),
        ("0-59 0 13 * *", False, False),
        ("@hourly", True, False),
        ("@daily", False, False),
        ("* 0 0 1 * 1", False, True),
        ("0 0 ? * 1", False, False),
    ],
)
def test_what_begins_with_a_star(spec, wildcard, either):
    """The star of minute or hour makes it follow the wall; without one in a day field either is enough."""
    assert (parse(spec).wildcard, parse(spec).either) == (wildcard, either)


def test_spaces_and_tabs_separate():
    """Several of them, also around the fields."""
    assert parse(" 0\t9  1 \t 1 * ") == parse("0 9 1 1 *")


@pytest.mark.parametrize(
    ("nickname", "spec"),
    [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ],
)
def test_nicknames(nickname, spec):
    """The seven nicknames stand for five fields each."""
    assert parse(nickname) == parse(spec)


@pytest.mark.parametrize("before", [" ", "\t", "  \t"])
def test_blanks_around(before):
    """Blanks before and after the fields are nothing."""
    assert parse(f"{before}0 9 * * *{before}") == parse("0 9 * * *")


HOSTILE = [
    "9" * 10_000 + " * * * *",
    "9" * 1_000 + " * * * *",
    "*/" + "9" * 1_000 + " * * * *",
    "0" * 1_000 + " * * * *",
    "1-" * 500 + " * * * *",
    ",".join("0" for _ in range(500)) + " * * * *",
    ",".join("*/1" for _ in range(250)) + " * * * *",
    "/".join("1" for _ in range(500)) + " * * * *",
    "0 0 * * " + ",".join("fri#5" for _ in range(165)),
    "0 0 " + ",".join(f"{n % 31 + 1}W" for n in range(300)) + " * *",
    "0 0 " + "w" * 1_000 + " * *",
    "0 0 * * " + "l" * 1_000,
    "0 0 * * " + "#" * 1_000,
    "0 0 * * " + "m" * 1_000,
    "@" + "y" * 1_000,
    "@" * 100_000,
    " " * 1_024,
    "\t" * 1_000_000,
    "* " * 512,
    "\N{FULLWIDTH DIGIT ONE}" * 1_024,
    "(" * 1_024,
    "\x00" * 1_024,
    "0 0 */31 2,4,6,9,11 5#5",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_answered_at_once(text):
    """The best of three under 10 ms, valid or not."""
    assert min(seconds_for(text) for _ in range(3)) < 0.01


FOREIGN = "\N{ARABIC-INDIC DIGIT THREE}\N{LATIN SMALL LETTER LONG S}\N{NO-BREAK SPACE}"
LETTERS = "0123456789*/-,@ \tLW#?adfmonsu" + FOREIGN


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=1100),
        st.text(alphabet=LETTERS, max_size=1100),
        st.lists(st.text(alphabet="0123456789*/-,LW#", min_size=1, max_size=200), min_size=5, max_size=6).map(
            " ".join
        ),
        st.lists(
            st.sampled_from(["1", "*/2", "1-5", "mon", "5#3", "L", "15W", "fri-mon/2"]), max_size=300
        ).map(lambda items: f"0 0 {','.join(items)} * {','.join(items)}"),
    )
)
def test_any_text_is_answered_quickly(text):
    """Either a timer, which answers a question too, or a DefinitionError; the best of three under 10 ms."""
    assert min(seconds_for(text) for _ in range(3)) < 0.01


def seconds_for(text):
    """Return how long it takes to make a timer of *text* and to ask it, or to be told what is wrong."""
    began = process_time()
    try:
        cron(text).next_after(EPOCH)
    except DefinitionError as error:
        text = str(error)
    else:
        text = ""
    taken = process_time() - began
    assert not text or (text.startswith("cron: ") and len(text) < 500)
    return taken
