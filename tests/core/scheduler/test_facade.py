"""The Scheduler as a program uses it, on virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import (
    Job,
    RunContext,
    Scheduler,
    SchedulerState,
    Timing,
    Work,
    WorkFailed,
    at,
    call,
    cron,
    every,
    use,
)
from clockhand.contracts import Condition, ConditionContext, Kind, Query, What
from clockhand.errors import (
    ConfigError,
    DefinitionError,
    JobNotFound,
    JobRefused,
    PluginError,
    StateError,
    UnknownName,
)
from clockhand.events import RunProgressed
from clockhand.hookspecs import hookimpl
from clockhand.msgs import (
    AddExecutor,
    AddJob,
    AddSilo,
    CancelRun,
    FireJob,
    GetJob,
    Health,
    ListJobs,
    ModifyJob,
    Pause,
    PauseJob,
    RemoveExecutor,
    RemoveJob,
    RemoveSilo,
    Resume,
    ResumeJob,
    Stop,
)
from clockhand.testing.loop import VirtualLoop
from clockhand_memory.store import MemorySilo

START = datetime(2026, 1, 1, tzinfo=UTC)


async def nothing() -> None:
    """Do nothing."""


async def fails() -> None:
    """Fail with a code."""
    raise WorkFailed("disk:full", "no space left")


async def hangs() -> None:
    """Never end."""
    await asyncio.Event().wait()


def verdicts(page, job=None):
    """Return what became of each occurrence, as (job, due, verdict, count), in order of the ledger."""
    return [
        (entry.job, entry.due, str(entry.verdict), entry.count)
        for entry in page.entries
        if entry.verdict is not None and job in {None, entry.job}
    ]


def brief() -> None:
    """Do nothing, in a thread."""


async def everything(scheduler):
    """Return the whole history."""
    await asyncio.sleep(0.1)
    return await scheduler.read(limit=100_000)


# when jobs run


def test_an_interval_runs_at_each_due_time(make, clock, virtual):
    """A job every five minutes runs at each of them, once, from one period after it was added."""
    seen = []

    async def tick() -> None:
        seen.append(clock.now())

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="tick", work=call(tick), triggers=every(minutes=5)))
        async with scheduler:
            await asyncio.sleep(3600 + 1)
            return await everything(scheduler)

    page = virtual(main)
    dues = [START + timedelta(minutes=5 * n) for n in range(1, 13)]
    assert seen == dues
    assert verdicts(page) == [("tick", due, "succeeded", 1) for due in dues]


def test_a_one_shot_of_the_past_runs_at_once(make, clock, virtual):
    """A named moment that has passed is due: it runs now, and the job is finished."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="once", work=call(nothing), triggers=at(START - timedelta(days=3))))
        async with scheduler:
            await asyncio.sleep(1)
            info = await scheduler.act(GetJob("once"))
            return info, await everything(scheduler)

    info, page = virtual(main)
    assert verdicts(page) == [("once", START - timedelta(days=3), "succeeded", 1)]
    assert str(info.status) == "finished (succeeded)"


def test_twelve_one_shots_on_a_small_pool_all_run(make, virtual):
    """Waiting for a free worker is never missed: twelve one-shots on a pool of two all run, in turn."""

    async def takes_two_seconds() -> None:
        await asyncio.sleep(2)

    async def main():
        scheduler = make(executors={"async": use("async", limit=2)})
        for number in range(12):
            job = Job(alias=f"shot{number}", work=call(takes_two_seconds), triggers=at(START))
            scheduler.add(job)
        async with scheduler:
            await asyncio.sleep(12.5)
            return await everything(scheduler), await scheduler.act(ListJobs())

    page, jobs = virtual(main)
    assert sorted(verdicts(page)) == sorted((f"shot{n}", START, "succeeded", 1) for n in range(12))
    assert {str(info.status) for info in jobs} == {"finished (succeeded)"}


