"""
The Msgs: what a scheduler can be asked, as data. Each names the type of its reply.

Any Msg raises StateError when the scheduler isn't started or has stopped. Those that name a job
raise JobNotFound when no silo has it, JobRefused when a rule forbids it, and StoreError when the
silo fails. `silo` None: the silo that has the job; a job that two silos have must be asked for by
silo.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

import attrs

from clockhand._model.job import Job
from clockhand._model.state import SchedulerState
from clockhand._model.stored import Status, StoredJob, Unreadable
from clockhand.contracts.batches import Added, Changed, JobFilter, Requested
from clockhand.errors import DefinitionError, shown

R_co = TypeVar("R_co", covariant=True)


def _latest(_msg: object, _field: object, run: object) -> None:
    if run is not None and run != "latest":
        raise DefinitionError(f"run: unknown value {shown(run)}, known: latest")


class Msg(Generic[R_co]):
    """The base of all Msgs; R_co is what the scheduler replies."""

    __slots__ = ()


@attrs.frozen
class JobInfo:
    """A job as a silo has it, and how it stands on the node that was asked."""

    silo: str
    row: StoredJob | Unreadable
    status: Status
    unresolved: str = ""
    """Why this node can't run it, empty when it can: others may, and so will this one once it can."""

    @property
    def alias(self) -> str:
        """The alias of the job."""
        return self.row.alias


@attrs.frozen
class SiloHealth:
    """How a silo does: `error` is empty when its last turn went well; `since` is when that changed."""

    alias: str
    kind: str
    ok: bool
    error: str = ""
    since: datetime | None = None
    last_pass: datetime | None = None
    """When a turn of its loop last went well."""
    running: int = 0
    """Runs of this process that are not yet settled."""


@attrs.frozen
class ExecutorHealth:
    """How an executor does."""

    alias: str
    kind: str
    room: int


@attrs.frozen
class HealthReport:
    """How the scheduler does; `ok` is False while anything is degraded, and `problems` says what."""

    ok: bool
    state: SchedulerState
    node: str
    problems: tuple[str, ...]
    silos: tuple[SiloHealth, ...]
    executors: tuple[ExecutorHealth, ...]
    listeners_dropped: int = 0
    """Events that listeners didn't hear because they were too slow."""


@attrs.frozen
class AddJob(Msg[Added]):
    """Put a job into a silo, or redefine the one of that alias that was added at run time."""

    job: Job
    silo: str = "default"


@attrs.frozen
class GetJob(Msg[JobInfo]):
    """Ask for one job."""

    alias: str
    silo: str | None = None


@attrs.frozen
class ListJobs(Msg[tuple[JobInfo, ...]]):
    """Ask for up to *limit* jobs that match, ordered by alias, whose alias sorts after *after*."""

    which: JobFilter = attrs.field(factory=JobFilter)
    silo: str | None = None
    after: str = ""
    limit: int = 1000


@attrs.frozen
class ModifyJob(Msg[Changed]):
    """Change fields of a job that was added at run time."""

    alias: str
    changes: Mapping[str, Any]
    silo: str | None = None


@attrs.frozen
class RemoveJob(Msg[Changed]):
    """Take a job that was added at run time out of its silo; what is open of it gets the verdict removed."""

    alias: str
    silo: str | None = None


@attrs.frozen
class PauseJob(Msg[Changed]):
    """Let nothing of a job start until it is resumed."""

    alias: str
    reason: str = ""
    by: str = ""
    silo: str | None = None


@attrs.frozen
class ResumeJob(Msg[Changed]):
    """Go on with a paused job after now; with run="latest" run the last due time that was paused over."""

    alias: str
    run: Literal["latest"] | None = attrs.field(default=None, validator=_latest)
    silo: str | None = None


@attrs.frozen
class ReleaseJob(Msg[Changed]):
    """Take a job out of quarantine."""

    alias: str
    silo: str | None = None


@attrs.frozen
class FireJob(Msg[Requested]):
    """Run a job once, by hand, as soon as its overlap policy allows; `force` ignores that it is paused."""

    alias: str
    force: bool = False
    by: str = ""
    silo: str | None = None


@attrs.frozen
class CancelRun(Msg[Requested]):
    """End an open occurrence by its key."""

    key: str
    by: str = ""
    silo: str | None = None


@attrs.frozen
class AddSilo(Msg[None]):
    """Open a silo of that kind and run its jobs. ConfigError for the table, StoreError from the store."""

    alias: str
    kind: str
    table: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class RemoveSilo(Msg[None]):
    """Stop running a silo's jobs, let its runs end, close it; its jobs stay in it."""

    alias: str


@attrs.frozen
class AddExecutor(Msg[None]):
    """Open an executor of that kind."""

    alias: str
    kind: str
    table: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class RemoveExecutor(Msg[None]):
    """Let an executor's runs end and close it; jobs that want it are unresolved here from now on."""

    alias: str


@attrs.frozen
class Pause(Msg[None]):
    """Start nothing until Resume; what falls due meanwhile is caught up with, as after a downtime."""


@attrs.frozen
class Resume(Msg[None]):
    """Go on after Pause."""


@attrs.frozen
class Stop(Msg[None]):
    """Stop the scheduler; the reply comes when it has stopped. `deadline` None: the scheduler's own."""

    deadline: timedelta | None = None


@attrs.frozen
class Health(Msg[HealthReport]):
    """Ask how the scheduler does."""
