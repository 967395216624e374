"""What a running scheduler says: one safe line for each thing that happens."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta

import pytest

from clockhand.contracts import Outcome, Result, Run, Verdict
from clockhand.events import JobPaused, OccurrenceSkipped, RunFailed, RunStarted, RunSucceeded
from clockhand_cli import logs

DUE = datetime(2026, 3, 1, 9, tzinfo=UTC)
KEY = "a@2026-03-01T09:00:00Z"


def _run(attempt: int = 1, outcome: Outcome | None = None) -> Run:
    return Run(attempt, "o", 1, 1, DUE, DUE + timedelta(seconds=2) if outcome else None, outcome)


@pytest.mark.parametrize(
    ("event", "level", "said"),
    [
        (RunStarted(at=DUE, job="a", occurrence=KEY, due=DUE, run=_run()), "INFO", f"{KEY} started"),
        (
            RunStarted(at=DUE, job="a", occurrence=KEY, due=DUE, run=_run(2)),
            "INFO",
            f"{KEY} started, attempt 2",
        ),
        (
            RunSucceeded(at=DUE, job="a", occurrence=KEY, due=DUE, run=_run(1, Outcome(Result.SUCCEEDED))),
            "INFO",
            f"{KEY} succeeded after 2s",
        ),
        (
            RunFailed(
                at=DUE, job="a", occurrence=KEY, due=DUE, run=_run(1, Outcome(Result.FAILED, "exit:3", "no"))
            ),
            "WARNING",
            f"{KEY} failed after 2s: exit:3: no",
        ),
        (
            OccurrenceSkipped(
                at=DUE, job="a", verdict=Verdict.COALESCED, due=DUE, last=DUE + timedelta(hours=1), count=9
            ),
            "WARNING",
            "a from 2026-03-01T09:00:00Z to 2026-03-01T10:00:00Z coalesced",
        ),
        (
            OccurrenceSkipped(
                at=DUE, job="a", occurrence=KEY, verdict=Verdict.OVERLAP_SKIPPED, due=DUE, reason="busy"
            ),
            "WARNING",
            f"{KEY} overlap-skipped: busy",
        ),
        (JobPaused(at=DUE, job="a", reason="a trigger raised"), "WARNING", "job a: paused: a trigger raised"),
    ],
)
def test_each_event_is_a_line(caplog: pytest.LogCaptureFixture, event, level: str, said: str) -> None:
    """Starts, ends, skips and pauses are told; what didn't go well as a warning."""
    with caplog.at_level(logging.DEBUG, "clockhand"):
        logs.teller()(event)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [(level, said)]


def test_a_line_is_one_line_and_safe() -> None:
    """What a message carries can't begin a line of its own, nor steer the terminal."""
    record = logging.LogRecord("n", logging.INFO, "", 0, "a\nb \x1b[31m%s", ("\u202e",), None)
    assert logs.SafeFormatter("%(message)s").format(record) == "a\\nb \\x1b[31m\\u202e"


def test_a_traceback_is_set_in_and_safe() -> None:
    """The lines of a traceback are set in, so that none looks like a record."""

    def fail() -> None:
        raise ValueError("x\x1b[31m\nINFO fake")

    try:
        fail()
    except ValueError:
        record = logging.LogRecord("n", logging.ERROR, "", 0, "bad", (), sys.exc_info())
    first, *rest = logs.SafeFormatter("%(levelname)s %(message)s").format(record).splitlines()
    assert first == "ERROR bad"
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in "".join(rest)
