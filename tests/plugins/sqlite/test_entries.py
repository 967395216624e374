"""An entry comes back from its row as it was, whatever is in it."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.contracts import Entry, Outcome, Result, Run, Verdict, What
from clockhand_sqlite.entries import BODY, entry_row, read

BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
TEXTS = st.text(st.characters(exclude_categories=[])) | st.sampled_from(
    ["", " ", "-", "a b", "{", "\0", "\ud800"]
)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
OUTPUTS = st.none() | st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.booleans()))
OUTCOMES = st.builds(Outcome, st.sampled_from(Result), TEXTS, TEXTS, OUTPUTS)
RUNS = st.builds(Run, NUMBERS, TEXTS, NUMBERS, NUMBERS, MOMENTS, st.none() | MOMENTS, st.none() | OUTCOMES)
ENTRIES = st.builds(
    Entry,
    at=MOMENTS,
    what=st.sampled_from(What),
    job=TEXTS,
    occurrence=TEXTS,
    due=st.none() | MOMENTS,
    verdict=st.none() | st.sampled_from(Verdict),
    run=st.none() | RUNS,
    reason=TEXTS,
    last=st.none() | MOMENTS,
    count=st.none() | st.integers(),
    life=TEXTS,
    seq=NUMBERS,
    position=NUMBERS,
    output=OUTPUTS,
)


def again(entry):
    """Return the entry that is read from an entry's row, once it has been in a file."""
    row = list(entry_row(entry, 7))
    file = sqlite3.connect(":memory:")
    file.execute("CREATE TABLE history (position, life, seq, at, what, job, occurrence, verdict, body)")
    file.execute("INSERT INTO history VALUES (?,?,?,?,?,?,?,?,?)", row)
    (kept,) = file.execute("SELECT * FROM history")
    file.close()
    assert kept[1] == 7
    (found,) = read([(kept[0], entry.life, *kept[2:])])
    return found


@given(ENTRIES)
def test_any_entry_comes_back_as_it_was(entry):
    """Texts of any kind, numbers of any size, with a run or without."""
    assert again(entry) == entry


def test_nothing_of_an_entry_is_forgotten():
    """A field that is new to entries, runs or outcomes must find its place in a row."""
    names = {kind: [field.name for field in attrs.fields(kind)] for kind in (Entry, Run, Outcome)}
    assert names[Entry] == [
        *("at", "what", "job", "occurrence", "due", "verdict", "run", "reason", "last", "count"),
        *("life", "seq", "position", "output"),
    ]
    assert names[Run] == ["attempt", "owner", "token", "revision", "started", "ended", "outcome"]
    assert names[Outcome] == ["result", "code", "reason", "output", "retry_after"], "the last is no record"


RUN = Run(2, "ada", 7, 3, BEGIN, BEGIN + timedelta(seconds=1), Outcome(Result.SUCCEEDED))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"run": attrs.evolve(RUN, ended=None, outcome=None), "verdict": None, "what": What.RUN_STARTED},
        {"run": None, "what": What.JOB_ADDED, "due": None, "verdict": None, "reason": "code:app of Zoë"},
    ],
)
def test_what_there_is_most_of_needs_no_json(changes):
    """Runs that start and succeed are kept as words in a line, which is several times as fast."""
    entry = attrs.evolve(
        Entry(BEGIN, What.RUN_ENDED, "job", "job@x", BEGIN, Verdict.SUCCEEDED, RUN), **changes
    )
    assert not entry_row(entry, 1)[BODY].startswith("{")
    assert again(entry) == entry


@pytest.mark.parametrize(
    "changes",
    [
        {"run": attrs.evolve(RUN, outcome=Outcome(Result.FAILED, "exit:1", "it broke"))},
        {"run": attrs.evolve(RUN, outcome=Outcome(Result.SUCCEEDED, output={"lines": 3}))},
        {"run": attrs.evolve(RUN, owner="two words")},
        {"run": attrs.evolve(RUN, owner="")},
        {"last": BEGIN, "count": 4},
        {"count": None},
        {"reason": "nul \0"},
        {"reason": "lone \udce9"},
        {"job": "lone \udce9"},
    ],
)
def test_what_words_cannot_say_is_said_in_json(changes):
    """It is as true, only slower."""
    entry = attrs.evolve(Entry(BEGIN, What.RUN_ENDED, "job", "job@x", BEGIN, None, RUN), **changes)
    json.loads(entry_row(entry, 1)[BODY])
    assert again(entry) == entry


@pytest.mark.parametrize(
    "body",
    [
        "",
        "run",
        "entry",
        "entry x ",
        "run - x ada 7 3 0 - - ",
        "run - 1 ada 7 3 - - - ",
        "run - 1 ada 7 3 0 - dancing ",
        f"entry {9**30} ",
        "[]",
        "{}",
        b"entry - ",
        None,
        7,
    ],
)
def test_a_body_that_says_nothing_is_passed_over(body, caplog):
    """With a warning that names its place; the entries after it are read."""
    good = entry_row(Entry(BEGIN, What.JOB_ADDED, "job", position=2), 1)
    found = list(read([(1, "life", 1, 0, "job-added", "job", "", "", body), (2, "life", *good[2:])]))
    assert [one.position for one in found] == [2]
    assert "entry 1 can't be read and is passed over" in caplog.text
