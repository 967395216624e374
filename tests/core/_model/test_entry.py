"""Entries of the ledger as JSON, and back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.contracts import Entry, Outcome, Result, Run, Verdict, What

NOW = datetime(2026, 3, 1, 9, 0, 1, tzinfo=UTC)

moments = st.datetimes(timezones=st.just(UTC))
texts = st.text(max_size=20)
numbers = st.integers(0, 2**63 - 1)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
outcomes = st.builds(
    Outcome, st.sampled_from(Result), texts, texts, st.none() | st.dictionaries(texts, values, max_size=3)
)
runs = st.builds(Run, numbers, texts, numbers, numbers, moments, st.none() | moments, st.none() | outcomes)
entries = st.builds(
    Entry,
    at=moments,
    what=st.sampled_from(What),
    job=texts,
    occurrence=texts,
    due=st.none() | moments,
    verdict=st.none() | st.sampled_from(Verdict),
    run=st.none() | runs,
    reason=texts,
    last=st.none() | moments,
    count=st.none() | numbers,
    life=texts,
    seq=numbers,
)


@given(entries)
def test_an_entry_survives_json(entry):
    """Written as text and read again it is the same entry; its place is told by whoever keeps it."""
    text = json.dumps(entry.to_json(), allow_nan=False)
    assert Entry.from_json(json.loads(text)) == entry
    assert Entry.from_json(json.loads(text), position=7).position == 7


def test_what_is_empty_is_left_out():
    """A line of the ledger has what it needs, in an order for people."""
    assert list(Entry(NOW, What.SCHEDULER_STARTED).to_json().items()) == [
        ("life", ""),
        ("seq", 0),
        ("at", "2026-03-01T09:00:01Z"),
        ("what", "scheduler-started"),
    ]


def test_a_failed_run_as_json():
    """The outcome stands beside what it explains."""
    outcome = Outcome(Result.FAILED, "exit:75", "it ended with 75", {"stdout": "x"})
    run = Run(2, "ada", 11, 3, NOW, NOW + timedelta(seconds=1), outcome)
    entry = Entry(
        NOW, What.RUN_ENDED, "a", "a@2026-03-01T09:00:00Z", NOW, Verdict.FAILED, run, life="l", seq=4
    )
    assert entry.to_json() == {
        "life": "l",
        "seq": 4,
        "at": "2026-03-01T09:00:01Z",
        "what": "run-ended",
        "job": "a",
        "occurrence": "a@2026-03-01T09:00:00Z",
        "due": "2026-03-01T09:00:01Z",
        "verdict": "failed",
        "run": {
            "attempt": 2,
            "owner": "ada",
            "token": 11,
            "revision": 3,
            "started": "2026-03-01T09:00:01Z",
            "ended": "2026-03-01T09:00:02Z",
            "outcome": "failed",
            "code": "exit:75",
            "reason": "it ended with 75",
            "output": {"stdout": "x"},
        },
    }


def test_a_range_of_unknown_length():
    """None is a count too: nobody knows how many; 1 goes without saying."""
    entry = Entry(
        NOW, What.NEVER_RAN, "a", due=NOW, last=NOW + timedelta(days=1), verdict=Verdict.MISSED, count=None
    )
    assert entry.to_json()["count"] is None
    assert Entry.from_json(entry.to_json()) == entry
    assert "count" not in Entry(NOW, What.NEVER_RAN, "a").to_json()


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"life": "l", "seq": 1, "at": "2026-03-01T09:00:01Z"},
        {"life": "l", "seq": 1, "at": "yesterday", "what": "never-ran"},
        {"life": "l", "seq": 1, "at": None, "what": "never-ran"},
        {"life": "l", "seq": 1, "at": "2026-03-01T09:00:01Z", "what": "never"},
        {"life": "l", "seq": 1, "at": "2026-03-01T09:00:01Z", "what": "never-ran", "due": 5},
        {"life": "l", "seq": 1, "at": "2026-03-01T09:00:01Z", "what": "never-ran", "verdict": "maybe"},
        {"life": "l", "seq": 1, "at": "2026-03-01T09:00:01Z", "what": "run-ended", "run": {}},
    ],
)
def test_what_is_no_entry(record):
    """KeyError or ValueError, as promised, and nothing else."""
    with pytest.raises((KeyError, ValueError)):
        Entry.from_json(record)
