"""5. A one-shot is not deleted before it has run."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from accounts import became, starts
from processes import wait_for
from storeroom import hangs

from clockhand import Job, at, call
from clockhand.contracts import What

START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE_AND_POLL = timedelta(seconds=15 + 1)
LEASE_LESS_BEAT = timedelta(seconds=15 - 5)
"""So long, at least, an owner that has just fallen silent counts as alive."""
BUSY = timedelta(seconds=10)
"""How much later than promised real processes may be, on a machine that is busy with others."""
KEYS = {alias: f"{alias}@2026-01-01T00:00:03Z" for alias in ("again", "once")}
DELIVERY = {"again": "at-least-once", "once": "at-most-once"}


async def first_for_ever(context) -> None:
    """Never end at the first attempt, and at once at any other."""
    if context.attempt == 1:
        await asyncio.Event().wait()


def with_jobs(scheduler):
    """Declare a one-shot of either delivery."""
    for alias, delivery in DELIVERY.items():
        timer = at(START + timedelta(seconds=3))
        scheduler.add(Job(alias=alias, work=call(first_for_ever), triggers=timer, delivery=delivery))
    return scheduler


@pytest.mark.parametrize("who", ["another process", "a restart"])
def test_within_the_lease_and_one_poll(make, store, clock, virtual, who):
    """
    At-least-once: attempt 2 of the same occurrence, with a larger token. At-most-once: lost, for good.

    The owner falls silent in the middle of a run, and is never heard of again.
    """
    plugin = store.plugin()

    async def main():
        dead = with_jobs(make(plugin))
        await dead.startup()
        other = with_jobs(make())
        await asyncio.sleep(4)
        if who == "another process":  # only now, so that it's the first that runs them
            await other.startup()
        await asyncio.sleep(8)
        plugin.silo_door.before = hangs
        silent = clock.now()
        if who == "a restart":
            await asyncio.sleep(1)
            await other.startup()
        await asyncio.sleep(60)
        await other.teardown()
        await dead.teardown(timedelta())
        return silent, await store.ledger()

    silent, entries = virtual(main)
    assert {key: list(map(str, found)) for key, found in became(entries).items()} == {
        KEYS["again"]: ["succeeded"],
        KEYS["once"]: ["lost"],
    }
    assert starts(entries) == {KEYS["again"]: 2, KEYS["once"]: 1}
    first, second = (entry for entry in entries if entry.what is What.RUN_STARTED and entry.job == "again")
    assert (first.run.attempt, second.run.attempt) == (1, 2)
    assert second.run.token > first.run.token
    assert second.run.owner != first.run.owner
    assert silent + LEASE_LESS_BEAT <= second.at <= silent + LEASE_AND_POLL
    lost = next(entry for entry in entries if entry.verdict == "lost")
    assert silent + LEASE_LESS_BEAT <= lost.at <= silent + LEASE_AND_POLL


REAL_LEASE_AND_POLL = timedelta(seconds=2 + 0.1)
PROGRAM = """
import os, sys, time
from datetime import UTC, datetime
from clockhand import Job, RunContext, Scheduler, Timing, at, call, use

def first_for_long(context: RunContext) -> None:
    os.write(1, f"begin {context.job} {context.attempt}\\n".encode())
    if context.attempt == 1:
        time.sleep(600)
    os.write(1, f"end {context.job} {context.attempt}\\n".encode())

clock = Scheduler(
    silo=use("sqlite", path=sys.argv[1]), timing=Timing(poll="0.1s", lease="2s", beat="0.5s")
)
for alias, delivery in {"again": "at-least-once", "once": "at-most-once"}.items():
    timer = at(datetime(2020, 1, 1, tzinfo=UTC))
    clock.add(Job(alias=alias, work=call(first_for_long), triggers=timer, delivery=delivery))
clock.run()
"""


@pytest.mark.system
def test_kill_9_in_the_middle_of_a_run(start, file):
    """
    The process is killed and started anew: one runs again, the other is lost, and nothing is gone.

    That comes with the end of the lease or, where the process takes longer to start, with its start.
    """
    first = start(PROGRAM, file.path)
    first.says("begin again 1")
    first.says("begin once 1")
    first.signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    killed = datetime.now(UTC)
    second = start(PROGRAM, file.path)
    second.says("end again 2")
    wait_for(lambda: len(became(asyncio.run(file.ledger()))) == 2, "both verdicts")
    second.signal(signal.SIGTERM)
    assert second.wait() == 0
    entries = asyncio.run(file.ledger())
    told = Counter((entry.job, str(entry.verdict)) for entry in entries if entry.verdict is not None)
    assert told == {("again", "succeeded"): 1, ("once", "lost"): 1}
    assert sorted(starts(entries).values()) == [1, 2]
    assert "begin once" not in " ".join(second.lines())
    *_, came = (entry.at for entry in entries if entry.what is What.SCHEDULER_STARTED)
    attempts = [entry for entry in entries if entry.what is What.RUN_STARTED and entry.job == "again"]
    assert [entry.run.attempt for entry in attempts] == [1, 2]
    assert attempts[1].at <= max(came, killed + REAL_LEASE_AND_POLL) + BUSY
