"""One attempt: whatever the work does about its end, there is exactly one outcome, in time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, RunContext, Timing, Work, at, call, use
from clockhand.contracts import Executor, Kind, What
from clockhand.errors import WorkFailed
from clockhand.executors import AsyncOptions
from clockhand.executors.asynchronous import AsyncExecutor
from clockhand.hookspecs import hookimpl

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def run(make, virtual):
    """Run one function as a job for a while; return its ended entries and the time of each."""

    def run(function, *, seconds=100.0, **fields):
        async def main():
            scheduler = make(timing=Timing(poll="60s", kill_after="5s", stop_deadline="7s"))
            scheduler.add(Job(alias="job", work=call(function), triggers=at(START), **fields))
            await scheduler.startup()
            history = scheduler.history
            await asyncio.sleep(seconds)
            page = await scheduler.read(limit=100)
            await scheduler.teardown()
            del history
            return page

        page = virtual(main)
        return [entry for entry in page.entries if entry.what is What.RUN_ENDED]

    return run


def test_one_that_ends_itself_when_cancelled(run):
    """A run that ends when its task is cancelled is timed out at its limit, with what it recorded."""

    async def polite(context: RunContext) -> None:
        context.record(step=1)
        try:
            await asyncio.sleep(1000)
        finally:
            context.record(cleaned=True)
            assert context.cancelled

    (ended,) = run(polite, timeout="3s")
    assert (ended.verdict, ended.run.ended - START) == ("timed-out", timedelta(seconds=3))
    assert ended.run.outcome.output == {"step": 1, "cleaned": True}
    assert ended.run.outcome.code == "timeout"


def test_one_that_takes_its_time_to_end(run):
    """A run that needs two seconds to clean up gets them; the verdict comes when it has ended."""

    async def slow_to_end() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(2)

    (ended,) = run(slow_to_end, timeout="3s")
    assert (ended.verdict, ended.run.ended - START) == ("timed-out", timedelta(seconds=5))


def test_one_that_swallows_the_first_cancel(run):
    """A run that swallows its cancellation is cancelled again after the grace."""

    async def stubborn() -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            await asyncio.sleep(1000)

    (ended,) = run(stubborn, timeout="3s")
    assert (ended.verdict, ended.run.ended - START) == ("timed-out", timedelta(seconds=8))


def test_one_that_swallows_every_cancel_is_left_behind(run):
    """What not even the third step ends gets its verdict a second later; the rest goes on without it."""

    async def immortal() -> None:
        until = asyncio.get_running_loop().time() + 60
        while asyncio.get_running_loop().time() < until:
            try:
                await asyncio.sleep(until - asyncio.get_running_loop().time())
            except asyncio.CancelledError:
                continue

    (ended,) = run(immortal, timeout="3s")
    assert (ended.verdict, ended.run.ended - START) == ("timed-out", timedelta(seconds=14))


def test_one_that_ends_well_just_after_it_was_asked(run):
    """A run that its timeout found still busy, and that returns anyhow, took too long all the same."""

    async def late() -> str:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            return "finished after all"
        return "never"

    (ended,) = run(late, timeout="3s")
    assert ended.verdict == "timed-out"
    assert ended.run.outcome.output == {"result": "finished after all"}


def test_one_that_fails_while_it_is_stopped(run):
    """What a run raises before its limit is its own failure, with its code and record."""

    async def fails(context: RunContext) -> None:
        context.record(rows=3)
        raise WorkFailed("rows:bad", "row 4 is bad", {"row": 4})

    (ended,) = run(fails, timeout="3s")
    assert (ended.verdict, ended.run.outcome.code) == ("failed", "rows:bad")
    assert ended.run.outcome.output == {"rows": 3, "row": 4}


def test_no_limit_when_there_is_none(run):
    """A job without a timeout runs as long as it likes."""

    async def long() -> None:
        await asyncio.sleep(90)

    (ended,) = run(long)
    assert (ended.verdict, ended.run.ended - START) == ("succeeded", timedelta(seconds=90))


def test_none_switches_a_proposed_limit_off(run):
    """timeout='none' is no limit at all."""

    async def long() -> None:
        await asyncio.sleep(90)

    (ended,) = run(long, timeout="none")
    assert ended.verdict == "succeeded"


class Broken(AsyncExecutor):
    """An executor with a bug."""

    async def execute(self, claim, context):
        """Raise, which no executor may."""
        raise RuntimeError("a bug")


class Plugin:
    """A plugin that offers it."""

    @hookimpl
    def clockhand_executors(self):
        """Return it."""
        return [Kind[Executor](name="broken", summary="", options=AsyncOptions, make=lambda _: Broken(1))]


def test_an_executors_bug_is_the_runs_failure(make, virtual):
    """An executor that raises: that run failed, the loop lives, the seat is free again."""

    async def nothing() -> None:
        pass

    async def main():
        scheduler = make(plugins=[Plugin()], executors={"broken": use("broken")})
        for number in range(3):
            job = Job(alias=f"j{number}", work=call(nothing), triggers=at(START), executor="broken")
            scheduler.add(job)
        async with scheduler:
            await asyncio.sleep(5)
            return await scheduler.read(limit=100)

    ends = [entry.run.outcome for entry in virtual(main).entries if entry.what is What.RUN_ENDED]
    assert [(end.code, end.reason) for end in ends] == [
        ("executor", "the executor raised RuntimeError: a bug")
    ] * 3


@attrs.frozen
class Sharing(Work):
    """A work whose kind shares something that takes a while to open."""

    async def func(self, context: RunContext) -> str:
        """Return what is shared."""
        STARTED.append(context.occurrence)
        return str(context.shared)


STARTED: list[str] = []


class SharingPlugin:
    """A plugin that offers it; *open_in* seconds to open what it shares, or it can't be opened."""

    def __init__(self, open_in: float | None) -> None:
        self.open_in = open_in
        self.log: list[str] = []

    @asynccontextmanager
    async def share(self):
        """Open it."""
        if self.open_in is None:
            raise OSError("no route")
        await asyncio.sleep(self.open_in)
        self.log.append("opened")
        yield "a client"
        self.log.append("closed")

    @hookimpl
    def clockhand_works(self):
        """Return the kind."""
        return [Kind(name="sharing", summary="", options=Sharing, share=self.share)]


