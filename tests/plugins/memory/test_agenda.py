"""The agenda finds what comes first, whatever was put, moved and dropped before."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clockhand_memory.agenda import Agenda

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "drop", "take"]), st.sampled_from("abcdef"), st.integers(0, 9))
)


@given(STEPS)
def test_it_agrees_with_a_dictionary(steps):
    """Each step leaves the same first item as in a dictionary that is searched."""
    agenda, plain = Agenda(), {}
    for what, key, number in steps:
        moment = BEGIN + timedelta(seconds=number)
        if what == "put":
            agenda.put(key, moment)
            plain[key] = moment
        elif what == "drop":
            agenda.drop(key)
            plain.pop(key, None)
        else:
            due = [(when, one) for one, when in plain.items() if when <= moment]
            expected = min(due)[1] if due else None
            assert agenda.take(moment) == expected
            plain.pop(expected, None)
        assert agenda.first() == min(((when, one) for one, when in plain.items()), default=None)
        assert agenda.later(moment) == min((when for when in plain.values() if when > moment), default=None)
        assert len(agenda) == len(plain)


def test_it_does_not_grow_with_what_was_moved():
    """A key that is put elsewhere a thousand times leaves no thousand items behind."""
    agenda = Agenda()
    for number in range(10_000):
        agenda.put("a", BEGIN + timedelta(seconds=number))
    assert len(agenda) == 1
    assert len(agenda._heap) < 100
    assert agenda.later(None) == BEGIN + timedelta(seconds=9_999)
