"""The package `schedule`: a list of jobs that the caller's loop asks. It keeps no history."""

from __future__ import annotations

import time

import schedule

from contestants.stopwatch import measured
from contestants.workload import TALLY, noop, plain_noop

PERIOD = 1
"""Seconds: the shortest that it has."""


def drain(number: int) -> dict[str, float]:
    """Run what is due in the caller's own thread; its jobs repeat, so they fall due after a second."""
    scheduler = schedule.Scheduler()
    for _ in range(number):
        scheduler.every(PERIOD).seconds.do(plain_noop)
    time.sleep(PERIOD + 0.1)
    TALLY.none_yet()
    with measured() as lap:
        scheduler.run_pending()
    return {"rate": number / lap.seconds}


def add(number: int) -> dict[str, float]:
    """Add jobs; it has no verb for many at once."""
    scheduler = schedule.Scheduler()
    with measured() as lap:
        for _ in range(number):
            scheduler.every(1).hours.do(noop)
    return {"rate": number / lap.seconds}
