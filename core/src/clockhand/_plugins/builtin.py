"""What core itself offers, through the same hooks as everybody else."""

from __future__ import annotations

from collections.abc import Iterable

from clockhand._model.protocols import Trigger, Work
from clockhand.contracts.executor import Executor
from clockhand.contracts.kind import Kind
from clockhand.executors import KINDS as EXECUTORS
from clockhand.hookspecs import hookimpl
from clockhand.triggers import BUILTIN as TRIGGERS
from clockhand.works import Functions, python_kind


class Builtin:
    """The plugin `core`: the executors, the triggers, and the work that calls functions."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    @hookimpl
    def clockhand_executors(self) -> Iterable[Kind[Executor]]:
        """Return `async`, `thread` and `process`."""
        return EXECUTORS

    @hookimpl
    def clockhand_works(self) -> Iterable[Kind[Work]]:
        """Return `python`."""
        return [python_kind(self._functions)]

    @hookimpl
    def clockhand_triggers(self) -> Iterable[Kind[Trigger]]:
        """Return the timers, conditions and calendars of `clockhand.triggers`."""
        return [
            Kind(name=name, summary=(cls.__doc__ or "").strip().splitlines()[0], options=cls)
            for name, cls in TRIGGERS.items()
        ]
