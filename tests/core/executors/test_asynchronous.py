"""The executor `async`: what a run may do to itself, and what it can't do to others."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import warnings
from contextvars import ContextVar

import attrs
import pytest

from clockhand.contracts import ExecutorContext, Outcome, Result, Work
from clockhand.executors.asynchronous import AsyncExecutor
from clockhand.executors.guard import GuardedCoroutine, TaskGuard
from clockhand.testing.works import BenchContext, WorkBench, claim_of, run_work


@attrs.frozen
class _Does(Work):
    """A work that does what a test says, and notes its phases."""

    body: object
    phases: list = attrs.field(factory=list)
    at_startup: object = None
    at_teardown: object = None

    async def startup(self, context):
        self.phases.append("startup")
        if self.at_startup:
            await self.at_startup(context)

    async def func(self, context):
        self.phases.append("func")
        return await self.body(context)

    async def teardown(self, context):
        self.phases.append("teardown")
        if self.at_teardown:
            await self.at_teardown(context)


def _run(body, **options) -> Outcome:
    return asyncio.run(run_work(_Does(body, **options)))


def _raiser(error):
    async def body(context):
        raise error

    return body


async def _forever(context):
    await asyncio.Event().wait()


async def _nothing(context):
    return None


def test_result_is_kept():
    """What the work returns stands in the output."""

    async def body(context):
        return {"rows": [1, 2]}

    assert _run(body) == Outcome(Result.SUCCEEDED, output={"result": {"rows": [1, 2]}})


def test_plain_functions_run_too():
    """The phases of a work may be def: the default startup and teardown are."""

    @attrs.frozen
    class Plain(Work):
        def func(self, context):
            return context.attempt

    assert asyncio.run(run_work(Plain())) == Outcome(Result.SUCCEEDED, output={"result": 1})


def test_phases_once_each_in_order():
    """Startup, func, teardown."""
    work = _Does(_nothing)
    asyncio.run(run_work(work))
    assert work.phases == ["startup", "func", "teardown"]


def test_teardown_also_when_startup_raised():
    """A startup that raises fails the run without func, and teardown cleans up."""
    work = _Does(_nothing, at_startup=_raiser(ValueError("no door")))
    outcome = asyncio.run(run_work(work))
    assert work.phases == ["startup", "teardown"]
    assert (outcome.code, outcome.reason) == ("exc:ValueError", "no door")


def test_teardown_that_raises_fails_a_good_run():
    """A run whose clean-up failed has failed."""
    outcome = _run(_nothing, at_teardown=_raiser(OSError("stuck")))
    assert (outcome.result, outcome.code) == (Result.FAILED, "exc:OSError")


def test_teardown_that_raises_is_noted_on_a_failed_run():
    """The first failure is the run's, the second a note."""
    outcome = _run(_raiser(ValueError("first")), at_teardown=_raiser(OSError("second")))
    assert outcome.code == "exc:ValueError"
    assert outcome.output["teardown_error"] == "exc:OSError: second"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SystemExit(3), "exc:SystemExit"),
        (KeyboardInterrupt(), "exc:KeyboardInterrupt"),
        (GeneratorExit(), "exc:GeneratorExit"),
        (BaseException("bare"), "exc:BaseException"),
        (asyncio.CancelledError(), "exc:asyncio.exceptions.CancelledError"),
    ],
)
def test_base_exceptions_are_failures_of_the_run(error, code):
    """Whatever a work raises, the process goes on."""
    outcome = _run(_raiser(error))
    assert (outcome.result, outcome.code) == (Result.FAILED, code)


async def started(bench, body, **options):
    """Start a run and let it come to its first wait."""
    running = bench.start(_Does(body, **options))
    await asyncio.sleep(0.01)
    return running


