"""
What a request does to one stored job: pure functions, the same in every silo.

A silo reads the row, asks the rule, writes what it returns, all in one transaction.
"""

from clockhand.contracts.replanning import brought_near
from clockhand.contracts.rules.answers import declared
from clockhand.contracts.rules.definitions import MOST_HELD, admit, amend, difference, redefined
from clockhand.contracts.rules.occurrences import (
    cancelled,
    died,
    fire,
    leased_until,
    lost_run,
    next_in_line,
    restore,
    stopped,
)
from clockhand.contracts.rules.recording import never_ran, recorded
from clockhand.contracts.rules.states import pause, release, remove, replan, resume

__all__ = [
    "MOST_HELD",
    "admit",
    "amend",
    "brought_near",
    "cancelled",
    "declared",
    "died",
    "difference",
    "fire",
    "leased_until",
    "lost_run",
    "never_ran",
    "next_in_line",
    "pause",
    "recorded",
    "redefined",
    "release",
    "remove",
    "replan",
    "restore",
    "resume",
    "stopped",
]
