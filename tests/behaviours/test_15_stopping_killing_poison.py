"""15. Stopping, killing, poison."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from accounts import became, covered, grid, starts, verdicts
from processes import wait_for

from clockhand import Job, Timing, at, call, every, use
from clockhand.contracts import Kind, StatusWord, Trigger, What
from clockhand.hookspecs import hookimpl
from clockhand.triggers import Every

START = datetime(2026, 1, 1, tzinfo=UTC)
STOP = Timing(stop_deadline="10s", kill_after="5s")


def second(number: float) -> datetime:
    """Return that second of the test."""
    return START + timedelta(seconds=number)


async def nap(seconds: float) -> None:
    """Take that long; end at once when cancelled."""
    await asyncio.sleep(seconds)


async def tidies_up(seconds: float) -> None:
    """Sleep for long; take so long to tidy up when cancelled."""
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(seconds)


async def swallows() -> None:
    """Sleep for long, whoever cancels it, at the first attempt."""
    ends = asyncio.get_running_loop().time() + 1000
    while (left := ends - asyncio.get_running_loop().time()) > 0:
        try:
            await asyncio.sleep(left)
        except asyncio.CancelledError:
            continue


# stopping


def test_running_work_finishes_and_nothing_starts(make, store, clock, virtual):
    """Until the deadline what runs may end by itself; what falls due meanwhile is left for the next start."""

    async def main():
        scheduler = make(timing=STOP)
        scheduler.add(Job(alias="long", work=call(nap, 12), triggers=at(second(1))))
        scheduler.add(Job(alias="tick", work=call(nap, 0), triggers=every(seconds=1)))
        scheduler.add(
            Job(alias="queue", work=call(nap, 8), triggers=at(second(1), second(2)), overlap="queue-all")
        )
        await scheduler.startup()
        await asyncio.sleep(5.5)
        await scheduler.teardown()
        return clock.now(), await store.ledger()

    stopped, entries = virtual(main)
    assert stopped - second(13) < timedelta(seconds=1), "it stops when the last run has ended"
    assert (f"long@{second(1):%Y-%m-%dT%H:%M:%SZ}", "succeeded") in verdicts(entries)
    assert max(entry.at for entry in entries if entry.what is What.RUN_STARTED) < second(5.5)
    assert became(entries)["queue@2026-01-01T00:00:01Z"] == ["succeeded"]
    assert "queue@2026-01-01T00:00:02Z" not in starts(entries)


@pytest.mark.parametrize(
    ("work", "after"),
    [(call(nap, 1000), 10), (call(tidies_up, 3), 13), (call(tidies_up, 60), 15), (call(swallows), 21)],
    ids=["ends when asked", "tidies up", "tidies up for too long", "swallows it"],
)
@pytest.mark.parametrize("delivery", ["at-least-once", "at-most-once"])
def test_then_comes_the_ladder(make, store, clock, virtual, work, after, delivery):
    """Asked at the deadline, made to, killed, a stray: step by step; interrupted is on record."""

    async def main():
        scheduler = make(timing=STOP)
        scheduler.add(Job(alias="job", work=work, triggers=at(second(1)), delivery=delivery))
        await scheduler.startup()
        await asyncio.sleep(5)
        began = clock.now()
        await scheduler.teardown()
        stopped = clock.now()
        first = await store.ledger()
        again = make()
        again.add(Job(alias="job", work=work, triggers=at(second(1)), delivery=delivery))
        async with again:
            await asyncio.sleep(1)
            entries = await store.ledger()
            await again.teardown(timedelta())
        return stopped - began, first, entries

    took, first, entries = virtual(main)
    assert abs(took - timedelta(seconds=after)) < timedelta(seconds=1)
    (ended,) = [entry for entry in first if entry.what is What.RUN_ENDED]
    assert ended.run.outcome.result == "interrupted"
    attempts = [entry.run.attempt for entry in entries if entry.what is What.RUN_STARTED]
    if delivery == "at-least-once":
        assert (ended.verdict, attempts) == (None, [1, 2])
    else:
        assert (ended.verdict, attempts) == ("lost", [1])


def test_a_thread_that_can_not_be_stopped(file, caplog):
    """It is interrupted on record at the end of the ladder, named in the log, and hinders no stop."""
    release = threading.Event()
    began = threading.Event()

    def stuck() -> None:
        began.set()
        release.wait(60)

    async def main():
        scheduler = file.scheduler(timing=Timing(poll="0.1s", stop_deadline="0.2s", kill_after="0.2s"))
        await scheduler.startup()
        work = call(hold_on, "stuck")
        HELD["stuck"] = stuck
        await scheduler.add_job(Job(alias="job", work=work, triggers=at(START)))
        await asyncio.to_thread(began.wait, 60)
        await scheduler.teardown()
        return await file.ledger()

    try:
        with caplog.at_level(logging.WARNING, "clockhand"):
            entries = asyncio.run(main())
    finally:
        release.set()
    (ended,) = [entry for entry in entries if entry.what is What.RUN_ENDED]
    assert (ended.run.outcome.result, ended.verdict) == ("interrupted", None)
    assert f"job@{START:%Y-%m-%dT%H:%M:%SZ} could not be stopped" in caplog.text


HELD = {}


def hold_on(name: str) -> None:
    """Do what the test put there."""
    HELD[name]()


# killing


CHILDREN = """
import ctypes, os, signal, sys, time
from datetime import UTC, datetime
from clockhand import Job, Scheduler, Timing, at, call, use

