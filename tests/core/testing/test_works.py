"""The bench for works: what it hands a work, and what it makes of a run."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from contextlib import asynccontextmanager

import attrs
import pytest

from clockhand.contracts import Kind, Result, RunContext, Work
from clockhand.errors import PluginError, WorkFailed
from clockhand.executors import ThreadOptions
from clockhand.executors.thread import ThreadExecutor
from clockhand.hookspecs import hookimpl
from clockhand.testing import works
from clockhand.testing.works import DUE, WorkBench, run_work
from clockhand.works import call

EXECUTORS = ["async", "thread", pytest.param("process", marks=pytest.mark.system)]


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


# the contract of a work, wherever it runs


@attrs.frozen
class Chore(Work):
    """Goes through its phases, each of which may fail, and says where it is."""

    fails: str = ""
    seconds: float = 0.0

    async def startup(self, context: RunContext):
        """Say so."""
        self._note(context, "startup")

    async def func(self, context: RunContext):
        """Take its time, and return what it was handed."""
        self._note(context, "func")
        context.progress(1, 2, "half")
        await asyncio.sleep(self.seconds)
        return [context.job, context.occurrence, context.attempt, context.token, context.shared]

    async def teardown(self, context: RunContext):
        """Say so."""
        self._note(context, "teardown")

    def _note(self, context, phase):
        context.record(**{phase: True})
        if phase == self.fails:
            raise WorkFailed(f"chore:{phase}", "as it was told")


@attrs.frozen
class Stubborn(Work):
    """Ignores whatever it is asked."""

    def func(self, context: RunContext):
        """Sleep, whatever comes."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        context.record(pid=os.getpid())
        while True:
            time.sleep(600)


@asynccontextmanager
async def battery():
    """What a chore finds as shared."""
    yield "ours"


class Chores:
    """The plugin that offers them."""

    @hookimpl
    def clockhand_works(self):
        """Return them."""
        return [Kind("chore", "", options=Chore, share=battery), Kind("stubborn", "", options=Stubborn)]


def _run(work, executor, **options):
    return asyncio.run(run_work(work, executor=executor, shared="ours", plugins=[Chores()], **options))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_phases_of_a_work_that_succeeds(executor):
    """Each once, in order; what it returned, recorded and said is there, and what its kind shares."""

    async def main():
        async with WorkBench(executor, shared="ours", plugins=[Chores()]) as bench:
            running = bench.start(Chore(), attempt=2)
            return await running.outcome(60), running.context.progressed

    outcome, progressed = asyncio.run(main())
    assert outcome.result is Result.SUCCEEDED
    assert list(outcome.output.items()) == [
        ("startup", True),
        ("func", True),
        ("teardown", True),
        ("result", ["bench", "bench@2026-03-01T09:00:00Z", 2, 1, "ours"]),
    ]
    assert progressed == [(1, 2, "half")]


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize(
    ("fails", "phases"),
    [
        ("startup", ["startup", "teardown"]),
        ("func", ["startup", "func", "teardown"]),
        ("teardown", ["startup", "func", "teardown"]),
    ],
)
def test_phases_of_a_work_that_fails(executor, fails, phases):
    """Its code is kept, and teardown is run always."""
    outcome = _run(Chore(fails=fails), executor)
    assert (outcome.result, outcome.code) == (Result.FAILED, f"chore:{fails}")
    assert [phase for phase in outcome.output if phase != "teardown_error"] == phases


@pytest.mark.parametrize("executor", [EXECUTORS[0], EXECUTORS[2]])
def test_phases_of_a_work_that_is_cancelled(executor):
    """Teardown is run then too."""

    async def main():
        async with WorkBench(executor, shared="ours", plugins=[Chores()]) as bench:
            running = bench.start(Chore(seconds=600))
            while "func" not in (running.context.recorded or {}):  # noqa: ASYNC110 - another process says it
                await asyncio.sleep(0.01)
            return await running.outcome(0)

    outcome = asyncio.run(main())
    assert outcome.result is Result.TIMED_OUT
    assert set(outcome.output) >= {"startup", "func", "teardown"}


@pytest.mark.system
def test_timeout_of_a_process_that_ignores_it(monkeypatch):
    """It is asked, made to, and killed; the bench takes the next run."""
    monkeypatch.setattr(works, "KILL_AFTER", 0.3)

    async def main():
        async with WorkBench("process", plugins=[Chores()]) as bench:
            running = bench.start(Stubborn())
            while "pid" not in running.context.recorded:  # noqa: ASYNC110 - another process says it
                await asyncio.sleep(0.01)
            outcome = await running.outcome(0)
            return outcome, await bench.start(Chore()).outcome(60)

    outcome, after = asyncio.run(main())
    assert (outcome.result, outcome.output["signal"]) == (Result.TIMED_OUT, "KILL")
    assert after.result is Result.SUCCEEDED
    with pytest.raises(ProcessLookupError):
        os.kill(outcome.output["pid"], 0)


def test_timeout_of_a_task_that_ignores_it(monkeypatch):
    """A run that swallows every cancellation is given up by the bench."""
    monkeypatch.setattr(works, "KILL_AFTER", 0.05)

    async def swallows():
        for _ in range(3):
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                continue

    outcome = asyncio.run(run_work(call(swallows), timeout=0.05))
    assert outcome.result is Result.TIMED_OUT


@pytest.mark.system
def test_function_in_a_process():
    """A function at the top of a module needs no plugin."""
    outcome = asyncio.run(run_work(call(os.getpid), executor="process"))
    assert outcome.output["result"] != os.getpid()


@pytest.mark.system
def test_kind_that_nobody_offers():
    """The reason says so."""
    outcome = asyncio.run(run_work(Chore(), executor="process"))
    assert (outcome.code, outcome.reason) == ("unresolved", "work 'Chore': no plugin here offers it")


def test_plugin_of_a_bench_that_is_broken():
    """It is named, with what is wrong with it; and so is one that offers what another offers as well."""

    class Broken:
        @hookimpl
        def clockhand_works(self):
            raise OSError("no")

    with pytest.raises(PluginError, match=r"^bench: plugin 'plugin 0' can't be used: .*OSError: no"):
        asyncio.run(run_work(Chore(), executor="process", plugins=[Broken()]))
    with pytest.raises(PluginError, match="'chore' is offered by both plugin 0 and plugin 1"):
        asyncio.run(run_work(Chore(), executor="process", plugins=[Chores(), Chores()]))