def test_after_downtime_the_latest_runs_and_the_rest_are_one_range(make, clock, virtual):
    """What fell due while the scheduler was paused: the last one runs, the others are one coalesced range."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=1)))
        async with scheduler:
            await scheduler.act(Pause())
            await asyncio.sleep(600.5)
            await scheduler.act(Resume())
            await asyncio.sleep(1)
            return await everything(scheduler)

    page = virtual(main)
    assert verdicts(page) == [
        ("tick", START + timedelta(minutes=1), "coalesced", 9),
        ("tick", START + timedelta(minutes=10), "succeeded", 1),
    ]


def test_an_occurrence_is_skipped_while_the_previous_is_open(make, virtual):
    """Overlap skip: while a run goes on, due times get the verdict overlap-skipped, on record."""

    async def slow() -> None:
        await asyncio.sleep(150)

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="slow", work=call(slow), triggers=every(minutes=1)))
        async with scheduler:
            await asyncio.sleep(241)
            return await everything(scheduler)

    due = [START + timedelta(minutes=n) for n in range(5)]
    assert sorted(verdicts(virtual(main))) == [
        ("slow", due[1], "succeeded", 1),
        ("slow", due[2], "overlap-skipped", 1),
        ("slow", due[3], "overlap-skipped", 1),
    ]


def test_parallel_runs_beside_the_previous(make, virtual):
    """Overlap parallel: each due time runs, however many are open."""
    open_at_once = []
    running = 0

    async def slow() -> None:
        nonlocal running
        running += 1
        open_at_once.append(running)
        await asyncio.sleep(150)
        running -= 1

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="slow", work=call(slow), triggers=every(minutes=1), overlap="parallel"))
        async with scheduler:
            await asyncio.sleep(301)

    virtual(main)
    assert open_at_once == [1, 2, 3, 3, 3]


def test_a_run_that_outstays_its_timeout_is_ended(make, virtual):
    """A run that never ends gets the verdict timed-out when its time is over, and the next one runs."""

    async def main():
        scheduler = make()
        job = Job(alias="hangs", work=call(hangs), triggers=every(minutes=1), timeout="10s")
        scheduler.add(job)
        async with scheduler:
            await asyncio.sleep(140)
            return await everything(scheduler)

    page = virtual(main)
    assert [entry[2] for entry in verdicts(page)] == ["timed-out", "timed-out"]
    (first, _) = [entry for entry in page.entries if entry.what is What.RUN_ENDED]
    assert first.run.ended == START + timedelta(seconds=70)
    assert first.run.outcome.reason == "took longer than 10s"


def test_a_thread_that_never_ends_delays_nobody_and_keeps_its_slot():
    """
    A def that can't be stopped is timed out at once; it holds its slot and counts for overlap.

    On real time: the thread executor holds the virtual clock while a thread runs.
    """
    release = threading.Event()

    def stuck() -> None:
        release.wait(30)

    async def real():
        scheduler = Scheduler(
            silo=use("memory"),
            executors={"thread": use("thread", threads=2)},
            timing=Timing(poll="0.05s", kill_after="0.2s"),
        )
        scheduler.add(Job(alias="stuck", work=call(stuck), triggers=every("0.2s"), timeout="0.1s"))
        scheduler.add(Job(alias="well", work=call(nothing), triggers=every("0.2s")))
        async with scheduler:
            while True:
                page = await scheduler.read(limit=1000)
                found = verdicts(page)
                mine = [verdict for job, _, verdict, _ in found if job == "stuck"]
                others = [verdict for job, _, verdict, _ in found if job == "well"]
                if len(mine) >= 3 and len(others) >= 3:
                    break
                await asyncio.sleep(0.02)
            rooms = {one.alias: one.room for one in (await scheduler.health()).executors}
            release.set()
            return mine, others, rooms

    mine, others, rooms = asyncio.run(asyncio.wait_for(real(), 20))
    assert mine[0] == "timed-out"
    assert set(mine[1:]) <= {"overlap-skipped", "coalesced"}
    assert set(others) <= {"succeeded", "coalesced"}
    assert rooms["thread"] == 1


def test_threads_that_never_end_are_named_when_they_take_the_last_slot(caplog):
    """The log names each, and whose they are once no room is left; health too, until one of them ends."""
    release = threading.Event()

    def never() -> None:
        release.wait(30)

    truth = {
        ("one", "the previous run has its verdict, but could not be stopped and goes on"),
        ("well", "the previous one has not ended: it is waiting for room in executor 'thread'"),
    }

    async def real():
        scheduler = Scheduler(
            silo=use("memory"),
            executors={"thread": use("thread", threads=2)},
            timing=Timing(poll="0.05s", kill_after="0.2s"),
        )
        for alias in ("one", "two"):
            scheduler.add(Job(alias=alias, work=call(never), triggers=every("0.2s"), timeout="0.1s"))
        scheduler.add(Job(alias="well", work=call(brief), triggers=every("0.2s"), executor="thread"))
        try:
            async with scheduler:
                while "no room is left" not in caplog.text:  # noqa: ASYNC110 - on real time
                    await asyncio.sleep(0.02)
                health = await scheduler.health()
                while True:
                    if truth <= {(one.job, one.reason) for one in (await everything(scheduler)).entries}:
                        break
                release.set()
                while (await scheduler.health()).problems:  # noqa: ASYNC110 - likewise
                    await asyncio.sleep(0.02)
        finally:
            release.set()
        return health

    health = asyncio.run(asyncio.wait_for(real(), 20))
    told = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    stuck = "no room is left; runs that could not be stopped hold it until they end, of: one, two"
    slot = " could not be stopped: it goes on, and holds its slot in executor 'thread' until it ends"
    assert [one.partition("Z")[2] for one in told[:2]] == [slot, slot]
    assert told[2:] == [f"executor 'thread': {stuck}"]
    assert health.problems == (f"executor thread: {stuck}",)


def test_a_failure_has_its_code_on_record(make, virtual):
    """What a work raises is on record with its code and reason; the job goes on."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="fails", work=call(fails), triggers=every(minutes=1)))
        async with scheduler:
            await asyncio.sleep(121)
            info = await scheduler.act(GetJob("fails"))
            return info, await everything(scheduler)

    info, page = virtual(main)
    ends = [entry.run.outcome for entry in page.entries if entry.what is What.RUN_ENDED]
    assert [(end.code, end.reason) for end in ends] == [("disk:full", "no space left")] * 2
    assert str(info.status) == "failure (no space left)"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), BaseException("odd"), GeneratorExit()])
