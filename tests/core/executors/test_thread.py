"""The executor `thread`: slots, strays, and what a work may do to its thread."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import sys
import threading
import time

import attrs
import pytest

from clockhand.contracts import ExecutorContext, Outcome, Result, SystemClock, Work
from clockhand.executors.thread import ThreadExecutor
from clockhand.testing.works import BenchContext, WorkBench, claim_of, run_work


@attrs.frozen
class _Does(Work):
    """A work that does what a test says, and notes its phases and threads."""

    body: object
    phases: list = attrs.field(factory=list)

    def startup(self, context):
        self.phases.append(("startup", threading.current_thread().name))

    def func(self, context):
        self.phases.append(("func", threading.current_thread().name))
        return self.body(context)

    def teardown(self, context):
        self.phases.append(("teardown", threading.current_thread().name))


def _run(body) -> Outcome:
    return asyncio.run(run_work(_Does(body), executor="thread"))


def _raises(error):
    def body(context):
        raise error

    return body


class _Gate:
    """A work's body that waits until the test opens it."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, context):
        self.reached.set()
        assert self.opened.wait(10)
        return "through"


async def _reached(gate):
    await asyncio.to_thread(gate.reached.wait, 10)


def test_result_and_phases_in_one_thread():
    """The three phases run once each, in one thread that isn't the loop's."""
    work = _Does(lambda context: [context.job])
    outcome = asyncio.run(run_work(work, executor="thread"))
    assert outcome == Outcome(Result.SUCCEEDED, output={"result": ["bench"]})
    assert work.phases == [(phase, "clockhand-bench-1") for phase in ("startup", "func", "teardown")]


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(2), KeyboardInterrupt(), GeneratorExit()])
def test_whatever_is_raised_is_the_runs_failure(error):
    """SystemExit too; the thread serves the next run."""

    async def main():
        async with WorkBench(ThreadExecutor(1)) as bench:
            first = await bench.start(_Does(_raises(error))).outcome()
            second = await bench.start(_Does(lambda _: "next")).outcome()
            return first, second

    first, second = asyncio.run(main())
    assert (first.result, first.code) == (Result.FAILED, f"exc:{type(error).__name__}")
    assert second.output == {"result": "next"}


def test_threads_are_started_when_needed():
    """One run after another needs one thread; twenty at once need as many as are allowed."""

    async def main():
        before = threading.active_count()
        async with WorkBench(ThreadExecutor(3)) as bench:
            for _ in range(5):
                await bench.start(_Does(lambda _: None)).outcome()
            one = threading.active_count() - before
            runs = [bench.start(_Does(lambda _: time.sleep(0.02))) for _ in range(20)]
            await asyncio.sleep(0)
            room = bench.executor.room()
            outcomes = [await each.outcome() for each in runs]
            many = threading.active_count() - before
        return one, many, room, {each.result for each in outcomes}, threading.active_count() - before

    assert asyncio.run(main()) == (1, 3, 0, {Result.SUCCEEDED}, 0)


def test_threads_are_daemons():
    """A hung work doesn't keep the process alive."""
    assert _run(lambda _: threading.current_thread().daemon).output == {"result": True}


def test_running_thread_cannot_be_cancelled():
    """cancel() says so at once."""

    async def main():
        gate = _Gate()
        async with WorkBench("thread") as bench:
            running = bench.start(_Does(gate))
            await _reached(gate)
            answers = running.cancel(), running.cancel(force=True)
            gate.opened.set()
            return answers, (await running.outcome()).result

    assert asyncio.run(main()) == ((False, False), Result.SUCCEEDED)


def test_queued_run_can_be_cancelled():
    """A run that no thread has taken yet is withdrawn, never begun, and frees its slot."""

    async def main():
        gate, second = _Gate(), _Does(lambda _: None)
        async with WorkBench(ThreadExecutor(1)) as bench:
            first = bench.start(_Does(gate))
            await _reached(gate)
            waiting = bench.start(second)
            await asyncio.sleep(0)
            assert waiting.cancel()
            outcome = await waiting.outcome()
            gate.opened.set()
            await first.outcome()
            return outcome.result, second.phases, bench.executor.room()

    assert asyncio.run(main()) == (Result.CANCELLED, [], 1)