@pytest.fixture
def share(make, virtual):
    """Run two jobs of a kind that shares something; return the plugin's log and the outcomes."""

    def share(open_in, **fields):
        STARTED.clear()
        plugin = SharingPlugin(open_in)

        async def main():
            scheduler = make(plugins=[plugin])
            jobs = [
                Job(alias=f"j{number}", work=Sharing(), triggers=at(START), **fields) for number in range(2)
            ]
            async with scheduler:
                for job in jobs:
                    await scheduler.add_job(job)
                await asyncio.sleep(60)
                return await scheduler.read(limit=100)

        page = virtual(main)
        ends = [entry.run.outcome for entry in page.entries if entry.what is What.RUN_ENDED]
        return plugin.log, ends

    return share


def test_what_a_kind_shares_is_opened_once_and_closed(share):
    """Two runs at once get the same thing; it is opened once, and closed when the scheduler stops."""
    log, ends = share(5.0)
    assert log == ["opened", "closed"]
    assert [end.output for end in ends] == [{"result": "a client"}] * 2


def test_what_can_not_be_shared_fails_the_runs_of_its_kind(share):
    """A kind that can't open what it shares fails its runs, with the reason."""
    _, ends = share(None)
    assert [(end.code, end.reason) for end in ends] == [
        ("share", "its kind could not open what it shares: no route")
    ] * 2


def test_a_run_that_timed_out_before_it_began_is_not_begun(share):
    """A run whose limit passes while what it shares is being opened has timed out, and never starts."""
    _, ends = share(30.0, timeout="5s")
    assert [end.code for end in ends] == ["timeout"] * 2
    assert STARTED == []


def test_what_declared_jobs_share_is_open_before_the_first_run(make, virtual, clock):
    """Opening it is part of the start, so that it makes no run late."""
    plugin = SharingPlugin(3.0)

    async def main():
        scheduler = make(plugins=[plugin])
        scheduler.add(Job(alias="declared", work=Sharing(), triggers=at(START)))
        await scheduler.startup()
        log, begun = list(plugin.log), clock.monotonic()
        await scheduler.teardown()
        return log, begun

    assert virtual(main) == (["opened"], 3.0)


class Apart(AsyncExecutor):
    """An executor whose works run elsewhere."""

    apart = True


class ApartPlugin:
    """A plugin that offers it."""

    @hookimpl
    def clockhand_executors(self):
        """Return it."""
        return [Kind[Executor](name="apart", summary="", options=AsyncOptions, make=lambda _: Apart(9))]


def test_nothing_is_opened_for_runs_in_other_processes(make, virtual):
    """What a kind shares is opened where its works run: here not at the start, nor for a run."""
    plugin = SharingPlugin(0.0)

    async def main():
        scheduler = make(plugins=[plugin, ApartPlugin()], executors={"apart": use("apart")})
        scheduler.add(Job(alias="declared", work=Sharing(), triggers=at(START), executor="apart"))
        async with scheduler:
            await scheduler.add_job(Job(alias="added", work=Sharing(), triggers=at(START), executor="apart"))
            await asyncio.sleep(60)
            apart = list(plugin.log)
            await scheduler.add_job(Job(alias="here", work=Sharing(), triggers=at(START)))
            await asyncio.sleep(60)
            return apart, list(plugin.log), await scheduler.read(limit=100)

    apart, here, page = virtual(main)
    assert (apart, here) == ([], ["opened"])
    ends = {entry.job: entry.run.outcome.output for entry in page.entries if entry.what is What.RUN_ENDED}
    assert ends == {
        "declared": {"result": "None"},
        "added": {"result": "None"},
        "here": {"result": "a client"},
    }


def test_a_task_that_is_cancelled_from_outside_is_interrupted_and_runs_again(make, virtual):
    """Whoever cancels all tasks of the loop ends runs that are none of its own: they are handed back."""
    runs = []

    async def innocent(context: RunContext) -> None:
        runs.append(context.attempt)
        await asyncio.sleep(3)

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="innocent", work=call(innocent), triggers=at(START)))
        async with scheduler:
            await asyncio.sleep(1)
            for task in asyncio.all_tasks():
                if task.get_name().startswith("innocent@"):
                    task.cancel()
            await asyncio.sleep(10)
            return await scheduler.read(limit=100)

    page = virtual(main)
    assert runs == [1, 2]
    ends = [
        (entry.run.outcome.result, entry.verdict) for entry in page.entries if entry.what is What.RUN_ENDED
    ]
    assert ends == [("interrupted", None), ("succeeded", "succeeded")]


def test_a_loop_that_was_ended_from_outside_makes_health_red(make, virtual):
    """A lane's task that somebody cancels is not silently gone: health names it."""

    async def main():
        async with make() as scheduler:
            await asyncio.sleep(1)
            for task in asyncio.all_tasks():
                if task.get_name() == "clockhand default turns":
                    task.cancel()
            await asyncio.sleep(1)
            return await scheduler.health()

    report = virtual(main)
    assert not report.ok
    assert report.problems == (
        "silo default: its task 'clockhand default turns' was cancelled from outside, start anew",
    )
