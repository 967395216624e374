"""Entries as lines: what it was, of what, and how it went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clockhand.contracts import Entry, Outcome, Result, Run, Verdict, What
from clockhand_cli.entry_lines import entry_line

DUE = datetime(2026, 3, 1, 9, tzinfo=UTC)
MOMENT = "2026-03-01T09:00:00Z"
KEY = f"a@{MOMENT}"


def _run(attempt: int = 1, outcome: Outcome | None = None) -> Run:
    return Run(attempt, "o", 1, 1, DUE, DUE + timedelta(seconds=2) if outcome else None, outcome)


FAILED = _run(1, Outcome(Result.FAILED, "exit:3", "no\nmore \x1b[31m"))


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (Entry(DUE, What.SCHEDULER_STARTED), "scheduler-started"),
        (Entry(DUE, What.JOB_PAUSED, "a", reason="why"), "job-paused         a  why"),
        (Entry(DUE, What.RUN_STARTED, "a", KEY, DUE, None, _run(2)), f"run-started        {KEY}  attempt 2"),
        (
            Entry(DUE, What.RUN_ENDED, "a", KEY, DUE, Verdict.SUCCEEDED, _run(1, Outcome(Result.SUCCEEDED))),
            f"run-ended          {KEY}  succeeded after 2s",
        ),
        (
            Entry(DUE, What.RUN_ENDED, "a", KEY, DUE, None, FAILED),
            f"run-ended          {KEY}  failed after 2s: exit:3: no\\nmore \\x1b[31m; will be tried again",
        ),
        (
            Entry(DUE, What.RUN_ENDED, "a", KEY, DUE, Verdict.LOST, _run(1, Outcome(Result.INTERRUPTED))),
            f"run-ended          {KEY}  interrupted after 2s, so lost",
        ),
        (
            Entry(DUE, What.NEVER_RAN, "a", KEY, DUE, Verdict.OVERLAP_SKIPPED, reason="busy"),
            f"never-ran          {KEY}  overlap-skipped: busy",
        ),
        (
            Entry(
                DUE, What.NEVER_RAN, "a", "", DUE, Verdict.MISSED, last=DUE + timedelta(hours=1), count=1_000
            ),
            "never-ran          a  missed 1,000 times from 2026-03-01T09:00:00Z to 2026-03-01T10:00:00Z",
        ),
        (
            Entry(DUE, What.NEVER_RAN, "a", "", DUE, Verdict.MISSED, last=DUE, count=None),
            f"never-ran          a  missed an unknown number of times from {MOMENT} to {MOMENT}",
        ),
    ],
)
def test_each_entry_is_a_line(entry: Entry, line: str) -> None:
    """One line, made safe, with the moment in front."""
    assert entry_line(entry, "UTC").rstrip() == f"2026-03-01T09:00:00Z  {line}"
