"""What adding jobs costs in memory: time for each, whether many make it worse, and bytes."""

from __future__ import annotations

import sys
from typing import Final

from harness.command import main
from harness.rows import OURS, Entrant, Figure, Row, Size, Target

RATE: Final = Figure("rate", "jobs/s", more_is_better=True)
NUMBER: Final = {"number": Size(100_000, 2_000)}
OTHERS: Final = [
    Entrant("apscheduler3", "apscheduler3.add", NUMBER, "one by one"),
    Entrant(
        "apscheduler4",
        "apscheduler4.add",
        {"number": Size(10_000, 1_000)},
        "{number}, one by one",
        alpha=True,
    ),
    Entrant("schedule", "simple.add", NUMBER, "one by one"),
]
TARGETS: Final = [Target("rate", "apscheduler3", must=4, want=8)]

ROWS: Final = [
    Row(
        "adding",
        "adding {number} jobs in memory by the silo's batch verb, values built",
        [Entrant(OURS, "ours.add", NUMBER), *OTHERS],
        [RATE],
        TARGETS,
    ),
    Row(
        "declaring",
        "adding {number} jobs in memory by Scheduler.add and a start, values built",
        [Entrant(OURS, "ours.declare", NUMBER), OTHERS[0]],
        [RATE],
        [],
        most_rounds=5,
    ),
    Row(
        "growth",
        "what a job costs to add in a batch of {large}, over what it costs in one of {small}",
        [Entrant(OURS, "ours.growth", {"small": 1_000, "large": Size(1_000_000, 20_000)})],
        [
            Figure("small", "us a job, small batch", 1),
            Figure("large", "us a job, large batch", 1),
            Figure("growth", "large over small", 2),
        ],
        [Target("growth", must=1.5)],
        most_rounds=2,
    ),
    Row(
        "bytes",
        "memory for each of {number} jobs, as tracemalloc counts it",
        [
            Entrant(OURS, "ours.memory", NUMBER),
            Entrant("apscheduler3", "apscheduler3.memory", NUMBER),
        ],
        [
            Figure("bytes", "bytes a job, its value included"),
            Figure("added", "bytes a job, beyond its value"),
        ],
        [Target("bytes", must=1_200, want=500)],
        most_rounds=1,
    ),
]

if __name__ == "__main__":
    sys.exit(main(ROWS))