def test_whatever_a_work_raises_is_its_own_failure(make, virtual, error):
    """SystemExit and other BaseExceptions are that run's failure; other jobs don't notice."""

    async def raises() -> None:
        raise error

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="raises", work=call(raises), triggers=every(minutes=1)))
        scheduler.add(Job(alias="well", work=call(nothing), triggers=every(minutes=1)))
        async with scheduler:
            await asyncio.sleep(121)
            return await everything(scheduler)

    page = virtual(main)
    assert [verdict for _, _, verdict, _ in verdicts(page, "raises")] == ["failed", "failed"]
    assert [verdict for _, _, verdict, _ in verdicts(page, "well")] == ["succeeded", "succeeded"]
    code = next(entry.run.outcome.code for entry in page.entries if entry.job == "raises" and entry.verdict)
    assert code == f"exc:{type(error).__name__}"


def test_sys_exit_in_a_task_that_a_run_spawned_is_that_runs_failure(make, virtual):
    """A task that a run's coroutine spawned calls sys.exit: the run fails, the scheduler lives."""

    async def leaves() -> None:
        raise SystemExit(9)

    async def spawns() -> None:
        task = asyncio.get_running_loop().create_task(leaves())
        await asyncio.sleep(1)
        await task

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="spawns", work=call(spawns), triggers=every(minutes=1)))
        async with scheduler:
            await asyncio.sleep(125)
            return scheduler.state, await everything(scheduler)

    state, page = virtual(main)
    assert state is SchedulerState.RUNNING
    codes = [entry.run.outcome.code for entry in page.entries if entry.what is What.RUN_ENDED]
    assert codes == ["exc:SystemExit", "exc:SystemExit"]


# conditions


@attrs.frozen
class Unless(Condition):
    """Passes unless the job of that alias last failed."""

    other: str
    reads: frozenset[str] = attrs.field(init=False, eq=False, repr=False, default=frozenset())

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "reads", frozenset({self.other}))

    def passes(self, context: ConditionContext) -> bool:
        """Say whether the other didn't fail last."""
        last = context.last.get(self.other)
        return last is None or last.verdict != "failed"


@attrs.frozen
class Raises(Condition):
    """Raises when it is asked."""

    reads: frozenset[str] = attrs.field(init=False, eq=False, repr=False, default=frozenset())

    def passes(self, context: ConditionContext) -> bool:
        """Raise."""
        raise ZeroDivisionError("by nought")


class Conditions:
    """A plugin that offers the conditions above."""

    @hookimpl
    def clockhand_triggers(self):
        """Return them."""
        return [
            Kind(name="unless", summary="", options=Unless),
            Kind(name="raises", summary="", options=Raises),
        ]


def test_a_condition_that_does_not_pass_excludes_and_is_named(make, virtual):
    """A due time whose condition says no gets the verdict excluded, with the condition in the reason."""

    async def main():
        scheduler = make(plugins=[Conditions()])
        scheduler.add(Job(alias="first", work=call(fails), triggers=at(START)))
        scheduler.add(Job(alias="then", work=call(nothing), triggers=[every(minutes=1), Unless("first")]))
        async with scheduler:
            await asyncio.sleep(61)
            return await everything(scheduler)

    page = virtual(main)
    (skipped,) = [entry for entry in page.entries if entry.what is What.NEVER_RAN]
    assert (skipped.job, skipped.verdict, skipped.due) == ("then", "excluded", START + timedelta(minutes=1))
    assert skipped.reason == "condition Unless(other='first') did not pass"


def test_a_trigger_that_raises_pauses_its_job_only(make, virtual):
    """A condition that raises pauses its job with the reason; others run on, and resume brings it back."""

    async def main():
        scheduler = make(plugins=[Conditions()])
        scheduler.add(Job(alias="bad", work=call(nothing), triggers=[every(minutes=1), Raises()]))
        scheduler.add(Job(alias="well", work=call(nothing), triggers=every(minutes=1)))
        async with scheduler:
            await asyncio.sleep(181)
            info = await scheduler.act(GetJob("bad"))
            return info, await everything(scheduler)

    info, page = virtual(main)
    assert info.row.paused.reason == (
        "a trigger raised ZeroDivisionError: by nought; paused until you resume it"
    )
    assert len(verdicts(page, "well")) == 3
    assert verdicts(page, "bad") == []


# what it can be asked


def test_adding_while_it_runs_says_created_unchanged_or_updated(make, virtual):
    """Adding twice changes nothing; adding another definition updates it and says what differs."""

    async def main():
        async with make() as scheduler:
            job = Job(alias="tick", work=call(nothing), triggers=every(minutes=5))
            first = await scheduler.add_job(job)
            second = await scheduler.add_job(job)
            third = await scheduler.add_job(job.modify(title="Ticks"))
            return first, second, third

    first, second, third = virtual(main)
    assert [first.what, second.what, third.what] == ["created", "unchanged", "updated"]
    assert [(change.field, change.old, change.new) for change in third.diff] == [("title", "", "Ticks")]
    assert third.job.revision == 2


def test_a_declared_job_is_not_changed_at_run_time(make, virtual):
    """Modify, remove and add of a declared job are refused, naming where it is declared."""

    async def main():
        scheduler = make(name="shop")
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=5)))
        errors = []
        async with scheduler:
            other = Job(alias="tick", work=call(nothing), triggers=every(minutes=6))
            for msg in (RemoveJob("tick"), ModifyJob("tick", {"title": "x"}), AddJob(other)):
                with pytest.raises(JobRefused) as caught:
                    await scheduler.act(msg)
                errors.append(str(caught.value))
        return errors

    assert set(virtual(main)) == {"job 'tick' is declared by 'code:shop'; change it there"}


