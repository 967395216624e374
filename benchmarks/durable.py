"""Jobs and ledger in one SQLite file: running what is due, and adding."""

from __future__ import annotations

import sys
from typing import Final

from harness.command import main
from harness.rows import OURS, Entrant, Figure, Row, Size, Target

NUMBER: Final = {"number": Size(5_000, 500)}
FLOORS: Final = {"batched-100": 100, "batched-1000": 1_000}


def _floors(what: str) -> list[Entrant]:
    return [Entrant(name, what, {**NUMBER, "batch": batch}) for name, batch in FLOORS.items()]


ROWS: Final = [
    Row(
        "sqlite-runs",
        "no-op async runs to completion from an SQLite file, {number} due at once",
        [
            Entrant(OURS, "ours.drain_sqlite", NUMBER),
            *_floors("batched.drain"),
            Entrant("apscheduler3", "apscheduler3.drain_sqlite", NUMBER),
        ],
        [Figure("rate", "runs/s", more_is_better=True)],
        [
            Target("rate", "batched-100", must=0.25),
            Target("rate", "apscheduler3", must=20, want=40),
        ],
    ),
    Row(
        "sqlite-adding",
        "adding {number} jobs to an SQLite file by the silo's batch verb, values built",
        [
            Entrant(OURS, "ours.add_sqlite", NUMBER),
            *_floors("batched.add"),
            Entrant("apscheduler3", "apscheduler3.add_sqlite", NUMBER, "one by one"),
        ],
        [Figure("rate", "jobs/s", more_is_better=True)],
        [
            Target("rate", "batched-100", must=0.25),
            Target("rate", "apscheduler3", must=20, want=80),
        ],
    ),
    Row(
        "sqlite-declaring",
        "adding {number} jobs to an SQLite file by Scheduler.add and a start, values built",
        [
            Entrant(OURS, "ours.declare_sqlite", NUMBER),
            *_floors("batched.add"),
        ],
        [Figure("rate", "jobs/s", more_is_better=True)],
    ),
]

if __name__ == "__main__":
    sys.exit(main(ROWS))
