"""What a scheduler costs that has nothing to do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from harness.command import main
from harness.rows import OURS, Entrant, Figure, Row, Size, Target

SECONDS: Final = Size(10, 2)
FAR: Final = {"number": Size(100_000, 1_000), "seconds": SECONDS}
PAUSED: Final = {"number": Size(10_000, 1_000), "seconds": SECONDS}


def _row(name: str, title: str, entrants: Sequence[Entrant]) -> Row:
    return Row(
        name,
        title,
        entrants,
        [Figure("cpu", "% of a core", 2), Figure("wakes", "wake-ups a second", 2)],
        [Target("cpu", must=0.5), Target("wakes", want=0)],
        most_rounds=3,
    )


ROWS: Final = [
    _row(
        "idle-far",
        "at rest for {seconds} s with {number} jobs due far in the future",
        [
            Entrant(OURS, "ours.idle_far", FAR),
            Entrant("heap", "heap.idle", FAR),
            Entrant("apscheduler3", "apscheduler3.idle_far", FAR),
        ],
    ),
    _row(
        "idle-paused",
        "at rest for {seconds} s with {number} paused jobs that are overdue",
        [
            Entrant(OURS, "ours.idle_paused", PAUSED),
            Entrant("apscheduler3", "apscheduler3.idle_paused", PAUSED, "forgets that they are due"),
            Entrant(
                "apscheduler4",
                "apscheduler4.idle_paused",
                {"number": Size(1_000, 100), "seconds": SECONDS},
                "{number} jobs",
                alpha=True,
            ),
        ],
    ),
]

if __name__ == "__main__":
    sys.exit(main(ROWS))
