"""The contract of a scheduler."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from clockhand._model.job import Job
    from clockhand.contracts.msgs import Msg

R = TypeVar("R")


class Schedule(ABC):
    """A scheduler: started, asked by Msgs, torn down."""

    @abstractmethod
    async def startup(self) -> None:
        """Open the silos, the history and the executors, declare the jobs, begin to run them."""

    @abstractmethod
    async def act(self, msg: Msg[R]) -> R:
        """Do what *msg* asks and return its reply; each kind of Msg names the errors it can raise."""

    @abstractmethod
    async def check_jobs(self) -> int:
        """Take one turn now, without waiting for the next wake-up; return how many runs it started."""

    @abstractmethod
    async def add_silo(self, alias: str, kind: str, table: dict[str, Any] | None = None) -> None:
        """Open a silo and begin to run its jobs."""

    @abstractmethod
    async def remove_silo(self, alias: str) -> None:
        """Stop running the jobs of a silo, let its runs end, and close it; the jobs stay in it."""

    @abstractmethod
    async def add_executor(self, alias: str, kind: str, table: dict[str, Any] | None = None) -> None:
        """Open an executor."""

    @abstractmethod
    async def remove_executor(self, alias: str) -> None:
        """Let the runs of an executor end, and close it."""

    @abstractmethod
    async def add_job(self, job: Job, *, silo: str = "default") -> Any:
        """Put a job into a silo."""

    @abstractmethod
    async def remove_job(self, alias: str, *, silo: str | None = None) -> Any:
        """Take a job out of its silo."""

    @abstractmethod
    async def teardown(self) -> None:
        """Stop: no new starts, let runs end until the deadline, then end them; close everything."""
