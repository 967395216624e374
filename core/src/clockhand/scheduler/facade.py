"""The facade: the scheduler's state, its life, and what it can be asked."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import attrs

from clockhand._clock import Clock, SystemClock
from clockhand._engine.service import Service
from clockhand._engine.signals import StopRequest, stop_signals
from clockhand._engine.tally import Tally
from clockhand._model.event import (
    Event,
    SchedulerPaused,
    SchedulerResumed,
    SchedulerStarted,
    SchedulerStopped,
)
from clockhand._model.job import Job
from clockhand._model.protocols import Condition, Timer, is_timer
from clockhand._model.settings import Declared, Settings, Use
from clockhand._model.state import SchedulerState, moved
from clockhand._model.timing import Timing
from clockhand._plugins.catalog import Catalog
from clockhand.contracts.batches import Added, Changed
from clockhand.contracts.history import History, Page, Query
from clockhand.contracts.msgs import (
    AddExecutor,
    AddJob,
    AddSilo,
    Health,
    HealthReport,
    Msg,
    Pause,
    RemoveExecutor,
    RemoveJob,
    RemoveSilo,
    Resume,
    Stop,
)
from clockhand.contracts.schedule import Schedule
from clockhand.errors import DefinitionError, StateError
from clockhand.scheduler.blueprint import Blueprint
from clockhand.works import call

R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

_log = logging.getLogger("clockhand")
_ALIVE = frozenset({SchedulerState.RUNNING, SchedulerState.PAUSED})


@attrs.frozen
class Ended:
    """How a blocking run ended: the signal that asked for it, None if none did; and its runs."""

    signal: signal.Signals | None = None
    started: int = 0
    failed: int = 0


class Scheduler(Schedule):
    """
    Runs jobs when they are due.

    Give it a silo, add jobs, then `run()` it, enter it with `async with`, or hand it to `daemon()`.
    Where nothing else is said it keeps jobs in memory. A scheduler runs once; make a new one to run
    again. *plugins* are objects or modules with hooks, taken in beside those that are installed.

    Raises ConfigError for an option that can't be, PluginError for two plugins that offer one name.
    """

    def __init__(
        self,
        *,
        silo: Use | None = None,
        silos: Mapping[str, Use] | None = None,
        history: Use | None = None,
        executors: Mapping[str, Use] | None = None,
        name: str = "clockhand",
        node: str | None = None,
        timezone: str = "UTC",
        timing: Timing | None = None,
        modules: Iterable[str] = (),
        plugins: Iterable[object] = (),
        block: Iterable[str] = (),
        only: Iterable[str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        blueprint = Blueprint.from_options(
            silo=silo,
            silos=silos,
            history=history,
            executors=executors,
            name=name,
            node=node,
            timezone=timezone,
            timing=timing,
            modules=modules,
            plugins=plugins,
            block=block,
            only=only,
        )
        self._build(blueprint, clock)

    @classmethod
    def from_toml(cls, path: str | Path, *, clock: Clock | None = None) -> Self:
        """
        Return a scheduler as the TOML file at *path* says.

        Raises ConfigError with the file, the place in it, what was given and the nearest name;
        PluginError for two plugins that offer one name. Nothing is opened yet.
        """
        made = cls.__new__(cls)
        made._build(Blueprint.from_toml(Path(path)), clock)
        return made

    def _build(self, blueprint: Blueprint, clock: Clock | None) -> None:
        self._blueprint = blueprint
        self._settings = blueprint.settings
        self._clock = clock or SystemClock()
        self._state = SchedulerState.UNINITIALIZED
        self._service: Service | None = None
        self._stop: StopRequest | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        self._receivers: list[Callable[[Event], None]] = []

    # what is known before the start

    @property
    def state(self) -> SchedulerState:
        """Where the scheduler is in its life."""
        return self._state

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

        Raises DefinitionError for a second job of one alias, StateError once the scheduler has
        started: then `await add_job(...)`, or `sender.send(AddJob(...))` from another thread.
        """
        if self._state is not SchedulerState.UNINITIALIZED:
            raise StateError(
                f"scheduler: it is {self._state}, add(...) is for before the start; "
                "use await scheduler.add_job(...) or sender.send(AddJob(...))"
            )
        return self._blueprint.declarations.add(job, silo)

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

    # the life

    async def startup(self) -> None:
        """Open everything, declare the jobs, begin. What can't be opened raises, and nothing stays open."""
        await self._start(turns=True)

    async def _start(self, *, turns: bool) -> None:
        self._move(SchedulerState.STARTING)
        self._service = service = self._new_service()
        try:
            await service.open(self._blueprint.declarations)
        except BaseException:
            self._move(SchedulerState.STOPPING)
            await service.close(timedelta(), asyncio.Event())
            self._move(SchedulerState.STOPPED)
            raise
        for lane in service.lanes.values():
            service.run_lane(lane, turns=turns)
        self._move(SchedulerState.RUNNING)
        service.teller.tell(SchedulerStarted(at=self._clock.now(), node=self._settings.node))
        self._tell_plugins("clockhand_started")

    def _new_service(self) -> Service:
        service = self._blueprint.service(self._clock, _log)
        for receiver in self._receivers:
            service.teller.subscribe(receiver)
        return service

    def _move(self, state: SchedulerState) -> None:
        self._state = moved(self._state, state)

    def _tell_plugins(self, hook: str) -> None:
        for plugin, error in self.catalog.tell(hook, scheduler=self):
            if error is not None:
                _log.error("%s of %s raised %s: %s", hook, plugin, type(error).__name__, error)

    async def teardown(self, deadline: timedelta | None = None) -> None:
        """
        Stop: no new starts; runs may end until *deadline* (None: the scheduler's own), then are made to.

        Called again while it is stopping, it waits for the same stop.
        """
        if self._state in {SchedulerState.STOPPED, SchedulerState.UNINITIALIZED}:
            return
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self._shut_down(deadline))
        await asyncio.shield(self._stopping)

    async def _shut_down(self, deadline: timedelta | None) -> None:
        service = self._running_service()
        self._move(SchedulerState.STOPPING)
        self._tell_plugins("clockhand_stopping")
        hurry = self._stop.hurry if self._stop is not None else asyncio.Event()
        await service.close(self._settings.timing.stop_deadline if deadline is None else deadline, hurry)
        self._move(SchedulerState.STOPPED)
        await service.say_goodbye(SchedulerStopped(at=self._clock.now(), node=self._settings.node))
        if self._stop is not None:
            self._stop.wanted.set()
        self._over.set()

    async def stopped(self) -> None:
        """Wait until the scheduler has stopped."""
        await self._over.wait()

    async def __aenter__(self) -> Self:
        await self.startup()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.teardown()

    def run(self, *, once: bool = False) -> Ended:
        """
        Run until SIGINT, SIGTERM or a Stop; block meanwhile. The first signal drains, a second stops at once.

        With *once*: run what is due now, wait for it, and return. Returns how it ended; raises what
        `startup()` raises.
        """
        return asyncio.run(self.serve(once=once))

    async def serve(self, *, once: bool = False) -> Ended:
        """Do what `run()` does, on the running event loop."""
        tally = Tally()
        self.subscribe(tally)
        with stop_signals() as stop:
            self._stop = stop
            await self._start(turns=not once)
            try:
                await (self._running_service().run_once(stop.wanted) if once else stop.wanted.wait())
            finally:
                await self.teardown()
            return Ended(stop.signal, tally.started, tally.failed)

    @asynccontextmanager
    async def attach(self) -> AsyncIterator[Self]:
        """
        Open the silos and the history without running anything: what a command needs to look and to ask.

        Inside, `act` takes the Msgs about jobs and `read` reads the history. Raises ConfigError for a
        silo that isn't durable: what another process has in memory can't be seen from here.
        """
        self._blueprint.refuse_volatile()
        service = self._new_service()
        try:
            await service.open_stores()
            await service.open_executors()
            self._service = service
            yield self
        finally:
            self._service = None
            await service.close(timedelta(), asyncio.Event())

    # what it can be asked

    def _running_service(self) -> Service:
        if self._service is None:
            raise StateError(f"scheduler: it is {self._state}, start it first")
        return self._service

    async def act(self, msg: Msg[R]) -> R:
        """Do what *msg* asks and return its reply; see `clockhand.msgs` for what each can raise."""
        service = self._running_service()
        attached = self._state is SchedulerState.UNINITIALIZED
        if not attached and self._state not in _ALIVE and not isinstance(msg, Stop | Health):
            raise StateError(f"scheduler: it is {self._state}, so it takes no {type(msg).__name__}")
        if service.desk.answers(msg):
            return await service.act(msg)
        if attached:
            raise StateError(f"scheduler: not started, only attached, so it takes no {type(msg).__name__}")
        return cast("R", await self._direct(msg))

    async def _direct(self, msg: Msg[Any]) -> object:
        match msg:
            case AddSilo(alias, kind, table):
                await self.add_silo(alias, kind, dict(table))
            case RemoveSilo(alias):
                await self.remove_silo(alias)
            case AddExecutor(alias, kind, table):
                await self.add_executor(alias, kind, dict(table))
            case RemoveExecutor(alias):
                await self.remove_executor(alias)
            case Pause():
                self._pause()
            case Resume():
                self._resume()
            case Stop(deadline):
                await self.teardown(deadline)
            case Health():
                return self.health()
            case _:
                raise StateError(f"scheduler: it has no answer to {type(msg).__name__}")
        return None

    def _pause(self) -> None:
        if self._state is SchedulerState.PAUSED:
            return
        self._move(SchedulerState.PAUSED)
        service = self._running_service()
        service.shop.paused = True
        service.teller.tell(SchedulerPaused(at=self._clock.now(), node=self._settings.node))

    def _resume(self) -> None:
        if self._state is SchedulerState.RUNNING:
            return
        self._move(SchedulerState.RUNNING)
        service = self._running_service()
        service.shop.paused = False
        for lane in service.lanes.values():
            lane.waker.wake()
        service.teller.tell(SchedulerResumed(at=self._clock.now(), node=self._settings.node))

    def health(self) -> HealthReport:
        """Return how the scheduler does."""
        return self._running_service().health(self._state)

    async def check_jobs(self) -> int:
        """Take one turn of each silo now, and return how many runs they started; StoreError if one fails."""
        lanes = list(self._running_service().lanes.values())
        return sum([(await lane.turn()).started for lane in lanes])

    async def add_silo(self, alias: str, kind: str, table: dict[str, Any] | None = None) -> None:
        """Open a silo and begin to run its jobs."""
        service = self._running_service()
        opened = await service.stores.add_silo(alias, kind, table or {})
        service.run_lane(await service.add_lane(opened))

    async def remove_silo(self, alias: str) -> None:
        """Stop running a silo's jobs, let its runs end by the stop deadline, and close it."""
        service = self._running_service()
        await service.remove_silo(alias, self._settings.timing.stop_deadline, asyncio.Event())

    async def add_executor(self, alias: str, kind: str, table: dict[str, Any] | None = None) -> None:
        """Open an executor."""
        await self._running_service().add_executor(alias, kind, table or {})

    async def remove_executor(self, alias: str) -> None:
        """Let an executor's runs end, and close it."""
        await self._running_service().remove_executor(alias)

    async def add_job(self, job: Job, *, silo: str = "default") -> Added:
        """Put a job into a silo while the scheduler runs; the reply says created, unchanged or updated."""
        return await self.act(AddJob(job, silo))

    async def remove_job(self, alias: str, *, silo: str | None = None) -> Changed:
        """Take a job that was added at run time out of its silo."""
        return await self.act(RemoveJob(alias, silo))

    async def read(self, query: Query | None = None, cursor: str | None = None, limit: int = 100) -> Page:
        """Read the history; see `History.read`."""
        return await self.history.read(query or Query(), cursor, limit)

    @property
    def history(self) -> History:
        """The open history."""
        return self._running_service().stores.history

    def subscribe(self, receiver: Callable[[Event], None]) -> None:
        """Let *receiver* hear every event, called on the event loop; it must not block or raise."""
        self._receivers.append(receiver)
        if self._service is not None:
            self._service.teller.subscribe(receiver)
