"""How far apart due times lie: arithmetic against a walk from one to the next."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from expressions import seeded
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clockhand import all_of, any_of, at, cron, every, explain
from clockhand.contracts import NO_FACTS
from clockhand.triggers.explaining.spacing import WALKED, spacing

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Santiago",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Cairo",
]
MOST = 3_000


def _walked(timer, first, until):
    dues = [first]
    while len(dues) < MOST:
        due = timer.next_after(dues[-1])
        if due is None or due > until:
            break
        dues.append(due)
    gaps = [after - before for before, after in pairwise(dues)]
    return dues[-1], (min(gaps), max(gaps)) if gaps else None


@settings(deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from(ZONES),
    st.sampled_from([None, "after", "skip"]),
    st.sampled_from([None, "first", "second", "both"]),
    st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_cron_is_arithmetic_and_agrees_with_a_walk(seed, tz, gap, overlap, begin):
    """The shortest and longest gap of any expression, through clock changes, whatever is chosen for them."""
    spec = seeded(seed, seconds=seed % 2 == 0).text
    timer = cron(spec, tz=tz, gap=gap, overlap=overlap)
    first = timer.next_after(begin)
    assume(first is not None)
    until, gaps = _walked(timer, first, first + timedelta(days=500))
    found = spacing(timer, first, until, timer.next_after)
    assert (found and (found.shortest, found.longest)) == gaps


@pytest.mark.parametrize(
    "spec",
    ["* * * * *", "*/7 * * * *", "30 1 * * *", "0,30 1-3 * * *", "*/20 */20 1-3 * * *", "59 59 23 * * *"],
)
@pytest.mark.parametrize("tz", ZONES)
@pytest.mark.parametrize("begin", ["2010-11-06T12:00Z", "2027-03-27T12:00Z", "2027-04-03T09:00Z"])
def test_cron_around_clock_changes(spec, tz, begin):
    """Dense expressions over the very days."""
    timer = cron(spec, tz=tz)
    first = timer.next_after(datetime.fromisoformat(begin))
    until, gaps = _walked(timer, first, first + timedelta(days=2))
    found = spacing(timer, first, until, timer.next_after)
    assert (found.shortest, found.longest) == gaps


def test_what_is_too_much_to_walk_is_told_up_to_where():
    """A timer made of others is looked at due time by due time, a thousand of them."""
    timer = any_of(cron("*/2 * * * *"), cron("1 * * * *"))
    page = explain(timer, after=datetime(2026, 1, 1, tzinfo=UTC))
    assert timer.count(page.fires[0].due, page.spacing.until) is None
    ones = cron("*/2 * * * *").count(page.fires[0].due, page.spacing.until)
    assert ones + cron("1 * * * *").count(page.fires[0].due, page.spacing.until) == WALKED + 1
    assert str(page.spacing) == "shortest 1m, longest 2m"


def test_one_due_time_has_no_gaps():
    """Nor has none."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert spacing(at(moment), moment, moment + timedelta(days=9), at(moment).next_after) is None
    assert spacing(cron("@daily"), moment, moment, cron("@daily").next_after) is None
    assert spacing(every(days=1), moment, moment, every(days=1).next_after) is None
    assert spacing(every(hours=1), moment, moment, every(hours=1).next_after) is None
    assert explain(all_of(at(moment)), after=moment - timedelta(1), facts=NO_FACTS).spacing is None


def test_a_gap_made_up_for_can_be_the_only_due_time_between_two_clock_changes():
    """Once a year, on the very day on which the clocks go forward."""
    page = explain(cron("30 2 28 3 *", tz="Europe/Berlin"), n=2, after=datetime(2026, 11, 23, tzinfo=UTC))
    assert [str(fire.local.time()) for fire in page.fires] == ["03:00:00", "02:30:00"]
    assert str(page.spacing) == "shortest 365d, longest 365d 23h 30m"
