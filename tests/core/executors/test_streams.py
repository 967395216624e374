"""A work that closes standard output closes it for nobody."""

from __future__ import annotations

import io
import sys

import pytest

from clockhand.executors.streams import kept_open


class Text(io.TextIOWrapper):
    """A stream that notes whether it was flushed."""

    flushed = 0

    def flush(self):
        """Note it."""
        self.flushed += 1
        super().flush()


@pytest.fixture
def own(monkeypatch):
    """Put a stream of our own in the place of standard output; pytest has its own there until then."""

    def own():
        stream = Text(io.BytesIO())
        monkeypatch.setattr(sys, "stdout", stream)
        return stream

    return own


def test_closing_it_only_flushes(own):
    """close() and with leave it open, until the end; then it can be closed."""
    stdout = own()
    with kept_open():
        sys.stdout.write("one\n")
        sys.stdout.close()
        with sys.stdout as again:
            again.write("two\n")
        assert not stdout.closed
        assert stdout.flushed >= 2
        assert stdout.buffer.getvalue() == b"one\ntwo\n"
    stdout.close()
    assert stdout.closed


def test_twice(own):
    """The inner one leaves it to the outer one."""
    stdout = own()
    with kept_open():
        with kept_open():
            pass
        sys.stdout.close()
        assert not stdout.closed
    assert "close" not in vars(stdout)


class Slotted:
    """A stream that takes no attributes."""

    __slots__ = ("text",)

    def write(self, text):
        """Keep it."""
        self.text = text

    def flush(self):
        """Do nothing."""


@pytest.mark.parametrize("stream", [None, Slotted(), io.StringIO])
def test_other_streams(monkeypatch, stream):
    """None at all, or one that lets nobody do that: it stays as it is."""
    made = stream() if isinstance(stream, type) else stream
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.setattr(sys, "stderr", made)
    with kept_open():
        assert sys.stdout is made


def test_one_that_was_replaced_meanwhile(own, monkeypatch):
    """What was kept open is let go of all the same."""
    stdout = own()
    with kept_open():
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        del stdout.close
    assert "close" not in vars(stdout)
