"""Which names beside the file are those of its segments."""

import pytest

from clockhand_jsonl.names import Names


@pytest.mark.parametrize(
    "name",
    [
        "history.jsonl",
        "history.jsonl.1",
        "history.jsonl.1.gz",
        "history.jsonl.20260301",
        "history.jsonl.2026030112",
        "history.jsonl-20260301",
        "history.jsonl.000000000",
        "history.jsonl.000000001.bz2",
        "history.jsonl.000000001.gz.part",
        "history.jsonl.00000000\u0661",
        "historyxjsonl.000000001",
        "other.jsonl.000000001",
        "history.jsonl.index",
        "history.jsonl.bak",
    ],
)
def test_other_names_are_not_ours(tmp_path, name):
    """Copies, what log rotation or another history has there: none of it is a segment."""
    assert Names(tmp_path / "history.jsonl").number(name) is None


def test_segments_are_listed_in_order(tmp_path):
    """By number, in one form or both."""
    names = Names(tmp_path / "history.jsonl")
    made = [names.packed(2), names.closed(10), names.closed(2), names.closed(999_999_999)]
    for path in made:
        path.touch()
    assert list(names.listed().items()) == [
        (2, [names.closed(2), names.packed(2)]),
        (10, [names.closed(10)]),
        (999_999_999, [names.closed(999_999_999)]),
    ]


def test_numbers_come_to_an_end(tmp_path):
    """After the last one there is no name; a longer one would not be recognised."""
    with pytest.raises(OSError, match="no segment can have the number 1000000000"):
        Names(tmp_path / "history.jsonl").closed(10**9)
