"""Due times that depend on what happens: the start of a process, the end of a run, how many there were."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from storeroom import Store

from clockhand import (
    Job,
    Retries,
    after_completion,
    any_of,
    at_start,
    but_not,
    call,
    every,
    if_last,
    weekdays,
)
from clockhand.contracts import StatusWord, Verdict, What

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path, clock):
    """An empty store, in memory and in a file."""
    return Store(request.param, tmp_path, clock)


def ran(entries, job="job"):
    """Return when the runs of a job began, in seconds from the start, and their due times likewise."""
    return [
        ((entry.at - START) / SECOND, (entry.due - START) / SECOND)
        for entry in entries
        if entry.what is What.RUN_STARTED and entry.job == job
    ]


def scheduler_of(store, *jobs):
    """Return a new scheduler on the store that declares these jobs."""
    made = store.scheduler()
    for job in jobs:
        made.add(job)
    return made


async def two_seconds() -> None:
    """Take two seconds."""
    await asyncio.sleep(2)


async def over_two_seconds() -> None:
    """Take a little more than that."""
    await asyncio.sleep(2.5)


async def fails() -> None:
    """Fail at once."""
    raise ValueError("no")


def test_a_fixed_delay_counts_from_the_end(store, virtual):
    """Due at once, then three seconds after each end, however long the run took and however it ended."""
    jobs = (
        Job(alias="job", work=call(two_seconds), triggers=after_completion(3)),
        Job(alias="fails", work=call(fails), triggers=after_completion(3)),
    )

    async def main():
        async with scheduler_of(store, *jobs):
            await asyncio.sleep(16)
        return await store.ledger()

    entries = virtual(main)
    begun = [at for at, _ in ran(entries)]
    assert [round(at) for at in begun] == [0, 5, 10, 15]
    assert [round(at) for at, _ in ran(entries, "fails")] == [0, 3, 6, 9, 12, 15]
    ends = [entry.at for entry in entries if entry.what is What.RUN_ENDED and entry.job == "job"]
    dues = [entry.due for entry in entries if entry.what is What.RUN_STARTED and entry.job == "job"]
    assert dues[1:] == [end + 3 * SECOND for end in ends[: len(dues) - 1]]


def test_a_fixed_delay_goes_on_whatever_becomes_of_a_due_time(store, virtual):
    """Also after one that a condition kept from running, and from one process to the next."""
    jobs = (
        Job(
            alias="job", work=call(two_seconds), triggers=[after_completion(5), if_last("other", "succeeded")]
        ),
        Job(alias="other", work=call(two_seconds), triggers=every(seconds=11, anchor=START)),
    )

    async def main():
        async with scheduler_of(store, *jobs):
            await asyncio.sleep(18)
        async with scheduler_of(store, *jobs):
            await asyncio.sleep(10)
        return await store.ledger()

    entries = virtual(main)
    told = [
        (round((one.due - START) / SECOND), str(one.verdict))
        for one in entries
        if one.verdict and one.job == "job"
    ]
    assert told[:3] == [(0, "excluded"), (5, "excluded"), (10, "excluded")]
    assert told[3:5] == [(15, "succeeded"), (22, "succeeded")]


def test_it_goes_on_after_a_pause_and_after_a_new_definition(store, virtual):
    """What stands still takes up again, counted from the last end; another delay counts from there too."""

    async def main():
        async with store.scheduler() as scheduler:
            await scheduler.add_job(Job(alias="job", work=call(two_seconds), triggers=after_completion(3)))
            await asyncio.sleep(3)
            await scheduler.pause_job("job")
            await asyncio.sleep(30)
            await scheduler.resume_job("job")
            await asyncio.sleep(6)
            await scheduler.modify_job("job", triggers=after_completion(60))
            await asyncio.sleep(120)
            return await store.ledger()

    entries = virtual(main)
    begun = [round(at) for at, _ in ran(entries)]
    assert begun[0] == 0
    assert 33 <= begun[1] <= 37
    assert begun[2] - begun[1] >= 60
    assert len(begun) >= 3


def test_each_start_of_a_process_is_a_due_time(store, virtual):
    """Once each time a scheduler begins, beside what else the timer says, and paused it is not run."""
    jobs = (
        Job(alias="job", work=call(two_seconds), triggers=at_start()),
        Job(alias="both", work=call(two_seconds), triggers=any_of(at_start(), every(hours=1))),
    )
    seen = []

    async def main():
        for _ in range(3):
            async with scheduler_of(store, *jobs) as scheduler:
                await asyncio.sleep(90)
                seen.append((await scheduler.get_job("job")).status.word)
            await asyncio.sleep(10)
        async with scheduler_of(store, *jobs) as scheduler:
            await scheduler.pause_job("job")
        async with scheduler_of(store, *jobs) as scheduler:
            await asyncio.sleep(3600)
        return await store.ledger()

    entries = virtual(main)
    starts = [round((one.at - START) / SECOND) for one in entries if one.what is What.SCHEDULER_STARTED]
    begun = [round(at) for at, _ in ran(entries)]
    assert begun[:3] == starts[:3] == [0, 100, 200]
    assert len(begun) <= 4
    assert [round(at) for at, _ in ran(entries, "both")][:3] == [0, 100, 200]
    assert 3600 in [due for _, due in ran(entries, "both")]
    assert seen == [StatusWord.SUCCESS] * 3


@pytest.mark.parametrize("overlap", ["skip", "queue-all", "parallel"])
def test_after_so_many_runs_it_is_over(store, virtual, overlap):
    """Three runs and no fourth, over two processes; what is fired by hand doesn't count and still can be."""
    job = Job(alias="job", work=call(two_seconds), triggers=every(seconds=1), max_runs=3, overlap=overlap)

    async def main():
        async with scheduler_of(store, job):
            await asyncio.sleep(1.5)
        async with scheduler_of(store, job) as scheduler:
            await asyncio.sleep(30)
            word = (await scheduler.get_job("job")).status.word
            await scheduler.fire_job("job")
            await asyncio.sleep(10)
        return word, await store.ledger()

    word, entries = virtual(main)
    keys = [entry.occurrence for entry in entries if entry.what is What.RUN_STARTED]
    assert [key.partition("!")[1] for key in keys] == ["", "", "", "!"]
    assert word is StatusWord.FINISHED


