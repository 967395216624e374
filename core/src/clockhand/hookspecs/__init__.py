"""
The hooks that a plugin implements: one registration hook per noun, listeners, and gates.

Registration hooks return `Kind` records; they are called once, when plugins are loaded. Listener
hooks hear events on a thread of their own; gates, likewise, say what may not be. The arguments here
are what an implementation may take: it may leave out those it doesn't need.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import pluggy

from clockhand.contracts.executor import Executor
from clockhand.contracts.history import History
from clockhand.contracts.kind import Kind
from clockhand.contracts.schedule import Schedule
from clockhand.contracts.silo import Silo
from clockhand.hookspecs.gates import GateSpec
from clockhand.hookspecs.listeners import ListenerSpec

if TYPE_CHECKING:
    from clockhand._model.protocols import Trigger, Work

PROJECT: Final = "clockhand"
"""The name of the pluggy project, and of the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class ScheduleSpec:
    """Kinds of scheduler, and the two moments of one that a plugin may want to know."""

    @hookspec
    def clockhand_schedules(self) -> Iterable[Kind[Schedule]]:  # type: ignore[empty-body]
        """Return the kinds of scheduler that the plugin offers."""

    @hookspec
    def clockhand_started(self, scheduler: Schedule) -> None:
        """Hear, on the event loop, that *scheduler* has started; be brief."""

    @hookspec
    def clockhand_stopping(self, scheduler: Schedule) -> None:
        """Hear, on the event loop, that *scheduler* is about to stop; be brief."""


class SiloSpec:
    """Kinds of job store."""

    @hookspec
    def clockhand_silos(self) -> Iterable[Kind[Silo]]:  # type: ignore[empty-body]
        """Return the kinds of silo that the plugin offers."""


class WorkSpec:
    """Kinds of work."""

    @hookspec
    def clockhand_works(self) -> Iterable[Kind[Work]]:  # type: ignore[empty-body]
        """Return the kinds of work that the plugin offers."""


class HistorySpec:
    """Kinds of ledger backend."""

    @hookspec
    def clockhand_histories(self) -> Iterable[Kind[History]]:  # type: ignore[empty-body]
        """Return the kinds of history that the plugin offers."""


class ExecutorSpec:
    """Kinds of executor."""

    @hookspec
    def clockhand_executors(self) -> Iterable[Kind[Executor]]:  # type: ignore[empty-body]
        """Return the kinds of executor that the plugin offers."""


class TriggerSpec:
    """Kinds of timer and condition."""

    @hookspec
    def clockhand_triggers(self) -> Iterable[Kind[Trigger]]:  # type: ignore[empty-body]
        """Return the kinds of trigger that the plugin offers."""


REGISTRATION: Final[tuple[type[Any], ...]] = (
    ScheduleSpec,
    SiloSpec,
    WorkSpec,
    HistorySpec,
    ExecutorSpec,
    TriggerSpec,
)
SPECS: Final[tuple[type[Any], ...]] = (*REGISTRATION, ListenerSpec, GateSpec)

__all__ = [
    "PROJECT",
    "REGISTRATION",
    "SPECS",
    "ExecutorSpec",
    "GateSpec",
    "HistorySpec",
    "ListenerSpec",
    "ScheduleSpec",
    "SiloSpec",
    "TriggerSpec",
    "WorkSpec",
    "hookimpl",
    "hookspec",
]
