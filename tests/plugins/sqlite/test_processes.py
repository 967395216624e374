"""What only real processes show: nothing is lost to a kill, and nothing is done twice."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter

import pytest

from clockhand.contracts import Query, StoreContext, What
from clockhand.testing.silo_rig import SiloRig, job
from clockhand_sqlite.plugin import HISTORY, SILO, SqliteOptions

BUSY = """
import asyncio, sys
from datetime import timedelta
from clockhand.testing.silo_rig import SiloRig, after, end, job, plan
from clockhand_sqlite.plugin import SILO, SqliteOptions

async def main():
    begin = float(sys.argv[2])
    async with SiloRig(SILO, SqliteOptions(path=sys.argv[1], timeout=30)) as rig:
        await rig.add(*(job(f"j{n}") for n in range(20)), at=begin)
        owner = f"owner{begin}"
        await rig.enlist(owner, at=begin, lease=timedelta(hours=10))
        for turn in range(10_000):
            at = begin + 10 * (turn + 1)
            plans = [plan(one, owner, at) for one in (await rig.due(owner, at)).jobs]
            claims = await rig.silo.start(plans, after(at))
            for one in claims:
                print("started", one.occurrence.key, flush=True)
            await rig.silo.settle([end(one, at + 1) for one in claims], after(at + 1))
            for one in claims:
                print("ended", one.occurrence.key, flush=True)

asyncio.run(main())
"""

RACE = """
import asyncio, json, sys
from clockhand.testing.silo_rig import SiloRig, after, plan
from clockhand.contracts import Claim
from clockhand_sqlite.plugin import SILO, SqliteOptions

async def main():
    path, owner = sys.argv[1:]
    won = []
    async with SiloRig(SILO, SqliteOptions(path=path, timeout=60)) as rig:
        await rig.enlist(owner)
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(40):
            due = await rig.due(owner, 10, limit=7)
            await asyncio.sleep(0.002)
            results = await rig.silo.start([plan(one, owner, 10) for one in due.jobs], after(10))
            won += [(one.occurrence.key, one.occurrence.token) for one in results if isinstance(one, Claim)]
    print(json.dumps(won))

asyncio.run(main())
"""


@pytest.mark.system
def test_nothing_is_lost_to_kill_9(tmp_path):
    """
    What was answered before the kill is there after it, whole, and the file is sound.

    Each life ends at a moment that nobody chose; the next one goes on with the same file.
    """
    path = str(tmp_path / "jobs.db")
    chance = random.Random(7)
    for life in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", BUSY, path, str(life * 1_000_000)], stdout=subprocess.PIPE, text=True
        )
        said = [child.stdout.readline() for _ in range(chance.randrange(1, 400))]
        child.send_signal(signal.SIGKILL)
        said += child.stdout.read().splitlines(keepends=True)
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        check_whole(path, [line.split() for line in said if line.endswith("\n")])


def check_whole(path, said):
    """See that the file holds together, and all that was answered."""
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert other.execute("PRAGMA foreign_key_check").fetchall() == []
    open_keys = {key for (key,) in other.execute("SELECT key FROM occurrences")}
    lives = dict(other.execute("SELECT life, seq FROM lives"))
    found = {life: list(seqs) for life, seqs in numbers(other).items()}
    (size,) = other.execute("SELECT value FROM counters WHERE name = 'bytes'").fetchone()
    (length,) = other.execute("SELECT sum(length(body) + 200) FROM history").fetchone()
    other.close()
    assert size == length
    assert found == {life: list(range(1, last + 1)) for life, last in lives.items()}, (
        "dense, and none is lost"
    )

    started, ended = asyncio.run(recorded(path))
    for what, key in said:
        assert key in (started if what == "started" else ended), f"{what} {key} was answered and is lost"
    assert set(started.values()) <= {1}
    assert set(ended.values()) <= {1}
    assert started.keys() - ended.keys() == open_keys, "open is what was started and has no end"


def numbers(file):
    """Return the numbers of each life's entries, in the order in which they are kept."""
    found = {}
    for life, seq in file.execute(
        "SELECT lives.life, history.seq FROM history JOIN lives ON lives.id = history.life ORDER BY position"
    ):
        found.setdefault(life, []).append(seq)
    return found


async def recorded(path):
    """Return how often each occurrence was started and ended, as the history has it."""
    started, ended = Counter(), Counter()
    async with SiloRig(SILO, SqliteOptions(path=path)) as rig:
        history = HISTORY.make(SqliteOptions(path=path))
        await history.startup(StoreContext(alias="ledger", codec=rig.codec))
        cursor = None
        while True:
            page = await history.read(Query(), cursor, 1_000)
            for entry in page.entries:
                if entry.what is What.RUN_STARTED:
                    started[entry.occurrence] += 1
                elif entry.what is What.RUN_ENDED:
                    ended[entry.occurrence] += 1
            cursor = page.cursor
            if cursor is None:
                break
        await history.teardown()
    return started, ended


@pytest.mark.system
def test_processes_that_race_plan_each_job_once(tmp_path):
    """200 jobs are due in the same second; two processes get each of them exactly once between them."""
    path = str(tmp_path / "jobs.db")

    async def filled():
        async with SiloRig(SILO, SqliteOptions(path=path)) as rig:
            await rig.add(*(job(f"j{n:03}") for n in range(200)))

    asyncio.run(filled())
    children = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, path, owner],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for owner in ("ada", "bob")
    ]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    won = [json.loads(child.communicate(timeout=90)[0]) for child in children]
    keys = Counter(key for one in won for key, _ in one)
    tokens = Counter(token for one in won for _, token in one)
    assert len(keys) == 200
    assert set(keys.values()) == {1}
    assert set(tokens.values()) == {1}
    assert all(won), f"both have a share of it, here {[len(one) for one in won]}, on {os.cpu_count()} CPUs"
    started, _ = asyncio.run(recorded(path))
    assert sum(started.values()) == 200


LOOK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM history").fetchone()[0])
connection.close()
"""


def test_another_process_that_looks_and_leaves_takes_nothing_away(tmp_path):
    """
    Silo and history open on one file; another process opens it and closes it: nothing written is lost.

    POSIX drops a process's locks on a file with any descriptor of it that is closed. Then the process
    that leaves takes itself for the last one, and deletes the log that is still being written.
    """
    path = tmp_path / "jobs.db"

    def look():
        answer = subprocess.run(
            [sys.executable, "-c", LOOK, str(path)], check=True, capture_output=True, text=True
        )
        return int(answer.stdout)

    async def main():
        async with SiloRig(SILO, SqliteOptions(path=str(path))) as rig:
            history = HISTORY.make(SqliteOptions(path=str(path)))
            await history.startup(StoreContext(alias="history", codec=rig.codec))
            seen = []
            for number in range(3):
                await rig.add(job(f"job-{number}"))
                seen.append(look())
            await history.teardown()
            await rig.add(job("job-3"))
            return [*seen, look()]

    assert asyncio.run(main()) == [1, 2, 3, 4]
