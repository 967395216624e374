"""What must hold of a job before it enters a silo, and what is missing to run one that is there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import attrs

from clockhand._model.job import Job
from clockhand._model.offset import refuse_too_long
from clockhand._model.policies import Policies
from clockhand._model.stored import StoredJob, Unreadable
from clockhand._plugins.codec import JsonCodec
from clockhand.contracts.kind import Kind
from clockhand.contracts.silo import Silo
from clockhand.errors import DefinitionError, Unresolved, did_you_mean, shown
from clockhand.triggers.timetable import anchor_of, first_due, last_due, upcoming
from clockhand.triggers.zones import in_zones
from clockhand.works import Call, Functions, durable_problem, problem_with_executor

LOOKED_AT: Final = 100
"""How many due times are looked at for the shortest time between two."""


def ask_timer(job: Job, now: datetime, anchor: datetime) -> None:
    """Ask the job's timer what a silo's rules would ask; a DefinitionError says what is wrong with it."""
    try:
        first_due(job, now, anchor)
        last_due(job, now, anchor, anchor)
    except DefinitionError as error:
        raise DefinitionError(f"triggers: {error}") from error
    except (Exception, SystemExit) as error:
        what = f"{shown(job.timer)} raised {type(error).__name__}"
        raise DefinitionError(f"triggers: {what}: {error}") from error


def _check_offset(job: Job, now: datetime, anchor: datetime) -> None:
    """Raise a DefinitionError if a run could start after the due time that follows its own."""
    dues = upcoming(job, now, anchor, LOOKED_AT)
    gaps = [later - sooner for sooner, later in itertools.pairwise(dues)]
    if gaps:
        refuse_too_long(min(gaps), spread=job.terms.spread, jitter=job.terms.jitter)


class Gatekeeper:
    """Fulfils `Admission` for one node: its codec, its functions, its executors, its default zone."""

    def __init__(
        self,
        codec: JsonCodec,
        functions: Functions,
        executors: Callable[[], Mapping[str, str]],
        works: Callable[[], frozenset[str]],
        timezone: str,
        defaults: Policies,
        now: Callable[[], datetime],
    ) -> None:
        self._codec = codec
        self._functions = functions
        self._executors = executors
        self._works = works
        self._timezone = timezone
        self.defaults = defaults
        """The policies of jobs that don't say otherwise."""
        self._now = now

    def prepare(self, job: Job, kind: Kind[Silo], *, trusted: bool) -> Job:
        """
        Return *job* with its default zone, executor and policies written in.

        A *trusted* one was written in code or configuration: what its call names may be imported.

        Raises a DefinitionError that names the job and the field: an executor that isn't here or that
        doesn't fit the work, a function that can't be found again, a kind that nobody offers.
        """
        try:
            return self._prepared(job, kind, trusted=trusted)
        except DefinitionError as error:
            where = f"job {job.alias!r}: "
            raise DefinitionError(where + str(error).removeprefix(where)) from error

    def _prepared(self, job: Job, kind: Kind[Silo], *, trusted: bool) -> Job:
        if job.missing:
            raise DefinitionError(f"{job.missing[0]}: no plugin here offers it")
        work = job.work
        if isinstance(work, Call):
            work = self._functions.adopt(work) if trusted or work.callable else self._known(work)
            if "durable" in kind.supports and (problem := durable_problem(work)):
                raise DefinitionError(f"work: {problem}; silo kind {kind.name!r} outlives this process")
        executors = self._executors()
        wanted = job.executor or work.proposed_executor
        if wanted not in executors:
            raise DefinitionError(f"executor: unknown executor {wanted!r}{did_you_mean(wanted, executors)}")
        if problem := problem_with_executor(work, executors[wanted]):
            raise DefinitionError(f"executor: {problem}")
        job = job.with_defaults(self.defaults)
        triggers = in_zones(job.triggers, self._timezone)
        if work is not job.work or triggers != job.triggers:
            job = attrs.evolve(job, work=work, executor=wanted, triggers=triggers)
        elif wanted != job.executor:
            job = job.placed(wanted)
        self._codec.check(job)
        now = self._now()
        anchor = anchor_of(job, now)
        ask_timer(job, now, anchor)
        if job.terms.spread or job.terms.jitter:
            _check_offset(job, now, anchor)
        return job

    def _known(self, work: Call) -> Call:
        """Return *work* with its function, which must be registered here: nothing is imported for a Msg."""
        try:
            return work.with_callable(self._functions.get(work.function))
        except Unresolved as error:
            raise DefinitionError(f"work: {error}") from error

    def unresolved(self, row: StoredJob | Unreadable) -> str:
        """Return why this node can't run the job of *row*, empty if it can."""
        if isinstance(row, Unreadable):
            return ""
        job = row.job
        if job.missing:
            return f"{', '.join(job.missing)}: no plugin here offers it"
        key = self._codec.key(job)
        if key not in self._works():
            what = f"function {job.work.target!r}" if isinstance(job.work, Call) else f"work {key!r}"
            return f"{what} isn't registered here"
        if job.wanted_executor not in self._executors():
            return f"executor {job.wanted_executor!r} isn't here"
        return ""
