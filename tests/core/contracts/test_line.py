"""Who of those that are queued goes next."""

import copy
from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from clockhand import Job, call, every
from clockhand.contracts import OpenOccurrence, OpenState, rules

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _job(**policies):
    return Job(alias="a", work=call("app:f"), triggers=every(60), **policies)


def _one(number, state, minute):
    due = NOON + timedelta(minutes=minute)
    return OpenOccurrence(f"a!{number}", "a", due, state, 1, due, "thread")


opened = st.lists(st.tuples(st.sampled_from(OpenState), st.integers(0, 5)), max_size=8).map(
    lambda several: [_one(number, state, minute) for number, (state, minute) in enumerate(several)]
)
limits = st.one_of(
    st.integers(1, 6).map(lambda most: {"overlap": "queue-all", "max_running": most}),
    st.sampled_from([{}, {"overlap": "parallel"}, {"max_running": "none"}]),
)


def _next(policies, several):
    return rules.next_in_line(_job(**policies), several)


@given(limits, opened)
def test_as_many_go_as_there_are_places(policies, several):
    """What is requested, planned or running holds a place each; without a limit there is one for all."""
    most = _job(**policies).terms.max_running
    queued = [one for one in several if one.state is OpenState.QUEUED]
    places = len(queued) if most is None else max(0, most - (len(several) - len(queued)))
    assert len(_next(policies, several)) == min(places, len(queued))


@given(limits, opened)
def test_the_oldest_go(policies, several):
    """By due time, then by key, in whatever order they are given; each is as it was, but for its state."""
    before = copy.deepcopy(several)
    found = _next(policies, several)
    queued = sorted(
        (one for one in several if one.state is OpenState.QUEUED), key=lambda one: (one.due, one.key)
    )
    assert [one.key for one in found] == [one.key for one in queued[: len(found)]]
    assert [attrs.evolve(one, state=OpenState.QUEUED) for one in found] == queued[: len(found)]
    assert all(one.state is OpenState.REQUESTED for one in found)
    assert _next(policies, several[::-1]) == found
    assert several == before, "what was handed out must not be touched"


@given(limits, opened)
def test_asked_again_nobody_goes(policies, several):
    """Once the answer is written there is no place left, or nobody queued."""
    written = {one.key: one for one in (*several, *_next(policies, several))}
    assert _next(policies, written.values()) == []


def test_with_nothing_open_nobody_goes():
    """And nothing goes wrong."""
    assert rules.next_in_line(_job(), []) == []
