"""The desk: does what a Msg asks of the jobs in the open silos, with or without a loop running."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

import attrs

from clockhand._engine.admission import ask_timer
from clockhand._engine.declarations import RUNTIME
from clockhand._engine.restoring import from_json
from clockhand._engine.snapshots import to_json
from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.occurrence import OpenOccurrence, split_key
from clockhand._model.stored import StoredJob, Unreadable, status
from clockhand.contracts.batches import Added, Cancel, Changed, Fire, JobFilter, Requested
from clockhand.contracts.context import Codec
from clockhand.contracts.kind import Kind
from clockhand.contracts.msgs import (
    AddJob,
    AddJobs,
    CancelRun,
    CancelRuns,
    FireJob,
    GetJob,
    JobInfo,
    ListJobs,
    ModifyJob,
    Msg,
    PauseJob,
    ReleaseJob,
    RemoveJob,
    Restore,
    Restored,
    ResumeJob,
    Snapshot,
)
from clockhand.contracts.rules import declared
from clockhand.contracts.silo import Silo
from clockhand.errors import (
    DefinitionError,
    JobNotFound,
    JobRefused,
    StateError,
    StoreMissing,
    UnknownName,
    did_you_mean,
    shown,
)

R = TypeVar("R")
T = TypeVar("T")

_log = logging.getLogger("clockhand")
PAGE = 1_000


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
    """
    Answers the Msgs about jobs. `changed` hears, after each change, the silo's alias and the entries.

    `declared` says whether a job of that silo, alias and source is declared here now; `missing` has why
    a silo isn't there.
    """

    def __init__(
        self,
        silos: Mapping[str, OpenSilo],
        admission: Admission,
        now: Callable[[], datetime],
        changed: Callable[[str, Sequence[Entry]], None],
        patience: float,
        codec: Codec,
        *,
        declared: Callable[[str, str, str], bool],
        missing: Mapping[str, StoreMissing],
    ) -> None:
        self._silos = silos
        self._missing = missing
        self._codec = codec
        self._declared = declared
        self._admission = admission
        self._now = now
        self._changed = changed
        self._patience = patience
        self._answers: dict[type[Msg[Any]], Callable[[Any], Awaitable[Any]]] = {
            AddJob: self._add,
            AddJobs: self._add_several,
            GetJob: self._get,
            ListJobs: self._list,
            ModifyJob: self._modify,
            RemoveJob: self._remove,
            PauseJob: self._pause,
            ResumeJob: self._resume,
            ReleaseJob: self._release,
            FireJob: self._fire,
            CancelRun: self._cancel,
            CancelRuns: self._cancel_several,
            Snapshot: self._snapshot,
            Restore: self._restore,
        }

    def answers(self, msg: Msg[Any]) -> bool:
        """Say whether *msg* is one about jobs."""
        return type(msg) in self._answers

    async def act(self, msg: Msg[R]) -> R:
        """Do what *msg* asks; raises as `clockhand.msgs` says."""
        if isinstance(msg, Snapshot | Restore):  # of any size: each of their pages has its own time
            return cast("R", await self._answers[type(msg)](msg))
        return cast("R", await self._patient(self._answers[type(msg)](msg)))

    async def _patient(self, answer: Awaitable[T]) -> T:
        async with asyncio.timeout(self._patience):
            return await answer

    async def declare(self, jobs: Iterable[Job], silo: str, source: str) -> list[Added]:
        """
        Upsert *jobs* as those of *source*; JobRefused names the first that another source has.

        One whose row is in quarantine is left there, with a warning: it must not keep others from running.
        """
        prepared = self.prepare(jobs, silo, source)
        answers = await self._named(silo).silo.add_jobs(prepared, self._now(), source)
        self._changed(silo, _told(answers, self._now()))
        for answer in answers:
            if answer.what != "refused":
                continue
            if source == RUNTIME or not isinstance(answer.job, Unreadable):
                raise JobRefused(_refusal(answer))
            _log.warning("silo %s: %s", silo, _refusal(answer))
        return answers

    def prepare(self, jobs: Iterable[Job], silo: str, source: str) -> list[Job]:
        """Return *jobs* as they would be declared; DefinitionError for one that can't be run."""
        kind = self._named(silo).kind
        return [self._admission.prepare(job, kind, trusted=source != RUNTIME) for job in jobs]

    async def refuse_others(self, jobs: Sequence[Job], silo: str, source: str) -> None:
        """Raise JobRefused, as `declare` would, if another source has one of *jobs*; nothing is written."""
        for first in range(0, len(jobs), PAGE):
            page = [job.alias for job in jobs[first : first + PAGE]]
            for row in await self._named(silo).silo.get_jobs(page):
                if isinstance(row, StoredJob) and row.source != source:
                    raise JobRefused(declared(row))

    async def retire(self, aliases: Iterable[str], silo: str, source: str) -> None:
        """Take jobs of *source* out, for it no longer declares them."""
        answers = await self._named(silo).silo.remove_jobs(list(aliases), self._now(), source)
        self._changed(silo, [entry for answer in answers for entry in answer.entries])

    async def declared_by(self, source: str, silo: str) -> list[str]:
        """Return the aliases of the unfinished jobs of *source*, in order."""
        found: list[str] = []
        place, after = self._named(silo), ""
        while rows := await place.silo.list_jobs(JobFilter(source=source), after, PAGE):
            found += [row.alias for row in rows if isinstance(row, Unreadable) or not row.finished]
            after = rows[-1].alias
        return found

    async def unresolved(self, silo: str) -> list[tuple[str, str]]:
        """Return (alias, why) of jobs that this node can't run, among the first of a silo."""
        rows = await self._named(silo).silo.list_jobs(JobFilter(), "", PAGE)
        unfinished = [row for row in rows if isinstance(row, StoredJob) and not row.finished]
        return [(row.alias, why) for row in unfinished if (why := self._admission.unresolved(row))]

    def _named(self, alias: str) -> OpenSilo:
        if alias in self._silos:
            return self._silos[alias]
        if alias in self._missing:
            raise StoreMissing(str(self._missing[alias]))
        raise UnknownName(f"silo: unknown silo {alias!r}{did_you_mean(alias, self._silos)}")

    async def _find(self, alias: str, silo: str | None) -> tuple[OpenSilo, StoredJob | Unreadable]:
        places = [self._named(silo)] if silo is not None else list(self._silos.values())
        found = [(place, row) for place in places for row in await place.silo.get_jobs([alias])]
        if not found:
            asked = [place.alias for place in places] or sorted(self._missing)
            raise JobNotFound(f"job {alias!r}: not in silo {', '.join(map(repr, asked))}")
        if len(found) > 1:
            both = ", ".join(repr(place.alias) for place, _ in found)
            raise StateError(f"job {alias!r}: in several silos ({both}); name one with silo=")
        return found[0]

    def _info(self, place: OpenSilo, row: StoredJob | Unreadable) -> JobInfo:
        return JobInfo(place.alias, row, status(row), self._admission.unresolved(row))

    async def _add(self, msg: AddJob) -> Added:
        (answer,) = await self.declare([msg.job], msg.silo, RUNTIME)
        return answer

    async def _add_several(self, msg: AddJobs) -> list[Added]:
        return await self.declare(msg.jobs, msg.silo, RUNTIME)

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
        place, row = await self._find(msg.alias, msg.silo)
        source: str | None = RUNTIME
        if msg.force:
            source = None
        elif not self._declared(place.alias, msg.alias, row.source):
            source = row.source
        return self._done(place, await place.silo.remove_jobs([msg.alias], self._now(), source))

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
        return await self._request(place, Fire(msg.alias, msg.force, msg.by, watch=msg.watch))

    async def _cancel(self, msg: CancelRun) -> Requested:
        alias, _ = split_key(msg.key)
        place, _ = await self._find(alias, msg.silo)
        return await self._request(place, Cancel(msg.key, msg.by))

    async def _cancel_several(self, msg: CancelRuns) -> list[Requested]:
        place, _ = await self._find(msg.alias, msg.silo)
        for key in msg.keys:
            if split_key(key)[0] != msg.alias:
                raise DefinitionError(f"keys: not of job {msg.alias!r}, given {shown(key)}")
        answers = await place.silo.request([Cancel(key, msg.by) for key in msg.keys], self._now())
        self._changed(place.alias, ())
        return answers

    async def _snapshot(self, msg: Snapshot) -> dict[str, Any]:
        place = self._only(msg.silo)
        rows: list[StoredJob | Unreadable] = []
        while page := await self._patient(
            place.silo.list_jobs(JobFilter(), rows[-1].alias if rows else "", PAGE)
        ):
            rows += page
        opened: list[OpenOccurrence] = []
        while more := await self._patient(place.silo.list_open(None, opened[-1].key if opened else "", PAGE)):
            opened += more
        return to_json(rows, opened, self._now(), self._codec)

    async def _restore(self, msg: Restore) -> Restored:
        place = self._only(msg.silo)
        contents = from_json(msg.data, self._codec)
        there = await self._patient(place.silo.list_jobs(JobFilter(), "", 1))
        if there and not msg.merge:
            raise JobRefused(f"silo {place.alias!r} is not empty; restore with merge to keep what it has")
        opened: dict[str, list[OpenOccurrence]] = {}
        for one in contents.opened:
            opened.setdefault(one.job, []).append(one)
        created, again, kept = 0, 0, list[str]()
        for start in range(0, len(contents.jobs), PAGE):
            jobs = contents.jobs[start : start + PAGE]
            some = [one for job in jobs for one in opened.get(job.alias, ())]
            answers = await self._patient(place.silo.restore_jobs(jobs, some, self._now(), merge=msg.merge))
            for answer in answers:
                if answer.what == "created" and isinstance(answer.job, StoredJob):
                    created, again = created + 1, again + answer.job.open
                else:
                    kept.append(answer.alias)
            self._changed(place.alias, _told(answers, self._now()))
        return Restored(created, tuple(kept), again)

    def _only(self, alias: str | None) -> OpenSilo:
        if alias is not None:
            return self._named(alias)
        names = sorted({*self._silos, *self._missing})
        if len(names) == 1:
            return self._named(names[0])
        raise StateError(f"silo: there are several, name one: {', '.join(names)}")

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


def _told(answers: Iterable[Added], now: datetime) -> list[Entry]:
    whats = {"created": What.JOB_ADDED, "updated": What.JOB_UPDATED}
    return [Entry(now, whats[answer.what], answer.alias) for answer in answers if answer.what in whats]
