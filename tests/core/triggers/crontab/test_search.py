"""Skipping over the calendar, against walking through it."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clockhand.triggers.crontab.search import MINUTE, count_walls, last_wall, next_wall
from clockhand.triggers.crontab.table import Table

START = datetime(2026, 2, 27)
WINDOW = 3 * 1440

WHOLE_MINUTES = st.integers(0, WINDOW - 1).map(lambda minutes: START + minutes * MINUTE)
TABLES = st.builds(
    Table.of,
    st.sets(st.integers(0, 59), min_size=1, max_size=4).map(
        lambda values: sum(1 << value for value in values)
    ),
    st.sets(st.integers(0, 23), min_size=1, max_size=4).map(
        lambda values: sum(1 << value for value in values)
    ),
    st.sets(st.integers(1, 31), min_size=1).map(lambda values: sum(1 << value for value in values)),
    st.sets(st.integers(2, 3), min_size=1).map(lambda values: sum(1 << value for value in values)),
    st.sets(st.integers(0, 6), min_size=1).map(lambda values: sum(1 << value for value in values)),
    either=st.booleans(),
    wildcard=st.booleans(),
)


def matches(table, wall):
    """Say whether *wall* is in the table, looking at its bits one by one."""
    first = wall.replace(day=1).isoweekday() % 7
    return all(
        (
            table.minutes >> wall.minute & 1,
            table.hours >> wall.hour & 1,
            table.months >> wall.month & 1,
            table.days[first] >> wall.day & 1,
        )
    )


@given(table=TABLES, wall=WHOLE_MINUTES)
def test_next_last_and_count_agree_with_a_walk(table, wall):
    """Over the end of a February: the first, the last and the number of matching minutes."""
    end = START + (WINDOW - 1) * MINUTE
    walk = [START + minute * MINUTE for minute in range(WINDOW)]
    hits = [minute for minute in walk if matches(table, minute)]
    later = next((hit for hit in hits if hit >= wall), None)
    found = next_wall(table, wall)
    assert found == later if later else found is None or found > end
    earlier = next((hit for hit in reversed(hits) if hit <= wall), None)
    found = last_wall(table, wall)
    assert found == earlier if earlier else found is None or found < START
    assert count_walls(table, wall, end) == sum(hit >= wall for hit in hits)
    assert count_walls(table, START, wall) == sum(hit <= wall for hit in hits)


def test_the_calendar_ends():
    """After the last day of the year 9999, and before the first of the year 1, there is nothing."""
    table = Table.of(1, 1, 1 << 15, 1 << 6, 0b111_1111, either=False, wildcard=False)
    assert next_wall(table, datetime(9999, 6, 15)) == datetime(9999, 6, 15)
    assert next_wall(table, datetime(9999, 6, 15, 0, 1)) is None
    assert last_wall(table, datetime(1, 6, 15)) == datetime(1, 6, 15)
    assert last_wall(table, datetime(1, 6, 15) - timedelta(days=1)) is None