def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

def exits() -> None:
    os._exit(3)

def segfault() -> None:
    ctypes.string_at(0)

def well() -> int:
    time.sleep(1)
    return 42

if __name__ == "__main__":
    clock = Scheduler(
        silo=use("sqlite", path=sys.argv[1]), executors={"process": use("process", processes=2)}
    )
    for function in (well, killed, exits, segfault):
        timer = at(datetime(2020, 1, 1, tzinfo=UTC))
        work = call(function)
        clock.add(Job(alias=function.__name__, work=work, triggers=timer, executor="process"))
    clock.run(once=True)
"""


@pytest.mark.system
@pytest.mark.timeout(300)
def test_the_death_of_a_child_is_one_failed_run(start, file):
    """Kill -9, an exit and a segfault: each is its own run's failure, with the signal or the code."""
    program = start(CHILDREN, file.path)
    assert program.wait() == 0, program.lines()
    entries = asyncio.run(file.ledger())
    ends = {
        entry.job: (str(entry.verdict), entry.run.outcome.code)
        for entry in entries
        if entry.what is What.RUN_ENDED
    }
    assert ends == {
        "well": ("succeeded", ""),
        "killed": ("failed", "signal:KILL"),
        "exits": ("failed", "exit:3"),
        "segfault": ("failed", "signal:SEGV"),
    }
    assert set(starts(entries).values()) == {1}


# remove and pause


@pytest.mark.parametrize("what", ["remove", "pause"])
@pytest.mark.parametrize("waits", ["queued", "for room", "for a retry", "by hand"])
def test_remove_and_pause_take_effect_before_the_next_start(make, store, virtual, what, waits):
    """Whatever an occurrence waits for: it does not start any more; removed has its verdict at once."""

    async def fails_or_naps():
        executors = {"async": use("async", limit=1)}
        async with make(executors=executors) as scheduler:
            if waits == "for room":
                await scheduler.add_job(
                    Job(alias="other", work=call(nap, 20), triggers=at(second(1)), priority=9)
                )
            fields = {
                "queued": {
                    "work": call(nap, 20),
                    "triggers": at(second(1), second(2)),
                    "overlap": "queue-all",
                },
                "for room": {"work": call(nap, 1), "triggers": at(second(1))},
                "for a retry": {"work": call(fail), "triggers": at(second(1)), "retries": {"attempts": 3}},
                "by hand": {"work": call(nap, 20), "triggers": at(second(1)), "overlap": "queue-one"},
            }[waits]
            await scheduler.add_job(Job(alias="job", **fields))
            await asyncio.sleep(3)
            if waits == "by hand":
                await scheduler.fire_job("job")
            before = len(starts_of(await store.ledger(), "job"))
            await (scheduler.remove_job if what == "remove" else scheduler.pause_job)("job")
            await asyncio.sleep(100)
            stopped = await store.ledger()
            if what == "pause":
                await scheduler.resume_job("job")
                await asyncio.sleep(100)
        return before, stopped, await store.ledger()

    before, stopped, entries = virtual(fails_or_naps)
    assert before == (waits != "for room")
    assert len(starts_of(stopped, "job")) == before
    assert all(len(found) == 1 for found in became(entries).values())
    if what == "remove":
        told = [(str(entry.verdict), entry.at) for entry in entries if entry.verdict and entry.job == "job"]
        assert set(told) == {("removed", second(3))}
        assert len(told) == {"queued": 2, "by hand": 2}.get(waits, 1)
    else:
        assert len(starts_of(entries, "job")) > before, "resumed, it goes on"


async def fail() -> None:
    """Fail."""
    raise RuntimeError("as it should")


def starts_of(entries, alias):
    """Return the start records of a job."""
    return [entry for entry in entries if entry.what is What.RUN_STARTED and entry.job == alias]


# poison


