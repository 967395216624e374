"""Entries as lines, and lines read from either end."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.contracts import Entry, What
from clockhand.testing.silo_rig import after
from clockhand_jsonl import lines

TEXTS = st.lists(st.binary(max_size=40).map(lambda text: text.replace(b"\n", b"")), max_size=30)


@given(TEXTS, st.integers(1, 50))
def test_backward_is_forward_reversed(texts, block):
    """Whatever the lines are and wherever the blocks fall, both directions give the same lines."""
    whole = b"".join(text + b"\n" for text in texts)
    file = io.BytesIO(whole + b"torn")
    there = list(lines.forward(file, 0, len(whole)))
    assert [line for _, line in there] == texts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", block)
        assert list(lines.backward(file, len(whole))) == there[::-1]


@given(st.text(st.characters(), max_size=50))
def test_an_entry_is_one_line_of_ascii(text):
    """No text, surrogates included, ends its line early or is changed by it."""
    entry = Entry(after(0), What.JOB_PAUSED, "job", reason=text, life="life", seq=1)
    line = lines.write(entry)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert line.startswith(lines.HEAD)
    assert lines.read(line, 0) == entry
    assert lines.identify(line[:-1])[:2] == ("life", 1)


def test_a_lone_surrogate_comes_back():
    """Half a character, as Python makes of undecodable file names, is escaped."""
    entry = Entry(after(0), What.JOB_PAUSED, "job", reason="\udc80\ud800", life="life", seq=1)
    assert lines.read(lines.write(entry), 0) == entry


def test_a_line_may_be_written_by_another_tool():
    """Another order of keys and other spaces make the same entry."""
    line = b'{ "what": "job-paused", "at": "2026-03-01T09:00:00Z", "seq": 7, "life": "x" }'
    assert lines.identify(line)[:2] == ("x", 7)
    assert lines.identify(line)[2] == after(0)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"life":"x","seq":"1","at":"2026-03-01T09:00:00Z","what":"job-paused"}',
        b'{"life":1,"seq":1,"at":"2026-03-01T09:00:00Z","what":"job-paused"}',
        b'{"seq":1,"life":"x","at":"yesterday","what":"job-paused"}',
        b"[" * 100_000,
    ],
    ids=range(10),
)
def test_what_is_no_entry_is_a_value_error(line):
    """Anything else is refused as not an entry, never another error."""
    with pytest.raises(ValueError):  # noqa: PT011 - the cause is json's own in half of the cases
        lines.identify(line)