def test_cancel_ends_as_cancelled():
    """A run that is cancelled ends so, its teardown done, its slot free, its caller untouched."""

    async def main():
        async with WorkBench() as bench:
            work = _Does(_forever)
            running = bench.start(work)
            await asyncio.sleep(0.01)
            room = bench.executor.room()
            assert running.cancel()
            outcome = await running.outcome()
            assert bench.executor.room() == room + 1
            assert not running.cancel()
            return work.phases, outcome

    phases, outcome = asyncio.run(main())
    assert phases == ["startup", "func", "teardown"]
    assert (outcome.result, outcome.code) == (Result.CANCELLED, "cancelled")


def test_task_is_not_left_cancelling():
    """After a cancelled run the task that called execute() can go on: it waits, and counts no cancel."""

    async def main():
        async with WorkBench() as bench:
            claim = claim_of(_Does(_forever), token=9)

            async def caller():
                outcome = await bench.executor.execute(claim, BenchContext(claim))
                await asyncio.sleep(0)
                return outcome, asyncio.current_task().cancelling()

            task = asyncio.create_task(caller())
            await asyncio.sleep(0.01)
            for _ in range(3):
                assert bench.executor.cancel(claim, force=True)
            return await task

    outcome, cancelling = asyncio.run(main())
    assert outcome.result is Result.CANCELLED
    assert cancelling == 0


def test_cancel_is_sent_once_and_again_with_force():
    """A second cancel without force leaves the clean-up in peace; one with force doesn't."""
    heard = []

    async def stubborn(context):
        while len(heard) < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                heard.append("cancel")
        return "done"

    async def main():
        async with WorkBench() as bench:
            running = await started(bench, stubborn)
            room = bench.executor.room()
            for _ in range(3):
                assert running.cancel()
                await asyncio.sleep(0.01)
            assert heard == ["cancel"]
            assert bench.executor.room() == room, "a run that swallows its cancel keeps its slot"
            assert running.cancel(force=True)
            return await running.outcome()

    assert asyncio.run(main()) == Outcome(Result.SUCCEEDED, output={"result": "done"})


def test_cancel_from_outside_is_passed_on():
    """When its own task is cancelled, execute() cleans up and raises CancelledError."""

    async def main():
        async with WorkBench() as bench:
            work = _Does(_forever)
            claim = claim_of(work)
            task = asyncio.create_task(bench.executor.execute(claim, BenchContext(claim)))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return work.phases, bench.executor.room()

    phases, room = asyncio.run(main())
    assert phases[-1] == "teardown"
    assert room == 1000


def test_timeout_around_execute():
    """asyncio.timeout() around execute() works as around anything."""

    async def main():
        async with WorkBench() as bench:
            claim = claim_of(_Does(_forever))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await bench.executor.execute(claim, BenchContext(claim))

    asyncio.run(main())


def test_unknown_token():
    """Nobody to cancel: False."""

    async def main():
        async with WorkBench() as bench:
            return bench.executor.cancel(77, force=True)

    assert asyncio.run(main()) is False


def test_room_counts_runs():
    """A limit of two has room for two."""

    async def main():
        async with WorkBench(AsyncExecutor(2)) as bench:
            first = await started(bench, _forever)
            one = bench.executor.room()
            second, third = await started(bench, _forever), await started(bench, _forever)
            none = bench.executor.room()
            for running in (first, second, third):
                running.cancel()
                await running.outcome()
            return one, none, bench.executor.room()

    assert asyncio.run(main()) == (1, 0, 2)


async def _exits():
    await asyncio.sleep(0)
    sys.exit(7)


@pytest.mark.parametrize("waits", ["for the task", "for ever", "in a group"])
def test_exit_in_a_spawned_task_fails_the_run(waits):
    """sys.exit() in a task that the run spawned is the run's failure, and ends the rest of the run."""

    async def body(context):
        if waits == "in a group":
            async with asyncio.TaskGroup() as group:
                group.create_task(_exits())
                await _forever(context)
        task = asyncio.create_task(_exits())
        await (task if waits == "for the task" else _forever(context))

    outcome = _run(body)
    assert (outcome.result, outcome.code, outcome.reason) == (Result.FAILED, "exc:SystemExit", "7")
    assert "in _exits" in outcome.output["traceback"]