def test_one_that_waited_and_was_given_up_is_no_run(store, virtual):
    """With queue-one a later due time takes the place of one that waits: that one counts as no run."""
    job = Job(
        alias="job", work=call(over_two_seconds), triggers=every(seconds=1), max_runs=3, overlap="queue-one"
    )

    async def main():
        async with scheduler_of(store, job) as scheduler:
            await asyncio.sleep(30)
            word = (await scheduler.get_job("job")).status.word
        return word, await store.ledger()

    word, entries = virtual(main)
    assert [round(due) for _, due in ran(entries)] == [1, 3, 4]
    assert [entry.verdict for entry in entries if entry.what is What.NEVER_RAN] == [Verdict.COALESCED]
    assert word is StatusWord.FINISHED


def test_catch_up_all_runs_no_more_than_there_may_be(store, virtual):
    """Of a backlog the first ones are run, as many as are left."""
    job = Job(
        alias="job",
        work=call(fails),
        triggers=every(seconds=1),
        max_runs=4,
        catch_up="all",
        overlap="parallel",
    )

    async def main():
        async with scheduler_of(store, job):
            await asyncio.sleep(1.5)
        await asyncio.sleep(60)
        async with scheduler_of(store, job):
            await asyncio.sleep(10)
        return await store.ledger()

    assert len(ran(virtual(main))) == 4


