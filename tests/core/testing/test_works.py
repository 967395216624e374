"""The bench for works: what it hands a work, and what it makes of a run."""

from __future__ import annotations

import asyncio
import threading

import attrs

from clockhand.contracts import Result, RunContext, Work
from clockhand.executors import ThreadOptions
from clockhand.executors.thread import ThreadExecutor
from clockhand.testing.works import DUE, WorkBench, run_work


@attrs.frozen
class _Tells(Work):
    """Says all it knows."""

    async def func(self, context: RunContext):
        context.progress(1, 2, "half")
        context.record(rows=3, result="replaced by what is returned")
        context.logger.info("told")
        return [context.job, context.occurrence, context.attempt, context.token, context.node, context.shared]


@attrs.frozen
class _Waits(Work):
    """Waits in a thread until it is told to end."""

    ended: threading.Event = attrs.field(factory=threading.Event, eq=False)

    def func(self, context: RunContext):
        context.record(begun=True)
        self.ended.wait(10)


def test_context_and_record():
    """What the work recorded and what it returned are in the outcome's output."""

    async def main():
        async with WorkBench(shared="ours") as bench:
            running = bench.start(_Tells(), attempt=2)
            return await running.outcome(), running.context

    outcome, context = asyncio.run(main())
    assert outcome.output == {
        "rows": 3,
        "result": ["bench", "bench@2026-03-01T09:00:00Z", 2, 1, "bench", "ours"],
    }
    assert context.due == DUE
    assert context.progressed == [(1, 2, "half")]


def test_tokens_grow():
    """Each run of a bench has a larger one."""

    async def main():
        async with WorkBench() as bench:
            return [bench.start(_Tells()).context.token for _ in range(3)]

    assert asyncio.run(main()) == [1, 2, 3]


def test_timeout_of_a_thread():
    """It can't be stopped, so it has timed out at once and goes on."""
    work = _Waits()
    outcome = asyncio.run(run_work(work, executor="thread", timeout=0.05))
    work.ended.set()
    assert outcome.result is Result.TIMED_OUT
    assert outcome.output == {"begun": True}


def test_executor_of_ones_own():
    """Any Executor will do in place of a name."""
    assert ThreadOptions().threads == 20
    outcome = asyncio.run(run_work(_Tells(), executor=ThreadExecutor(1)))
    assert outcome.result is Result.SUCCEEDED
