"""How somebody is told what an expression may not say."""

import pytest

from clockhand.errors import DefinitionError
from clockhand.triggers import cron

TIMES = "as *, a, a-b, or one of them with a step /n"
DAYS = f"allowed are 1-31 {TIMES}; ?, L, LW, aW"
WEEKDAYS = f"allowed are 0-6 or sun-sat {TIMES}; ?, a#n, aL; 7 is Sunday"
FIELDS = "minute hour day-of-month month day-of-week; or six, with second before them"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("60 * * * *", "minute: '60' is out of range; allowed are 0-59"),
        ("60 * * * * *", "second: '60' is out of range; allowed are 0-59"),
        ("* 24 * * *", "hour: '24' is out of range; allowed are 0-23"),
        ("* * 0 * *", "day-of-month: '0' is out of range; allowed are 1-31"),
        ("* * 32W * *", "day-of-month: '32W' is out of range; allowed are 1-31"),
        ("* * * 13 *", "month: '13' is out of range; allowed are 1-12"),
        ("* * * * 8", "day-of-week: '8' is out of range; allowed are 0-6, and 7 for Sunday"),
        (
            "0 9 * * 1 2027",
            "day-of-week: '2027' is out of range; allowed are 0-6, and 7 for Sunday; there is no year field",
        ),
        ("0 0 20-10 * *", "day-of-month: the range '20-10' ends before it begins; write two ranges"),
        (
            "*/90 * * * *",
            (
                "minute: the step of '*/90' is out of range; allowed are 1-60; "
                "use every(minutes=...) for a longer period"
            ),
        ),
        (
            "*/0 * * * *",
            (
                "minute: the step of '*/0' is out of range; allowed are 1-60; "
                "use every(minutes=...) for a longer period"
            ),
        ),
        ("0 0 1/32 * *", "day-of-month: the step of '1/32' is out of range; allowed are 1-31"),
        (
            "* * * jam *",
            f"month: 'jam' is not understood, did you mean 'jan'?; allowed are 1-12 or jan-dec {TIMES}",
        ),
        ("0 0 * * wednesday", f"day-of-week: 'wednesday' is not understood, did you mean 'wed'?; {WEEKDAYS}"),
        ("? * * * *", f"minute: '?' is not understood; allowed are 0-59 {TIMES}"),
        (
            "H * * * *",
            f"minute: 'H' is not understood, there is no hashed value here; allowed are 0-59 {TIMES}",
        ),
        (
            "R 3 * * *",
            f"minute: 'R' is not understood, there is no random value here; allowed are 0-59 {TIMES}",
        ),
        (
            "0~30 * * * *",
            f"minute: '0~30' is not understood, there is no random value here; allowed are 0-59 {TIMES}",
        ),
        (
            "0 0 L-3 * *",
            f"day-of-month: 'L-3' is not understood, the only days counted from the end are L and LW; {DAYS}",
        ),
        ("0 0 * * L", "day-of-week: 'L' doesn't say which weekday; write friL or 5L for the last Friday"),
        ("0 0 * * mon-fri#1", "day-of-week: 'mon-fri#1' counts a range; write each by itself, mon#1,tue#1"),
        (
            "0 0 * * fri#6",
            "day-of-week: 'fri#6' has no such number; allowed are #1 to #5, and aL for the last",
        ),
        (
            "0 0 * * fri#jan",
            "day-of-week: 'fri#jan' has no such number; allowed are #1 to #5, and aL for the last",
        ),
        (
            "*\n * * * *",
            (
                f"minute: '*\\n' is not understood, only spaces and tabs separate fields; "
                f"allowed are 0-59 {TIMES}"
            ),
        ),
        (
            "\N{ARABIC-INDIC DIGIT THREE} * * * *",
            (
                "minute: '\N{ARABIC-INDIC DIGIT THREE}' is not understood, "
                f"only ASCII letters and digits are; allowed are 0-59 {TIMES}"
            ),
        ),
        ("", f"0 fields, given ''; write five: {FIELDS}"),
        ("*", f"1 field, given '*'; write five: {FIELDS}"),
        (
            "0 0 0 1 1 ? 2027",
            f"7 fields, given '0 0 0 1 1 ? 2027'; there is no year field; write five: {FIELDS}",
        ),
        (
            "0 0 30 2 *",
            "day-of-month, month and day-of-week: no such date ever comes, given '0 0 30 2 *'",
        ),
        ("@dayly", "unknown nickname '@dayly', did you mean '@daily'?"),
        ("@every 5m", "unknown nickname '@every 5m'; use every(...)"),
        ("@reboot", "unknown nickname '@reboot'; use at_start()"),
        ("x" * 1025, "1,025 characters, at most 1,024 are read"),
        (5, "not a text, given 5; write it like '0 9 * * mon-fri'"),
    ],
)
def test_what_is_wrong_is_named(spec, message):
    """The field, what was given, and what to write instead."""
    with pytest.raises(DefinitionError) as caught:
        cron(spec)
    assert str(caught.value) == f"cron: {message}"


@pytest.mark.parametrize(
    "spec",
    [
        "1,,2 * * * *",
        ", * * * *",
        "*-5 * * * *",
        "5- * * * *",
        "-5 * * * *",
        "1-2-3 * * * *",
        "5/ * * * *",
        "/5 * * * *",
        "*/2/2 * * * *",
        "+5 * * * *",
        "1_0 * * * *",
        "1.5 * * * *",
        "L * * * *",
        "0 0 ?/2 * *",
        "0 0 L/2 * *",
        "0 0 W * *",
        "0 0 1-5W * *",
        "0 0 WL * *",
        "0 0 L5 * *",
        "0 0 * L *",
        "0 0 * * LW",
        "0 0 * * LL",
        "0 0 * * 5L/2",
        "0 0 * * 8L",
        "0 0 * * #3",
        "0 0 * * 5#",
        "0 0 * * 5#3#1",
        "0 0 * * 5#3-5",
        "0 0 * * *#1",
        "0 0 * * monday",
        "0 0 * january *",
        "0 0 * * 1-5#1,3",
        "jan 0 * * *",
        "* * * mon *",
        "\N{SUPERSCRIPT TWO} * * * *",
        "* * * \N{LATIN SMALL LETTER LONG S}ep *",
        "*\N{NO-BREAK SPACE}* * * *",
        "* * * * *\n",
        "*\n* * * *",
        "*\v* * * * *",
        "0 0 31 2,4,6 *",
        "@Daily",
        "@",
        " @daily",
        "@daily ",
        "* * * *",
    ],
)
def test_refused(spec):
    """What isn't in the dialect, one DefinitionError each."""
    with pytest.raises(DefinitionError, match=r"^cron: "):
        cron(spec)