def test_more_runs_go_on_and_fewer_end_it(store, virtual):
    """The number may be changed: more bring it back to life, fewer than there were end it at once."""

    async def main():
        async with store.scheduler() as scheduler:
            job = Job(alias="job", work=call(fails), triggers=every(seconds=10), max_runs=1)
            await scheduler.add_job(job)
            await asyncio.sleep(35)
            counts = [len(ran(await store.ledger()))]
            await scheduler.modify_job("job", max_runs=4)
            await asyncio.sleep(21)
            counts.append(len(ran(await store.ledger())))
            await scheduler.modify_job("job", max_runs=2)
            await asyncio.sleep(60)
            counts.append(len(ran(await store.ledger())))
            return counts, (await scheduler.get_job("job")).status.word

    counts, word = virtual(main)
    assert (counts, word) == ([1, 3, 3], StatusWord.FINISHED)


def test_a_silo_that_can_not_list_its_jobs_runs_them(store, virtual, caplog):
    """Planning anew waits and is tried again; what is due is run meanwhile."""
    from storeroom import only, raises

    job = Job(alias="job", work=call(fails), triggers=every(seconds=10))
    plugin = store.plugin()
    scheduler = store.scheduler(plugin)
    scheduler.add(job)

    async def main():
        async with scheduler:
            plugin.silo.door.before = only(["list_jobs"], raises)
            await asyncio.sleep(35)
            plugin.silo.door.heal()
            await asyncio.sleep(20)
            return await store.ledger()

    entries = virtual(main)
    assert len(ran(entries)) == 5
    assert {str(entry.verdict) for entry in entries if entry.verdict} == {str(Verdict.FAILED)}
    assert len([record for record in caplog.records if "planning anew failed" in record.message]) <= 8


DAY = timedelta(days=1)


@pytest.mark.parametrize("overlap", ["skip", "queue-all"])
def test_what_waits_does_not_wait_for_the_old_time(store, clock, virtual, overlap):
    """A day back: a retry, a run that is put off and one that was asked for start all the same."""
    fields = {"overlap": overlap, "work": call(fails)}
    again = Retries(attempts=3, delay=20, jitter=0)
    jobs = (
        Job(
            alias="tries",
            triggers=every(seconds=10),
            retries=again,
            **fields,
        ),
        Job(alias="put-off", triggers=every(seconds=40), spread="30s", **fields),
        Job(alias="asked", triggers=every(hours=99), **fields),
    )

    async def main():
        async with scheduler_of(store, *jobs) as scheduler:
            await asyncio.sleep(41)
            await scheduler.pause()
            await scheduler.fire_job("asked")
            clock.step(-DAY)
            told = len(await store.ledger())
            await scheduler.resume()
            await asyncio.sleep(70)
            return (await store.ledger())[told:]

    entries = virtual(main)
    begun = [entry.job for entry in entries if entry.what is What.RUN_STARTED]
    assert begun.count("tries") >= 2
    assert "put-off" in begun
    assert "asked" in begun


@pytest.mark.parametrize(
    ("timer", "seconds"),
    [
        (any_of(every(seconds=10)), 60),
        (but_not(every(seconds=10), weekdays("mon")), 60),
        (every(days=1, at="00:02:00"), 120),
    ],
    ids=["any of", "but not", "days"],
)
def test_what_counts_from_its_adding_goes_on(store, clock, virtual, timer, seconds):
    """A year back, before it was added: it doesn't wait for the day on which it will have been."""

    async def main():
        async with scheduler_of(store, Job(alias="job", work=call(fails), triggers=timer)):
            await asyncio.sleep(65)
            clock.step(-365 * DAY)
            told = len(await store.ledger())
            await asyncio.sleep(seconds)
            return (await store.ledger())[told:]

    assert ran(virtual(main))


def test_a_removed_run_has_an_end(store, virtual):
    """Its attempt is cancelled and its occurrence removed, so that nothing shows it as running for ever."""

    async def main():
        async with store.scheduler() as scheduler:
            await scheduler.add_job(Job(alias="job", work=call(two_seconds), triggers=every(seconds=10)))
            await asyncio.sleep(11)
            await scheduler.remove_job("job")
            return await store.ledger()

    (end,) = [entry for entry in virtual(main) if entry.what is What.RUN_ENDED]
    assert (str(end.verdict), str(end.run.outcome.result)) == ("removed", "cancelled")
