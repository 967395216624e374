"""A started scheduler: its executors, its lanes and their tasks, from start to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, TypeVar

from clockhand._clock import Clock
from clockhand._engine.admission import Gatekeeper
from clockhand._engine.books import FAREWELL, Books
from clockhand._engine.declarations import Declarations
from clockhand._engine.declaring import Declaring
from clockhand._engine.desk import Desk, OpenSilo
from clockhand._engine.gates import Gates
from clockhand._engine.heap import Heap
from clockhand._engine.lane import Lane
from clockhand._engine.listeners import Listener, Listeners
from clockhand._engine.loopwatch import LoopWatch
from clockhand._engine.pool import Pool
from clockhand._engine.report import behind, health_of, report_of, report_of_attached
from clockhand._engine.shares import Shares
from clockhand._engine.shop import Shop
from clockhand._engine.stores import Stores
from clockhand._engine.teller import Teller
from clockhand._model.entry import Entry, What
from clockhand._model.event import Event
from clockhand._model.settings import Settings
from clockhand._model.state import SchedulerState
from clockhand._plugins.catalog import Catalog
from clockhand.contracts.context import ExecutorContext
from clockhand.contracts.executor import Executor
from clockhand.contracts.msgs import CancelRun, CancelRuns, ExecutorHealth, HealthReport, Msg, SiloHealth
from clockhand.errors import ConfigError, StoreMissing, UnknownName, Vetoed, did_you_mean
from clockhand.works import Functions

R = TypeVar("R")


class Service:
    """Everything that is open while a scheduler runs. Made on the loop that it runs on."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        functions: Functions,
        declarations: Declarations,
        clock: Clock,
        logger: logging.Logger,
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
        self.books = Books(
            settings,
            catalog,
            codec,
            stores=self.stores,
            teller=self.teller,
            clock=clock,
            logger=logger,
            changed=self.changed,
        )
        self.lanes: dict[str, Lane] = {}
        self.watch = LoopWatch(logger)
        self._heap = Heap()
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
            gates=Gates(catalog.gates("clockhand_may_run"), clock),
            loopwatch=self.watch,
        )
        gatekeeper = Gatekeeper(
            codec,
            functions,
            self._executor_kinds,
            self.works,
            settings.timezone,
            settings.defaults,
            clock.now,
        )
        self._gates = Gates(catalog.gates("clockhand_may_act"), clock)
        self.desk = Desk(
            self.stores.silos,
            gatekeeper,
            clock.now,
            self.changed,
            timing.patience.total_seconds(),
            codec,
            declared=declarations.declares,
            missing=self.stores.missing,
        )
        self.declaring = Declaring(settings, declarations, gatekeeper, self.desk, self.stores, self.shop)

    # the start

    async def open(self) -> None:
        """Open stores and executors, declare the jobs, enlist with every silo; nothing runs yet."""
        self.books.check()
        await self.open_stores()
        await self.open_executors()
        self._heap.freeze(await self.declaring.declare())
        for opened in self.stores.silos.values():
            await self.add_lane(opened)

    async def open_stores(self, *, attached: bool = False, create: bool = True) -> None:
        """
        Open the silos, and the history, only to be read by who is *attached*.

        A silo that isn't there is made if *create*; else it is left out, and whoever asks for it is told.
        """
        settings = self._settings
        for module in settings.modules:
            self._functions.allow_module(module)
        for alias, chosen in settings.silos_or_default().items():
            try:
                await self.stores.add_silo(alias, chosen.kind, chosen.table, create=create)
            except StoreMissing as error:
                if create:
                    raise
                self.stores.missing[alias] = error
        history = settings.history_or_default(frozenset(self._catalog.kinds("histories")))
        await self.stores.open_history(history.kind, history.table, read_only=attached)

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

    async def admit(self, msg: Msg[Any]) -> None:
        """Ask the gates whether *msg* may be done; Vetoed, and an entry on record, if it may not."""
        if not self._gates:
            return
        (veto,) = await self._gates.vetoes([msg])
        if not veto:
            return
        name = type(msg).__name__
        entry = Entry(self._clock.now(), What.MSG_VETOED, getattr(msg, "alias", ""), reason=f"{name}: {veto}")
        silos = self.stores.silos
        alias = getattr(msg, "silo", None)
        opened = silos.get(alias) if alias is not None else next(iter(silos.values()), None)
        if opened is not None:
            async with asyncio.timeout(self._timing.patience.total_seconds()):
                await opened.silo.settle([], self._clock.now(), [entry])
            self.changed(opened.alias, [])
        raise Vetoed(f"{name}: {veto}")

    async def act(self, msg: Msg[R]) -> R:
        """Do what a Msg about jobs asks; a run to be cancelled hears of it now, not at the next beat."""
        reply = await self.desk.act(msg)
        if isinstance(msg, CancelRun | CancelRuns):
            for lane in self.lanes.values():
                lane.lease.waker.wake()
        return reply

    def changed(self, silo: str, entries: Sequence[Entry]) -> None:
        """Tell of *entries* that a request left in *silo*, and wake its lane."""
        self.teller.entries(entries, silo)
        lane = self.lanes.get(silo)
        if lane is not None:
            lane.suspect(entry.job for entry in entries if entry.what is What.JOB_REMOVED)
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
            await executor.startup(
                ExecutorContext(
                    alias=alias,
                    clock=self._clock,
                    logger=self._logger,
                    kinds=self._catalog,
                    functions=self._functions,
                )
            )
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
        lane = Lane(opened.alias, opened.kind.name, opened.silo, self.shop, self.books.ledger(opened))
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
        self.books.start(soon=not turns)

    async def add_silo(self, alias: str, kind: str, table: Mapping[str, Any]) -> None:
        """Open a silo and begin to run its jobs."""
        self.run_lane(await self.add_lane(await self.stores.add_silo(alias, kind, table)))

    async def remove_silo(self, alias: str, deadline: timedelta, hurry: asyncio.Event) -> None:
        """Let a silo's runs end, and close it."""
        if alias not in self.lanes:
            raise UnknownName(f"silo: unknown silo {alias!r}{did_you_mean(alias, self.lanes)}")
        await self._end_lane(self.lanes[alias], deadline, hurry)
        await self.stores.remove_silo(alias)

    async def _end_lane(self, lane: Lane, deadline: timedelta, hurry: asyncio.Event) -> None:
        time = asyncio.get_running_loop().time
        until = time() + deadline.total_seconds()
        tasks = self._tasks.pop(lane.alias, [])
        while not lane.closing:
            await lane.drain(max(0.0, until - time()), hurry)
            async with lane.turning:
                # The last turn may have begun runs after the drain had found none.
                lane.closing = not lane.hand.running()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        del self.lanes[lane.alias]
        try:
            await lane.leave()
        except Exception as error:  # noqa: BLE001 - a silo that fails at the end can't hinder the stop
            self._logger.warning("silo %s: at the end: %s: %s", lane.alias, type(error).__name__, error)
        for key in lane.hand.left():
            self._logger.warning("%s could not be stopped and goes on until this process ends", key)
        lane.close()
        await lane.ledger.finish(FAREWELL)

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
        await self.books.close()
        await asyncio.gather(*(self._end_lane(lane, deadline, hurry) for lane in list(self.lanes.values())))
        self.watch.close()
        self._heap.thaw()
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

    async def report(self, state: SchedulerState) -> HealthReport:
        """Return how everything does, the silos asked how much waits."""
        if state is SchedulerState.UNINITIALIZED:  # it is only attached
            now, stores = self._clock.now(), self.stores
            seen = [await report_of_attached(one, stores.history, now) for one in stores.silos.values()]
            return self.health(state, tuple(seen))
        return self.health(state, tuple([await report_of(lane, self._clock) for lane in self.lanes.values()]))

    def health(self, state: SchedulerState, silos: tuple[SiloHealth, ...] | None = None) -> HealthReport:
        """Return how everything does, without asking anybody; may be called from any thread."""
        lanes = list(self.lanes.values())
        if silos is None:
            silos = tuple(health_of(lane, self._clock) for lane in lanes)
        problems = [f"silo {one.alias}: {one.error}" for one in silos if not one.ok]
        problems += [f"history: {lane.ledger.error}" for lane in lanes if lane.ledger.error]
        problems += [*behind(silos, self._clock.now()), *self.books.problems()]
        problems += [
            f"executor {seat.alias}: {stuck}"
            for seat in self.pool
            if (stuck := seat.stuck()) and not any(lane.hand.runs_in(seat) for lane in lanes)
        ]
        slow = self.teller.listeners.slow()
        problems += [f"listener of {name} is slow" for name in slow]
        hanging = tuple(sorted({*self.shop.gates.hanging(), *self._gates.hanging()}))
        problems += [f"gate of {name} gives no answer; what it is asked is vetoed" for name in hanging]
        blocked = self.watch.blocked_by()
        if blocked:
            problems.append(f"the event loop is kept busy by {blocked}")
        executors = tuple(ExecutorHealth(seat.alias, seat.kind, seat.room()) for seat in self.pool)
        return HealthReport(
            not problems,
            state,
            self.shop.node,
            tuple(problems),
            silos,
            executors,
            self.teller.listeners.dropped,
            slow,
            self.watch.lag(),
            blocked,
            hanging,
        )
