"""What a scheduler can be asked, as methods: each sends its Msg and returns the reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from clockhand._model.job import Job
from clockhand.contracts.batches import Added, Changed, JobFilter, Requested
from clockhand.contracts.msgs import (
    AddExecutor,
    AddJob,
    AddJobs,
    AddSilo,
    CancelRun,
    CancelRuns,
    FireJob,
    GetJob,
    Health,
    HealthReport,
    JobInfo,
    ListJobs,
    ModifyJob,
    Pause,
    PauseJob,
    ReleaseJob,
    Reload,
    Reloaded,
    RemoveExecutor,
    RemoveJob,
    RemoveSilo,
    Restore,
    Restored,
    Resume,
    ResumeJob,
    Snapshot,
)
from clockhand.contracts.schedule import Schedule

R = TypeVar("R")

BATCH = 1_000
"""How many jobs `add_jobs` adds in one transaction."""


class Asking(Schedule):
    """The Msgs of `clockhand.msgs` as methods; each raises what its Msg raises."""

    async def get_job(self, alias: str, *, silo: str | None = None) -> JobInfo:
        """Return one job, and how it stands here."""
        return await self.act(GetJob(alias, silo))

    async def list_jobs(
        self, which: JobFilter | None = None, *, silo: str | None = None, after: str = "", limit: int = 1000
    ) -> tuple[JobInfo, ...]:
        """Return up to *limit* jobs that match, ordered by alias, whose alias sorts after *after*."""
        return await self.act(ListJobs(which or JobFilter(), silo, after, limit))

    async def add_job(self, job: Job, *, silo: str = "default") -> Added:
        """Put a job into a silo while the scheduler runs; the reply says created, unchanged or updated."""
        return await self.act(AddJob(job, silo))

    async def add_jobs(self, jobs: Iterable[Job], *, silo: str = "default") -> list[Added]:
        """
        Put many jobs into a silo, a thousand to a transaction; one reply a job, in order.

        Where one of them can't be added, those of its thousand aren't, and those before it are.
        """
        several, replies = list(jobs), list[Added]()
        for start in range(0, len(several), BATCH):
            replies += await self.act(AddJobs(several[start : start + BATCH], silo))
        return replies

    async def modify_job(self, alias: str, *, silo: str | None = None, **changes: Any) -> Changed:
        """Change fields of a job that was added at run time."""
        return await self.act(ModifyJob(alias, changes, silo))

    async def remove_job(self, alias: str, *, silo: str | None = None, force: bool = False) -> Changed:
        """Take a job out of its silo; a declared one only with *force*."""
        return await self.act(RemoveJob(alias, silo, force))

    async def pause_job(
        self, alias: str, *, reason: str = "", by: str = "", silo: str | None = None
    ) -> Changed:
        """Let nothing of a job start until it is resumed."""
        return await self.act(PauseJob(alias, reason, by, silo))

    async def resume_job(
        self, alias: str, *, run: Literal["latest"] | None = None, silo: str | None = None
    ) -> Changed:
        """Go on with a paused job; with run="latest" run the last due time that was paused over."""
        return await self.act(ResumeJob(alias, run, silo))

    async def release_job(self, alias: str, *, silo: str | None = None) -> Changed:
        """Take a job out of quarantine."""
        return await self.act(ReleaseJob(alias, silo))

    async def fire_job(
        self, alias: str, *, force: bool = False, by: str = "", silo: str | None = None, watch: bool = False
    ) -> Requested:
        """Run a job once, by hand; the reply has the key of the occurrence."""
        return await self.act(FireJob(alias, force, by, silo, watch))

    async def cancel_run(self, key: str, *, by: str = "", silo: str | None = None) -> Requested:
        """End an open occurrence by its key."""
        return await self.act(CancelRun(key, by, silo))

    async def cancel_runs(
        self, alias: str, keys: Sequence[str], *, by: str = "", silo: str | None = None
    ) -> list[Requested]:
        """End several open occurrences of a job in one transaction; one answer a key, in order."""
        return await self.act(CancelRuns(alias, tuple(keys), by, silo))

    async def snapshot(self, silo: str | None = None) -> dict[str, Any]:
        """Return all that a silo has, as JSON."""
        return await self.act(Snapshot(silo))

    async def restore(
        self, data: Mapping[str, Any], *, silo: str | None = None, merge: bool = False
    ) -> Restored:
        """Put a snapshot's jobs into a silo."""
        return await self.act(Restore(data, silo, merge))

    async def reload(self, *, retire: bool = False) -> Reloaded:
        """Read the configuration file again; the reply says what became of each job."""
        return await self.act(Reload(retire))

    async def health(self) -> HealthReport:
        """Return how the scheduler does."""
        return await self.act(Health())

    async def pause(self) -> None:
        """Start nothing until `resume()`; what falls due meanwhile is caught up with, as after a downtime."""
        await self.act(Pause())

    async def resume(self) -> None:
        """Go on after `pause()`."""
        await self.act(Resume())

    async def add_silo(self, alias: str, kind: str, table: dict[str, Any] | None = None) -> None:
        """Open a silo and begin to run its jobs."""
        await self.act(AddSilo(alias, kind, table or {}))

    async def remove_silo(self, alias: str) -> None:
        """Stop running a silo's jobs, let its runs end by the stop deadline, and close it."""
        await self.act(RemoveSilo(alias))

    async def add_executor(self, alias: str, kind: str, table: dict[str, Any] | None = None) -> None:
        """Open an executor."""
        await self.act(AddExecutor(alias, kind, table or {}))

    async def remove_executor(self, alias: str) -> None:
        """Let an executor's runs end, and close it."""
        await self.act(RemoveExecutor(alias))
