"""The desk: does what a Msg asks of the jobs in the open silos, with or without a loop running."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

import attrs

from clockhand._engine.admission import ask_timer
from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.occurrence import split_key
from clockhand._model.stored import StoredJob, Unreadable, status
from clockhand.contracts.batches import Added, Cancel, Changed, Fire, JobFilter, Requested
from clockhand.contracts.kind import Kind
from clockhand.contracts.msgs import (
    AddJob,
    CancelRun,
    FireJob,
    GetJob,
    JobInfo,
    ListJobs,
    ModifyJob,
    Msg,
    PauseJob,
    ReleaseJob,
    RemoveJob,
    ResumeJob,
)
from clockhand.contracts.rules import declared
from clockhand.contracts.silo import Silo
from clockhand.errors import JobNotFound, JobRefused, StateError, UnknownName, did_you_mean

R = TypeVar("R")

_log = logging.getLogger("clockhand")
PAGE = 1_000
RUNTIME = "runtime"
"""The source of jobs that are added while a scheduler runs."""


@attrs.frozen
class OpenSilo:
    """A silo that is open, and its kind."""

    alias: str
    kind: Kind[Silo]
    silo: Silo


class Admission(Protocol):
    """What must hold of a job before it enters a silo, and whether this node could run one that is there."""

    def prepare(self, job: Job, kind: Kind[Silo], *, trusted: bool) -> Job:
        """
        Return *job* with the scheduler's defaults written in; DefinitionError if it can't be run.

        A *trusted* job was written in code or configuration; for any other nothing is imported.
        """
        ...

    def unresolved(self, row: StoredJob | Unreadable) -> str:
        """Return why this node can't run the job, empty if it can."""
        ...


