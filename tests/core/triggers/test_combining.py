"""any_of and all_of: union and intersection of due times."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from composing import WINDOW, agrees, beginnings, listed, simple
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand.contracts import EPOCH, Facts
from clockhand.errors import DefinitionError
from clockhand.triggers import (
    AllOf,
    AnyOf,
    after_completion,
    all_of,
    any_of,
    at,
    at_start,
    but_not,
    cron,
    every,
    if_last,
    weekdays,
)
from clockhand.triggers.search import Exhausted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@settings(deadline=None, max_examples=40)
@given(timers=st.lists(simple, min_size=1, max_size=4), begin=beginnings, part=st.floats(0, 1))
def test_any_of_is_the_union(timers, begin, part):
    """What any is due at, each moment once; asked forwards, backwards and counted."""
    end = begin + WINDOW
    dues = sorted({due for timer in timers for due in listed(timer, begin, end)})
    agrees(any_of(*timers), dues, begin, end, begin + part * WINDOW)


@settings(deadline=None, max_examples=40)
@given(timers=st.lists(simple, min_size=1, max_size=3), begin=beginnings, part=st.floats(0, 1))
def test_all_of_is_the_intersection(timers, begin, part):
    """What all are due at; where they never agree in the window, a search may give up instead."""
    end = begin + WINDOW
    dues = sorted(set.intersection(*(set(listed(timer, begin, end)) for timer in timers)))
    with suppress(Exhausted):
        agrees(all_of(*timers), dues, begin, end, begin + part * WINDOW)


def test_a_thirteenth_that_is_a_friday():
    """Where cron says or, all_of says and."""
    both = all_of(cron("0 0 13 * *"), cron("0 0 * * fri"))
    found = [both.next_after(EPOCH.replace(year=year)).date().isoformat() for year in (2026, 2027, 2028)]
    assert found == ["2026-02-13", "2027-08-13", "2028-10-13"]


def test_a_search_ends():
    """Two that never agree are found out in time, and the error says what was looked at."""
    never = all_of(cron("0 * * * *"), cron("1 * * * *"))
    nested = any_of(all_of(never, every(seconds=1)), but_not(never, weekdays("mon-sun")))
    for timer in (never, nested):
        began = process_time()
        with pytest.raises(DefinitionError, match=r"^no due time found from 2026-03-01T1.* to 2026-"):
            timer.next_after(NOON)
        with pytest.raises(DefinitionError, match=r"a search ends after 10,000 steps or 100 years; do its"):
            timer.last_before(NOON, since=EPOCH)
        assert timer.count(EPOCH, NOON) is None
        assert process_time() - began < 5
    far = all_of(every(days=1), at("2026-03-01T00:00:00Z", "2300-01-01T00:00:00.5Z"))
    assert far.next_after(NOON) is None


def test_what_has_ended_has_ended():
    """None from one of all_of is the end; of any_of only when it is from each."""
    past = at("2026-01-01T00:00:00Z")
    assert all_of(past, every(5)).next_after(NOON) is None
    assert any_of(past, every(60)).next_after(NOON) == NOON + timedelta(seconds=60)
    assert any_of(past, at_start()).next_after(NOON) is None
    assert all_of(past, every(5)).last_before(NOON, since=NOON - TICK) is None


def test_a_long_backlog_is_not_counted_one_by_one():
    """More than 250 are not told; the last and the next come at once all the same."""
    timer = any_of(every(1), every(days=1, at="09:00"))
    began = process_time()
    assert timer.count(EPOCH, NOON) is None
    assert timer.last_before(NOON, since=EPOCH) == NOON
    assert timer.next_after(NOON) == NOON + timedelta(seconds=1)
    assert process_time() - began < 0.05
    assert timer.count(NOON, NOON + timedelta(seconds=200)) == 201
    assert timer.count(NOON, EPOCH) == 0


def test_what_is_inside_of_its_own_kind_comes_out():
    """any_of of any_of is one, and what is named twice is there once: one value for one meaning."""
    one, two, three = every(1), every(2), cron("@daily")
    assert any_of(any_of(one, two), three, one) == any_of(one, two, three)
    assert all_of(one, all_of(two, three)) == AllOf([one, two, three])
    assert any_of(all_of(one, two), three) == AnyOf((all_of(one, two), three))


def test_what_the_parts_say_goes_for_the_whole():
    """The past only if all keep it, the facts that any needs, and a zone for each that left it open."""
    first, second = at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z")
    assert any_of(first, all_of(second, first)).keeps_past
    assert not any_of(first, every(5)).keeps_past
    assert any_of(at_start(), every(5), after_completion(5)).needs == {"process_started", "last_end"}
    zoned = any_of(cron("@daily"), every(days=1, tz="UTC"), all_of(cron("@hourly"))).in_zone("Asia/Tokyo")
    assert zoned == any_of(
        cron("@daily", tz="Asia/Tokyo"), every(days=1, tz="UTC"), all_of(cron("@hourly", tz="Asia/Tokyo"))
    )
    facts = Facts(process_started=NOON + TICK)
    assert any_of(at_start(), every(60)).next_after(NOON, facts) == NOON + TICK


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (any_of, "any_of: no timer given, name at least one"),
        (
            lambda: all_of(every(5), if_last("a")),
            "all_of: not a timer, given if_last('a', 'succeeded'); a cond",
        ),
        (lambda: any_of(weekdays()), "any_of: not a timer, given weekdays('mon-fri')"),
        (lambda: any_of("5m"), "any_of: not a timer, given '5m'"),
        (lambda: AnyOf("5m"), "any_of: not a list of timers, given '5m'"),
        (lambda: any_of(*map(every, range(1, 102))), "any_of: more parts than the 100 allowed, 101 given"),
    ],
)
def test_what_can_not_be(make, message):
    """Named by the function that was called."""
    with pytest.raises(DefinitionError) as caught:
        make()
    assert str(caught.value).startswith(message)


def test_far_too_many_are_refused_at_once():
    """Each is compared with the hundred that are allowed, not with all the others."""
    many = [every(seconds) for seconds in range(1, 20_001)]
    began = process_time()
    with pytest.raises(DefinitionError, match="more parts than the 100 allowed, 20,000 given"):
        any_of(*many)
    assert process_time() - began < 2