def test_modify_remove_and_missing_jobs(make, virtual):
    """A job of run time can be modified and removed; a missing one is JobNotFound."""

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(Job(alias="tick", work=call(nothing), triggers=every(minutes=5)))
            changed = await scheduler.act(ModifyJob("tick", {"triggers": [every(minutes=7)]}))
            with pytest.raises(DefinitionError, match=r"unknown field 'titles', did you mean 'title'"):
                await scheduler.act(ModifyJob("tick", {"titles": "x"}))
            await scheduler.remove_job("tick")
            with pytest.raises(JobNotFound, match=r"job 'tick': not in silo 'default'"):
                await scheduler.act(GetJob("tick"))
            return changed

    assert virtual(main).job.job.timer == every(minutes=7)


def test_pause_stands_still_and_resume_goes_on_after_now(make, virtual):
    """A paused job starts nothing; resuming records one paused range and goes on after now."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=1)))
        async with scheduler:
            await scheduler.act(PauseJob("tick", "holiday", "ann"))
            await asyncio.sleep(630)
            info = await scheduler.act(GetJob("tick"))
            await scheduler.act(ResumeJob("tick"))
            await asyncio.sleep(31)
            return info, await everything(scheduler)

    info, page = virtual(main)
    assert (str(info.status), info.status.by) == ("paused (holiday)", "ann")
    assert verdicts(page) == [
        ("tick", START + timedelta(minutes=1), "paused", 10),
        ("tick", START + timedelta(minutes=11), "succeeded", 1),
    ]


def test_resume_latest_runs_the_last_one(make, virtual):
    """Resuming with run=latest runs the last due time that was paused over."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=1)))
        async with scheduler:
            await scheduler.act(PauseJob("tick"))
            await asyncio.sleep(630)
            await scheduler.act(ResumeJob("tick", run="latest"))
            await asyncio.sleep(1)
            return await everything(scheduler)

    assert verdicts(virtual(main)) == [
        ("tick", START + timedelta(minutes=1), "paused", 9),
        ("tick", START + timedelta(minutes=10), "succeeded", 1),
    ]


def test_fire_runs_once_and_leaves_the_timetable_alone(make, virtual):
    """Firing by hand runs at once, under a key of its own; the next due time is where it was."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=5)))
        async with scheduler:
            await asyncio.sleep(10)
            reply = await scheduler.act(FireJob("tick", by="ann"))
            await asyncio.sleep(1)
            info = await scheduler.act(GetJob("tick"))
            return reply, info, await everything(scheduler)

    reply, info, page = virtual(main)
    assert reply.key.startswith("tick!")
    (ended,) = [entry for entry in page.entries if entry.verdict is not None]
    assert (ended.occurrence, ended.verdict) == (reply.key, "succeeded")
    assert ended.due == START + timedelta(seconds=10)
    assert info.row.cursor == START + timedelta(minutes=5)


def test_fire_obeys_overlap_and_pause(make, virtual):
    """Firing while a run is open is skipped, on record; firing a paused job needs force."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="hangs", work=call(hangs), triggers=every(minutes=1)))
        scheduler.add(Job(alias="calm", work=call(nothing), triggers=every(hours=1)))
        async with scheduler:
            await asyncio.sleep(61)
            over = await scheduler.act(FireJob("hangs"))
            await scheduler.act(PauseJob("calm"))
            with pytest.raises(JobRefused, match=r"paused"):
                await scheduler.act(FireJob("calm"))
            forced = await scheduler.act(FireJob("calm", force=True))
            await asyncio.sleep(1)
            return over.key, forced.key, await everything(scheduler)

    over, forced, page = virtual(main)
    found = {entry.occurrence: entry.verdict for entry in page.entries if entry.verdict is not None}
    assert found[over] == "overlap-skipped"
    assert found[forced] == "succeeded"


def test_cancel_ends_a_run(make, virtual):
    """A running occurrence that is cancelled by its key ends as cancelled, at once."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="hangs", work=call(hangs), triggers=at(START)))
        async with scheduler:
            await asyncio.sleep(1)
            await scheduler.act(CancelRun("hangs@2026-01-01T00:00:00Z", by="ann"))
            await asyncio.sleep(6)
            return await everything(scheduler)

    page = virtual(main)
    assert [entry[2] for entry in verdicts(page)] == ["cancelled"]
    (ended,) = [entry for entry in page.entries if entry.what is What.RUN_ENDED]
    assert ended.run.ended - START < timedelta(seconds=2)


def test_silos_and_executors_come_and_go_while_it_runs(make, virtual):
    """A silo and an executor can be added and removed at run time; their jobs and runs are looked after."""

    async def main():
        async with make() as scheduler:
            await scheduler.act(AddSilo("spare", "memory"))
            await scheduler.act(AddExecutor("narrow", "async", {"limit": 1}))
            job = Job(alias="tick", work=call(nothing), triggers=every(minutes=1), executor="narrow")
            await scheduler.add_job(job, silo="spare")
            await asyncio.sleep(61)
            page = await everything(scheduler)
            with pytest.raises(ConfigError, match=r"there is a silo 'spare' already"):
                await scheduler.act(AddSilo("spare", "memory"))
            await scheduler.act(RemoveExecutor("narrow"))
            info = await scheduler.act(GetJob("tick"))
            await scheduler.act(RemoveSilo("spare"))
            with pytest.raises(UnknownName, match=r"unknown silo 'spare'"):
                await scheduler.add_job(job, silo="spare")
            return page, info

    page, info = virtual(main)
    assert verdicts(page) == [("tick", START + timedelta(minutes=1), "succeeded", 1)]
    assert info.unresolved == "executor 'narrow' isn't here"


def test_a_job_whose_executor_is_gone_waits_and_runs_when_it_is_back(make, virtual):
    """A job without its executor isn't claimed; it runs once such an executor is there."""

    async def main():
        async with make() as scheduler:
            await scheduler.act(AddExecutor("narrow", "async", {"limit": 1}))
            job = Job(
                alias="tick",
                work=call(nothing),
                triggers=at(START + timedelta(seconds=30)),
                executor="narrow",
            )
            await scheduler.add_job(job)
            await scheduler.act(RemoveExecutor("narrow"))
            await asyncio.sleep(300)
            before = verdicts(await everything(scheduler))
            await scheduler.act(AddExecutor("narrow", "async"))
            await asyncio.sleep(1)
            return before, verdicts(await everything(scheduler))

    before, after = virtual(main)
    assert before == []
    assert after == [("tick", START + timedelta(seconds=30), "succeeded", 1)]