def test_exit_in_a_task_of_a_task():
    """Tasks of tasks belong to the run as well, and so does KeyboardInterrupt."""

    async def interrupts():
        raise KeyboardInterrupt

    async def spawns():
        await asyncio.create_task(interrupts())

    async def body(context):
        await asyncio.gather(spawns(), _forever(context))

    assert _run(body).code == "exc:KeyboardInterrupt"


def test_exit_while_being_cancelled():
    """A spawned task that exits instead of ending when it is cancelled."""

    async def leaves():
        try:
            await asyncio.Event().wait()
        finally:
            sys.exit("on my way out")

    async def body(context):
        task = asyncio.create_task(leaves())
        await asyncio.sleep(0)
        task.cancel()
        await task

    assert _run(body).reason == "on my way out"


def test_other_runs_go_on_when_one_exits():
    """One run's exit leaves its neighbours alone."""

    async def good(context):
        await asyncio.sleep(0.03)
        return "fine"

    async def bad(context):
        asyncio.create_task(_exits())  # noqa: RUF006 - thrown away on purpose
        await _forever(context)

    async def main():
        async with WorkBench() as bench:
            runs = [bench.start(_Does(body)) for body in (good, bad, good)]
            return [(await one.outcome()).result for one in runs]

    assert asyncio.run(main()) == [Result.SUCCEEDED, Result.FAILED, Result.SUCCEEDED]


def test_exit_in_a_task_that_outlives_its_run(caplog):
    """The run has its outcome; the exit is a warning, and the loop goes on."""
    kept = []

    async def late():
        await asyncio.sleep(0.01)
        sys.exit(1)

    async def body(context):
        kept.append(asyncio.create_task(late()))
        return "early"

    async def main():
        async with WorkBench() as bench:
            outcome = await bench.start(_Does(body)).outcome()
            await asyncio.wait(kept)
            return outcome

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(main()).output == {"result": "early"}
    assert "outlived its run raised SystemExit" in caplog.text
    assert kept[0].cancelled()


def test_task_cancelled_before_its_first_step():
    """A guarded task that never began leaves no warning about a coroutine that was never awaited."""

    async def body(context):
        task = asyncio.create_task(_exits())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return "calm"

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _run(body).output == {"result": "calm"}
        gc.collect()


def test_guarded_tasks_look_like_their_coroutines():
    """Names, results, context variables and errors of spawned tasks are as without the guard."""
    colour: ContextVar[str] = ContextVar("colour")

    async def paints(value):
        colour.set(value)
        await asyncio.sleep(0)
        return colour.get()

    async def body(context):
        task = asyncio.create_task(paints("red"), name="painter")
        assert isinstance(task.get_coro(), GuardedCoroutine)
        assert "paints" in repr(task)
        assert task.get_name() == "painter"
        with pytest.raises(ValueError, match="inner"):
            await asyncio.create_task(_raiser(ValueError("inner"))(context))
        return await task

    assert _run(body).output == {"result": "red"}


def test_factory_is_chained_and_restored():
    """An existing task factory is still asked, and is back afterwards; two executors share one guard."""
    asked = []

    def factory(loop, coroutine, **options):
        asked.append(type(coroutine))
        return asyncio.Task(coroutine, loop=loop, **options)

    async def body(context):
        await asyncio.create_task(_nothing(context))

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(factory)
        async with WorkBench() as first, WorkBench():
            assert isinstance(loop.get_task_factory(), TaskGuard)
            assert loop.get_task_factory().previous is factory
            asked.clear()
            await first.start(_Does(body)).outcome()
        return loop.get_task_factory() is factory

    assert asyncio.run(main())
    assert asked.count(GuardedCoroutine) == 1


