"""
The whole table: `python benchmarks --help`, or `nox -s bench`.

Each script beside this one makes some of its rows, and takes the same options.
"""

from __future__ import annotations

import sys

import adding
import cron
import durable
import idle
import pace
import runs
import starting
from harness.command import main

if __name__ == "__main__":
    families = (runs, adding, pace, idle, durable, starting, cron)
    sys.exit(main([row for family in families for row in family.ROWS]))