def test_health_says_how_it_does(make, virtual):
    """Health names the state, the silos with their last pass, and the executors with their room."""

    async def main():
        async with make(node="here") as scheduler:
            await asyncio.sleep(1)
            return await scheduler.act(Health())

    report = virtual(main)
    assert (report.ok, report.state, report.node, report.problems) == (True, "running", "here", ())
    assert [(one.alias, one.kind, one.ok) for one in report.silos] == [("default", "memory", True)]
    assert {one.alias for one in report.executors} == {"async", "thread", "process"}


# the life


def test_it_goes_through_its_states_and_runs_only_once(make, virtual):
    """Uninitialized, running, paused, running, stopped; and a second start is refused."""

    async def main():
        scheduler = make()
        states = [scheduler.state]
        await scheduler.startup()
        states.append(scheduler.state)
        await scheduler.act(Pause())
        states.append(scheduler.state)
        await scheduler.act(Resume())
        await scheduler.act(Stop())
        states.append(scheduler.state)
        with pytest.raises(StateError, match=r"it is stopped, so it takes no Pause"):
            await scheduler.act(Pause())
        with pytest.raises(StateError, match=r"it is stopped, so it can't become starting"):
            await scheduler.startup()
        return states

    assert virtual(main) == ["uninitialized", "running", "paused", "stopped"]


def test_what_is_no_job_is_not_added(make):
    """The error says what to write."""
    with pytest.raises(DefinitionError, match=r"^job: not a Job, given 'x'; write Job\(alias=..., work=...,"):
        make().add("x")


def test_add_is_for_before_the_start(make, virtual):
    """add() afterwards raises, and names what to use instead."""
    job = Job(alias="tick", work=call(nothing), triggers=every(minutes=5))

    async def main():
        async with make() as scheduler:
            scheduler.add(job)

    with pytest.raises(StateError, match=r"await scheduler.add_job\(...\) or sender.send\(AddJob\(...\)\)"):
        virtual(main)


def test_two_jobs_of_one_alias_are_refused(make):
    """The second job of one alias is an error at the line that adds it."""
    scheduler = make()
    job = Job(alias="tick", work=call(nothing), triggers=every(minutes=5))
    scheduler.add(job)
    with pytest.raises(DefinitionError, match=r"alias: job 'tick' is added already"):
        scheduler.add(job)


def test_a_stop_lets_running_work_end(make, virtual):
    """A stop starts nothing more and waits for what runs; its result is on record."""
    ended = []

    async def slow() -> None:
        await asyncio.sleep(20)
        ended.append(True)

    async def main():
        scheduler = make()
        history = scheduler.add(Job(alias="slow", work=call(slow), triggers=at(START)))
        scheduler.add(Job(alias="later", work=call(nothing), triggers=at(START + timedelta(seconds=5))))
        await scheduler.startup()
        await asyncio.sleep(1)
        store = scheduler.history
        await scheduler.teardown()
        return history, store

    virtual(main)
    assert ended == [True]


def test_a_run_that_outlasts_the_stop_deadline_is_interrupted_and_handed_back(tmp_path, clock, virtual, make):
    """What is cut off by a stop is recorded as interrupted, and runs again after the next start."""
    runs = []

    async def slow(context: RunContext) -> None:
        runs.append((context.occurrence, context.attempt))
        await asyncio.sleep(500 if context.attempt == 1 else 1)

    def scheduler():
        made = make(silo=use("sqlite", path=str(tmp_path / "jobs.db")))
        made._blueprint._functions.register(slow, "tests:slow")
        made.add(Job(alias="slow", work=call("tests:slow"), triggers=at(START)))
        return made

    async def main():
        async with scheduler():
            await asyncio.sleep(1)
        async with scheduler() as second:
            await asyncio.sleep(5)
            return await everything(second)

    page = virtual(main)
    assert runs == [("slow@2026-01-01T00:00:00Z", 1), ("slow@2026-01-01T00:00:00Z", 2)]
    ends = [
        (entry.run.outcome.result, entry.verdict) for entry in page.entries if entry.what is What.RUN_ENDED
    ]
    assert ends == [("interrupted", None), ("succeeded", "succeeded")]


