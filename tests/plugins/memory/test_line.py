"""A line lets those go first that have the highest priority, of those whose moment has come."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clockhand_memory.line import Line

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "drop", "take"]),
        st.sampled_from("abcdef"),
        st.integers(0, 9),
        st.integers(-1, 1),
    )
)


@given(STEPS)
def test_it_agrees_with_a_dictionary(steps):
    """Each step leaves the same order as in a dictionary that is searched."""
    line, plain = Line(), {}
    for what, name, number, priority in steps:
        moment, place = BEGIN + timedelta(seconds=number), (name, name)
        if what == "put":
            line.put(place, moment, priority)
            plain[place] = (-priority, moment)
        elif what == "drop":
            line.drop(place)
            plain.pop(place, None)
        else:
            ready = [(*rank, one) for one, rank in plain.items() if rank[1] <= moment]
            expected = min(ready)[2] if ready else None
            assert line.take(moment) == expected
            plain.pop(expected, None)
        assert len(line) == len(plain)
        assert line.later(None) == min((rank[1] for rank in plain.values()), default=None)
        later = (rank[1] for rank in plain.values() if rank[1] > moment)
        assert line.later(moment) == min(later, default=None)


def test_it_does_not_grow_with_what_was_moved():
    """A place that comes and goes a thousand times leaves no thousand items behind."""
    line = Line()
    for number in range(5_000):
        line.put(("a", "a"), BEGIN, number)
        line.take(BEGIN - timedelta(seconds=1))
        line.put(("b", "b"), BEGIN - timedelta(days=1), 0)
        assert line.take(BEGIN - timedelta(hours=1)) == ("b", "b")
    assert len(line) == 1
    assert len(line._front) < 100
