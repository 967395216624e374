"""What the end of a run means to a shell."""

from __future__ import annotations

import signal
from datetime import UTC, datetime

import pytest

from clockhand.contracts import Entry, Outcome, Result, Run, Verdict, What
from clockhand_cli.waiting import exit_code

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("result", "code", "exit_with"),
    [
        (Result.SUCCEEDED, "", 0),
        (Result.FAILED, "exit:75", 75),
        (Result.FAILED, "exit:255", 255),
        (Result.FAILED, "exit:256", 255),
        (Result.FAILED, "exit:0", 1),
        (Result.FAILED, "exit:-1", 1),
        (Result.FAILED, "exit:٣", 1),
        (Result.FAILED, "exit:", 1),
        (Result.FAILED, "signal:KILL", 128 + signal.SIGKILL),
        (Result.FAILED, "signal:NONE", 1),
        (Result.FAILED, "signal:", 1),
        (Result.FAILED, "exc:ValueError", 1),
        (Result.FAILED, "http:503", 1),
        (Result.TIMED_OUT, "timed-out", 1),
        (Result.CANCELLED, "cancelled", 1),
        (Result.LOST, "owner-died", 1),
    ],
)
def test_the_code_of_a_run(result: Result, code: str, exit_with: int) -> None:
    """A program's own exit code, 128 and its signal, else 0 or 1."""
    run = Run(1, "o", 1, 1, NOW, NOW, Outcome(result, code))
    assert exit_code(Entry(NOW, What.RUN_ENDED, "a", "a!x", NOW, Verdict.FAILED, run)) == exit_with


def test_what_never_ran_is_1() -> None:
    """Without a run there is no code but that."""
    assert exit_code(Entry(NOW, What.NEVER_RAN, "a", "a!x", NOW, Verdict.OVERLAP_SKIPPED)) == 1
