"""The closed lists of words: outcomes, verdicts, policies."""

from __future__ import annotations

from enum import StrEnum


class Result(StrEnum):
    """How one attempt ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Cut off by a stop of the scheduler."""
    LOST = "lost"
    """Its owner died."""


class Verdict(StrEnum):
    """What became of an occurrence; the first five ran, the others never did."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    LOST = "lost"
    MISSED = "missed"
    COALESCED = "coalesced"
    OVERLAP_SKIPPED = "overlap-skipped"
    EXCLUDED = "excluded"
    PAUSED = "paused"
    VETOED = "vetoed"
    REMOVED = "removed"
    QUARANTINED = "quarantined"

    @property
    def ran(self) -> bool:
        """Say whether the occurrence was started at least once."""
        return self in _RAN


_RAN = frozenset({Verdict.SUCCEEDED, Verdict.FAILED, Verdict.TIMED_OUT, Verdict.CANCELLED, Verdict.LOST})


class Overlap(StrEnum):
    """What happens to an occurrence that falls due while one of the same job is still open."""

    SKIP = "skip"
    """It isn't run, and the ledger says so."""
    PARALLEL = "parallel"
    """It runs beside the other."""


class CatchUp(StrEnum):
    """Which of the occurrences that fell due while nothing was running are run."""

    LATEST = "latest"
    """The last one; those before it get the verdict coalesced."""


class Delivery(StrEnum):
    """What happens to a run whose owner died."""

    AT_LEAST_ONCE = "at-least-once"
    """It is started again: the same occurrence, the next attempt, a larger token."""
    AT_MOST_ONCE = "at-most-once"
    """It ends as lost and is never started again."""
