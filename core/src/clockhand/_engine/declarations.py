"""The jobs that a program or a file declares before the start."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from clockhand._model.job import Job
from clockhand._model.settings import Declared
from clockhand.errors import DefinitionError
from clockhand.works import Call, Functions


class Declarations:
    """Keeps declared jobs by silo and alias, and the functions that they call."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._jobs: dict[tuple[str, str], Declared] = {}

    def __iter__(self) -> Iterator[Declared]:
        return iter(self._jobs.values())

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
