"""The normal form of an expression."""

import pytest
from expressions import seeded
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand import cron
from clockhand.triggers.crontab.fields import parse
from clockhand.triggers.crontab.normal import normal


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("@daily", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
        (" 00  9\t* jan-MAR Mon-fri ", "0 9 * 1-3 1-5"),
        ("*/5 * * * *", "*/5 * * * *"),
        ("*/1 * ? * ?", "* * * * *"),
        ("0-59 0-23 1-31 1-12 0-7", "0-59 0-23 1-31 1-12 0-6"),
        ("0,5,10,15,20,25,30,35,40,45,50,55 * * * *", "0-55/5 * * * *"),
        ("*/60 3 * * *", "*/60 3 * * *"),
        ("*/20,7,8 * * * *", "*/20,7,8 * * * *"),
        ("30,10 22-2 * * *", "10,30 0-2,22,23 * * *"),
        ("0 0 LW,l,15w,1 * *", "0 0 1,15W,L,LW * *"),
        ("0 0 * * Lsun,fri#3,sat", "0 0 * * 6,0L,5#3"),
        ("0 30 9 * * *", "30 9 * * *"),
        ("*/10 30 9 * * *", "*/10 30 9 * * *"),
    ],
)
def test_examples(spec, expected):
    """Numbers in order; a star stays a star, and what isn't one doesn't become one."""
    assert cron(spec).normal == normal(spec) == expected


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_it_means_the_same(seed, seconds):
    """It is read as the same table, and is its own normal form."""
    spec = seeded(seed, seconds=seconds).text
    before, after = parse(spec), parse(normal(spec))
    assert normal(normal(spec)) == normal(spec)
    assert (before.seconds, before.minutes, before.hours, before.months, before.either, before.wildcard) == (
        after.seconds,
        after.minutes,
        after.hours,
        after.months,
        after.either,
        after.wildcard,
    )
    for length in (28, 29, 30, 31):
        for first in range(7):
            assert before.days_of(length, first) == after.days_of(length, first)
