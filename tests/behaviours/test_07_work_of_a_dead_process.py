"""7. The work of a dead process is resumed, with no other event needed."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from accounts import became, covered, grid, starts
from processes import Process, wait_for
from storeroom import hangs, only

from clockhand import Job, call, every
from clockhand.contracts import What

START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE_AND_POLL = timedelta(seconds=15 + 1)
LEASE_LESS_BEAT = timedelta(seconds=15 - 5)
"""So long, at least, an owner that has just fallen silent counts as alive."""
BUSY = timedelta(seconds=10)
"""How much later than promised real processes may be, on a machine that is busy with others."""
SILENT_FROM = 31
STEP = timedelta(seconds=5)


async def quick() -> None:
    """Take no time."""


async def first_for_ever(context) -> None:
    """Never end at the first attempt of the first occurrence, and at once at any other."""
    if context.attempt == 1 and context.due <= START + STEP:
        await asyncio.Event().wait()


def with_jobs(scheduler):
    """Declare an interval, and two whose first run doesn't end, of either delivery."""
    anchored = every(seconds=5, anchor=START)
    scheduler.add(Job(alias="tick", work=call(quick), triggers=anchored))
    for alias, delivery in {"again": "at-least-once", "once": "at-most-once"}.items():
        work = call(first_for_ever)
        scheduler.add(Job(alias=alias, work=work, triggers=anchored, delivery=delivery, priority=1))
    return scheduler


@pytest.mark.parametrize(
    ("when", "verb"), [("before", "get_due_jobs"), ("after", "get_due_jobs"), ("after", "start")]
)
def test_another_takes_over_within_the_lease_and_one_poll(make, store, clock, virtual, when, verb):
    """
    Its due times are fired, its runs started again or lost, and its slots are free, all at that moment.

    The owner falls silent between two turns, with rights to plan in hand, or just after a start.
    """
    plugin = store.plugin()

    async def main():
        dead = with_jobs(make(plugin))
        await dead.startup()
        await asyncio.sleep(1)
        plugin.silo_door.calls.clear()
        await asyncio.sleep(SILENT_FROM - 1)
        setattr(plugin.silo_door, when, only([verb], hangs))
        seen = plugin.silo_door.calls[verb]
        while plugin.silo_door.calls[verb] == seen:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.01)
        plugin.silo_door.before = hangs
        silent = clock.now()
        other = with_jobs(make())
        await other.startup()
        await asyncio.sleep(60)
        await other.teardown()
        await dead.teardown(timedelta())
        return silent, await store.ledger()

    silent, entries = virtual(main)
    dead, other = (entry.run.owner for entry in _first_starts_by_owner(entries))
    taken = [entry for entry in entries if entry.run is not None and entry.run.owner == other]
    again = next(entry for entry in taken if entry.job == "again")
    assert again.run.attempt == 2
    assert silent + LEASE_LESS_BEAT <= again.at <= silent + LEASE_AND_POLL, "runs are reclaimed"
    ticks = [entry.at for entry in taken if entry.job == "tick"]
    assert ticks[0] <= silent + LEASE_AND_POLL, "and due times fired"
    lost = next(entry for entry in entries if entry.verdict == "lost")
    assert (lost.job, lost.run.owner) == ("once", dead)
    assert lost.at <= silent + LEASE_AND_POLL
    free = next(entry for entry in taken if entry.job == "once" and entry.what is What.RUN_STARTED)
    assert free.at <= lost.at + STEP, "its slot is free at the same moment"
    for alias in ("tick", "again", "once"):
        dues = covered(entries, alias, STEP)
        assert dues == grid(START + STEP, dues[-1], STEP)
    assert starts(entries)["again@2026-01-01T00:00:05Z"] == 2
    assert starts(entries)["once@2026-01-01T00:00:05Z"] == 1


def _first_starts_by_owner(entries):
    """Return the first start record of each owner, in order."""
    found = {}
    for entry in entries:
        if entry.what is What.RUN_STARTED:
            found.setdefault(entry.run.owner, entry)
    return list(found.values())


REAL_LEASE_AND_POLL = timedelta(seconds=3 + 0.25)
PROGRAM = """
import os, sys, time
from datetime import UTC, datetime
from clockhand import Job, RunContext, Scheduler, Timing, at, call, every, use

def first_for_long(context: RunContext) -> None:
    os.write(1, f"begin {context.job} {context.attempt}\\n".encode())
    for _ in range(6000):
        if context.attempt > 1 or context.cancelled:
            break
        time.sleep(0.01)
    os.write(1, f"end {context.job} {context.attempt}\\n".encode())

def tick() -> None:
    os.write(1, b"tick\\n")

clock = Scheduler(
    silo=use("sqlite", path=sys.argv[1]), timing=Timing(poll="0.25s", lease="3s", beat="0.5s")
)
clock.add(Job(alias="tick", work=call(tick), triggers=every("0.5s")))
clock.add(Job(alias="again", work=call(first_for_long), triggers=at(datetime(2020, 1, 1, tzinfo=UTC))))
clock.run()
"""


def halt(one: Process, path) -> None:
    """Stop a process where it is, but not while it has the file locked: nobody could write then."""
    for _ in range(100):
        one.signal(signal.SIGSTOP)
        file = sqlite3.connect(path, timeout=0.2, isolation_level=None)
        try:
            file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            one.signal(signal.SIGCONT)
            time.sleep(0.01)
        else:
            return
        finally:
            file.close()
    pytest.fail("it has the file locked whenever one looks")


@pytest.mark.system
@pytest.mark.timeout(300)
def test_a_process_that_is_halted_and_comes_back(start, file):
    """
    One of two processes is halted in the middle of a run: the other goes on with all of it.

    When it comes back its run is refused, and it goes on under another name.
    """
    first = start(PROGRAM, file.path)
    first.says("begin again 1")
    first.says("tick")
    second = start(PROGRAM, file.path)
    wait_for(lambda: "tick" in second.lines(), "the second to have its share")
    halt(first, file.path)
    halted = datetime.now(UTC)
    second.says("end again 2")
    seen = second.count("tick")
    wait_for(lambda: second.count("tick") >= seen + 3, "ticks of the second")
    first.signal(signal.SIGCONT)
    first.says("others may have its work")
    first.says("end again 1")
    seen = first.count("tick")
    wait_for(lambda: first.count("tick") > seen, "ticks of the first, come back")
    for one in (first, second):
        one.signal(signal.SIGTERM)
    assert [first.wait(), second.wait()] == [0, 0]
    entries = asyncio.run(file.ledger())
    again = "again@2020-01-01T00:00:00Z"
    assert became(entries)[again] == ["succeeded"]
    assert starts(entries)[again] == 2
    *_, resumed = (
        entry.at for entry in entries if entry.what is What.RUN_STARTED and entry.occurrence == again
    )
    assert resumed <= halted + REAL_LEASE_AND_POLL + BUSY
    assert len({entry.run.owner for entry in entries if entry.what is What.RUN_STARTED}) == 3
    dues = Counter(covered(entries, "tick", timedelta(seconds=0.5)))
    assert set(dues.values()) == {1}
    assert sorted(dues) == grid(min(dues), max(dues), timedelta(seconds=0.5))
