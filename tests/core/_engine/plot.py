"""The plot of a story: a scheduler on virtual time, its store and its stage; and what must hold of them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from accounts import gaps
from lives import Life
from stage import STAGES, Stage, perform
from storeroom import Plugin, Store, raises

from clockhand import Job, Scheduler, call, use
from clockhand.contracts import Entry, OpenOccurrence, OpenState, StoredJob, What
from clockhand.errors import DefinitionError, JobNotFound, JobRefused, StoreError
from clockhand.msgs import HealthReport
from clockhand.testing.clock import VirtualClock
from clockhand.testing.loop import VirtualLoop

T = TypeVar("T")

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT: Final = 3
"""How many runs the executor has room for."""
WELL: Final = 60
"""Seconds within which all is well again after any fault, and nothing is overdue."""
RETENTION: Final = 310
"""Seconds within which what is kept is looked after again."""
PATIENCE: Final = timedelta(seconds=30)
"""For how long something may wait for its turn while runs end within a second."""


class Plot:
    """What a story is about. `lives` are the jobs there are, `fired` the runs that were asked for by hand."""

    kind = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="clockhand-"))
        self.clock = VirtualClock(START)
        self.loop = VirtualLoop(self.clock)
        self.store = Store(self.kind, self.folder, self.clock)
        self.stage = Stage()
        STAGES.append(self.stage)
        self.lives: dict[str, Life] = {}
        self.fired: set[str] = set()
        self.plugin: Plugin = self.store.plugin()
        self.scheduler: Scheduler = self.made()

    def made(self) -> Scheduler:
        """Return a new scheduler on the store, and forget the one before."""
        self.plugin = self.store.plugin()
        executors = {"async": use("async", limit=LIMIT)}
        # The module of the works is named: what is found after a restart runs before anything is added.
        self.scheduler = self.store.scheduler(self.plugin, executors=executors, modules=[perform.__module__])
        return self.scheduler

    def do(self, doing: Coroutine[Any, Any, T]) -> T:
        """Let the loop run until that is done."""
        return self.loop.run_until_complete(doing)

    def ask(self, asking: Awaitable[object]) -> object:
        """Ask the scheduler; a refusal, or a store that fails, is part of the story."""

        async def asked() -> object:
            try:
                return await asking
            except (StoreError, TimeoutError, JobNotFound, JobRefused):
                return None

        return self.do(asked())

    async def row(self, alias: str) -> StoredJob | None:
        """Return a job as the store has it."""
        rows = await self.plugin.silo.inner.get_jobs([alias])
        return rows[0] if rows else None

    async def opened(self) -> list[OpenOccurrence]:
        """Return what is open."""
        return await self.plugin.silo.inner.list_open()

    @contextlib.asynccontextmanager
    async def at_rest(self):
        """Let no turn of the loop over the silo be half done meanwhile."""
        async with self.scheduler._service.lanes["default"].turning:
            yield

    def job(self, alias: str, timer: Any, fields: dict[str, Any]) -> Job | None:
        """Return a job; None for policies that contradict each other."""
        try:
            return Job(alias=alias, work=call(perform), triggers=timer, **fields)
        except DefinitionError:
            return None

    async def define(self, alias: str, defining: Callable[[], Awaitable[object]]) -> None:
        """Ask for a definition, and follow what the store made of it, whatever became of the answer."""
        async with self.at_rest():
            before, now = await self.row(alias), self.clock.now()
            with contextlib.suppress(StoreError, TimeoutError, JobNotFound, JobRefused):
                await defining()
            after = await self.row(alias)
        if after is None:
            assert before is None, f"{alias} is lost"
        elif before is None:
            self.lives[alias] = Life(after, now)
        elif after.revision != before.revision:
            self.lives[alias].redefine(before, after, now)

    def heal(self) -> None:
        """Let the stores be well again."""
        self.plugin.silo_door.heal()
        self.plugin.history_door.heal()

    # what processes do

    async def stop(self, deadline: float) -> None:
        """Stop the scheduler, and let the runs that could not be stopped end with their process."""
        await self.scheduler.teardown(timedelta(seconds=deadline))
        for one in list(self.stage.here):
            one.finish()
        while self.stage.here:  # noqa: ASYNC110 - they leave within a few rounds of the loop
            await asyncio.sleep(0)

    async def vanish(self) -> None:
        """Let the process be gone in the middle of it all."""
        self.plugin.silo_door.before = self.plugin.history_door.before = raises
        service = self.scheduler._service
        for one in self.stage.here:
            one.finish()
        for lane in service.lanes.values():
            lane.hand.left()
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        service.watch.close()
        for seat in service.pool:
            await seat.executor.teardown()
        await self.plugin.history.inner.teardown()
        await self.plugin.silo.inner.teardown()

    # what must hold

    async def check(self) -> None:
        """Do the sums: each due time has one verdict or is open, each run one result; no limit is passed."""
        async with self.at_rest():
            rows = {alias: await self.row(alias) for alias in self.lives}
            opened, now = await self.opened(), self.clock.now()
            entries = await self.store.ledger()
        assert None not in rows.values(), "no job is lost"
        assert not gaps(entries)
        self._check_runs(entries, opened)
        for alias, life in self.lives.items():
            mine = [one for one in opened if one.job == alias]
            assert rows[alias].open == len(mine)
            since = _since_added(entries, alias)
            life.check(rows[alias], mine, since, now)
            ended = Counter((one.occurrence, one.run.attempt) for one in since if one.what is What.RUN_ENDED)
            assert all(count == 1 for count in ended.values()), f"{ended}: one result of each attempt"
            if None not in life.limits:
                assert self.stage.crowd[alias] <= max(life.limits), f"{alias}: {self.stage.crowd} at once"
        assert self.stage.largest <= LIMIT
        for executor in (await self.scheduler.health()).executors:
            assert executor.room >= 0

    def _check_runs(self, entries: list[Entry], opened: list[OpenOccurrence]) -> None:
        twice = {run: count for run, count in self.stage.begun.items() if count > 1}
        assert not twice, f"begun twice: {twice}"
        verdicts = Counter(entry.occurrence for entry in entries if entry.verdict is not None)
        open_keys = {one.key for one in opened}
        for key in self.fired:
            assert verdicts[key] + (key in open_keys) == 1, f"{key}: {verdicts[key]} verdicts, {open_keys}"

    def end(self) -> None:
        """Let everything end well: nothing overdue, nothing stuck, no room and no task lost."""
        try:
            self.heal()
            self.do(self._end())
            left = asyncio.all_tasks(self.loop)
            assert not left, f"left behind: {left}"
        finally:
            STAGES.remove(self.stage)
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.do(asyncio.sleep(0))
            self.loop.close()
            shutil.rmtree(self.folder)

    async def _end(self) -> None:
        await self.scheduler.resume()
        for alias in self.lives:
            with contextlib.suppress(JobNotFound, JobRefused):
                await self.scheduler.resume_job(alias)
        await self._let_pass(WELL)
        report = await self.scheduler.health()
        if not report.ok and all(problem.startswith("retention of ") for problem in report.problems):
            await self._let_pass(RETENTION)
            report = await self.scheduler.health()
        assert report.ok, report.problems
        await self.check()
        await self._check_progress()
        await self.scheduler.pause()
        await self._let_pass(5)
        self._check_idle(await self.scheduler.health(), await self.opened())
        await self.scheduler.teardown(timedelta())

    async def _let_pass(self, seconds: int) -> None:
        """Let time pass, and every run succeed."""
        for _ in range(seconds):
            for one in list(self.stage.here):
                one.finish()
            await asyncio.sleep(1)

    async def _check_progress(self) -> None:
        """Nothing is overdue, and nothing waits for long while its job runs nothing and there is room."""
        async with self.at_rest():
            rows = [await self.row(alias) for alias in self.lives]
            opened, before = await self.opened(), self.clock.now() - PATIENCE
        busy = {one.job for one in opened if one.state is OpenState.RUNNING}
        for row in rows:
            if row.paused or row.quarantined:
                continue
            assert row.cursor is None or row.cursor > before, f"{row.alias}: overdue {row.cursor}"
            waits = [one.key for one in opened if one.job == row.alias and one.not_before < before]
            if row.alias not in busy and len(self.stage.here) < LIMIT:
                assert not waits, f"{row.alias}: for ever in line: {waits}"

    def _check_idle(self, report: HealthReport, opened: list[OpenOccurrence]) -> None:
        """With nobody on the stage nothing is said to be running here, and all of the room is free."""
        assert not self.stage.here
        me = self.scheduler._service.lanes["default"].lease.owner
        running = [one.key for one in opened if one.state is OpenState.RUNNING and one.owner == me]
        assert not running, f"nobody runs {running}"
        (room,) = [executor.room for executor in report.executors if executor.alias == "async"]
        assert room == LIMIT, f"room for {room} of {LIMIT}"


def _since_added(entries: list[Entry], alias: str) -> list[Entry]:
    """Return what is on record of a job since it was last added."""
    mine = [entry for entry in entries if entry.job == alias]
    added = max(place for place, entry in enumerate(mine) if entry.what is What.JOB_ADDED)
    return mine[added:]
