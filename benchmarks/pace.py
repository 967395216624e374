"""A thousand runs a second, evenly spread: how late they begin, and what they cost."""

from __future__ import annotations

import sys
from typing import Final

from harness.command import main
from harness.rows import OURS, Entrant, Figure, Row, Size, Target

PARAMS: Final = {"jobs": 1_000, "seconds": Size(10, 2)}

ROWS: Final = [
    Row(
        "pace",
        "{jobs} jobs, each due once a second, evenly spread, for {seconds} s",
        [
            Entrant(OURS, "ours.pace", PARAMS),
            Entrant("heap", "heap.pace", PARAMS),
            Entrant("apscheduler3", "apscheduler3.pace", PARAMS),
        ],
        [
            Figure("p50", "ms late, half of the runs", 3),
            Figure("p99", "ms late, 99 % of the runs", 3),
            Figure("p999", "ms late, 99.9 % of the runs", 3),
            Figure("early", "runs before they were due"),
            Figure("missing", "due times that did not run"),
            Figure("cpu", "% of a core", 1),
        ],
        [
            Target("p50", want=0.25),
            Target("p99", "heap", must=1.3),
            Target("early", must=0),
            Target("missing", must=0),
            Target("cpu", "apscheduler3", must=1, want=0.6),
        ],
    ),
]

if __name__ == "__main__":
    sys.exit(main(ROWS))
