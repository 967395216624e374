"""
How many runs a second: N no-op one-shots that fall due at once, from the start to the last end.

Each contestant runs in a process of its own, all in turn, round after round; the figure is the median
of its rounds, and what counts is the ratio, for machines differ. Ours keeps a ledger, a verdict for
each run; APScheduler 3 keeps none. `python runs.py --json` prints JSON besides the table.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

ROUNDS = 5
RACES = {
    "in memory": (10_000, ["clockhand-memory", "apscheduler3-memory"]),
    "in SQLite": (1_000, ["clockhand-sqlite", "apscheduler3-sqlite"]),
}
CONTESTANT = Path(__file__).with_name("_contestants.py")


def run(name: str, number: int) -> float:
    """Return the runs per second of one contestant in one round."""
    answer = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(CONTESTANT), name, str(number)], check=True, capture_output=True, text=True
    )
    return number / float(json.loads(answer.stdout)["seconds"])


def race(number: int, names: list[str]) -> dict[str, float]:
    """Return the median runs per second of each, the contestants taking turns."""
    rates: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            rates[name].append(run(name, number))
    return {name: statistics.median(found) for name, found in rates.items()}


def main() -> None:
    """Run the races and print the table."""
    results = {}
    for title, (number, names) in RACES.items():
        medians = results[title] = race(number, names)
        peer = medians[names[-1]]
        print(f"{title}, {number:,} runs due at once, median of {ROUNDS}")
        for name in names:
            print(f"  {name:<22}{medians[name]:>12,.0f} runs/s{medians[name] / peer:>8.2f} x")
    if "--json" in sys.argv:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
