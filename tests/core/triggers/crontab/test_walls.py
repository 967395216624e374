"""Skipping over the calendar, against walking through it."""

from datetime import datetime, timedelta
from random import Random

import pytest
from expressions import expression
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.triggers.crontab.fields import parse
from clockhand.triggers.crontab.walls import DAY, MINUTE, Walls

EPOCH = datetime(1970, 1, 1)
START = datetime(2027, 2, 27, 22)
WINDOW = 3 * 1440 + 120
SECOND = timedelta(seconds=1)


def number(wall):
    """Return a wall as the number that it is in the engine."""
    return (wall - EPOCH) // SECOND


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), place=st.integers(0, WINDOW * 60 - 1), beside=st.booleans())
def test_next_last_and_count_agree_with_a_walk(seed, place, beside):
    """Over the end of a February: the first, the last and the number of matching minutes."""
    spec = expression(Random(seed))
    walls = Walls(parse(spec.text))
    walk = [START + minute * timedelta(minutes=1) for minute in range(WINDOW)]
    begin, end = number(START), number(walk[-1])
    hits = [number(wall) for wall in walk if spec.matches(wall)]
    wall = begin + (place if beside else place // MINUTE * MINUTE)
    later, earlier = [hit for hit in hits if hit >= wall], [hit for hit in hits if hit <= wall]
    found = walls.next(wall)
    assert found == later[0] if later else found is None or found > end
    found = walls.last(wall)
    assert found == earlier[-1] if earlier else found is None or found < begin
    assert walls.count(wall, end) == len(later)
    assert walls.count(begin, wall) == len(earlier)
    assert walls.count(wall, wall - 1) == 0


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), place=st.integers(0, 86_400))
def test_seconds(seed, place):
    """The same through two days of seconds, all that match in a list."""
    spec = expression(Random(seed), seconds=True)
    walls = Walls(parse(spec.text))
    begin = number(START)
    days = [day for day in (0, 1, 2) if spec.date_matches((START + timedelta(days=day)).date())]
    midnight = begin // DAY * DAY
    times = [h * 3600 + m * 60 + s for h in spec.hours for m in spec.minutes for s in spec.seconds]
    hits = sorted(midnight + day * DAY + time for day in days for time in times)
    end = midnight + 3 * DAY
    wall = begin + place
    later = [hit for hit in hits if hit >= wall]
    found = walls.next(wall)
    assert found == later[0] if later else found is None or found >= end
    earlier = [hit for hit in hits if hit <= wall]
    found = walls.last(wall)
    assert found == earlier[-1] if earlier else found is None or found < midnight
    assert walls.count(wall, end - 1) == len(later)


@pytest.mark.parametrize("spec", ["0 0 29 2 *", "0 0 L * fri#2", "0 0 29 2 */7", "*/7 1 * * 1L"])
def test_counting_over_centuries_is_counting_each(spec):
    """400 years are counted once and taken as often as they fit."""
    walls = Walls(parse(spec))
    first, last = number(datetime(1801, 5, 17)), number(datetime(2950, 5, 17))
    stepped, wall = 0, walls.next(first)
    while wall <= last:
        stepped += 1
        wall = walls.next(wall + 1)
    assert walls.count(first, last) == stepped


def test_the_calendar_ends():
    """After the last day of the year 9999, and before the first of the year 1, there is nothing."""
    walls = Walls(parse("0 0 15 6 *"))
    late, early = number(datetime(9999, 6, 15)), number(datetime(1, 6, 15))
    assert walls.next(late) == late
    assert walls.next(late + 1) is None
    assert walls.last(early) == early
    assert walls.last(early - 1) is None
