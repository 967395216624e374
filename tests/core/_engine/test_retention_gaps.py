"""Finding out that entries are missing."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clockhand.contracts import Entry, Gap, Query, StoreContext, What, gaps, history_gaps
from clockhand.testing import run_virtual
from clockhand.testing.silo_rig import kit_codec
from clockhand_memory.history import MemoryHistory

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def entries(life, *seqs):
    """Entries of one life with these numbers."""
    return [Entry(NOW, What.JOB_ADDED, life=life, seq=seq) for seq in seqs]


def test_a_hole_is_a_gap_and_what_was_pruned_is_none():
    """Between the lowest and the highest number of each life, whatever the order, each life for itself."""
    assert gaps([]) == []
    assert gaps(entries("a", 5, 6, 7)) == []
    assert gaps(entries("a", 1, 2, 5, 9)) == [Gap("a", 3, 4), Gap("a", 6, 8)]
    assert gaps(entries("a", 9, 1, 5, 2, 9)) == [Gap("a", 3, 4), Gap("a", 6, 8)]
    assert gaps([*entries("a", 1, 3), *entries("b", 2, 3)]) == [Gap("a", 2, 2)]
    assert [str(gap) for gap in gaps(entries("a", 1, 3, 7))] == ["life a: 2", "life a: 4 to 6"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 40))))
def test_it_finds_what_a_set_would(numbers):
    """Whatever is given in whatever order: exactly the missing numbers."""
    found = {
        (gap.life, seq)
        for gap in gaps(entries(life, seq)[0] for life, seq in numbers)
        for seq in range(gap.first, gap.last + 1)
    }
    wanted = set()
    for life in "ab":
        there = {seq for one, seq in numbers if one == life}
        wanted |= (
            {(life, seq) for seq in range(min(there), max(there)) if seq not in there} if there else set()
        )
    assert found == wanted


def test_histories_are_read_to_their_end():
    """All pages of each, taken together."""

    async def main(clock):
        one, two = MemoryHistory(), MemoryHistory()
        for history in (one, two):
            await history.startup(StoreContext(alias="test", codec=kit_codec(), clock=clock))
        await one.append(entries("a", *range(1, 2_500), *range(5_001, 7_000)))
        assert await history_gaps(one) == [Gap("a", 2_500, 5_000)]
        await two.append(entries("a", *range(2_500, 5_000)))
        assert (await one.read(Query(), None, 1)).cursor is not None
        return await history_gaps(one, two)

    assert run_virtual(main) == [Gap("a", 5_000, 5_000)]
