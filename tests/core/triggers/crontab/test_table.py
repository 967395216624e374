"""Which days of a month match."""

import itertools
from calendar import monthrange
from datetime import date, timedelta

import pytest
from expressions import seeded
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.errors import DefinitionError
from clockhand.triggers.crontab.fields import parse


def days_of(spec, year, month):
    """Return the days of a month that match."""
    weekday, length = monthrange(year, month)
    mask = parse(spec).days_of(length, (weekday + 1) % 7)
    return [day for day in range(1, 33) if mask >> day - 1 & 1]


def dates_of(item):
    """Return (month, day) of all dates in 400 years that an item like `5`, `5#2` or `5L` names."""
    weekday, kind, number = int(item[0]), item[1:2], item[2:]
    first, found = date(2000, 1, 1), set()
    for there in (first + timedelta(days) for days in range(146_097)):
        if there.isoweekday() % 7 == weekday and (
            not kind
            or (kind == "#" and (there.day - 1) // 7 + 1 == int(number))
            or (kind == "L" and (there + timedelta(7)).month != there.month)
        ):
            found.add((there.month, there.day))
    return found


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 9998), st.integers(1, 12))
def test_days_are_what_the_calendar_says(seed, year, month):
    """Any expression, in any month of it: the days that its rules are true of."""
    spec = seeded(seed)
    if month in spec.months:
        length = monthrange(year, month)[1]
        expected = [day for day in range(1, length + 1) if spec.date_matches(date(year, month, day))]
        assert days_of(spec.text, year, month) == expected


@pytest.mark.parametrize(
    ("spec", "year", "month", "expected"),
    [
        ("0 0 L * *", 2028, 2, [29]),
        ("0 0 L * *", 2026, 2, [28]),
        ("0 0 LW * *", 2026, 5, [29]),
        ("0 0 LW * *", 2026, 1, [30]),
        ("0 0 15W * *", 2026, 8, [14]),
        ("0 0 15W * *", 2026, 2, [16]),
        ("0 0 15w * *", 2026, 1, [15]),
        ("0 0 1W * *", 2026, 8, [3]),
        ("0 0 31W * *", 2026, 5, [29]),
        ("0 0 31W * *", 2026, 6, []),
        ("0 0 28W * *", 2027, 2, [26]),
        ("0 0 * * 5#3", 2026, 1, [16]),
        ("0 0 * * fri#5", 2026, 1, [30]),
        ("0 0 * * fri#5", 2026, 2, []),
        ("0 0 * * 7#1", 2026, 2, [1]),
        ("0 0 * * 5L", 2026, 1, [30]),
        ("0 0 * * L5", 2026, 1, [30]),
        ("0 0 * * friL", 2026, 2, [27]),
        ("0 0 * * fri,sat#3", 2026, 1, [2, 9, 16, 17, 23, 30]),
        ("0 0 1,L * *", 2026, 1, [1, 31]),
        ("0 0 13 * 5#2", 2026, 1, [9, 13]),
        ("0 0 L * 1", 2026, 1, [5, 12, 19, 26, 31]),
        ("0 0 */2 * mon", 2026, 1, [5, 19]),
        ("0 0 ? * mon", 2026, 1, [5, 12, 19, 26]),
        ("0 0 13 * ?", 2026, 1, [13]),
    ],
)
def test_examples(spec, year, month, expected):
    """The days that depend on the month, and lists and unions of them."""
    assert days_of(spec, year, month) == expected


@pytest.mark.parametrize("spec", ["0 0 29 2 1#5", "0 0 29 2 */7", "0 0 29/29 2 *", "0 0 */28 2 mon#5"])
def test_rare_dates_are_possible(spec):
    """29 February comes on each weekday."""
    assert parse(spec).possible


@pytest.mark.parametrize("item", [*(f"{n}#{k}" for n in (0, 5) for k in range(1, 6)), "0L", "5L", "3"])
def test_each_date_of_400_years_is_known(item):
    """A date is refused exactly if the calendar never has it: leap years and short Februaries are asked."""
    found = dates_of(item)
    for month, step in itertools.product(("*", *map(str, range(1, 13))), range(1, 32)):
        spec = f"0 0 */{step} {month} {item}"
        comes = any((day - 1) % step == 0 and month in {"*", str(its)} for its, day in found)
        try:
            parse(spec)
        except DefinitionError:
            assert not comes, spec
        else:
            assert comes, spec


@pytest.mark.parametrize("spec", ["0 0 30 2 *", "0 0 31W 2,4,6,9,11 *", "0 0 */31 * mon#2", "0 0 */30 2 5#5"])
def test_impossible_dates_are_known(spec):
    """No such day in those months, or none on that weekday."""
    with pytest.raises(DefinitionError, match="no such date ever comes"):
        parse(spec)
