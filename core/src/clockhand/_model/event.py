"""Events: what happened, told to listeners afterwards. Each has the same base fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from clockhand._model.entry import Entry
    from clockhand._model.run import Run
    from clockhand._model.words import Verdict


@attrs.define(kw_only=True)
class Event:
    """The base of all events."""

    at: datetime
    node: str = ""
    silo: str = ""
    job: str = ""
    occurrence: str = ""
    reason: str = ""


@attrs.define(kw_only=True)
class SchedulerStarted(Event):
    """The scheduler runs."""


@attrs.define(kw_only=True)
class SchedulerPaused(Event):
    """The scheduler starts nothing until it is resumed."""


@attrs.define(kw_only=True)
class SchedulerResumed(Event):
    """The scheduler goes on."""


@attrs.define(kw_only=True)
class SchedulerStopped(Event):
    """The scheduler has stopped."""


@attrs.define(kw_only=True)
class JobAdded(Event):
    """A silo has a new job."""


@attrs.define(kw_only=True)
class JobUpdated(Event):
    """A job has a new definition."""


@attrs.define(kw_only=True)
class JobRemoved(Event):
    """A job is gone."""


@attrs.define(kw_only=True)
class JobForgotten(JobRemoved):
    """A job that was added at run time is gone, for it had been finished for long enough."""


@attrs.define(kw_only=True)
class JobPaused(Event):
    """A job is paused, by a person or because its trigger raised."""


@attrs.define(kw_only=True)
class JobResumed(Event):
    """A paused job goes on."""


@attrs.define(kw_only=True)
class JobQuarantined(Event):
    """A row can't be read, or a job killed its owners; it is kept and not run."""


@attrs.define(kw_only=True)
class JobReleased(Event):
    """A job is back from quarantine."""


@attrs.define(kw_only=True)
class RunEvent(Event):
    """The base of what happens to one run; `due` is the nominal due time."""

    due: datetime
    run: Run


@attrs.define(kw_only=True)
class RunStarted(RunEvent):
    """An attempt began."""


@attrs.define(kw_only=True)
class RunSucceeded(RunEvent):
    """An attempt succeeded."""


@attrs.define(kw_only=True)
class RunFailed(RunEvent):
    """An attempt failed; `run.outcome` has the code."""


@attrs.define(kw_only=True)
class RunTimedOut(RunEvent):
    """An attempt took longer than its timeout."""


@attrs.define(kw_only=True)
class RunCancelled(RunEvent):
    """An attempt was cancelled."""


@attrs.define(kw_only=True)
class RunInterrupted(RunEvent):
    """An attempt was cut off by a stop."""


@attrs.define(kw_only=True)
class RunLost(RunEvent):
    """An attempt's owner died."""


@attrs.define(kw_only=True)
class RunProgressed(Event):
    """A running work told how far it is."""

    attempt: int
    done: float
    total: float | None = None


@attrs.define(kw_only=True)
class RunSlow(Event):
    """A run takes longer than its job's `warn_after`, which is `bound`; it goes on."""

    attempt: int
    bound: timedelta


@attrs.define(kw_only=True)
class OccurrenceSkipped(Event):
    """An occurrence, or a range of them, got a never-ran verdict; `count` None: unknown."""

    verdict: Verdict
    due: datetime
    last: datetime | None = None
    count: int | None = 1


@attrs.define(kw_only=True)
class ClockStepped(Event):
    """The wall clock was set; `step` is positive when it was set forward."""

    step: timedelta


@attrs.define(kw_only=True)
class SiloFailed(Event):
    """A silo raised or didn't answer; the scheduler backs off and tries again."""


@attrs.define(kw_only=True)
class SiloRecovered(Event):
    """A silo answers again."""


@attrs.define(kw_only=True)
class HistoryFailed(Event):
    """A history raised or didn't answer; entries wait in the silo's outbox."""


@attrs.define(kw_only=True)
class HistoryRecovered(Event):
    """A history answers again."""


@attrs.define(kw_only=True)
class EntryRefused(Event):
    """A history takes other entries but not this one; it is kept there without its reason and output."""


@attrs.define(kw_only=True)
class LedgerPruned(Event):
    """The history was too old or too large: its `count` oldest entries are gone."""

    count: int


@attrs.define(kw_only=True)
class LedgerRotated(Event):
    """The history was too old or too large: another one, `target`, has its `count` oldest entries now."""

    count: int
    target: str


EVENTS: Final[tuple[type[Event], ...]] = (
    SchedulerStarted,
    SchedulerPaused,
    SchedulerResumed,
    SchedulerStopped,
    JobAdded,
    JobUpdated,
    JobRemoved,
    JobForgotten,
    JobPaused,
    JobResumed,
    JobQuarantined,
    JobReleased,
    RunStarted,
    RunSucceeded,
    RunFailed,
    RunTimedOut,
    RunCancelled,
    RunInterrupted,
    RunLost,
    RunProgressed,
    RunSlow,
    OccurrenceSkipped,
    ClockStepped,
    SiloFailed,
    SiloRecovered,
    HistoryFailed,
    HistoryRecovered,
    EntryRefused,
    LedgerPruned,
    LedgerRotated,
)
"""Every event there is; a listener hook is named after each."""


def hook_of(event: type[Event]) -> str:
    """Return the name of the listener hook for *event*: `RunFailed` is heard by `clockhand_run_failed`."""
    return "clockhand" + re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), event.__name__)


_JOB_EVENTS: Final = {
    "job-added": JobAdded,
    "job-updated": JobUpdated,
    "job-removed": JobRemoved,
    "job-paused": JobPaused,
    "job-resumed": JobResumed,
    "job-quarantined": JobQuarantined,
    "job-released": JobReleased,
}
_ENDINGS: Final = {
    "succeeded": RunSucceeded,
    "failed": RunFailed,
    "timed-out": RunTimedOut,
    "cancelled": RunCancelled,
    "interrupted": RunInterrupted,
    "lost": RunLost,
}


def event_type_of(entry: Entry) -> type[Event] | None:
    """Return the type of the event that tells of *entry*, None for one that is told otherwise."""
    what = entry.what
    if what == "run-started":
        return RunStarted
    if what == "run-ended" and entry.run is not None and entry.run.outcome is not None:
        return _ENDINGS[entry.run.outcome.result]
    if what == "never-ran":
        return OccurrenceSkipped
    return _JOB_EVENTS.get(what)


def event_of(entry: Entry, kind: type[Event], node: str, silo: str) -> Event:
    """Return the event of type *kind* that tells of *entry*."""
    base = {
        "at": entry.at,
        "node": node,
        "silo": silo,
        "job": entry.job,
        "occurrence": entry.occurrence,
        "reason": entry.reason,
    }
    if issubclass(kind, RunEvent):
        return kind(**base, due=entry.due, run=entry.run)  # type: ignore[arg-type]
    if kind is OccurrenceSkipped:
        return OccurrenceSkipped(
            **base,  # type: ignore[arg-type]
            verdict=entry.verdict,  # type: ignore[arg-type]
            due=entry.due,  # type: ignore[arg-type]
            last=entry.last,
            count=entry.count,
        )
    return kind(**base)  # type: ignore[arg-type]
