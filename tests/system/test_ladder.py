"""However a run is ended, what obeys TERM gets its time, what doesn't is killed, and nothing is left."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest

from clockhand import Scheduler, use
from clockhand.contracts import What

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc"),
]

KILL_AFTER = 1.5
PROGRAM = r"""
import os, signal, subprocess, sys, time
from datetime import datetime, timezone
from clockhand import Job, RunContext, Scheduler, Timing, at, call, use
from clockhand_system import System

folder, executor, manners, timeout = sys.argv[1:]
SHELL = {
    "obeys": "sleep 600 & trap 'sleep 0.5; echo tidy > tidy; exit 0' TERM; echo $$ $! > up; wait",
    "ignores": "trap '' TERM; sleep 600 & echo $$ $! > up; while :; do sleep 0.1; done",
}

def family(context: RunContext) -> None:
    if manners == "ignores":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # which the program inherits
    program = subprocess.Popen(["sleep", "600"])
    with open(f"{folder}/up", "w") as up:
        up.write(f"{os.getpid()} {program.pid}\n")
    try:
        time.sleep(600)
    finally:
        time.sleep(0.5)
        open(f"{folder}/tidy", "w").close()

clock = Scheduler(
    silo=use("sqlite", path=f"{folder}/jobs.db"),
    timing=Timing(poll="0.1s", stop_deadline="0.2s", kill_after=KILL_AFTER),
    executors={"process": use("process", processes=1)},
)
work = call(family)
if executor == "system":
    work = System(program=SHELL[manners], shell=True, cwd=folder, kill_after="1h")
past = at(datetime(2020, 1, 1, tzinfo=timezone.utc))
where = {"executor": "process"} if executor == "process" else {}
clock.add(Job(alias="family", work=work, triggers=past, timeout=timeout, **where))
if __name__ == "__main__":
    print("stopped", clock.run().signal)
""".replace("KILL_AFTER", str(KILL_AFTER))


def session(leader):
    """Return the processes of a session that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, number = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(number) == leader and state not in "ZX":
            found.append(stat.parent.name)
    return found


def ended(folder):
    """Return how the runs in the ledger ended."""

    async def read():
        async with Scheduler(silo=use("sqlite", path=str(folder / "jobs.db"))).attach() as scheduler:
            page = await scheduler.read()
            return [str(one.run.outcome.result) for one in page.entries if one.what is What.RUN_ENDED]

    return asyncio.run(read())


def begun(folder, wait_for):
    """Wait until a run has begun; return the processes of its session."""
    line = wait_for(lambda: (folder / "up").exists() and (folder / "up").read_text().strip(), "the run")
    leader, program = map(int, line.split())
    members = session(leader)
    assert {str(leader), str(program)} <= set(members)
    return leader


@pytest.mark.parametrize("manners", ["obeys", "ignores"])
@pytest.mark.parametrize("executor", ["process", "system"])
def test_a_timeout(tmp_path, program, wait_for, executor, manners):
    """Asked at its limit, made to and killed each so long after; the scheduler goes on without it."""
    one = program(PROGRAM, str(tmp_path), executor, manners, "3s")
    leader = begun(tmp_path, wait_for)
    wait_for(lambda: not session(leader), "the end of the whole family")
    wait_for(lambda: ended(tmp_path), "its outcome")
    one.process.send_signal(signal.SIGTERM)
    assert one.wait() == 0, one.lines()
    assert ended(tmp_path) == ["timed-out"]
    assert (tmp_path / "tidy").exists() == (manners == "obeys")


@pytest.mark.parametrize("manners", ["obeys", "ignores"])
@pytest.mark.parametrize("executor", ["process", "system"])
def test_a_stop(tmp_path, program, wait_for, executor, manners):
    """The same at the deadline of a stop, and within the time that this may take."""
    one = program(PROGRAM, str(tmp_path), executor, manners, "none")
    leader = begun(tmp_path, wait_for)
    begin = time.monotonic()
    one.process.send_signal(signal.SIGTERM)
    assert one.wait() == 0, one.lines()
    took = time.monotonic() - begin
    assert not session(leader)
    assert ended(tmp_path) == ["interrupted"]
    assert (tmp_path / "tidy").exists() == (manners == "obeys")
    assert one.lines() == [f"stopped {signal.SIGTERM}"]
    assert took < 2 * KILL_AFTER + 10
    if manners == "ignores":
        assert took >= KILL_AFTER * (2 if executor == "process" else 1)


@pytest.mark.parametrize("executor", ["process", "system"])
def test_a_second_signal(tmp_path, program, wait_for, executor):
    """It doesn't wait for anybody, and still nothing is left."""
    one = program(PROGRAM.replace(str(KILL_AFTER), "600"), str(tmp_path), executor, "ignores", "none")
    leader = begun(tmp_path, wait_for)
    one.process.send_signal(signal.SIGTERM)
    one.process.send_signal(signal.SIGINT)
    assert one.wait() == 0, one.lines()
    assert not session(leader)
    assert ended(tmp_path) == ["interrupted"]