def test_what_can_not_be_opened_raises_and_leaves_nothing_open(clock, virtual, tmp_path):
    """A silo that can't be opened raises from the start; the scheduler is stopped, not half open."""

    async def main():
        silos = {"good": use("memory"), "default": use("sqlite", path=str(tmp_path))}
        scheduler = Scheduler(silos=silos, clock=clock)
        with pytest.raises(Exception, match=r"silo .default.: .* is a folder"):
            await scheduler.startup()
        return scheduler.state

    assert virtual(main) is SchedulerState.STOPPED


def test_unknown_kinds_are_named_with_the_nearest(make, virtual):
    """An unknown kind or option says where, what was given, and the nearest name."""

    async def start(**options):
        async with make(**options):
            pass

    with pytest.raises(UnknownName, match=r"silo.default: unknown silo 'memry', did you mean 'memory'\?"):
        virtual(lambda: start(silo=use("memry")))
    with pytest.raises(
        UnknownName, match=r"executor.async \(async\): unknown option 'limits', did you mean 'limit'"
    ):
        virtual(lambda: start(executors={"async": use("async", limits=1)}))


def test_a_plugin_that_offers_a_taken_name_is_refused(make):
    """Two plugins that offer one name: an error that names both, before anything opens."""

    class Mine:
        @hookimpl
        def clockhand_triggers(self):
            return [Kind(name="cron", summary="", options=Unless)]

    with pytest.raises(
        PluginError, match=r"clockhand_triggers: 'cron' is offered by both clockhand-core .*and plugin 0"
    ):
        make(plugins=[Mine()])


def test_a_local_function_is_refused_for_a_durable_silo(make, virtual, tmp_path):
    """A lambda or a local function can't be found again after a restart, so a durable silo refuses it."""

    async def main(function):
        scheduler = make(silo=use("sqlite", path=str(tmp_path / "jobs.db")))
        scheduler.add(Job(alias="tick", work=call(function), triggers=every(minutes=5)))
        async with scheduler:
            pass

    with pytest.raises(DefinitionError, match=r"job 'tick': work: function .*lambda"):
        virtual(lambda: main(lambda: None))


def test_an_unknown_executor_is_refused_when_the_job_is_added(make, virtual):
    """A job for an executor that nothing offers is refused, naming the known ones."""

    async def main():
        scheduler = make()
        job = Job(alias="tick", work=call(nothing), triggers=every(minutes=5), executor="threads")
        scheduler.add(job)
        async with scheduler:
            pass

    with pytest.raises(
        DefinitionError, match=r"job 'tick': executor: unknown executor 'threads', did you mean 'thread'"
    ):
        virtual(main)


def test_the_default_zone_is_written_into_the_definition(make, virtual):
    """A cron without a zone gets the scheduler's, in the stored definition."""

    async def main():
        scheduler = make(timezone="Europe/Berlin")
        scheduler.add(Job(alias="nightly", work=call(nothing), triggers=cron("30 2 * * *")))
        async with scheduler:
            return await scheduler.act(GetJob("nightly"))

    info = virtual(main)
    assert info.row.job.timer == cron("30 2 * * *", tz="Europe/Berlin")
    assert info.row.cursor == START.replace(hour=1, minute=30)


def test_run_once_runs_what_is_due_and_returns(make, clock):
    """run(once=True) runs what is due now, waits for it, and says how many ran and failed."""
    scheduler = Scheduler(silo=use("memory"))
    past = datetime(2020, 1, 1, tzinfo=UTC)
    scheduler.add(Job(alias="good", work=call(nothing), triggers=at(past)))
    scheduler.add(Job(alias="bad", work=call(fails), triggers=at(past)))
    scheduler.add(Job(alias="later", work=call(nothing), triggers=every(hours=1)))
    ended = scheduler.run(once=True)
    assert (ended.signal, ended.started, ended.failed) == (None, 2, 1)


def test_the_context_tells_the_work_of_its_run(make, virtual):
    """A function that asks for its context gets the job, the due time, the attempt, the key and the token."""
    seen = []

    async def asks(context: RunContext) -> dict[str, int]:
        seen.append((context.job, context.due, context.attempt, context.occurrence, context.node))
        assert context.token > 0
        context.record(rows=3)
        context.progress(1, 2, "half")
        return {"done": 2}

    async def main():
        scheduler = make(node="here")
        scheduler.add(Job(alias="asks", work=call(asks), triggers=at(START)))
        async with scheduler:
            await asyncio.sleep(1)
            return await everything(scheduler)

    page = virtual(main)
    assert seen == [("asks", START, 1, "asks@2026-01-01T00:00:00Z", "here")]
    (ended,) = [entry for entry in page.entries if entry.what is What.RUN_ENDED]
    assert ended.run.outcome.output == {"rows": 3, "result": {"done": 2}}


@attrs.frozen
class Phases(Work):
    """A work that notes its phases."""

    name: str

    async def startup(self, context: RunContext) -> None:
        """Note it."""
        NOTED.append("startup")

    async def func(self, context: RunContext) -> None:
        """Note it, and fail."""
        NOTED.append("func")
        raise ValueError("no")

    async def teardown(self, context: RunContext) -> None:
        """Note it."""
        NOTED.append("teardown")


NOTED: list[str] = []


class Works:
    """A plugin that offers it."""

    @hookimpl
    def clockhand_works(self):
        """Return it."""
        return [Kind(name="phases", summary="", options=Phases)]