class Desk:
    """Answers the Msgs about jobs. `changed` hears, after each change, the silo's alias and the entries."""

    def __init__(
        self,
        silos: Mapping[str, OpenSilo],
        admission: Admission,
        now: Callable[[], datetime],
        changed: Callable[[str, Iterable[Entry]], None],
        patience: float,
    ) -> None:
        self._silos = silos
        self._admission = admission
        self._now = now
        self._changed = changed
        self._patience = patience
        self._answers: dict[type[Msg[Any]], Callable[[Any], Awaitable[Any]]] = {
            AddJob: self._add,
            GetJob: self._get,
            ListJobs: self._list,
            ModifyJob: self._modify,
            RemoveJob: self._remove,
            PauseJob: self._pause,
            ResumeJob: self._resume,
            ReleaseJob: self._release,
            FireJob: self._fire,
            CancelRun: self._cancel,
        }

    def answers(self, msg: Msg[Any]) -> bool:
        """Say whether *msg* is one about jobs."""
        return type(msg) in self._answers

    async def act(self, msg: Msg[R]) -> R:
        """Do what *msg* asks; raises as `clockhand.msgs` says."""
        async with asyncio.timeout(self._patience):
            return cast("R", await self._answers[type(msg)](msg))

    async def declare(self, jobs: Iterable[Job], silo: str, source: str) -> list[Added]:
        """
        Upsert *jobs* as those of *source*; JobRefused names the first that another source has.

        One whose row is in quarantine is left there, with a warning: it must not keep others from running.
        """
        target = self._named(silo)
        prepared = [self._admission.prepare(job, target.kind, trusted=source != RUNTIME) for job in jobs]
        answers = await target.silo.add_jobs(prepared, self._now(), source)
        self._changed(silo, _told(answers, self._now()))
        for answer in answers:
            if answer.what != "refused":
                continue
            if source == RUNTIME or not isinstance(answer.job, Unreadable):
                raise JobRefused(_refusal(answer))
            _log.warning("silo %s: %s", silo, _refusal(answer))
        return answers

    async def declared_by(self, source: str, silo: str) -> list[str]:
        """Return the aliases of the unfinished jobs of *source*, in order."""
        found: list[str] = []
        place, after = self._named(silo), ""
        while rows := await place.silo.list_jobs(JobFilter(source=source), after, PAGE):
            found += [row.alias for row in rows if isinstance(row, Unreadable) or not row.finished]
            after = rows[-1].alias
        return found

    def _named(self, alias: str) -> OpenSilo:
        if alias in self._silos:
            return self._silos[alias]
        raise UnknownName(f"silo: unknown silo {alias!r}{did_you_mean(alias, self._silos)}")

    async def _find(self, alias: str, silo: str | None) -> tuple[OpenSilo, StoredJob | Unreadable]:
        places = [self._named(silo)] if silo is not None else list(self._silos.values())
        found = [(place, row) for place in places for row in await place.silo.get_jobs([alias])]
        if not found:
            raise JobNotFound(
                f"job {alias!r}: not in silo {', '.join(repr(place.alias) for place in places)}"
            )
        if len(found) > 1:
            both = ", ".join(repr(place.alias) for place, _ in found)
            raise StateError(f"job {alias!r}: in several silos ({both}); name one with silo=")
        return found[0]

    def _info(self, place: OpenSilo, row: StoredJob | Unreadable) -> JobInfo:
        return JobInfo(place.alias, row, status(row), self._admission.unresolved(row))

    async def _add(self, msg: AddJob) -> Added:
        (answer,) = await self.declare([msg.job], msg.silo, RUNTIME)
        return answer

    async def _get(self, msg: GetJob) -> JobInfo:
        return self._info(*await self._find(msg.alias, msg.silo))

    async def _list(self, msg: ListJobs) -> tuple[JobInfo, ...]:
        places = [self._named(msg.silo)] if msg.silo is not None else list(self._silos.values())
        found = [
            self._info(place, row)
            for place in places
            for row in await place.silo.list_jobs(msg.which, msg.after, msg.limit)
        ]
        return tuple(sorted(found, key=lambda info: info.alias)[: msg.limit])

    async def _modify(self, msg: ModifyJob) -> Changed:
        place, row = await self._find(msg.alias, msg.silo)
        if isinstance(row, Unreadable):
            raise JobRefused(f"job {msg.alias!r} is in quarantine: {row.reason}")
        if row.source != RUNTIME:
            raise JobRefused(declared(row))
        job = self._admission.prepare(row.job.modify(**msg.changes), place.kind, trusted=False)
        answers = await place.silo.modify_jobs([(msg.alias, row.revision, job)], self._now(), RUNTIME)
        return self._done(place, answers)

    async def _remove(self, msg: RemoveJob) -> Changed:
        place, _ = await self._find(msg.alias, msg.silo)
        return self._done(place, await place.silo.remove_jobs([msg.alias], self._now(), RUNTIME))

    async def _pause(self, msg: PauseJob) -> Changed:
        place, _ = await self._find(msg.alias, msg.silo)
        return self._done(place, await place.silo.pause_jobs([msg.alias], self._now(), msg.reason, msg.by))

    async def _resume(self, msg: ResumeJob) -> Changed:
        place, row = await self._find(msg.alias, msg.silo)
        if isinstance(row, StoredJob) and row.cursor is not None and not row.job.missing:
            ask_timer(row.job, self._now(), row.anchor)
        return self._done(place, await place.silo.resume_jobs([msg.alias], self._now(), msg.run))

    async def _release(self, msg: ReleaseJob) -> Changed:
        place, _ = await self._find(msg.alias, msg.silo)
        return self._done(place, await place.silo.release_jobs([msg.alias], self._now()))

    async def _fire(self, msg: FireJob) -> Requested:
        place, _ = await self._find(msg.alias, msg.silo)
        return await self._request(place, Fire(msg.alias, msg.force, msg.by))

    async def _cancel(self, msg: CancelRun) -> Requested:
        alias, _ = split_key(msg.key)
        place, _ = await self._find(alias, msg.silo)
        return await self._request(place, Cancel(msg.key, msg.by))

    async def _request(self, place: OpenSilo, request: Fire | Cancel) -> Requested:
        (answer,) = await place.silo.request([request], self._now())
        if answer.what != "done":
            raise (JobNotFound if answer.what == "missing" else JobRefused)(answer.reason)
        self._changed(place.alias, ())
        return answer

    def _done(self, place: OpenSilo, answers: list[Changed]) -> Changed:
        (answer,) = answers
        if answer.what == "missing":
            raise JobNotFound(answer.reason)
        if answer.what == "refused":
            raise JobRefused(answer.reason)
        self._changed(place.alias, answer.entries)
        return answer


def _refusal(answer: Added) -> str:
    row = answer.job
    if isinstance(row, Unreadable):
        return f"job {answer.alias!r} is in quarantine: {row.reason}; release or remove it first"
    return declared(row)


def _told(answers: Iterable[Added], now: datetime) -> Iterable[Entry]:
    whats = {"created": What.JOB_ADDED, "updated": What.JOB_UPDATED}
    return [Entry(now, whats[answer.what], answer.alias) for answer in answers if answer.what in whats]