def test_queued_run_whose_caller_gave_up():
    """When the waiting task is cancelled before a thread took the run, it is never begun."""

    async def main():
        gate, second = _Gate(), _Does(lambda _: None)
        async with WorkBench(ThreadExecutor(1)) as bench:
            first = bench.start(_Does(gate))
            await _reached(gate)
            claim = claim_of(second, token=50)
            task = asyncio.create_task(bench.executor.execute(claim, BenchContext(claim)))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            gate.opened.set()
            await first.outcome()
            return second.phases, bench.executor.room()

    assert asyncio.run(main()) == ([], 1)


def test_stray_holds_its_slot_until_it_ends():
    """A run whose caller gave up goes on, holds its slot, and its end frees it."""

    async def main():
        gate = _Gate()
        async with WorkBench(ThreadExecutor(1)) as bench:
            outcome = await bench.start(_Does(gate)).outcome(timeout=0.02)
            held = bench.executor.room()
            gate.opened.set()
            async with asyncio.timeout(10):
                while not bench.executor.room():  # noqa: ASYNC110 - no event tells of a free slot
                    await asyncio.sleep(0.001)
            return outcome.result, held

    assert asyncio.run(main()) == (Result.TIMED_OUT, 0)


def test_teardown_names_strays_and_does_not_wait(caplog):
    """What can't be stopped is named; its end, after the loop is closed, is quiet."""
    gate, trouble = _Gate(), []

    async def main():
        async with WorkBench("thread") as bench:
            await bench.start(_Does(gate)).outcome(timeout=0.02)

    previous, threading.excepthook = threading.excepthook, trouble.append
    try:
        with caplog.at_level(logging.WARNING):
            asyncio.run(main())
        assert (
            "executor 'bench': job 'bench', occurrence bench@2026-03-01T09:00:00Z still runs in "
            "thread 'clockhand-bench-1' and can't be stopped"
        ) in caplog.text
        stray = next(thread for thread in threading.enumerate() if thread.name == "clockhand-bench-1")
        gate.opened.set()
        stray.join(10)
        assert not stray.is_alive()
    finally:
        threading.excepthook = previous
    assert trouble == []


def test_teardown_withdraws_what_waits():
    """A run that is still queued at teardown ends as cancelled."""

    async def main():
        gate = _Gate()
        async with WorkBench(ThreadExecutor(1)) as bench:
            first = bench.start(_Does(gate))
            await _reached(gate)
            second = bench.start(_Does(lambda _: None))
            await asyncio.sleep(0)
            await bench.executor.teardown()
            closed = await bench.start(_Does(lambda _: None)).outcome()
            gate.opened.set()
            return await first.outcome(), await second.outcome(), closed, bench.executor.room()

    first, second, closed, room = asyncio.run(main())
    assert first.result is Result.SUCCEEDED
    assert (second.result, second.reason) == (
        Result.CANCELLED,
        "the executor was closed before the run began",
    )
    assert (closed.code, closed.reason) == ("executor:closed", "executor 'bench' isn't open")
    assert room == 0


def test_opened_again():
    """After teardown() a new startup() serves again, also beside a stray of the time before."""

    async def main():
        gate, executor = _Gate(), ThreadExecutor(2)
        async with WorkBench(executor) as bench:
            await bench.start(_Does(gate)).outcome(timeout=0.02)
        async with WorkBench(executor) as bench:
            room = executor.room()
            outcome = await bench.start(_Does(lambda _: "again")).outcome()
            gate.opened.set()
            return room, outcome.output

    assert asyncio.run(main()) == (1, {"result": "again"})