def test_a_custom_work_goes_through_its_phases(make, virtual):
    """startup, func, teardown, each once; teardown also when func raised."""
    NOTED.clear()

    async def main():
        scheduler = make(plugins=[Works()])
        scheduler.add(Job(alias="mine", work=Phases("x"), triggers=at(START)))
        async with scheduler:
            await asyncio.sleep(1)

    virtual(main)
    assert NOTED == ["startup", "func", "teardown"]


def test_a_work_that_nobody_offers_is_refused_when_added(make, virtual):
    """A Work of a class that no plugin offers can't be stored; the error says which hook offers it."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="mine", work=Phases("x"), triggers=at(START)))
        async with scheduler:
            pass

    with pytest.raises(
        DefinitionError, match=r"job 'mine': work: no plugin here offers .*Phases; offer it as a Kind"
    ):
        virtual(main)


def test_the_ledger_reaches_a_history_of_another_kind(make, virtual, tmp_path):
    """Entries travel from the silo's outbox into a History of another kind, in order, each once."""

    async def main():
        scheduler = make(history=use("jsonl", path=str(tmp_path / "history.jsonl")))
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=1)))
        async with scheduler:
            await asyncio.sleep(181)
            return await everything(scheduler)

    page = virtual(main)
    assert [entry.seq for entry in page.entries] == list(range(1, len(page.entries) + 1))
    assert len(verdicts(page)) == 3


def test_history_can_be_asked_for_one_job(make, virtual):
    """read() takes a Query."""

    async def main():
        scheduler = make()
        scheduler.add(Job(alias="a", work=call(nothing), triggers=every(minutes=1)))
        scheduler.add(Job(alias="b", work=call(nothing), triggers=every(minutes=1)))
        async with scheduler:
            await asyncio.sleep(61.5)
            return await scheduler.read(Query(jobs=frozenset({"a"}), whats=frozenset({What.RUN_ENDED})))

    assert [entry.job for entry in virtual(main).entries] == ["a"]


def test_the_decorator_declares_a_function_and_leaves_it_alone(make, virtual):
    """@scheduler.job makes a job of a function; the function stays what it was."""
    scheduler = make()

    @scheduler.job(every(minutes=1), alias="hourly", title="A title", args=(2,), kwargs={"b": 3})
    async def add(a: int, b: int) -> int:
        return a + b

    @scheduler.job(every(minutes=1))
    async def named() -> None:
        pass

    assert asyncio.run(add(1, 1)) == 2

    async def main():
        async with scheduler:
            await asyncio.sleep(61)
            return await everything(scheduler)

    ends = [entry for entry in virtual(main).entries if entry.what is What.RUN_ENDED]
    assert {entry.job: entry.run.outcome.output for entry in ends} == {
        "hourly": {"result": 5},
        "named": None,
    }
    with pytest.raises(DefinitionError, match="triggers: '5m' is not a timer"):
        scheduler.job("5m")


def test_check_says_what_a_start_would_refuse_and_opens_nothing(make, tmp_path):
    """check() returns the jobs as they would be added, or raises; no file is made."""
    path = tmp_path / "jobs.db"
    scheduler = make(silo=use("sqlite", path=str(path)), timezone="Europe/Berlin")
    scheduler.add(Job(alias="nightly", work=call("textwrap:dedent", "x"), triggers=cron("30 2 * * *")))
    (declared,) = scheduler.check()
    assert (declared.job.timer, declared.job.executor) == (cron("30 2 * * *", tz="Europe/Berlin"), "thread")
    assert not path.exists()
    scheduler.add(Job(alias="lost", work=call(nothing), triggers=every(minutes=1)), silo="elsewhere")
    with pytest.raises(UnknownName, match="job 'lost': silo: unknown silo 'elsewhere'"):
        scheduler.check()


def test_attaching_looks_and_asks_without_running_anything(make, virtual, tmp_path):
    """attach() opens the stores for Msgs about jobs and for the history; nothing runs."""
    silo = use("sqlite", path=str(tmp_path / "jobs.db"))

    async def main():
        first = make(silo=silo)
        first.add(Job(alias="tick", work=call("textwrap:dedent", "x"), triggers=every(minutes=1)))
        async with first:
            await asyncio.sleep(61)
        second = make(silo=silo)
        async with second.attach() as attached:
            await asyncio.sleep(600)
            (info,) = await attached.act(ListJobs())
            reply = await attached.act(FireJob("tick"))
            page = await attached.read(Query(whats=frozenset({What.RUN_ENDED})))
            with pytest.raises(StateError, match="not started, only attached, so it takes no Pause"):
                await attached.act(Pause())
        with pytest.raises(StateError, match="it is uninitialized, start it first"):
            await second.act(ListJobs())
        return info, reply, page

    info, reply, page = virtual(main)
    assert info.unresolved == "function 'textwrap:dedent' isn't registered here"
    assert reply.what == "done"
    assert len(page.entries) == 1


def test_attaching_to_memory_is_refused(make, virtual):
    """What another process has in memory can't be seen from here: the error says so."""

    async def main():
        async with make().attach():
            pass

    with pytest.raises(ConfigError, match=r"silo.default: kind 'memory' lives inside one process"):
        virtual(main)


