"""The policies of jobs, from the definition to the ledger, on virtual time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from clockhand import Job, Policies, Query, Retries, WorkFailed, at, call, every, use
from clockhand.contracts import What
from clockhand.errors import ConfigError, DefinitionError, UnknownName
from clockhand.events import RunSlow
from clockhand.msgs import CancelRun, FireJob, GetJob, PauseJob, RemoveJob, ResumeJob

START = datetime(2026, 1, 1, tzinfo=UTC)


def second(number: float) -> datetime:
    """Return that second of the test."""
    return START + timedelta(seconds=number)


async def told(scheduler, *whats: What) -> list[tuple]:
    """Return what is on record as (what, verdict, second of due, second it happened)."""
    page = await scheduler.read(Query(whats=frozenset(whats) or None), limit=10_000)
    found = []
    for entry in page.entries:
        if entry.due is None:
            continue
        due, moment = ((one - START).total_seconds() for one in (entry.due, entry.at))
        found.append((str(entry.what), entry.verdict and str(entry.verdict), due, moment))
    return found


@pytest.fixture
def play(make, virtual):
    """Run a scheduler with jobs for so many virtual seconds, and return what it put on record."""

    def played(*jobs: Job, seconds: float, meanwhile=None, **options) -> list[tuple]:
        async def main() -> list[tuple]:
            scheduler = make(**options)
            for job in jobs:
                scheduler.add(job)
            async with scheduler:
                if meanwhile is not None:
                    await meanwhile(scheduler)
                await asyncio.sleep(seconds)
                await asyncio.sleep(0.1)
                return await told(scheduler)

        return virtual(main)

    return played


async def nap(seconds: float) -> None:
    """Sleep."""
    await asyncio.sleep(seconds)


def job(seconds: float, **fields) -> Job:
    """Return a job that is due every ten seconds and takes that long."""
    fields.setdefault("triggers", every(seconds=10, anchor=START))
    return Job(alias="job", work=call(nap, seconds), **fields)


def test_queue_one_starts_the_latest_as_soon_as_the_previous_ends(play):
    """Of what waits only the latest is kept; it starts within a second of the end of the previous."""
    assert play(job(25, overlap="queue-one"), seconds=55) == [
        ("run-started", None, 10, 10),
        ("never-ran", "coalesced", 20, 30),
        ("run-ended", "succeeded", 10, 35),
        ("run-started", None, 30, 35),
        ("never-ran", "coalesced", 40, 50),
    ]


def test_queue_all_runs_each_in_its_turn(play):
    """Nothing is dropped until the queue is full, and then it says so."""
    timer = at(*(second(number) for number in (1, 2, 3, 4)))
    record = play(job(10, triggers=timer, overlap="queue-all", queue_limit=2), seconds=60)
    assert record == [
        ("run-started", None, 1, 1),
        ("never-ran", "overlap-skipped", 4, 4),
        ("run-ended", "succeeded", 1, 11),
        ("run-started", None, 2, 11),
        ("run-ended", "succeeded", 2, 21),
        ("run-started", None, 3, 21),
        ("run-ended", "succeeded", 3, 31),
    ]


def test_cancel_previous_ends_it_before_the_new_one_starts(play):
    """The previous run is on record as cancelled before the new start record."""
    record = play(job(15, overlap="cancel-previous"), seconds=31)
    assert record == [
        ("run-started", None, 10, 10),
        ("run-ended", "cancelled", 10, 20),
        ("run-started", None, 20, 20),
        ("run-ended", "cancelled", 20, 30),
        ("run-started", None, 30, 30),
    ]


def test_parallel_up_to_max_running(play):
    """Two at once, and the third is skipped with a record."""
    record = play(job(25, overlap="parallel", max_running=2), seconds=35)
    assert ("never-ran", "overlap-skipped", 30, 30) in record
    assert [one for one in record if one[0] == "run-started"] == [
        ("run-started", None, 10, 10),
        ("run-started", None, 20, 20),
    ]


async def fail(code: str) -> None:
    """Fail with that code."""
    raise WorkFailed(code, "no luck")


def failing(code: str = "exit:75", **fields) -> Job:
    """Return a one-shot that fails with that code."""
    return Job(alias="job", work=call(fail, code), triggers=at(second(10)), **fields)


def test_a_failure_is_tried_again_after_a_growing_wait(play):
    """Each attempt is a run of its own of the same occurrence; the last one gives the verdict."""
    retries = Retries(attempts=3, delay="10s", factor=3, jitter=0)
    assert play(failing(retries=retries), seconds=120) == [
        ("run-started", None, 10, 10),
        ("run-ended", None, 10, 10),
        ("run-started", None, 10, 20),
        ("run-ended", None, 10, 20),
        ("run-started", None, 10, 50),
        ("run-ended", "failed", 10, 50),
    ]


@pytest.mark.parametrize(("code", "runs"), [("exit:75", 1), ("http:503", 3)])
def test_only_the_codes_that_are_named_are_tried_again(code, runs, play):
    """`on` matches codes, with * for anything."""
    retries = {"attempts": 3, "delay": 1, "on": ["http:5*", "timeout"]}
    assert len(play(failing(code, retries=retries), seconds=60)) == 2 * runs


def test_a_time_out_is_a_failure_too(play):
    """Its code is `timeout`."""
    retries = {"attempts": 3, "delay": 1, "on": ["timeout"]}
    record = play(job(99, timeout=2, retries=retries, triggers=at(second(1))), seconds=60)
    assert [one[1] for one in record if one[0] == "run-ended"] == [None, None, "timed-out"]


async def busy(seconds: float) -> None:
    """Fail as one does whom the other side asked to wait."""
    raise WorkFailed("http:429", "too many", retry_after=timedelta(seconds=seconds))


def test_retry_after_is_honoured(play):
    """The next attempt comes no sooner than the other side asked for."""
    one = Job(alias="job", work=call(busy, 40), triggers=at(second(1)), retries=1)
    starts = [moment for what, _, _, moment in play(one, seconds=60) if what == "run-started"]
    assert starts == [1, 41]


def test_one_that_waits_for_its_retry_is_open(play):
    """The next due time is skipped meanwhile: an occurrence is open until it has a verdict."""
    one = Job(
        alias="job",
        work=call(fail, "x"),
        triggers=every(seconds=10, anchor=START),
        retries={"attempts": 2, "delay": "15s", "jitter": 0},
    )
    assert ("never-ran", "overlap-skipped", 20, 20) in play(one, seconds=24)


def test_a_job_that_keeps_failing_is_paused(play):
    """After so many failed occurrences in a row, with the reason; resumed it begins to count anew."""
    rows = []

    async def meanwhile(scheduler) -> None:
        for _ in range(2):
            await asyncio.sleep(45)
            rows.append((await scheduler.act(GetJob("job"))).row)
            await scheduler.act(ResumeJob("job"))

    one = Job(alias="job", work=call(fail, "x"), triggers=every(seconds=10, anchor=START), pause_after=3)
    record = play(one, seconds=1, meanwhile=meanwhile)
    assert [row.paused.reason for row in rows] == ["3 failed in a row, the last with: no luck"] * 2
    assert [moment for what, _, _, moment in record if what == "run-started"] == [10, 20, 30, 50, 60, 70]


def test_a_slow_run_is_told_of_once(make, virtual):
    """The event comes at the bound, and the run goes on."""
    heard = []

    async def main() -> None:
        scheduler = make()
        scheduler.subscribe(lambda event: heard.append(event) if isinstance(event, RunSlow) else None)
        scheduler.add(job(30, triggers=at(second(1)), warn_after="12s"))
        async with scheduler:
            await asyncio.sleep(60)

    virtual(main)
    (event,) = heard
    assert (event.at, event.job, event.attempt, event.bound) == (second(13), "job", 1, timedelta(seconds=12))


def test_priority_goes_first_when_there_is_no_room(play):
    """Three fall due at once on an executor of one: the highest priority first, then by due time."""
    jobs = [
        Job(alias=name, work=call(nap, 5), triggers=at(second(1)), priority=priority)
        for name, priority in (("low", -1), ("mid", 0), ("high", 9), ("top", 10))
    ]

    async def main(scheduler) -> None:
        pass

    record = play(*jobs, seconds=60, executors={"async": use("async", limit=1)}, meanwhile=main)
    assert [one[3] for one in record if one[0] == "run-started"] == [1, 6, 11, 16]


def test_a_scheduler_has_defaults_and_a_job_has_the_last_word(make, virtual):
    """Policies are written into the definition when the job is added."""

    async def main() -> None:
        scheduler = make(defaults={"retries": 2, "overlap": "queue-one", "timeout": "5m"})
        scheduler.add(job(1, overlap="parallel"))
        async with scheduler:
            stored = (await scheduler.act(GetJob("job"))).row.job
        assert (stored.overlap, stored.retries.attempts, stored.timeout) == (
            "parallel",
            3,
            timedelta(minutes=5),
        )

    virtual(main)


def test_defaults_that_can_not_be(make):
    """The field is named, and the nearest one."""
    with pytest.raises(UnknownName, match="defaults: unknown policy 'overlp', did you mean 'overlap'"):
        make(defaults={"overlp": "skip"})
    with pytest.raises(ConfigError, match=r"defaults\.retries\.attempts: not a whole number from 1 to 1,000"):
        make(defaults={"retries": {"attempts": 0}})


def test_defaults_that_contradict_a_job(make):
    """What only the two together get wrong is said at the check, and names the job."""
    scheduler = make(defaults=Policies(catch_up="all"))
    scheduler.add(job(1, overlap="queue-one"))
    with pytest.raises(DefinitionError, match="job 'job': catch_up: 'all' contradicts overlap 'queue-one'"):
        scheduler.check()


@pytest.mark.parametrize(
    ("overlap", "record"),
    [
        ("skip", [("never-ran", "overlap-skipped", 12, 12), ("run-ended", "succeeded", 10, 15)]),
        (
            "queue-one",
            [
                ("run-ended", "succeeded", 10, 15),
                ("run-started", None, 12, 15),
                ("run-ended", "succeeded", 12, 20),
            ],
        ),
    ],
)
def test_by_hand_obeys_the_same_guard(overlap, record, play):
    """Fired while one runs: skipped with skip, queued with queue-one."""

    async def meanwhile(scheduler) -> None:
        await asyncio.sleep(12)
        await scheduler.act(FireJob("job"))

    one = job(5, triggers=at(second(10)), overlap=overlap)
    assert play(one, seconds=30, meanwhile=meanwhile)[1:] == record


@pytest.mark.parametrize(("msg", "verdict"), [(RemoveJob("job"), "removed"), (PauseJob("job"), None)])
def test_remove_or_pause_takes_effect_before_the_next_start(msg, verdict, make, virtual):
    """Also for what is queued: it doesn't start any more."""

    async def main() -> list[tuple]:
        scheduler = make()
        async with scheduler:
            timer = at(second(1), second(2), second(3))
            await scheduler.add_job(job(10, triggers=timer, overlap="queue-all"))
            await asyncio.sleep(5)
            await scheduler.act(msg)
            await asyncio.sleep(60)
            return await told(scheduler)

    record = virtual(main)
    assert [one for one in record if one[0] == "run-started"] == [("run-started", None, 1, 1)]
    assert [one[2] for one in record if one[1] == "removed"] == ([1, 2, 3] if verdict else [])


def test_a_queued_one_can_be_cancelled(make, virtual):
    """It gets its verdict at once, and never starts."""

    async def main() -> list[tuple]:
        scheduler = make()
        scheduler.add(job(10, triggers=at(second(1), second(2)), overlap="queue-one"))
        async with scheduler:
            await asyncio.sleep(5)
            await scheduler.act(CancelRun("job@2026-01-01T00:00:02Z"))
            await asyncio.sleep(60)
            return await told(scheduler)

    record = virtual(main)
    assert ("run-ended", "cancelled", 2, 5) in record
    assert [one[2] for one in record if one[0] == "run-started"] == [1]
