"""Expressions in plain words."""

import pytest
from expressions import seeded
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand import cron

QUARTZ = "day-of-week: weekdays are counted from Sunday = 0 here, Quartz counts from Sunday = 1"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("0-55/5 * * * *", "every 5 minutes"),
        ("@hourly", "every hour at minute 0"),
        ("15,45 * * * *", "every hour at minutes 15 and 45"),
        ("0 9 * * 1-5", "at 09:00 on Monday to Friday"),
        ("@daily", "at 00:00"),
        ("@weekly", "at 00:00 on Sunday"),
        ("@yearly", "at 00:00 on day 1 of the month in January"),
        ("0 9,12,17 * * *", "at 09:00, 12:00 and 17:00"),
        ("0 */2 * * *", "every 2 hours at minute 0"),
        ("*/10 9-17 * * mon-fri", "every 10 minutes from 09:00 to 17:59 on Monday to Friday"),
        ("*/15 22-2 * * *", "every 15 minutes from 22:00 to 02:59"),
        ("*/15 9,12 * * *", "every 15 minutes in the hours 9 and 12"),
        ("*/7 3-5 * * *", "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of hours 3 to 5"),
        ("0 0 13 * fri", "at 00:00 on day 13 of the month or on Friday"),
        ("0 0 13 * *", "at 00:00 on day 13 of the month"),
        ("0 0 1-31 * fri", "at 00:00"),
        (
            "0 0 */2 * mon",
            "at 00:00 on every 2 days from day 1 to 31 of the month if that is also Monday",
        ),
        ("0 0 1,15 * *", "at 00:00 on days 1 and 15 of the month"),
        ("0 0 L * *", "at 00:00 on the last day of the month"),
        ("0 0 LW * *", "at 00:00 on the last weekday of the month"),
        ("0 0 15W * *", "at 00:00 on the weekday nearest to day 15 of the month"),
        ("0 0 * * fri,sat#3", "at 00:00 on Friday and the third Saturday"),
        ("0 0 * * 5L", "at 00:00 on the last Friday"),
        ("0 0 * * fri-mon", "at 00:00 on Friday to Monday"),
        ("0 0 * * sun,sat", "at 00:00 on Saturday and Sunday"),
        ("0 9 * 2-4,7 *", "at 09:00 in February to April and July"),
        ("* * * * * *", "every second"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("5 * * * * *", "at second 5 of every minute"),
        ("15 30 9 * * *", "at 09:30:15"),
        ("*/10 */5 * * * *", "every 10 seconds, every 5 minutes"),
        ("1,2,5 */5 * * * *", "at seconds 1, 2 and 5, every 5 minutes"),
    ],
)
def test_examples(spec, expected):
    """When and on which days, as one would say it."""
    assert cron(spec).words == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("0 9 * * 1-5", ()),
        ("*/5 * * * *", ()),
        (
            "0 0 */2 * mon",
            ("a day field begins with *", "day-of-month: every 2 begins again on day 1"),
        ),
        ("0 0 13 * fri", ("both day fields are restricted, so one of the two is enough",)),
        ("0 0 1-31 * fri", ("both day fields are restricted and one of them has every day, so every day",)),
        ("0 0 31 * *", ("day-of-month: a month without day 31 has no run; L is the last day",)),
        ("0 0 29 2 *", ("day-of-month: 29 February comes in leap years only",)),
        ("*/7 * * * *", ("minute: every 7 begins again at 0, which is 4 after 56",)),
        ("0 */5 * * *", ("hour: every 5 begins again at 0, which is 4 after 20",)),
        ("*/30 * * * *", ()),
        ("0,45 * * * *", ()),
        ("*/45 * * * *", ("minute: every 45 begins again at 0, which is 15 after 45",)),
        ("*/50 * * * * *", ("second: every 50 begins again at 0, which is 10 after 50",)),
        ("0 */13 * * *", ("hour: every 13 begins again at 0, which is 11 after 13",)),
        ("0 0 */16 * *", ("day-of-month: every 16 begins again on day 1 of each month",)),
        ("0 0 9 ? * 2-6", (QUARTZ,)),
        ("0 0 9 ? * 6#3", (QUARTZ,)),
        ("0 0 9 ? * 6L", (QUARTZ,)),
        ("0 0 9 ? * mon-fri/2", ()),
        ("0 0 9 ? * fri#3,sunL", ()),
        ("0 0 9 1 * ?", ()),
        ("0 9 ? * 2-6", ()),
        ("0 0 9 * * 2-6", ()),
        ("*/25 * * * * *", ("second: every 25 begins again at 0, which is 10 after 50",)),
    ],
)
def test_warnings(spec, expected):
    """What is right and may not be what was meant, a sentence each."""
    found = cron(spec).warnings
    assert len(found) == len(expected)
    assert all(map(str.startswith, found, expected))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_any_expression_has_words(seed, seconds):
    """Every expression can be told, in one line; so can its normal form, which says the same."""
    timer = cron(seeded(seed, seconds=seconds).text)
    assert timer.words.startswith(("at ", "every "))
    assert "\n" not in timer.words
    assert cron(timer.normal).words == timer.words
    assert cron(timer.normal).warnings == tuple(one for one in timer.warnings if one != QUARTZ)
