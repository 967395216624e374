"""The status of a stored job: the strongest word wins."""

from datetime import UTC, datetime

import attrs
import pytest

from clockhand import Job, call, every
from clockhand.contracts import Last, Paused, StatusWord, StoredJob, Unreadable, Verdict, status

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ROW = StoredJob(Job(alias="a", work=call("app:f"), triggers=every(60)), 1, "runtime", NOW, NOW)
FAILED = Last(Verdict.FAILED, NOW, NOW, "it broke")
LOST = Last(Verdict.LOST, NOW, NOW)
WON = Last(Verdict.SUCCEEDED, NOW, NOW)
PAUSED = Paused("for lunch", "me", NOW)
MISSED = Last(Verdict.MISSED, NOW, NOW)

EVERYTHING = {"quarantined": "5 owners died", "cursor": None, "paused": PAUSED, "open": 2, "last_run": FAILED}


@pytest.mark.parametrize(
    ("fields", "word", "reason"),
    [
        ({}, "waiting", ""),
        ({"last": MISSED}, "waiting", ""),
        ({"last_run": WON}, "success", ""),
        ({"last_run": WON, "last": MISSED}, "success", ""),
        ({"last_run": FAILED}, "failure", "it broke"),
        ({"last_run": LOST}, "failure", "lost"),
        ({"last_run": FAILED, "open": 2}, "running", ""),
        ({"last_run": FAILED, "open": 2, "paused": PAUSED}, "paused", "for lunch"),
        ({"last_run": FAILED, "open": 2, "paused": PAUSED, "cursor": None}, "paused", "for lunch"),
        ({"last_run": FAILED, "last": FAILED, "paused": PAUSED, "cursor": None}, "finished", "failed"),
        ({"cursor": None}, "finished", ""),
        ({**EVERYTHING, "open": 0}, "quarantined", "5 owners died"),
    ],
)
def test_the_strongest_word_wins(fields, word, reason):
    """Quarantined, finished, paused, running, failure or success, waiting: in that order."""
    found = status(attrs.evolve(ROW, **fields))
    assert (found.word, found.reason) == (word, reason)
    assert str(found) == (f"{word} ({reason})" if reason else word)


def test_an_unreadable_row_is_in_quarantine():
    """With the reason that it can't be read."""
    found = status(Unreadable("a", "not JSON", b"\xff"))
    assert (found.word, found.reason) == (StatusWord.QUARANTINED, "not JSON")


def test_what_explains_the_word():
    """Who paused it; how many are open."""
    assert status(attrs.evolve(ROW, paused=PAUSED)).by == "me"
    assert status(attrs.evolve(ROW, open=3)).open == 3


def test_raw_bytes_are_not_shown():
    """A row may hold a secret or a megabyte: its repr has neither."""
    assert "secret" not in repr(Unreadable("a", "not JSON", b"secret"))
