"""
Runs one Work in a real executor, outside of any scheduler, and hands back its Outcome.

    outcome = asyncio.run(run_work(Blink(times=3)))
    assert outcome.result == Result.SUCCEEDED

`WorkBench` is for tests that look at a run, or end it, while it is under way.

In the executor `process` a child makes the work again, so its kind must be offered: by a plugin that
is installed, or by one of *plugins*.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from clockhand._clock import Clock, SystemClock
from clockhand._model.job import Job
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key
from clockhand._model.protocols import NO_FACTS, Facts, Timer, Work
from clockhand._model.run import Outcome
from clockhand._model.stored import StoredJob
from clockhand._model.words import Result
from clockhand.contracts.batches import Claim, ClaimReason
from clockhand.contracts.context import ExecutorContext
from clockhand.errors import PluginError
from clockhand.executors import KINDS
from clockhand.works import Functions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Self

    from clockhand.contracts.context import Kinds
    from clockhand.contracts.executor import Executor

DUE: Final = datetime(2026, 3, 1, 9, tzinfo=UTC)
"""When each run of a bench is due."""
ALIAS: Final = "bench"
"""The alias of a bench's job."""
KILL_AFTER: Final = 5.0
"""Seconds between two steps of the ladder for a run that outstays its timeout."""


@attrs.frozen
class _Once(Timer):
    """Due at DUE: a job must have a timer."""

    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        return DUE if moment < DUE else None

    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        return DUE if since <= DUE <= moment else None

    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int | None:
        return int(first <= DUE <= last)


class BenchContext:
    """A RunContext that keeps what the work says of its run: `recorded`, `progressed`, `printed`."""

    def __init__(self, claim: Claim, shared: Any = None) -> None:
        self.job = claim.job.alias
        self.due = claim.occurrence.due
        self.occurrence = claim.occurrence.key
        self.attempt = claim.occurrence.attempt
        self.token = claim.occurrence.token
        self.node = "bench"
        self.logger: logging.Logger = logging.getLogger("clockhand.bench")
        self.shared = shared
        self.clock: Clock = SystemClock()
        self.cancelled = False
        self.recorded: dict[str, Any] = {}
        self.progressed: list[tuple[float, float | None, str]] = []
        self.watched = claim.occurrence.watched
        self.printed: list[tuple[str, str]] = []

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        """Keep how far the run is."""
        self.progressed.append((done, total, note))

    def output(self, text: str, stream: Literal["stdout", "stderr"] = "stdout") -> None:
        """Keep what it shows to whoever watches."""
        self.printed.append((stream, text))

    def hold(self) -> AbstractContextManager[None]:
        """Hold the clock."""
        return self.clock.hold()

    def record(self, **fields: Any) -> None:
        """Keep *fields*."""
        self.recorded.update(fields)


class BenchRun:
    """One run under way: await `outcome()`, or `cancel()` it."""

    def __init__(self, executor: Executor, claim: Claim, context: BenchContext) -> None:
        self.context = context
        self.claim = claim
        self._executor = executor
        self._task = asyncio.create_task(executor.execute(claim, context))

    async def outcome(self, timeout: float | None = None) -> Outcome:
        """
        Return how the run ends, with what it recorded.

        After *timeout* seconds it is asked to end, made to and killed, as a scheduler does, and has
        timed out. A run that can't be stopped (a thread) has timed out at once, and goes on.
        """
        await asyncio.wait({self._task}, timeout=timeout)
        if self._task.done():
            return self._recorded(self._task.result())
        for force in (False, True, True):
            if not self.cancel(force=force):
                break
            await asyncio.wait({self._task}, timeout=KILL_AFTER)
            if self._task.done():
                return self._recorded(attrs.evolve(self._task.result(), result=Result.TIMED_OUT))
        self._task.cancel()
        await asyncio.wait({self._task})
        return self._recorded(Outcome(Result.TIMED_OUT))

    def cancel(self, *, force: bool = False) -> bool:
        """Ask the run to end; returns whether it will."""
        self.context.cancelled = True
        return self._executor.cancel(self.claim, force=force)

    def _recorded(self, outcome: Outcome) -> Outcome:
        if not self.context.recorded:
            return outcome
        return attrs.evolve(outcome, output={**self.context.recorded, **(outcome.output or {})})


