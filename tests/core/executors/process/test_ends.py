"""What the end of a child makes of its run."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest

from clockhand.contracts import Outcome, Result
from clockhand.executors.process.ends import death, made_to_end, outcome_of, stillborn
from clockhand.executors.process.wire import Ended


def test_as_the_child_says():
    """Its words, each cut to what fits into a record."""
    said = Ended(1, "failed", "c" * 1_000, "r" * 1_000 + "\nmore", {"a": 1}, 1.5, last=False)
    outcome = outcome_of(said)
    assert (outcome.result, outcome.output, outcome.retry_after) == (
        Result.FAILED,
        {"a": 1},
        timedelta(seconds=1.5),
    )
    assert (len(outcome.code), len(outcome.reason)) == (200, 500)


@pytest.mark.parametrize(
    ("code", "failure", "reason", "output"),
    [
        (0, "exit:0", "the child process exited with 0 in the middle of the run", {"exit_code": 0}),
        (
            -signal.SIGSEGV,
            "signal:SEGV",
            "the child process was ended by the signal SEGV in the middle of the run",
            {"signal": "SEGV"},
        ),
        (
            -99,
            "signal:99",
            "the child process was ended by the signal 99 in the middle of the run",
            {"signal": "99"},
        ),
        (None, "executor:lost", "the child process disappeared in the middle of the run", {}),
    ],
)
def test_death(code, failure, reason, output):
    """A code that policies can match, and words for people."""
    assert death(code, "") == Outcome(Result.FAILED, failure, reason, output)


def test_last_words():
    """The stack of a crash is cut where the executor begins, and to what fits into a record."""
    ours = '  File "{}/main.py", line 1 in serve'.format(death.__code__.co_filename.rpartition("/")[0])
    trace = f'Fatal Python error\n  File "/app.py", line 3 in work\n{ours}\n  File "<string>", line 1'
    assert death(-11, trace).output["traceback"] == 'Fatal Python error\n  File "/app.py", line 3 in work'
    assert len(death(-11, "x" * 10_000).output["traceback"]) == 8_000


def test_made_to_end():
    """A child that was killed for its run leaves a cancelled one, with the signal on record."""
    assert made_to_end(-signal.SIGKILL) == Outcome(
        Result.CANCELLED, "cancelled", "the run was made to end", {"signal": "KILL"}
    )


def test_stillborn():
    """A child that never was ready: the run fails, with where to look."""
    outcome = stillborn(1)
    assert (outcome.result, outcome.code, outcome.output) == (
        Result.FAILED,
        "executor:no-process",
        {"exit_code": 1},
    )
    assert (
        outcome.reason == "the child process exited with 1 before it was ready; its standard error says why"
    )