def test_a_factory_on_top_is_left_alone():
    """Somebody who built on the guard keeps what they built."""

    def on_top(loop, coroutine, **options):
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main():
        loop = asyncio.get_running_loop()
        async with WorkBench():
            loop.set_task_factory(on_top)
        return loop.get_task_factory()

    assert asyncio.run(main()) is on_top


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
@pytest.mark.parametrize("more", [False, True])
def test_eager_tasks(more):
    """A task that exits in its first step, inside create_task(), is the run's failure too."""

    async def at_once():
        sys.exit(5)

    async def body(context):
        asyncio.create_task(at_once())  # noqa: RUF006 - thrown away on purpose
        if more:
            await _forever(context)
        return "never asked"

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        outcome = await run_work(_Does(body))
        await asyncio.sleep(0)
        return outcome

    assert asyncio.run(main()).code == "exc:SystemExit"


def test_closed_coroutine_awaits_nothing():
    """A run whose coroutine is closed (its loop is gone) ends without a word."""
    work = _Does(_forever)

    async def main():
        executor = AsyncExecutor(1)
        claim = claim_of(work)
        coroutine = executor.execute(claim, BenchContext(claim))
        task = asyncio.create_task(coroutine)
        await asyncio.sleep(0.01)
        return executor, coroutine, task

    loop = asyncio.new_event_loop()
    executor, coroutine, task = loop.run_until_complete(main())
    coroutine.close()
    assert executor.room() == 1
    assert work.phases == ["startup", "func"]
    task._log_destroy_pending = False
    loop.close()


def test_work_that_ends_because_it_was_told():
    """A work that looks at context.cancelled and raises CancelledError itself was cancelled."""

    async def body(context):
        context.cancelled = True
        raise asyncio.CancelledError

    assert _run(body).result is Result.CANCELLED


def test_started_and_stopped_again():
    """Doing either twice changes nothing."""

    async def main():
        loop = asyncio.get_running_loop()
        async with WorkBench() as bench:
            context = ExecutorContext(alias="again")
            await bench.executor.startup(context)
            assert loop.get_task_factory().users == 1
            await bench.executor.teardown()
        return loop.get_task_factory()

    assert asyncio.run(main()) is None


def test_execute_needs_a_task():
    """There is nothing to cancel where no task is."""
    claim = claim_of(_Does(_nothing))

    async def main():
        answer = asyncio.get_running_loop().create_future()

        def without_a_task():
            try:
                AsyncExecutor(1).execute(claim, BenchContext(claim)).send(None)
            except RuntimeError as error:
                answer.set_result(str(error))

        asyncio.get_running_loop().call_soon(without_a_task)
        return await answer

    assert asyncio.run(main()) == "execute() needs a task to run in"


def test_two_tasks_that_exit():
    """The first one is the run's failure."""

    async def leaves():
        try:
            await asyncio.Event().wait()
        finally:
            sys.exit("the second")

    async def body(context):
        await asyncio.gather(leaves(), _exits(), return_exceptions=True)

    assert _run(body).reason == "7"


def test_guarded_coroutine_by_hand():
    """It can be awaited and closed like the one within."""

    async def main():
        inner = _nothing(None)
        assert await GuardedCoroutine(inner, None) is None
        waiting = _forever(None)
        guarded = GuardedCoroutine(waiting, None)
        guarded.send(None)
        guarded.close()
        return waiting.cr_frame

    assert asyncio.run(main()) is None


def test_claims_of_two_silos_may_have_one_token():
    """Two runs of the same token, of different silos: ending one leaves the other alone."""

    async def main():
        async with WorkBench() as bench:
            ones = [claim_of(_Does(_forever), token=5) for _ in range(2)]
            tasks = [asyncio.ensure_future(bench.executor.execute(one, BenchContext(one))) for one in ones]
            await asyncio.sleep(0.01)
            assert bench.executor.cancel(ones[0], force=False)
            first = await tasks[0]
            assert not tasks[1].done()
            assert bench.executor.cancel(ones[1], force=False)
            await tasks[1]
            return first.result

    assert asyncio.run(main()) == "cancelled"
