"""
clockhand: the job scheduler that you extend with `pip install`.

    from clockhand import Scheduler, every, use

    clock = Scheduler(silo=use("sqlite", path="jobs.db"))

    @clock.job(every(minutes=5))
    def refresh():
        print("refreshed")

    clock.run()

A name is imported when it is first asked for: a command that needs no scheduler doesn't wait for one.
"""

TYPE_CHECKING = False  # `typing` itself would take longer than all the rest of this
if TYPE_CHECKING:
    from clockhand._daemon import Daemon, Lagged, Receiver, Sender, daemon
    from clockhand._model.job import Job
    from clockhand._model.retention import Retention
    from clockhand._model.state import SchedulerState
    from clockhand._model.timing import Timing
    from clockhand._model.use import Use, use
    from clockhand.contracts import (
        CatchUp,
        Clock,
        Outcome,
        Overlap,
        Policies,
        Query,
        Result,
        Retries,
        Run,
        RunContext,
        Status,
        StoredJob,
        Verdict,
        Work,
    )
    from clockhand.errors import ClockhandError, WorkFailed
    from clockhand.hookspecs import hookimpl
    from clockhand.scheduler import Ended, Scheduler
    from clockhand.triggers import (
        after_completion,
        all_of,
        any_of,
        at,
        at_start,
        between,
        blackout,
        but_not,
        cron,
        date_range,
        dates,
        every,
        if_last,
        next_business_day,
        on,
        weekdays,
    )
    from clockhand.triggers.explaining import explain
    from clockhand.works import call

_HOMES = {
    "_daemon": ("Daemon", "Lagged", "Receiver", "Sender", "daemon"),
    "_model.job": ("Job",),
    "_model.retention": ("Retention",),
    "_model.use": ("Use", "use"),
    "_model.state": ("SchedulerState",),
    "_model.timing": ("Timing",),
    "contracts": (
        "CatchUp",
        "Clock",
        "Outcome",
        "Overlap",
        "Policies",
        "Query",
        "Result",
        "Retries",
        "Run",
        "RunContext",
        "Status",
        "StoredJob",
        "Verdict",
        "Work",
    ),
    "errors": ("ClockhandError", "WorkFailed"),
    "hookspecs": ("hookimpl",),
    "scheduler": ("Ended", "Scheduler"),
    "triggers": (
        "after_completion",
        "all_of",
        "any_of",
        "at",
        "at_start",
        "between",
        "blackout",
        "but_not",
        "cron",
        "date_range",
        "dates",
        "every",
        "if_last",
        "next_business_day",
        "on",
        "weekdays",
    ),
    "triggers.explaining": ("explain",),
    "works": ("call",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker knows the names, and should say so where there is none

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "CatchUp",
    "Clock",
    "ClockhandError",
    "Daemon",
    "Ended",
    "Job",
    "Lagged",
    "Outcome",
    "Overlap",
    "Policies",
    "Query",
    "Receiver",
    "Result",
    "Retention",
    "Retries",
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
    "after_completion",
    "all_of",
    "any_of",
    "at",
    "at_start",
    "between",
    "blackout",
    "but_not",
    "call",
    "cron",
    "daemon",
    "date_range",
    "dates",
    "every",
    "explain",
    "hookimpl",
    "if_last",
    "next_business_day",
    "on",
    "use",
    "weekdays",
]