def test_awaitables_run_on_a_private_loop():
    """An async def is driven to its end in the thread, its phases on one loop."""
    loops = []

    @attrs.frozen
    class Async(Work):
        async def startup(self, context):
            loops.append(asyncio.get_running_loop())

        async def func(self, context):
            loops.append(asyncio.get_running_loop())
            await asyncio.sleep(0)
            return threading.current_thread().name

        async def teardown(self, context):
            loops.append(asyncio.get_running_loop())

    async def main():
        return await run_work(Async(), executor="thread"), asyncio.get_running_loop()

    outcome, ours = asyncio.run(main())
    assert outcome.output == {"result": "clockhand-bench-1"}
    assert len(set(loops)) == 1
    assert loops[0] is not ours
    assert loops[0].is_closed()


def test_exit_in_a_task_on_the_private_loop():
    """Also there it is the run's failure."""

    async def _exits():
        sys.exit(4)

    async def body():
        await asyncio.gather(_exits(), asyncio.Event().wait())

    outcome = _run(lambda _: body())
    assert (outcome.code, outcome.reason) == ("exc:SystemExit", "4")


def test_task_left_behind_that_exits():
    """A task that exits when the private loop is closed fails a run that had succeeded."""
    kept = []

    async def leaves():
        try:
            await asyncio.Event().wait()
        finally:
            sys.exit("left behind")

    async def body():
        kept.append(asyncio.create_task(leaves()))
        await asyncio.sleep(0)

    assert _run(lambda _: body()).reason == "left behind"


def test_teardown_of_the_work_that_raises():
    """A run whose clean-up failed has failed."""

    @attrs.frozen
    class Untidy(Work):
        def func(self, context):
            return 1

        def teardown(self, context):
            raise OSError("stuck")

    assert asyncio.run(run_work(Untidy(), executor="thread")).code == "exc:OSError"


def test_context_variables_come_along():
    """A run sees the context variables of the task that called execute()."""
    colour: contextvars.ContextVar[str] = contextvars.ContextVar("colour")

    async def main():
        colour.set("green")
        return await run_work(_Does(lambda _: colour.get()), executor="thread")

    assert asyncio.run(main()).output == {"result": "green"}


class _Counting(SystemClock):
    """A clock that counts who holds it."""

    def __init__(self):
        self.holders = 0

    @contextlib.contextmanager
    def hold(self):
        self.holders += 1
        try:
            yield
        finally:
            self.holders -= 1


def test_clock_is_held_while_somebody_waits_for_a_thread():
    """Virtual time must not move while a run is outstanding."""

    async def main():
        clock, gate, executor = _Counting(), _Gate(), ThreadExecutor(2)
        await executor.startup(ExecutorContext(alias="t", clock=clock))
        claim = claim_of(_Does(gate))
        task = asyncio.create_task(executor.execute(claim, BenchContext(claim)))
        await _reached(gate)
        during = clock.holders
        gate.opened.set()
        await task
        await executor.teardown()
        return during, clock.holders

    assert asyncio.run(main()) == (1, 0)


def test_no_thread_to_be_had(monkeypatch):
    """When the system refuses a thread, the run fails; with at least one thread, it waits for that."""

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    async def main():
        async with WorkBench("thread") as bench:
            with monkeypatch.context() as patch:
                patch.setattr(threading.Thread, "start", refuse)
                none = await bench.start(_Does(lambda _: None)).outcome()
            await bench.start(_Does(lambda _: None)).outcome()
            with monkeypatch.context() as patch:
                patch.setattr(threading.Thread, "start", refuse)
                both = [bench.start(_Does(lambda _: None)) for _ in range(2)]
                return none, [(await each.outcome()).result for each in both]

    none, both = asyncio.run(main())
    assert (none.result, none.code) == (Result.FAILED, "executor:no-thread")
    assert both == [Result.SUCCEEDED] * 2


def test_many_runs_with_cancels_leave_no_slot_taken():
    """Five hundred runs, every third one cancelled somewhere on its way: all slots are free again."""

    async def main():
        async with WorkBench(ThreadExecutor(4)) as bench:
            runs = [bench.start(_Does(lambda _: None)) for _ in range(500)]
            for running in runs[::3]:
                await asyncio.sleep(0)
                running.cancel()
            results = {(await each.outcome()).result for each in runs}
            return results <= {Result.SUCCEEDED, Result.CANCELLED}, bench.executor.room()

    assert asyncio.run(main()) == (True, 4)
