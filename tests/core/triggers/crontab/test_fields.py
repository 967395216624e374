"""What a cron expression may say, and how it is told what it may not."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.errors import DefinitionError
from clockhand.triggers import cron
from clockhand.triggers.crontab.fields import parse


def values(mask):
    """Return the values of a set of bits."""
    return [value for value in range(mask.bit_length()) if mask >> value & 1]


def weekdays(text):
    """Return the weekdays that *text* stands for, with Sunday as 0: its days in a month begun on a Sunday."""
    return [day - 1 for day in values(parse(f"0 0 * * {text}").days[0]) if day <= 7]


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
    ],
)
def test_weekdays(text, expected):
    """Sunday is 0 and 7, also in ranges; names in any case; a step without an end stops at Saturday."""
    assert weekdays(text) == expected


def test_months_by_name():
    """Three letters, any case."""
    assert values(parse("0 0 1 JAN,mar-May *").months) == [1, 3, 4, 5]


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


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("60 * * * *", "cron: minute: '60' is out of range; allowed are 0-59"),
        ("* 24 * * *", "cron: hour: '24' is out of range; allowed are 0-23"),
        ("* * 0 * *", "cron: day-of-month: '0' is out of range; allowed are 1-31"),
        ("* * * 13 *", "cron: month: '13' is out of range; allowed are 1-12"),
        ("* * * * 8", "cron: day-of-week: '8' is out of range; allowed are 0-6, and 7 for Sunday"),
        ("5-2 * * * *", "cron: minute: the range '5-2' ends before it begins; write two ranges"),
        (
            "*/90 * * * *",
            (
                "cron: minute: the step of '*/90' is out of range; allowed are 1-60; "
                "use every(minutes=...) for a longer period"
            ),
        ),
        ("0 0 1/32 * *", "cron: day-of-month: the step of '1/32' is out of range; allowed are 1-31"),
        ("* * * jam *", "cron: month: 'jam' is not understood, did you mean 'jan'?; allowed are 1-12"),
        (
            "0 0 ? * mon",
            "cron: day-of-month: '?' is not understood; write *, a, a-b, or one of them with a step /n",
        ),
        (
            "0 0 * * * *",
            "cron: 6 fields, given '0 0 * * * *'; write five: minute hour day-of-month month day-of-week",
        ),
        ("", "cron: 0 fields, given ''; write five: minute hour day-of-month month day-of-week"),
        ("0 0 30 2 *", "cron: day-of-month and month: no such date ever comes, given '0 0 30 2 *'"),
        ("@dayly", "cron: unknown nickname '@dayly', did you mean '@daily'?"),
        ("@every 5m", "cron: unknown nickname '@every 5m'; use every(...)"),
        ("x" * 1025, "cron: 1,025 characters, at most 1,024 are read"),
        (5, "cron: not a text, given 5; write it like '0 9 * * mon-fri'"),
    ],
)
def test_what_is_wrong_is_named(spec, message):
    """The field, what was given, and what to write instead."""
    with pytest.raises(DefinitionError) as caught:
        cron(spec)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "spec",
    [
        "0 0 L * *",
        "0 0 LW * *",
        "0 0 15W * *",
        "0 0 * * 5#3",
        "0 0 * * 5L",
        "*/0 * * * *",
        "1,,2 * * * *",
        ", * * * *",
        "*-5 * * * *",
        "5- * * * *",
        "-5 * * * *",
        "1-2-3 * * * *",
        "5/ * * * *",
        "*/2/2 * * * *",
        "0 0 * * monday",
        "0 0 * january *",
        "jan 0 * * *",
        "H * * * *",
        "1.5 * * * *",
        "\N{ARABIC-INDIC DIGIT THREE} * * * *",
        "\N{SUPERSCRIPT TWO} * * * *",
        "* * * \N{LATIN SMALL LETTER LONG S}ep *",
        "*\N{NO-BREAK SPACE}* * * *",
        "* * * * *\n",
        "*\n* * * *",
        "0 0 31 2,4,6 *",
        "@Daily",
        "@reboot",
        "@",
        "9" * 1000 + " * * * *",
        "*/" + "9" * 1000 + " * * * *",
    ],
)
def test_refused(spec):
    """What crontab(5) in five plain fields doesn't have, one DefinitionError each."""
    with pytest.raises(DefinitionError, match=r"^cron: "):
        cron(spec)


@given(
    st.one_of(
        st.text(max_size=1100),
        st.text(alphabet="0123456789*/-,@ \tLW#?adfmonsu", max_size=1100),
        st.lists(st.text(alphabet="0123456789*/-,", min_size=1, max_size=8), min_size=5, max_size=5).map(
            " ".join
        ),
    )
)
def test_any_text_is_answered_quickly(text):
    """Either a timer or a DefinitionError, soon."""
    began = perf_counter()
    try:
        cron(text)
    except DefinitionError as error:
        assert str(error).startswith("cron: ")  # noqa: PT017 - a timer is as good an answer
    assert perf_counter() - began < 0.5
