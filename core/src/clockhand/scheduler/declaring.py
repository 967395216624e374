"""What a scheduler is told before it starts: its settings are known, and jobs are declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from clockhand._model.job import Job
from clockhand._model.protocols import Condition, Timer, is_timer
from clockhand._model.settings import Declared, Settings
from clockhand._model.state import SchedulerState
from clockhand._plugins.catalog import Catalog
from clockhand.contracts import checks
from clockhand.errors import DefinitionError, StateError, shown
from clockhand.scheduler.blueprint import Blueprint
from clockhand.works import call

F = TypeVar("F", bound=Callable[..., Any])


class Declaring:
    """The part of a scheduler that says what it is to do, before it does anything."""

    _blueprint: Blueprint
    _settings: Settings
    _state: SchedulerState

    @property
    def catalog(self) -> Catalog:
        """What can be chosen by name, and who offers it; broken plugins too."""
        return self._blueprint.catalog

    @property
    def settings(self) -> Settings:
        """What the scheduler was told."""
        return self._settings

    @property
    def declared(self) -> tuple[Declared, ...]:
        """The jobs that were declared before the start."""
        return tuple(self._blueprint.declarations)

    def add(self, job: Job, *, silo: str = "default") -> Job:
        """
        Declare *job*, before the start; return it. It becomes part of *silo* when the scheduler starts.

        Raises DefinitionError for what is no job, or a second one of an alias; StateError once the scheduler
        has started: then `await add_job(...)`, or `sender.send(AddJob(...))` from another thread.
        """
        if self._state is not SchedulerState.UNINITIALIZED:
            raise StateError(
                f"scheduler: it is {self._state}, add(...) is for before the start; "
                "use await scheduler.add_job(...) or sender.send(AddJob(...))"
            )
        return self._blueprint.declarations.add(checks.job(job, "job"), silo)

    def job(
        self,
        timer: Timer,
        *conditions: Condition,
        alias: str | None = None,
        silo: str = "default",
        **fields: Any,
    ) -> Callable[[F], F]:
        """
        Return a decorator that declares a function as a job, and leaves the function as it is.

        The alias is the function's name unless given; *fields* are those of Job, and `args` and
        `kwargs` for the function.
        """
        if not is_timer(timer):
            raise DefinitionError(
                f"triggers: {timer!r} is not a timer; write @scheduler.job(every(minutes=5))"
            )
        args, kwargs = fields.pop("args", ()), fields.pop("kwargs", {})
        if isinstance(args, str | bytes):
            raise DefinitionError(f"args: not a list, given {shown(args)}; write args=({args!r},) for one")

        def declare(function: F) -> F:
            work = call(function, *args, **kwargs)
            name = alias if alias is not None else getattr(function, "__name__", "")
            self.add(Job(alias=name, work=work, triggers=(timer, *conditions), **fields), silo=silo)
            return function

        return declare

    def check(self) -> tuple[Declared, ...]:
        """
        Check everything that was told, open nothing, and return the jobs as they would be added.

        Raises what a start would raise, but for what only opening a store can show.
        """
        return self._blueprint.check()
