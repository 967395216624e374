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
from clockhand._model.policies import Policies
from clockhand._model.retention import Retention
from clockhand._model.state import SchedulerState, moved
from clockhand._model.timing import Timing
from clockhand._model.use import Use
from clockhand.contracts.history import History, Page, Query
from clockhand.contracts.msgs import (
    AddExecutor,
    AddSilo,
    Health,
    HealthReport,
    Msg,
    Pause,
    Reload,
    Reloaded,
    RemoveExecutor,
    RemoveSilo,
    Resume,
    Stop,
)
from clockhand.errors import StateError
from clockhand.executors.process.mainguard import refuse_import
from clockhand.executors.streams import kept_open
from clockhand.scheduler.asking import Asking
from clockhand.scheduler.blueprint import Blueprint
from clockhand.scheduler.declaring import Declaring
from clockhand.scheduler.keeping import run_kept
from clockhand.scheduler.reloads import Reloads

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


class Scheduler(Declaring, Asking):
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
        defaults: Policies | Mapping[str, Any] | None = None,
        retention: Retention | Mapping[str, Any] | None = None,
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
            defaults=defaults,
            retention=retention,
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
        self._reloads = Reloads(self.reload)
        self._receivers: list[Callable[[Event], None]] = []

    @property
    def state(self) -> SchedulerState:
        """Where the scheduler is in its life."""
        return self._state

    # its life

    async def startup(self) -> None:
        """
        Open everything, declare the jobs, begin. What can't be opened raises, and nothing stays open.

        Raises StateError in a child process that has come here only because it imports the program again.
        """
        await self._start(turns=True)

    async def _start(self, *, turns: bool) -> None:
        refuse_import("scheduler")
        self._move(SchedulerState.STARTING)
        self._service = service = self._new_service()
        try:
            await service.open()
        except BaseException:
            self._move(SchedulerState.STOPPING)
            await service.close(timedelta(), asyncio.Event())
            self._move(SchedulerState.STOPPED)
            raise
        for lane in service.lanes.values():
            service.run_lane(lane, turns=turns)
        self._move(SchedulerState.RUNNING)
        service.teller.tell(SchedulerStarted(at=self._clock.now(), node=self._settings.node))
        _log.debug("started on node %s, source %s", self._settings.node, self._settings.source)
        self._tell_plugins("clockhand_started")

    def _new_service(self) -> Service:
        service = self._blueprint.service(self._clock, _log)
        for receiver in self._receivers:
            service.teller.subscribe(receiver)
        return service

    def _move(self, state: SchedulerState) -> None:
        self._state = moved(self._state, state)

    def _tell_plugins(self, hook: str) -> None:
        service = self._running_service()
        service.watch.arm()  # it tells of a hook that keeps the loop busy
        for plugin, error in self.catalog.tell(hook, scheduler=self):
            if isinstance(error, KeyboardInterrupt) and self._stop is None:
                raise error  # nobody else hears of it
            if error is not None:
                _log.error("%s of %s raised %s: %s", hook, plugin, type(error).__name__, error)
        service.watch.disarm()

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
        `startup()` raises, and StateError if code that it runs has cancelled the scheduler itself. A
        job that stops the event loop, or makes it raise SystemExit, doesn't end it.
        """
        return run_kept(lambda: self.serve(once=once))

    async def serve(self, *, once: bool = False) -> Ended:
        """Do what `run()` does, on the running event loop."""
        tally = Tally()
        self.subscribe(tally)
        reload = self._reloads.soon if self._blueprint.from_file else None
        with kept_open(), stop_signals(reload, self._running_now) as stop:
            self._stop = stop
            try:
                if await self._start_unless(stop.wanted, turns=not once):
                    await (self._running_service().run_once(stop.wanted) if once else stop.wanted.wait())
            finally:
                await self.teardown()
            return Ended(stop.signal, tally.started, tally.failed)

    async def _start_unless(self, wanted: asyncio.Event, *, turns: bool) -> bool:
        """Start; return False if that was given up because a stop is wanted."""
        start = asyncio.create_task(self._start(turns=turns))
        told = asyncio.create_task(wanted.wait())
        try:
            await asyncio.wait({start, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
            given_up = start.cancel()
            await asyncio.wait({start})
        if given_up and start.cancelled():
            return False
        start.result()
        return True

    def _running_now(self) -> list[str]:
        """Return the keys of the occurrences that run."""
        lanes = [] if self._service is None else self._service.lanes.values()
        return [key for lane in lanes for key in lane.hand.running()]

    @asynccontextmanager
    async def attach(self, *, create: bool = True) -> AsyncIterator[Self]:
        """
        Open the silos and the history without running anything: what a command needs to look and to ask.

        Inside, `act` takes the Msgs about jobs, and Health, which tells how the stores do; `read` reads the
        history, which is opened only for that: whoever writes it goes on. Raises ConfigError for a silo
        that isn't durable: what another process has in memory can't be seen from here. A silo that isn't
        there yet is made, unless *create* is False: then a Msg that names it is a StoreMissing, and it has
        no part in those that go to all silos.
        """
        refuse_import("scheduler")
        self._blueprint.refuse_volatile()
        service = self._new_service()
        try:
            await service.open_stores(attached=True, create=create)
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
        if not isinstance(msg, Stop | Health):
            await service.admit(msg)
        if service.desk.answers(msg):
            return await service.act(msg)
        if attached and not isinstance(msg, Reload | Health):
            raise StateError(f"scheduler: not started, only attached, so it takes no {type(msg).__name__}")
        return cast("R", await self._direct(msg, service))

    async def _direct(self, msg: Msg[Any], service: Service) -> object:
        match msg:
            case AddSilo(alias, kind, table):
                await service.add_silo(alias, kind, table)
            case RemoveSilo(alias):
                await service.remove_silo(alias, self._settings.timing.stop_deadline, asyncio.Event())
            case AddExecutor(alias, kind, table):
                await service.add_executor(alias, kind, table)
            case RemoveExecutor(alias):
                await service.remove_executor(alias)
            case Pause():
                self._pause()
            case Resume():
                self._resume()
            case Reload(retire):
                return await self._reload(service, retire=retire)
            case Stop(deadline):
                await self.teardown(deadline)
            case Health():
                return await service.report(self._state)
            case _:
                raise StateError(f"scheduler: it has no answer to {type(msg).__name__}")
        return None

    async def _reload(self, service: Service, *, retire: bool) -> Reloaded:
        declarations, defaults, restart = self._blueprint.reread()
        reloaded = await service.declaring.reload(declarations, defaults, retire=retire)
        return attrs.evolve(reloaded, restart=restart)

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

    def health_from_outside(self) -> HealthReport:
        """Return how the scheduler does, told from another thread: also while its event loop is busy."""
        return self._running_service().health(self._state)

    async def check_jobs(self) -> int:
        """Take one turn of each silo now, and return how many runs they started; StoreError if one fails."""
        lanes = list(self._running_service().lanes.values())
        return sum([(await lane.turn()).started for lane in lanes])

    async def read(self, query: Query | None = None, cursor: str | None = None, limit: int = 100) -> Page:
        """Read the history; see `History.read`."""
        return await self.history.read(query or Query(), cursor, limit)

    @property
    def history(self) -> History:
        """The open history."""
        return self._running_service().stores.history

    def subscribe(self, receiver: Callable[[Event], None]) -> None:
        """Let *receiver* hear every event on the event loop: it must not block; what it raises is logged."""
        self._receivers.append(receiver)
        if self._service is not None:
            self._service.teller.subscribe(receiver)