class WorkBench:
    """
    An executor with nothing around it: `async with WorkBench("thread") as bench: bench.start(work)`.

    *shared* is what `context.shared` gives, but for an executor whose runs are in other processes:
    there the kind's own `share` is opened. *plugins* offer kinds to that one which nobody has installed.
    """

    def __init__(
        self, executor: str | Executor = "async", *, shared: Any = None, plugins: Iterable[object] = ()
    ) -> None:
        self.executor = _opened(executor) if isinstance(executor, str) else executor
        self.shared = shared
        self._plugins = tuple(plugins)
        self._tokens = itertools.count(1)

    async def __aenter__(self) -> Self:
        functions = Functions()
        kinds = _kinds(self._plugins, functions) if self.executor.apart else None
        await self.executor.startup(ExecutorContext(alias="bench", kinds=kinds, functions=functions))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.executor.teardown()

    def start(self, work: Work, *, attempt: int = 1, watched: bool = False) -> BenchRun:
        """Begin a run of *work*, each with a token larger than the one before."""
        claim = claim_of(work, token=next(self._tokens), attempt=attempt, watched=watched)
        return BenchRun(self.executor, claim, BenchContext(claim, self.shared))


async def run_work(
    work: Work,
    *,
    executor: str | Executor = "async",
    shared: Any = None,
    timeout: float | None = None,
    plugins: Iterable[object] = (),
) -> Outcome:
    """
    Run *work* once in an executor and return its Outcome, with what it recorded in the output.

    *shared* is what `context.shared` gives: what the kind's `share` yields. *timeout* is in seconds.
    *plugins* are for the executor `process`, see `WorkBench`.
    """
    async with WorkBench(executor, shared=shared, plugins=plugins) as bench:
        return await bench.start(work).outcome(timeout)


def claim_of(work: Work, *, token: int = 1, attempt: int = 1, watched: bool = False) -> Claim:
    """Return a claim for one run of *work*, as a silo would hand it out."""
    job = Job(alias=ALIAS, work=work, triggers=(_Once(),))
    stored = StoredJob(job, 1, "code:bench", DUE - timedelta(days=1), None, DUE, open=1)
    occurrence = OpenOccurrence(
        key=due_key(ALIAS, DUE),
        job=ALIAS,
        due=DUE,
        state=OpenState.RUNNING,
        attempt=attempt,
        not_before=DUE,
        executor=job.wanted_executor,
        owner="bench",
        token=token,
        revision=1,
        watched=watched,
    )
    return Claim(stored, occurrence, ClaimReason.DUE)


def _opened(name: str) -> Executor:
    kind = next(kind for kind in KINDS if kind.name == name)
    if kind.make is None:  # pragma: no cover - an executor kind always has one
        raise TypeError(name)
    return kind.make(kind.options())


def _kinds(plugins: Iterable[object], functions: Functions) -> Kinds:
    """Return the kinds of core, of what is installed, and of *plugins*; PluginError for a bad one."""
    from clockhand._plugins.builtin import Builtin
    from clockhand._plugins.catalog import Catalog

    catalog = Catalog.load([("core", Builtin(functions))])
    for index, plugin in enumerate(plugins):
        before = len(catalog.broken)
        catalog.take(plugin, getattr(plugin, "__name__", f"plugin {index}"))
        for broken in catalog.broken[before:]:
            raise PluginError(f"bench: plugin {broken.name!r} can't be used: {broken.reason}")
    catalog.check()
    return catalog
