"""
The Msgs: what a scheduler can be asked, as data. Each names the type of its reply.

Any Msg raises StateError when the scheduler isn't started or has stopped. Those that name a job
raise JobNotFound when no silo has it, JobRefused when a rule forbids it, and StoreError when the
silo fails. `silo` None: the silo that has the job; a job that two silos have must be asked for by
silo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

import attrs

from clockhand._model.job import Job
from clockhand._model.state import SchedulerState
from clockhand._model.stored import Status, StoredJob, Unreadable
from clockhand.contracts import checks
from clockhand.contracts.batches import Added, Changed, JobFilter, Requested

R_co = TypeVar("R_co", covariant=True)


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
    oldest_due: datetime | None = None
    """The earliest moment that has passed with something still to be done about it; None: nothing is late."""
    backlog: int | None = None
    """Occurrences that wait for room or for others of their job; None: the silo didn't say in time."""
    strays: tuple[str, ...] = ()
    """Keys of occurrences whose runs go on although they have their outcome: in threads, mostly."""
    unrecorded: datetime | None = None
    """
    When the oldest entry was made that waits in the outbox for the history; None: none does.

    Seen from another process, which was only attached: None also while no scheduler has been there
    to carry over what commands have left.
    """


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
    slow_listeners: tuple[str, ...] = ()
    """Plugins whose listener took, or has been taking, longer than two seconds."""
    loop_lag: float = 0.0
    """The longest, in seconds, that the event loop kept others waiting during the last minute."""
    blocked_by: str = ""
    """What the event loop was busy with when it kept others waiting for more than a second."""
    hanging_gates: tuple[str, ...] = ()
    """Plugins whose gate took longer than two seconds over a question, and has not answered yet."""


@attrs.frozen
class AddJob(Msg[Added]):
    """Put a job into a silo, or redefine the one of that alias that was added at run time."""

    job: Job = attrs.field(validator=checks.a_job)
    silo: str = attrs.field(default="default", validator=checks.text)


@attrs.frozen
class AddJobs(Msg[list[Added]]):
    """Put several jobs into a silo in one transaction, as AddJob does one; one answer a job, in order."""

    jobs: Sequence[Job] = attrs.field(validator=checks.jobs)
    silo: str = attrs.field(default="default", validator=checks.text)


@attrs.frozen
class GetJob(Msg[JobInfo]):
    """Ask for one job."""

    alias: str = attrs.field(validator=checks.text)
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)


@attrs.frozen
class ListJobs(Msg[tuple[JobInfo, ...]]):
    """Ask for up to *limit* jobs that match, ordered by alias, whose alias sorts after *after*."""

    which: JobFilter = attrs.field(factory=JobFilter, validator=checks.a_filter)
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)
    after: str = attrs.field(default="", validator=checks.text)
    limit: int = attrs.field(default=1000, validator=checks.above_zero)


@attrs.frozen
class ModifyJob(Msg[Changed]):
    """Change fields of a job that was added at run time."""

    alias: str = attrs.field(validator=checks.text)
    changes: Mapping[str, Any] = attrs.field(validator=checks.table)
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)


@attrs.frozen
class RemoveJob(Msg[Changed]):
    """
    Take a job out of its silo; what is open of it gets the verdict removed.

    One that is declared is refused, for it would come back: take it out where it is declared. With
    *force* it goes all the same.
    """

    alias: str = attrs.field(validator=checks.text)
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)
    force: bool = False


@attrs.frozen
class PauseJob(Msg[Changed]):
    """Let nothing of a job start until it is resumed."""

    alias: str = attrs.field(validator=checks.text)
    reason: str = ""
    by: str = ""
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)


@attrs.frozen
class ResumeJob(Msg[Changed]):
    """Go on with a paused job after now; with run="latest" run the last due time that was paused over."""

    alias: str = attrs.field(validator=checks.text)
    run: Literal["latest"] | None = attrs.field(default=None, validator=checks.latest)
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)


@attrs.frozen
class ReleaseJob(Msg[Changed]):
    """Take a job out of quarantine."""

    alias: str = attrs.field(validator=checks.text)
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)


