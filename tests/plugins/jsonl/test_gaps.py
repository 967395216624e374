"""Gaps: an offset means the same byte for ever."""

from hypothesis import given
from hypothesis import strategies as st

from clockhand_jsonl.gaps import Gaps

LENGTH = 40
CUTS = st.lists(st.lists(st.integers(0, LENGTH - 1), max_size=12), max_size=5)


@given(CUTS)
def test_each_byte_is_found_again(cuts):
    """However often bytes are taken out, those left are found, and the place of the others is known."""
    left, gaps = list(range(LENGTH)), Gaps()
    for cut in cuts:
        taken = sorted({offset for offset in cut if offset < len(left)})
        gaps = gaps.widened((offset, offset + 1) for offset in taken)
        left = [byte for offset, byte in enumerate(left) if offset not in taken]
        for offset, byte in enumerate(left):
            assert (gaps.original(offset), gaps.now(byte), gaps.has(byte)) == (byte, offset, False)
        for byte in set(range(LENGTH)).difference(left):
            assert gaps.has(byte)
            assert gaps.now(byte) == sum(other < byte for other in left), "where what follows it is"
    assert Gaps(gaps.ranges).ranges == gaps.ranges


def test_what_touches_is_one():
    """Lines that are taken out one after another make one gap."""
    gaps = Gaps().widened([(0, 10), (10, 20), (30, 40)]).widened([(0, 10)])
    assert gaps.ranges == ((0, 40),)
