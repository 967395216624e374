"""Spread and jitter: where a start lies after its due time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand._model.offset import offset, refuse_too_long
from clockhand.errors import DefinitionError

BASE = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HALF = timedelta(minutes=1), timedelta(seconds=30)
NONE = timedelta()
PINNED = timedelta(seconds=1755, microseconds=303101)


@pytest.mark.timeout(120)
def test_a_million_fires_never_drift():
    """Behaviour 13: fire n lies in base + n x period + [0, j], from first to last, all over the stretch."""
    low, high, total, due = HALF, NONE, 0.0, BASE
    for _ in range(1_000_000):
        late = offset("beat", due, jitter=HALF, seed="7")
        low, high = min(low, late), max(high, late)
        total += late.total_seconds()
        due += MINUTE
    assert NONE <= low < timedelta(milliseconds=1)
    assert HALF - timedelta(milliseconds=1) < high <= HALF
    assert abs(total / 1_000_000 - 15) < 0.05


def test_order_is_kept():
    """Of two due times the earlier one starts earlier, as long as the jitter is shorter than the period."""
    starts = [
        BASE + n * MINUTE + offset("beat", BASE + n * MINUTE, jitter=MINUTE - timedelta(microseconds=1))
        for n in range(10_000)
    ]
    assert all(one < other for one, other in pairwise(starts))


def test_a_thousand_jobs_at_midnight():
    """Spread by their aliases over an hour: about as many in each minute, and each where it was yesterday."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    spread = {f"job-{n}": offset(f"job-{n}", BASE, spread=hour) for n in range(1_000)}
    assert all(offset(alias, BASE + day, spread=hour) == late for alias, late in spread.items())
    minutes = [sum(late // MINUTE == minute for late in spread.values()) for minute in range(60)]
    assert min(minutes) >= 4
    assert max(minutes) <= 35
    assert abs(fmean(late.total_seconds() for late in spread.values()) - 1800) < 90


@given(
    alias=st.text(),
    due=st.datetimes(timezones=st.just(UTC)),
    spread=st.timedeltas(NONE, timedelta(days=400)),
    jitter=st.timedeltas(NONE, timedelta(days=400)),
    seed=st.text(),
)
def test_the_same_question_has_the_same_answer(alias, due, spread, jitter, seed):
    """Between nothing and both together, and reproducible; without either it is nothing."""
    found = offset(alias, due, spread=spread, jitter=jitter, seed=seed)
    assert NONE <= found <= spread + jitter
    assert found == offset(alias, due, spread=spread, jitter=jitter, seed=seed)
    assert found - offset(alias, due, jitter=jitter, seed=seed) == offset(
        alias, due, spread=spread, seed=seed
    )
    assert offset(alias, due, seed=seed) == NONE


def test_what_makes_a_difference():
    """The alias, the due time for jitter, and the seed for both; these are pinned for every host."""
    hour = timedelta(hours=1)
    found = {
        offset("a", BASE, jitter=hour),
        offset("b", BASE, jitter=hour),
        offset("a", BASE + hour, jitter=hour),
        offset("a", BASE, jitter=hour, seed="7"),
        offset("a", BASE, spread=hour),
        offset("b", BASE, spread=hour),
        offset("a", BASE, spread=hour, seed="7"),
    }
    assert len(found) == 7
    assert offset("a", BASE, jitter=hour) == PINNED


def test_what_could_reach_the_next_is_refused():
    """Jitter and spread together have to be shorter than the time between two due times."""
    refuse_too_long(MINUTE, jitter=HALF, spread=HALF - timedelta(microseconds=1))
    refuse_too_long(NONE)
    message = "^jitter: not shorter than the time between two due times, given 1m and 1m$"
    with pytest.raises(DefinitionError, match=message):
        refuse_too_long(MINUTE, jitter=MINUTE)
    with pytest.raises(DefinitionError, match=r"^spread and jitter: not shorter than .*, given 1m and 1m$"):
        refuse_too_long(MINUTE, jitter=HALF, spread=HALF)
