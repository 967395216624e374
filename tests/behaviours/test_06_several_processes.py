"""6. Several processes on one store: each occurrence is started once."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from accounts import became, starts
from processes import wait_for
from storeroom import Door

from clockhand import Job, Timing, at, call

START = datetime(2026, 1, 1, tzinfo=UTC)
ENGINE = Path(__file__).parent.parent / "core" / "_engine"
JOBS = 200


async def quick() -> None:
    """Take no time."""


def slowed(door: Door, seed: int, longest: float) -> None:
    """Let claims arrive late, and starts set out late, each by another time."""
    chance = random.Random(seed)

    async def late(verb: str) -> None:
        if verb in {"get_due_jobs", "start", "settle"}:
            await asyncio.sleep(chance.uniform(0, longest))

    door.before = door.after = late


@pytest.mark.parametrize("several", [2, 8])
@pytest.mark.parametrize("longest", [0, 1], ids=["at once", "with delays between claim and start"])
def test_schedulers_side_by_side(make, store, virtual, several, longest):
    """200 jobs are due in one second: exactly 200 start records, and 200 verdicts."""

    async def main():
        schedulers = []
        for number in range(several):
            plugin = store.plugin()
            slowed(plugin.silo_door, number, longest)
            scheduler = make(plugin, timing=Timing(poll="0.7s"))
            for job in range(JOBS):
                timer = at(START + timedelta(seconds=30))
                scheduler.add(Job(alias=f"job-{job:03}", work=call(quick), triggers=timer))
            await scheduler.startup()
            schedulers.append(scheduler)
        await asyncio.sleep(90)
        for scheduler in schedulers:
            await scheduler.teardown()
        return await store.ledger()

    entries = virtual(main)
    assert len(starts(entries)) == JOBS
    assert set(starts(entries).values()) == {1}
    assert Counter(str(verdict) for found in became(entries).values() for verdict in found) == {
        "succeeded": JOBS
    }


PROGRAM = """
import asyncio, os, random, sys, time
from datetime import datetime
from pathlib import Path

engine, folder, seed, longest = sys.argv[1:]
sys.path.insert(0, engine)
from storeroom import Store
from clockhand import Job, Timing, at, call

def work() -> None:
    os.write(1, b"worked\\n")

chance = random.Random(int(seed))

async def late(verb: str) -> None:
    if verb in {"get_due_jobs", "start"}:
        await asyncio.sleep(chance.uniform(0, float(longest)))

store = Store("sqlite", Path(folder))
plugin = store.plugin()
plugin.silo_door.before = plugin.silo_door.after = late
clock = store.scheduler(plugin, timing=Timing(poll="0.1s", lease="60s", beat="1s"))
print("ready", flush=True)
go = Path(folder, "go")
while not go.exists():
    time.sleep(0.02)
for number in range(200):
    timer = at(datetime.fromisoformat(go.read_text()))
    clock.add(Job(alias=f"job-{number}", work=call(work), triggers=timer))
clock.run()
"""


@pytest.mark.system
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("several", "longest"), [(2, 0), (8, 0), (8, 0.2)], ids=["two", "eight", "eight with delays"]
)
def test_real_processes_on_one_file(start, file, several, longest):
    """200 jobs are due in one second: exactly 200 start records, and the work is done 200 times."""
    folder = file.path.parent
    processes = [start(PROGRAM, ENGINE, folder, seed, longest) for seed in range(several)]
    for one in processes:
        one.says("ready")
    due = (datetime.now(UTC) + timedelta(seconds=4)).replace(microsecond=0)
    (folder / "due").write_text(due.isoformat())
    (folder / "due").rename(folder / "go")

    def worked() -> int:
        return sum(one.lines().count("worked") for one in processes)

    wait_for(lambda: sum(one.count("worked") for one in processes) >= JOBS, "200 runs")
    for one in processes:
        one.signal(signal.SIGTERM)
    assert [one.wait() for one in processes] == [0] * several
    entries = asyncio.run(file.ledger())
    assert (len(starts(entries)), set(starts(entries).values())) == (JOBS, {1})
    assert Counter(str(verdict) for found in became(entries).values() for verdict in found) == {
        "succeeded": JOBS
    }
    assert worked() == JOBS
