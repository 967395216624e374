"""How many runs a second: one-shots that do nothing and are all due at once, in memory."""

from __future__ import annotations

import sys
from typing import Final

import attrs
from harness.command import main
from harness.rows import OURS, Entrant, Figure, Row, Size, Target

RATE: Final = Figure("rate", "runs/s", more_is_better=True)
THREADS: Final = 10
"""How many threads each may use: what APScheduler 3 has unless told otherwise."""
NUMBER: Final = Size(10_000, 500)
THREADED: Final = {"number": NUMBER, "threads": THREADS}
ALPHA: Final = Entrant(
    "apscheduler4",
    "apscheduler4.drain",
    {"number": NUMBER},
    alpha=True,
    most_rounds=3,  # it takes 18 s
)


def _async(name: str, number: Size, *others: Entrant, most_rounds: int | None = None) -> Row:
    params = {"number": number}
    return Row(
        name,
        "no-op async runs to completion, {number} due at once",
        [
            Entrant(OURS, "ours.drain", params),
            Entrant("heap", "heap.drain", params),
            Entrant("apscheduler3", "apscheduler3.drain", params),
            *others,
        ],
        [RATE],
        [
            Target("rate", "heap", must=0.3, want=1),
            Target("rate", "apscheduler3", must=1.4, want=3),
        ],
        most_rounds,
    )


ROWS: Final = [
    _async("runs-10k", NUMBER, ALPHA),
    _async("runs-100k", Size(100_000, 2_000), most_rounds=5),
    Row(
        "threads",
        "no-op plain functions on {threads} threads, {number} due at once",
        [
            Entrant(OURS, "ours.drain_threads", THREADED),
            Entrant("heap", "heap.drain_threads", THREADED),
            Entrant("apscheduler3", "apscheduler3.drain_threads", THREADED),
            attrs.evolve(ALPHA, what="apscheduler4.drain_threads", note="threads unset"),
            Entrant("schedule", "simple.drain", {"number": NUMBER}, "no threads"),
        ],
        [RATE],
        [Target("rate", "apscheduler3", must=1.2, want=3)],
    ),
]

if __name__ == "__main__":
    sys.exit(main(ROWS))
