"""Which days of a month match."""

from calendar import monthrange
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from clockhand.triggers.crontab.table import Table

ALL_MONTHS = (1 << 13) - 2


@given(st.integers(1, 9999), st.integers(1, 12), st.sets(st.integers(0, 6)))
def test_weekdays_fall_where_the_calendar_says(year, month, weekdays):
    """For any month and any weekdays, as datetime has them; no day beyond the month's last."""
    table = Table.of(1, 1, 0, ALL_MONTHS, sum(1 << day for day in weekdays), either=True, wildcard=False)
    length = monthrange(year, month)[1]
    expected = [day for day in range(1, length + 1) if date(year, month, day).isoweekday() % 7 in weekdays]
    found = table.days_in(year, month)
    assert [day for day in range(found.bit_length()) if found >> day & 1] == expected


def test_impossible_dates_are_known():
    """31 April never comes, 29 February does, on each weekday."""
    april = Table.of(1, 1, 1 << 31, 1 << 4, 0b111_1111, either=False, wildcard=False)
    assert not april.possible
    for weekday in range(7):
        assert Table.of(1, 1, 1 << 29, 1 << 2, 1 << weekday, either=False, wildcard=False).possible