@attrs.frozen
class Cracked(Every):
    """An interval that raises once its time is past the fifth second."""

    error: str = "ZeroDivisionError"

    def next_after(self, moment, facts=None):
        """Raise if it is late."""
        if moment >= second(5):
            raise {"ZeroDivisionError": ZeroDivisionError, "SystemExit": SystemExit}[self.error]("cracked")
        return super().next_after(moment, facts)


class Cracks:
    """The plugin that offers it."""

    @hookimpl
    def clockhand_triggers(self):
        """Return it."""
        return [Kind[Trigger]("cracked", "", Cracked)]


@pytest.mark.parametrize("error", ["ZeroDivisionError", "SystemExit"])
def test_a_raising_trigger_pauses_its_job_only(make, store, virtual, error):
    """With the reason; the other job ticks on, and the scheduler is well."""

    async def main():
        scheduler = make(plugins=[Cracks()])
        scheduler.add(
            Job(alias="cracked", work=call(nap, 0), triggers=Cracked(timedelta(seconds=1), error=error))
        )
        scheduler.add(Job(alias="tick", work=call(nap, 0), triggers=every(seconds=1)))
        async with scheduler:
            await asyncio.sleep(20.5)
            return await scheduler.get_job("cracked"), await scheduler.health(), await store.ledger()

    info, report, entries = virtual(main)
    assert info.status.word is StatusWord.PAUSED
    assert error in info.status.reason
    assert info.row.paused.by == "scheduler"
    assert report.ok
    assert covered(entries, "tick", timedelta(seconds=1)) == grid(second(1), second(20), timedelta(seconds=1))
    assert [verdict for _, verdict in verdicts(entries, "cracked")] == ["succeeded"] * 4
    assert [entry.job for entry in entries if entry.what is What.JOB_PAUSED] == ["cracked"]


POISON = """
import os, sys, time
from datetime import UTC, datetime
from clockhand import Job, Scheduler, Timing, at, call, every, use

def poison() -> None:
    time.sleep(0.05)
    os._exit(9)

def well() -> None:
    time.sleep(0.2)
    os.write(1, b"well\\n")

clock = Scheduler(
    silo=use("sqlite", path=sys.argv[1]), timing=Timing(poll="0.1s", lease="0.5s", beat="0.2s")
)
clock.add(Job(alias="well", work=call(well), triggers=every("0.2s")))
clock.add(Job(alias="poison", work=call(poison), triggers=at(datetime(2020, 1, 1, tzinfo=UTC))))
clock.run()
"""


@pytest.mark.system
@pytest.mark.timeout(300)
def test_what_kills_its_owners_ends_in_quarantine(start, file):
    """A run that takes five processes with it is not handed to a sixth; what dies beside it is spared."""
    for _ in range(5):
        assert start(POISON, file.path).wait() == 9
    sixth = start(POISON, file.path)
    for _ in range(3):
        sixth.says("well")

    def quarantined() -> list[str]:
        ledger = asyncio.run(file.ledger())
        return [entry.reason for entry in ledger if entry.what is What.JOB_QUARANTINED]

    assert wait_for(quarantined, "the quarantine") == ["5 owners died while running it"]
    sixth.signal(signal.SIGTERM)
    assert sixth.wait() == 0
    entries = asyncio.run(file.ledger())
    assert [entry.job for entry in entries if entry.what is What.JOB_QUARANTINED] == ["poison"]
    told = Counter(str(entry.verdict) for entry in entries if entry.verdict and entry.job == "poison")
    assert told == {"quarantined": 1}
    assert len(starts_of(entries, "poison")) == 5


# idling


IDLE = """
import asyncio, sys, time
from datetime import UTC, datetime, timedelta
from clockhand import Job, Scheduler, call, every, use

def nothing() -> None:
    pass

async def main() -> None:
    silo = use("memory") if sys.argv[1] == "memory" else use("sqlite", path=sys.argv[2])
    async with Scheduler(silo=silo) as scheduler:
        jobs = [Job(alias=f"job-{n}", work=call(nothing), triggers=every("0.5s")) for n in range(10_000)]
        await scheduler.pause()
        await scheduler.add_jobs(jobs)
        for job in jobs:
            await scheduler.pause_job(job.alias)
        await scheduler.resume()
        await asyncio.sleep(3)
        shares = []
        for _ in range(4):
            began, spent = time.monotonic(), time.process_time()
            await asyncio.sleep(3)
            shares.append((time.process_time() - spent) / (time.monotonic() - began))
        print("share", min(shares))

asyncio.run(main())
"""


@pytest.mark.system
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_ten_thousand_paused_jobs_burn_no_core(start, tmp_path, kind):
    """All paused and overdue: it idles below half a percent of a core, in its best three seconds."""
    program = start(IDLE, kind, tmp_path / "jobs.db")
    share = float(program.says("share").split()[1])
    assert program.wait() == 0
    assert share < 0.005
