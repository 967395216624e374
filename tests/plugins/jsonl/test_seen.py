"""The set of entries that are there, in ranges."""

from hypothesis import example, given
from hypothesis import strategies as st

from clockhand_jsonl.seen import Seen


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 30))))
def test_it_agrees_with_a_set(identities):
    """In whatever order numbers come, what was put in is there and nothing else."""
    seen, plain = Seen(), set()
    for life, seq in identities:
        assert ((life, seq) in seen) == ((life, seq) in plain)
        seen.add(life, seq)
        plain.add((life, seq))
    for life in "abc":
        assert {n for n in range(-1, 32) if (life, n) in seen} == {n for one, n in plain if one == life}


def test_a_long_life_takes_one_range():
    """A hundred thousand numbers without a gap are two numbers; each gap costs two more."""
    seen = Seen()
    for seq in range(1, 100_001):
        seen.add("life", seq)
    seen.add("life", 200_000)
    assert seen._ranges == {"life": [[1, 100_000], [200_000, 200_000]]}


@given(*[st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 30)))] * 2)
@example([("a", 1), ("a", 2), ("a", 3)], [("a", 2)])
def test_two_become_one(ours, theirs):
    """What one has joins what the other has, in as few ranges as if all had been put in one by one."""
    seen, other, all_of_them = Seen(), Seen(), Seen()
    for made, identities in ((seen, ours), (other, theirs), (all_of_them, ours + theirs)):
        for life, seq in identities:
            made.add(life, seq)
    before = {life: [list(pair) for pair in pairs] for life, pairs in other.ranges.items()}
    seen.join(other.ranges)
    assert seen.ranges == all_of_them.ranges
    for life, seq in ours:
        seen.add(life, seq + 50)
    assert other.ranges == before, "the other one has its own"
