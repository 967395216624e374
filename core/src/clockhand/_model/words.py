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
        return self in RAN


RAN = frozenset({Verdict.SUCCEEDED, Verdict.FAILED, Verdict.TIMED_OUT, Verdict.CANCELLED, Verdict.LOST})
"""The verdicts of occurrences that were started."""


class Overlap(StrEnum):
    """What becomes of an occurrence that falls due while as many of its job are open as may be."""

    SKIP = "skip"
    """It isn't run, and the ledger says so."""
    QUEUE_ONE = "queue-one"
    """It waits for the one before; of those that wait only the latest is kept."""
    QUEUE_ALL = "queue-all"
    """It waits its turn, behind at most as many as `queue_limit` says."""
    CANCEL_PREVIOUS = "cancel-previous"
    """The one before is cancelled, and it runs once that has ended."""
    PARALLEL = "parallel"
    """It runs beside the others."""


class CatchUp(StrEnum):
    """Which of the occurrences that fell due while nothing was running are run."""

    NONE = "none"
    """None of them: they are missed."""
    LATEST = "latest"
    """The last one; those before it get the verdict coalesced."""
    ALL = "all"
    """All of them, one after another unless overlap is parallel."""


class Delivery(StrEnum):
    """What happens to a run whose owner died."""

    AT_LEAST_ONCE = "at-least-once"
    """It is started again: the same occurrence, the next attempt, a larger token."""
    AT_MOST_ONCE = "at-most-once"
    """It ends as lost and is never started again."""
