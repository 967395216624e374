"""The last paragraph, clause by clause; hostile rows have a file of their own."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from accounts import became, covered, starts, verdicts

from clockhand import Job, Query, RunContext, at, call, cron, every, use
from clockhand.contracts import JobFilter, StatusWord, What
from clockhand.events import EVENTS, Event, RunEvent
from clockhand.hookspecs import hookimpl

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def second(number: float) -> datetime:
    """Return that second of the test."""
    return START + timedelta(seconds=number)


async def quick() -> None:
    """Take no time."""


async def nap(seconds: float) -> None:
    """Take that long."""
    await asyncio.sleep(seconds)


async def answers() -> dict[str, int]:
    """Return something."""
    return {"answer": 42}


async def fails() -> None:
    """Fail."""
    raise RuntimeError("as it should")


def test_a_result_can_be_read_any_number_of_times(make, store, virtual):
    """By the key of its occurrence, again and again, from another scheduler too, after a restart too."""
    found = []

    async def read(scheduler) -> None:
        for _ in range(3):
            query = Query(occurrence="job@2026-01-01T00:00:01Z", whats=frozenset({What.RUN_ENDED}))
            page = await scheduler.read(query)
            found.extend(entry.run.outcome.output for entry in page.entries)

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(Job(alias="job", work=call(answers), triggers=at(second(1))))
            await asyncio.sleep(2)
            await read(scheduler)
            async with make() as other:
                await read(other)
        async with make() as later:
            await read(later)

    virtual(main)
    assert found == [{"result": {"answer": 42}}] * 9


def test_an_empty_filter_returns_nothing(make, store, virtual):
    """No aliases, no tags, no jobs, no whats, no verdicts: nothing; and no filter at all: everything."""
    empty = frozenset()

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(Job(alias="job", work=call(quick), triggers=every(seconds=1)))
            await asyncio.sleep(3)
            jobs = [
                len(await scheduler.list_jobs(which))
                for which in (JobFilter(aliases=empty), JobFilter(tags=empty), JobFilter())
            ]
            queries = Query(jobs=empty), Query(whats=empty), Query(verdicts=empty), Query()
            return jobs, [len((await scheduler.read(query)).entries) for query in queries]

    jobs, entries = virtual(main)
    assert jobs == [0, 0, 1]
    assert entries[:3] == [0, 0, 0]
    assert entries[3] > 0


@pytest.mark.parametrize(
    "fields", [{"triggers": at(START)}, {"triggers": every(seconds=1)}], ids=["at", "every"]
)
def test_a_job_added_by_another_process_is_noticed_within_one_poll(make, store, clock, virtual, fields):
    """Whoever has nothing else to do finds it when it polls next, and runs it in time."""

    async def main():
        idle = make()
        idle.add(Job(alias="far", work=call(quick), triggers=at(START + timedelta(days=9))))
        async with idle, make() as other:
            await other.pause()
            await asyncio.sleep(10.3)
            await other.add_job(Job(alias="job", work=call(quick), **fields))
            added = clock.now()
            await asyncio.sleep(3)
        return added, await store.ledger()

    added, entries = virtual(main)
    first = next(entry for entry in entries if entry.what is What.RUN_STARTED)
    assert first.job == "job"
    assert first.at <= max(added, first.due) + SECOND


def test_every_event_carries_the_same_base_fields(make, store, virtual):
    """When, on which node, of which silo, job and occurrence, and why: all of them have them, and say so."""
    events: list[Event] = []
    base = [field.name for field in attrs.fields(Event)]

    async def main():
        scheduler = make(node="here", executors={"async": use("async", limit=2)})
        scheduler.subscribe(events.append)
        scheduler.add(Job(alias="tick", work=call(quick), triggers=every(seconds=1)))
        async with scheduler:
            for alias, work in {"well": call(answers), "ill": call(fails), "long": call(nap, 60)}.items():
                await scheduler.add_job(
                    Job(alias=alias, work=work, triggers=every(seconds=2), timeout="3s", warn_after="1s")
                )
            await asyncio.sleep(6.5)
            await scheduler.pause_job("well", reason="tired")
            await asyncio.sleep(5)
            await scheduler.resume_job("well")
            await scheduler.modify_job("ill", title="still ill")
            await scheduler.remove_job("long")
            await scheduler.pause()
            await asyncio.sleep(5)
            await scheduler.resume()
            await asyncio.sleep(2)

    virtual(main)
    for kind in EVENTS:
        assert [field.name for field in attrs.fields(kind)][: len(base)] == base
    kinds = {type(event).__name__ for event in events}
    assert {"SchedulerStarted", "SchedulerPaused", "JobPaused", "JobRemoved", "OccurrenceSkipped"} <= kinds
    assert {"RunStarted", "RunSucceeded", "RunFailed", "RunTimedOut", "RunSlow", "JobUpdated"} <= kinds
    assert len(kinds) >= 15
    for event in events:
        assert event.at.tzinfo is UTC
        assert event.node == "here"
        about_a_job = not type(event).__name__.startswith("Scheduler")
        assert (event.silo, bool(event.job)) == (("default", True) if about_a_job else ("", False))
        assert isinstance(event.reason, str)
        if isinstance(event, RunEvent):
            assert event.occurrence.startswith((f"{event.job}@", f"{event.job}!"))
            assert event.run.attempt >= 1


def test_two_processes_of_one_host_name_are_two_identities(make, store, virtual):
    """Each has a name of its own; the stop of one takes nothing from the other, nor does it end its runs."""

    async def main():
        first, second_one = make(node="host"), make(node="host")
        for scheduler in (first, second_one):
            scheduler.add(Job(alias="job", work=call(nap, 60), triggers=at(second(1))))
            scheduler.add(Job(alias="beside", work=call(nap, 60), triggers=at(second(2))))
        async with second_one:
            async with first:
                await first.pause()
                await asyncio.sleep(1.5)
                await second_one.pause()
                await first.resume()
                await asyncio.sleep(5)
                await first.teardown(timedelta())
            await asyncio.sleep(100)
            await second_one.resume()
            await asyncio.sleep(100)
        return await store.ledger()

    entries = virtual(main)
    owners = {entry.job: [] for entry in entries if entry.job}
    for entry in entries:
        if entry.what is What.RUN_STARTED:
            owners[entry.job].append(entry.run.owner)
    assert len(owners["job"]) == 1, "the run of the second went on"
    assert len(owners["beside"]) == 2
    assert owners["beside"][0] != owners["job"][0], "two names, and neither is that of the host"
    assert "host" not in "".join(owners["job"] + owners["beside"])
    assert Counter(verdict for _, verdict in verdicts(entries)) == {"succeeded": 2}


def test_a_finished_one_shot_leaves_its_record(make, store, virtual):
    """After a restart too it is listed as finished, and its history is there."""

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(Job(alias="shot", work=call(answers), triggers=at(second(1))))
            await asyncio.sleep(2)
            first = await scheduler.get_job("shot")
        async with make() as again:
            await asyncio.sleep(2)
            (second_look,) = await again.list_jobs()
            reply = await again.add_job(Job(alias="shot", work=call(answers), triggers=at(second(1))))
            await asyncio.sleep(2)
        return first, second_look, reply, await store.ledger()

    first, second_look, reply, entries = virtual(main)
    for info in (first, second_look):
        assert (info.status.word, info.status.reason) == (StatusWord.FINISHED, "succeeded")
    assert reply.what == "unchanged"
    assert verdicts(entries) == [("shot@2026-01-01T00:00:01Z", "succeeded")]


@pytest.mark.parametrize(
    ("catch_up", "told"),
    [
        ("none", {"missed": 1}),
        ("latest", {"succeeded": 1}),
        ("all", {"succeeded": 1}),
    ],
)
@pytest.mark.parametrize("timer", [cron("0 * * * *"), at(START + timedelta(hours=1))], ids=["cron", "at"])
def test_a_start_15_seconds_late_honours_catch_up(make, store, virtual, timer, catch_up, told):
    """The due time passed 15 s before the scheduler came: it is run or missed, as the job says."""

    def scheduler():
        made = make()
        made.add(Job(alias="job", work=call(quick), triggers=timer, catch_up=catch_up))
        return made

    async def main():
        await asyncio.sleep(1)
        async with scheduler():
            await asyncio.sleep(10)
        await asyncio.sleep(3600 - 11 + 15)
        async with scheduler():
            await asyncio.sleep(10)
        return await store.ledger()

    entries = virtual(main)
    assert Counter(verdict for _, verdict in verdicts(entries)) == told
    assert covered(entries, "job", SECOND) == [START + timedelta(hours=1)]
    (entry,) = [entry for entry in entries if entry.verdict is not None]
    assert entry.at <= START + timedelta(hours=1, seconds=16)
    if catch_up == "none":
        assert "15s late" in entry.reason


async def leaves() -> None:
    """Ask the whole process to end."""
    raise SystemExit(7)


def leaves_in_a_thread() -> None:
    """Likewise."""
    raise SystemExit(7)


async def leaves_in_a_task(context: RunContext) -> None:
    """Likewise, from a task that it spawned."""
    task = asyncio.create_task(leaves())
    await asyncio.wait({task})
    await asyncio.sleep(1)


@pytest.mark.parametrize("work", [leaves, leaves_in_a_thread, leaves_in_a_task])
def test_system_exit_of_a_job_is_its_failure(make, store, virtual, work):
    """That run failed; the scheduler goes on, and so do the others."""

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(Job(alias="leaves", work=call(work), triggers=at(second(1))))
            await scheduler.add_job(Job(alias="stays", work=call(quick), triggers=every(seconds=1)))
            await asyncio.sleep(5.5)
            return await scheduler.health(), await store.ledger()

    report, entries = virtual(main)
    assert report.ok
    (ended,) = [entry for entry in entries if entry.job == "leaves" and entry.verdict]
    assert (ended.verdict, ended.run.outcome.code) == ("failed", "exc:SystemExit")
    assert len(covered(entries, "stays", SECOND)) == 5
    assert set(starts(entries).values()) == {1}


class Leaver:
    """A plugin whose listener asks the whole process to end, at each run that succeeds."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @hookimpl
    def clockhand_run_succeeded(self, event):
        """Leave."""
        self.heard.append(event.occurrence)
        raise SystemExit(7)


def test_system_exit_of_a_listener_is_its_failure(make, store, virtual, caplog):
    """It is logged with the plugin's name, the listener hears the next event, and the jobs run on."""
    leaver = Leaver()

    async def main():
        scheduler = make(plugins=[leaver])
        scheduler.add(Job(alias="job", work=call(quick), triggers=every(seconds=1)))
        with caplog.at_level(logging.ERROR):
            async with scheduler:
                await asyncio.sleep(3.5)
        return await store.ledger()

    entries = virtual(main)
    assert [list(map(str, found)) for found in became(entries).values()] == [["succeeded"]] * 3
    assert leaver.heard == list(became(entries))
    assert caplog.text.count("failed on RunSucceeded: SystemExit: 7") == 3