def test_progress_is_told_to_who_listens(make, virtual):
    """What a work says of its progress is an event, also from a thread."""
    events = []

    async def slow(context: RunContext) -> None:
        for step in range(3):
            context.progress(step, 3, f"step {step}")
            await asyncio.sleep(1)

    def threaded(context: RunContext) -> None:
        context.progress(1, note="from a thread")

    async def main():
        scheduler = make()
        scheduler.subscribe(events.append)
        scheduler.add(Job(alias="slow", work=call(slow), triggers=at(START)))
        scheduler.add(Job(alias="thread", work=call(threaded), triggers=at(START)))
        async with scheduler:
            await asyncio.sleep(10)

    virtual(main)
    told = [event for event in events if isinstance(event, RunProgressed)]
    assert [(event.done, event.total, event.reason) for event in told if event.job == "slow"] == [
        (0, 3, "step 0"),
        (1, 3, "step 1"),
        (2, 3, "step 2"),
    ]
    assert [event.reason for event in told if event.job == "thread"] == ["from a thread"]


def test_a_stop_takes_no_longer_than_its_ladder(make, clock, virtual):
    """The deadline, twice the grace and a second; what even then goes on is named."""

    async def stubborn() -> None:
        for _ in range(100):
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                continue

    async def main():
        scheduler = make(timing=Timing(poll="60s", kill_after="2s"))
        scheduler.add(Job(alias="stubborn", work=call(stubborn), triggers=at(START)))
        await scheduler.startup()
        await asyncio.sleep(5)
        history = scheduler.history
        began = clock.monotonic()
        await scheduler.act(Stop(deadline=timedelta(seconds=1)))
        return history, clock.monotonic() - began, scheduler.state

    _, took, state = virtual(main)
    assert state is SchedulerState.STOPPED
    assert 6 <= took < 6.1


def test_a_silo_that_fails_at_the_end_leaves_nobody_behind(make, clock, caplog, monkeypatch):
    """What can't be stopped is named and let go of, and no worker waits for more, whatever the silo says."""

    async def stubborn() -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1)

    async def full(*_: object) -> None:
        raise OSError("no space left on device")

    async def main():
        scheduler = make(timing=Timing(poll="60s", kill_after="2s"))
        scheduler.add(Job(alias="short", work=call(nothing), triggers=at(START)))
        scheduler.add(Job(alias="stubborn", work=call(stubborn), triggers=at(START)))
        await scheduler.startup()
        await asyncio.sleep(5)
        monkeypatch.setattr(MemorySilo, "settle", full)
        await scheduler.act(Stop(deadline=timedelta(seconds=1)))
        return asyncio.all_tasks() - {asyncio.current_task()}

    loop = VirtualLoop(clock)
    assert not loop.run_until_complete(main())
    loop.close()
    told = [record.message for record in caplog.records]
    assert "silo default: at the end: OSError: no space left on device" in told
    key = "stubborn@2026-01-01T00:00:00Z"
    assert f"{key} could not be stopped and goes on until this process ends" in told


def test_hooks_hear_of_the_start_and_the_stop(make, virtual, caplog):
    """clockhand_started and clockhand_stopping are called with the scheduler; one that raises is logged."""
    heard = []

    class Good:
        @hookimpl
        def clockhand_started(self, scheduler):
            heard.append(("started", scheduler.state))

        @hookimpl
        def clockhand_stopping(self, scheduler):
            heard.append(("stopping", scheduler.state))

    class Bad:
        @hookimpl
        def clockhand_started(self):
            raise RuntimeError("no")

    async def main():
        async with make(plugins=[Bad(), Good()]):
            pass

    virtual(main)
    assert heard == [("started", "running"), ("stopping", "stopping")]
    assert "clockhand_started of plugin 0 raised RuntimeError: no" in caplog.text


def test_options_that_should_be_lists_are_refused_as_texts(make):
    """block="x" would block single letters; it is refused, with what to write."""
    for option in ("block", "only", "modules"):
        with pytest.raises(ConfigError, match=f"{option}: one text, given 'name'; write a list of texts"):
            make(**{option: "name"})


def test_running_once_keeps_the_lease(clock, virtual):
    """What is run once may take longer than a lease: the owner beats meanwhile, nobody takes over."""

    async def long() -> None:
        await asyncio.sleep(100)

    async def main():
        scheduler = Scheduler(silo=use("memory"), clock=clock)
        scheduler.add(Job(alias="long", work=call(long), triggers=at(START)))
        task = asyncio.ensure_future(scheduler.serve(once=True))
        await asyncio.sleep(90)
        service = scheduler._service
        silo, works = service.lanes["default"].silo, service.works()
        other = await silo.beat("other", clock.now(), timedelta(seconds=15))
        due = await silo.get_due_jobs(clock.now(), owner="other", room={"async": 9}, works=works, limit=9)
        assert other.alive
        assert list(due.claims) == []
        return await task

    assert virtual(main).started == 1


def test_a_run_that_the_last_turn_begins_is_waited_for(make, virtual, monkeypatch):
    """A stop comes while a slow store takes a plan: the run that this begins ends before the stop does."""
    start = MemorySilo.start

    async def slow(self, *args, **kwargs):
        answer = await start(self, *args, **kwargs)
        await asyncio.sleep(1)
        return answer

    async def work():
        await asyncio.sleep(0.5)

    async def main():
        monkeypatch.setattr(MemorySilo, "start", slow)
        scheduler = make()
        scheduler.add(Job(alias="late", work=call(work), triggers=at(START)))
        ended = []
        scheduler.subscribe(lambda event: ended.append(type(event).__name__))
        await scheduler.startup()
        await asyncio.sleep(0.5)
        await scheduler.teardown()
        return ended

    told = virtual(main)
    assert told.index("RunStarted") < told.index("RunSucceeded") < told.index("SchedulerStopped")
