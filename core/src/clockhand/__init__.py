"""
clockhand: the job scheduler that you extend with `pip install`.

    from clockhand import Scheduler, every, use

    clock = Scheduler(silo=use("sqlite", path="jobs.db"))

    @clock.job(every(minutes=5))
    def refresh():
        print("refreshed")

    clock.run()
"""

from clockhand._model.job import Job
from clockhand._model.settings import Use, use
from clockhand._model.state import SchedulerState
from clockhand._model.timing import Timing
from clockhand.contracts import (
    Clock,
    Outcome,
    Overlap,
    Query,
    Result,
    Run,
    RunContext,
    Status,
    StoredJob,
    Verdict,
    Work,
)
from clockhand.daemon import Daemon, Lagged, Receiver, Sender, daemon
from clockhand.errors import ClockhandError, WorkFailed
from clockhand.hookspecs import hookimpl
from clockhand.scheduler import Ended, Scheduler
from clockhand.triggers import at, cron, every
from clockhand.works import call

__all__ = [
    "Clock",
    "ClockhandError",
    "Daemon",
    "Ended",
    "Job",
    "Lagged",
    "Outcome",
    "Overlap",
    "Query",
    "Receiver",
    "Result",
    "Run",
    "RunContext",
    "Scheduler",
    "SchedulerState",
    "Sender",
    "Status",
    "StoredJob",
    "Timing",
    "Use",
    "Verdict",
    "Work",
    "WorkFailed",
    "at",
    "call",
    "cron",
    "daemon",
    "every",
    "hookimpl",
    "use",
]
