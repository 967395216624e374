"""The jobs that a program or a file declares before the start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from clockhand._model.job import Job
from clockhand._model.settings import Declared
from clockhand.errors import DefinitionError
from clockhand.works import Call, Functions

RUNTIME: Final = "runtime"
"""The source of jobs that are added while a scheduler runs."""


class Declarations:
    """Keeps declared jobs by silo and alias, and the functions that they call."""

    def __init__(self, functions: Functions, source: str) -> None:
        self._functions = functions
        self._source = source
        self._jobs: dict[tuple[str, str], Declared] = {}

    def __iter__(self) -> Iterator[Declared]:
        return iter(self._jobs.values())

    def by_silo(self) -> dict[str, list[Job]]:
        """Return the jobs by the silo they go to."""
        found: dict[str, list[Job]] = {}
        for one in self:
            found.setdefault(one.silo, []).append(one.job)
        return found

    def holds(self, silo: str, alias: str) -> bool:
        """Say whether a job of that alias is declared for that silo."""
        return (silo, alias) in self._jobs

    def declares(self, silo: str, alias: str, source: str) -> bool:
        """Say whether a job there is somebody's declaration: another's, or one that still is ours."""
        return source != RUNTIME and (source != self._source or self.holds(silo, alias))

    def replace(self, others: Declarations) -> None:
        """Declare what *others* do, and no more."""
        self._jobs = dict(others._jobs)

    def add(self, job: Job, silo: str) -> Job:
        """Keep *job* and return it; DefinitionError for a second one of its alias or a bad call."""
        key = (silo, job.alias)
        if key in self._jobs:
            raise DefinitionError(f"alias: job {job.alias!r} is added already; give each job its own alias")
        if isinstance(job.work, Call):
            work = self._functions.adopt(job.work)
            job = job if work is job.work else attrs.evolve(job, work=work)
        self._jobs[key] = Declared(job, silo)
        return job
