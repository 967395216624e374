"""A started scheduler: its executors, its lanes and their tasks, from start to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, TypeVar

from clockhand._clock import Clock
from clockhand._engine.admission import Gatekeeper
from clockhand._engine.clockwatch import ClockWatch
from clockhand._engine.desk import Desk, OpenSilo
from clockhand._engine.lane import Lane
from clockhand._engine.ledger import Ledger
from clockhand._engine.listeners import Listener, Listeners
from clockhand._engine.pool import Pool
from clockhand._engine.shares import Shares
from clockhand._engine.shop import Shop
from clockhand._engine.stores import Stores
from clockhand._engine.teller import Teller
from clockhand._model.entry import Entry, What
from clockhand._model.event import Event, HistoryFailed, HistoryRecovered
from clockhand._model.job import Job
from clockhand._model.settings import Declared, Settings
from clockhand._model.state import SchedulerState
from clockhand._plugins.catalog import Catalog
from clockhand.contracts.context import ExecutorContext
from clockhand.contracts.executor import Executor
from clockhand.contracts.msgs import CancelRun, ExecutorHealth, HealthReport, Msg
from clockhand.errors import ConfigError, UnknownName, did_you_mean
from clockhand.works import Functions

R = TypeVar("R")

MOST_NAMED = 5
"""How many jobs a warning names."""
FAREWELL = 2.0
"""Seconds that a stop waits for listeners, and for the last entries to reach the history."""


class Service:
    """Everything that is open while a scheduler runs. Made on the loop that it runs on."""

    def __init__(
        self, settings: Settings, catalog: Catalog, functions: Functions, clock: Clock, logger: logging.Logger
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._functions = functions
        self._timing = timing = settings.timing
        self._logger = logger
        self._clock = clock
        codec = catalog.codec()
        listeners = Listeners(Listener(*found) for found in catalog.listeners())
        self.teller = Teller(settings.node, listeners, asyncio.get_running_loop())
        self.pool = Pool()
        self.stores = Stores(catalog, codec, clock, logger, settings.folder)
        self.lanes: dict[str, Lane] = {}
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}
        self._stack = AsyncExitStack()
        self._kinds = frozenset(catalog.kinds("works"))
        self._works = (self._kinds, 0)
        self.shop = Shop(
            clock=clock,
            pool=self.pool,
            teller=self.teller,
            timing=timing,
            node=settings.node,
            logger=logger,
            works=self.works,
            shares=Shares(catalog.kinds("works").values(), self._stack),
            watch=ClockWatch(clock),
        )
        gatekeeper = Gatekeeper(
            codec, functions, self._executor_kinds, self.works, settings.timezone, clock.now
        )
        self.desk = Desk(
            self.stores.silos, gatekeeper, clock.now, self.changed, timing.patience.total_seconds()
        )

    # the start

    async def open(self, declared: Iterable[Declared]) -> None:
        """Open stores and executors, declare the jobs, enlist with every silo; nothing runs yet."""
        await self.open_stores()
        await self.open_executors()
        by_silo: dict[str, list[Job]] = {}
        for one in declared:
            by_silo.setdefault(one.silo, []).append(one.job)
        for silo, jobs in by_silo.items():
            await self.desk.declare(jobs, silo, self._settings.source)
            await self._warm_up(jobs)
        for silo in self.stores.silos:
            await self._name_undeclared(silo, {job.alias for job in by_silo.get(silo, ())})
        for opened in self.stores.silos.values():
            await self.add_lane(opened)

    async def _name_undeclared(self, silo: str, declared: set[str]) -> None:
        """Warn of jobs that this source declared once and no longer does: they go on as they are."""
        gone = [
            alias
            for alias in await self.desk.declared_by(self._settings.source, silo)
            if alias not in declared
        ]
        if gone:
            shown = ", ".join(gone[:MOST_NAMED]) + (", ..." if len(gone) > MOST_NAMED else "")
            self._logger.warning(
                "silo %s: no longer declared by %s, and going on as before: %s; pause what should not run",
                silo,
                self._settings.source,
                shown,
            )

    async def _warm_up(self, jobs: Iterable[Job]) -> None:
        """Open what the kinds of *jobs* share now: opening it later would make the first run late."""
        for job in jobs:
            if self.shop.shares.needed(job.work):
                try:
                    async with asyncio.timeout(self._timing.patience.total_seconds()):
                        await self.shop.shares.get(job.work)
                except Exception as error:  # noqa: BLE001 - it is tried again by the first run, which then says so
                    self._logger.warning("job %s: can't open what its kind shares: %s", job.alias, error)

    async def open_stores(self) -> None:
        """Open the silos and the history."""
        settings = self._settings
        for module in settings.modules:
            self._functions.allow_module(module)
        for alias, chosen in settings.silos_or_default().items():
            await self.stores.add_silo(alias, chosen.kind, chosen.table)
        history = settings.history_or_default(frozenset(self._catalog.kinds("histories")))
        await self.stores.open_history(history.kind, history.table)

    async def open_executors(self) -> None:
        """Open the executors."""
        for alias, chosen in self._settings.executors_or_default().items():
            await self.add_executor(alias, chosen.kind, chosen.table)

    def works(self) -> frozenset[str]:
        """Return the work keys that this process can run."""
        refs = self._functions.refs
        if len(refs) != self._works[1]:
            self._works = (self._kinds | {f"python:{ref}" for ref in refs}, len(refs))
        return self._works[0]

    def _executor_kinds(self) -> Mapping[str, str]:
        return {seat.alias: seat.kind for seat in self.pool}

    async def act(self, msg: Msg[R]) -> R:
        """Do what a Msg about jobs asks; a run to be cancelled hears of it now, not at the next beat."""
        reply = await self.desk.act(msg)
        if isinstance(msg, CancelRun):
            for lane in self.lanes.values():
                lane.lease.waker.wake()
        return reply

    def changed(self, silo: str, entries: Iterable[Entry]) -> None:
        """Tell of *entries* that a request left in *silo*, and wake its lane."""
        self.teller.entries(entries, silo)
        lane = self.lanes.get(silo)
        if lane is not None:
            lane.ledger.kick()
            lane.waker.wake()

    # executors

    async def add_executor(self, alias: str, kind: str, table: Mapping[str, Any]) -> None:
        """Open an executor of that alias."""
        if alias in self.pool:
            raise ConfigError(f"executor: there is an executor {alias!r} already")
        chosen, executor = self._catalog.open("executors", kind, table, f"executor.{alias}")
        await self._open_executor(alias, executor)
        self.pool.add(alias, chosen.name, executor)
        for lane in self.lanes.values():
            lane.waker.wake()

    async def _open_executor(self, alias: str, executor: Executor) -> None:
        try:
            await executor.startup(ExecutorContext(alias=alias, clock=self._clock, logger=self._logger))
        except BaseException:
            await executor.teardown()
            raise

    async def remove_executor(self, alias: str) -> None:
        """Let the runs of an executor end, then close it."""
        seat = self.pool.seat(alias)
        if seat is None:
            raise UnknownName(
                f"executor: unknown executor {alias!r}{did_you_mean(alias, self._executor_kinds())}"
            )
        seat.closing = True
        for lane in self.lanes.values():
            await lane.hand.empty_of(alias)
        self.pool.remove(alias)
        await seat.executor.teardown()

    # silos

    async def add_lane(self, opened: OpenSilo) -> Lane:
        """Make the lane of an open silo and enlist it; `run_lane` lets it run."""
        ledger = Ledger(opened.silo, self.stores.history, self._timing, self._logger, self._history_changed)
        lane = Lane(opened.alias, opened.kind.name, opened.silo, self.shop, ledger)
        await lane.lease.enlist()
        lane.note(What.SCHEDULER_STARTED)
        self.lanes[opened.alias] = lane
        return lane

    def run_lane(self, lane: Lane, *, turns: bool = True) -> None:
        """Let a lane beat, feed the ledger and, unless somebody else does that, take its *turns*."""
        parts = {"lease": lane.lease.keep(), "ledger": lane.ledger.run()}
        if turns:
            parts["turns"] = lane.run()
        self._tasks[lane.alias] = tasks = [
            asyncio.create_task(part, name=f"clockhand {lane.alias} {what}") for what, part in parts.items()
        ]
        for task in tasks:
            task.add_done_callback(lane.ended)

    async def remove_silo(self, alias: str, deadline: timedelta, hurry: asyncio.Event) -> None:
        """Let a silo's runs end, and close it."""
        if alias not in self.lanes:
            raise UnknownName(f"silo: unknown silo {alias!r}{did_you_mean(alias, self.lanes)}")
        await self._end_lane(self.lanes[alias], deadline, hurry)
        await self.stores.remove_silo(alias)

    async def _end_lane(self, lane: Lane, deadline: timedelta, hurry: asyncio.Event) -> None:
        await lane.drain(deadline.total_seconds(), hurry)
        tasks = self._tasks.pop(lane.alias, [])
        async with lane.turning:
            lane.closing = True
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        del self.lanes[lane.alias]
        try:
            strays = await lane.leave()
            async with asyncio.timeout(FAREWELL):
                await lane.ledger.flush()
        except Exception as error:  # noqa: BLE001 - a silo that fails at the end can't hinder the stop
            self._logger.warning("silo %s: at the end: %s: %s", lane.alias, type(error).__name__, error)
        else:
            for key in strays:
                self._logger.warning("%s could not be stopped and goes on until this process ends", key)

    def _history_changed(self, reason: str) -> None:
        kind = HistoryFailed if reason else HistoryRecovered
        if self.teller.heard(kind):
            self.teller.tell(kind(at=self._clock.now(), node=self.shop.node, reason=reason))

    async def run_once(self, enough: asyncio.Event) -> None:
        """Take turns until nothing is due and nothing runs, or *enough* is set; raises what a silo raises."""
        poll = self._timing.poll.total_seconds()
        while not enough.is_set():
            turns = [await lane.turn() for lane in self.lanes.values()]
            if any(turn.moved for turn in turns):
                continue
            busy = [lane for lane in self.lanes.values() if len(lane.hand) or lane.hand.ends]
            if not busy:
                return
            await busy[0].waker.rest(poll)

    # the end

    async def close(self, deadline: timedelta, hurry: asyncio.Event) -> None:
        """Stop the lanes side by side, then close everything that is open, whatever any of it raises."""
        await asyncio.gather(*(self._end_lane(lane, deadline, hurry) for lane in list(self.lanes.values())))
        for seat in self.pool:
            self.pool.remove(seat.alias)
            await self._quietly(f"executor {seat.alias}", seat.executor.teardown())
        await self._quietly("shared clients", self._stack.aclose())
        await self.stores.close()

    async def _quietly(self, what: str, closing: Any) -> None:
        try:
            await closing
        except Exception as error:  # noqa: BLE001 - the rest must be closed all the same
            self._logger.warning("%s: closing it failed: %s: %s", what, type(error).__name__, error)

    async def say_goodbye(self, event: Event) -> None:
        """Tell of *event*, the last one, and let the listeners hear what is queued for them."""
        self.teller.tell(event)
        with self._clock.hold():
            await asyncio.to_thread(self.teller.listeners.close, FAREWELL)

    def health(self, state: SchedulerState) -> HealthReport:
        """Return how everything does."""
        silos = tuple(lane.health() for lane in self.lanes.values())
        problems = [f"silo {one.alias}: {one.error}" for one in silos if not one.ok]
        problems += [f"history: {lane.ledger.error}" for lane in self.lanes.values() if lane.ledger.error]
        problems += [f"listener of {name} is slow" for name in self.teller.listeners.slow()]
        executors = tuple(ExecutorHealth(seat.alias, seat.kind, seat.room()) for seat in self.pool)
        return HealthReport(
            not problems,
            state,
            self.shop.node,
            tuple(problems),
            silos,
            executors,
            self.teller.listeners.dropped,
        )
