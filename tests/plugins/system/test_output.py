"""What a program printed, bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clockhand.works.secrets import Secrets
from clockhand_system.output import Output

PIECES = st.lists(st.binary(max_size=40), max_size=12)
NONE = Secrets({})


def _output(pieces, head=10, tail=7):
    output = Output(head, tail)
    for piece in pieces:
        output.add(piece)
    return output


@given(PIECES, st.integers(0, 30), st.integers(0, 30))
def test_head_and_tail(pieces, head, tail):
    """However the bytes come in: the first ones, the last ones, and the count of the rest."""
    whole = b"".join(pieces)
    output = _output(pieces, head, tail)
    assert output.head == whole[:head]
    rest = whole[head:]
    assert output.tail == (rest[-tail:] if tail else b"")
    assert output.size == len(whole)
    assert output.dropped == len(whole) - len(output.head) - len(output.tail)


@given(PIECES, st.integers(0, 30), st.integers(1, 30))
def test_memory_is_bounded(pieces, head, tail):
    """Never more than the head, twice the tail, and the piece at hand."""
    output = Output(head, tail)
    for piece in pieces:
        output.add(piece)
        assert len(output._head) <= head
        assert len(output._tail) <= 2 * tail


@given(st.text(max_size=17).filter(lambda text: len(text.encode("utf-8", "ignore")) <= 17))
def test_short_text_is_whole(text):
    """What fits into both is one text, also where a character lies across them."""
    data = text.encode("utf-8", "replace")
    assert _output([data]).text(NONE) == data.decode()


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\ufffd"), min_size=20))
def test_cut_text_has_no_half_characters(text):
    """Where something was dropped, half a character at the cut goes too."""
    output = _output([text.encode()])
    if output.dropped:
        head, _, tail = output.text(NONE).partition(f"\n… {output.dropped:,} bytes dropped …\n")
        assert "\ufffd" not in head + tail
        assert text.startswith(head)
        assert text.endswith(tail)


@given(st.text("xyz", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_a_value_across_the_cut_leaves_no_piece(text, head, tail):
    """Neither its beginning at the end of the head nor its end at the beginning of the tail."""
    secrets = Secrets({"A": "abcdef"})
    secrets.resolve("${env:A}")
    output = _output([f"{text}abcdef{text}".encode()], head, tail)
    shown = output.text(secrets).replace("bytes dropped", "")
    assert not set("abcdef") & set(shown)


def test_fields():
    """What goes into the record: counts only where there is something to count."""
    assert _output([]).fields("stdout", NONE) == {"stdout": ""}
    assert _output([b"abc"]).fields("stdout", NONE) == {"stdout": "abc", "stdout_bytes": 3}
    fields = _output([b"0123456789" * 3]).fields("stderr", NONE)
    assert fields == {
        "stderr": "0123456789\n… 13 bytes dropped …\n3456789",
        "stderr_bytes": 30,
        "stderr_dropped": 13,
    }