@attrs.frozen
class FireJob(Msg[Requested]):
    """
    Run a job once, by hand, as soon as its overlap policy allows; `force` ignores that it is paused.

    With `watch` what the run prints goes on record while it runs, as entries `run-output`.
    """

    alias: str = attrs.field(validator=checks.text)
    force: bool = False
    by: str = ""
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)
    watch: bool = False


@attrs.frozen
class CancelRun(Msg[Requested]):
    """End an open occurrence by its key."""

    key: str = attrs.field(validator=checks.text)
    by: str = ""
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)


@attrs.frozen
class CancelRuns(Msg[list[Requested]]):
    """
    End several open occurrences of one job, by their keys, in one transaction.

    One answer a key, in order; `missing` is one that has ended meanwhile.
    """

    alias: str = attrs.field(validator=checks.text)
    keys: Sequence[str] = attrs.field(validator=checks.texts)
    by: str = ""
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)


@attrs.frozen
class Restored:
    """What Restore did: how many jobs it made, which were here already and left, how many are open again."""

    created: int
    kept: tuple[str, ...]
    opened: int


@attrs.frozen
class Snapshot(Msg[dict[str, Any]]):
    """
    Ask for all that a silo has, as JSON: its jobs with their state, and what is open of them.

    Secrets stay references. Jobs that can't be read are listed under `unreadable`, bytes and all.
    """

    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)


@attrs.frozen
class Restore(Msg[Restored]):
    """
    Put a snapshot's jobs into a silo that is empty, or with *merge* into one that isn't.

    Whatever the silo has already wins, and is reported. DefinitionError if *data* is no snapshot: then
    nothing is written.
    """

    data: Mapping[str, Any]
    silo: str | None = attrs.field(default=None, validator=checks.text_or_none)
    merge: bool = False


@attrs.frozen
class Reloaded:
    """What Reload did: aliases by what became of them, and the tables that wait for a restart."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    """No longer declared, and taken out."""
    left: tuple[str, ...] = ()
    """No longer declared, and going on as before."""
    restart: tuple[str, ...] = ()
    """Tables of the file that have changed and count from the next start."""


@attrs.frozen
class Reload(Msg[Reloaded]):
    """
    Read the configuration file again, and declare its jobs as it says now.

    With *retire*, jobs that it no longer declares are taken out. ConfigError if it has a mistake: then
    nothing changes.
    """

    retire: bool = False


@attrs.frozen
class AddSilo(Msg[None]):
    """Open a silo of that kind and run its jobs. ConfigError for the table, StoreError from the store."""

    alias: str = attrs.field(validator=checks.new_alias)
    kind: str = attrs.field(validator=checks.text)
    table: Mapping[str, Any] = attrs.field(factory=dict, validator=checks.table)


@attrs.frozen
class RemoveSilo(Msg[None]):
    """Stop running a silo's jobs, let its runs end, close it; its jobs stay in it."""

    alias: str = attrs.field(validator=checks.text)


@attrs.frozen
class AddExecutor(Msg[None]):
    """Open an executor of that kind."""

    alias: str = attrs.field(validator=checks.new_alias)
    kind: str = attrs.field(validator=checks.text)
    table: Mapping[str, Any] = attrs.field(factory=dict, validator=checks.table)


@attrs.frozen
class RemoveExecutor(Msg[None]):
    """Let an executor's runs end and close it; jobs that want it are unresolved here from now on."""

    alias: str = attrs.field(validator=checks.text)


@attrs.frozen
class Pause(Msg[None]):
    """Start nothing until Resume; what falls due meanwhile is caught up with, as after a downtime."""


@attrs.frozen
class Resume(Msg[None]):
    """Go on after Pause."""


@attrs.frozen
class Stop(Msg[None]):
    """Stop the scheduler; the reply comes when it has stopped. `deadline` None: the scheduler's own."""

    deadline: timedelta | None = attrs.field(default=None, converter=checks.deadline)


@attrs.frozen
class Health(Msg[HealthReport]):
    """Ask how the scheduler does."""
