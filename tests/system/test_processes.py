"""What only real processes show: signals, kill -9 and a restart, several processes on one file."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from clockhand import Scheduler, use
from clockhand.contracts import What

pytestmark = pytest.mark.system

PROGRAM = r"""
import asyncio, logging, os, sys, time
from datetime import datetime, timedelta, timezone
from clockhand import Job, RunContext, Scheduler, Timing, at, call, every, use

logging.basicConfig(level=logging.INFO)
path, mode = sys.argv[1], sys.argv[2]
clock = Scheduler(
    silo=use("sqlite", path=path),
    timing=Timing(poll="0.1s", lease="1.5s", beat="0.3s", kill_after="1s", stop_deadline="20s"),
)
PAST = datetime(2020, 1, 1, tzinfo=timezone.utc)

def work(context: RunContext, seconds: float = 0.0) -> None:
    os.write(1, f"begin {context.job} {context.attempt}\n".encode())
    time.sleep(seconds if context.attempt == 1 else 0)
    os.write(1, f"end {context.job} {context.attempt}\n".encode())

async def stubborn(context: RunContext) -> None:
    os.write(1, b"begin stubborn\n")
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass

if mode == "killed":
    clock.add(Job(alias="again", work=call(work, seconds=600), triggers=at(PAST)))
    clock.add(Job(alias="once", work=call(work, seconds=600), triggers=at(PAST), delivery="at-most-once"))
elif mode == "slow":
    clock.add(Job(alias="slow", work=call(work, seconds=float(sys.argv[3])), triggers=at(PAST)))
elif mode == "stubborn":
    clock.add(Job(alias="stubborn", work=call(stubborn), triggers=at(PAST)))
elif mode == "tick":
    clock.add(Job(alias="tick", work=call(work), triggers=every("0.5s")))
elif mode == "many":
    due = datetime.fromisoformat(sys.argv[3])
    for number in range(200):
        clock.add(Job(alias=f"job-{number}", work=call(work), triggers=at(due)))
ended = clock.run()
print("stopped", ended.signal, flush=True)
"""


def history(path):
    """Return the whole ledger of the silo at *path*."""

    async def read():
        async with Scheduler(silo=use("sqlite", path=str(path))).attach() as scheduler:
            return (await scheduler.read(limit=100_000)).entries

    return asyncio.run(read())


def test_a_killed_run_is_started_again_by_another_process(tmp_path, program, wait_for):
    """Kill -9 in the middle of a run: at-least-once runs again as attempt 2, at-most-once ends as lost."""
    path = tmp_path / "jobs.db"
    first = program(PROGRAM, str(path), "killed")
    first.says("begin again 1")
    first.says("begin once 1")
    second = program(PROGRAM, str(path), "idle")
    second_knows = program(PROGRAM, str(path), "killed")
    first.process.kill()
    first.wait()
    second_knows.says("end again 2")

    def ended():
        return {entry.job: entry for entry in history(path) if entry.verdict is not None}

    wait_for(lambda: len(ended()) == 2, "both verdicts")
    found = ended()
    assert (found["again"].verdict, found["again"].run.attempt) == ("succeeded", 2)
    assert (found["once"].verdict, found["once"].run.outcome.result) == ("lost", "lost")
    starts = Counter(entry.occurrence for entry in history(path) if entry.what is What.RUN_STARTED)
    assert starts == {"again@2020-01-01T00:00:00Z": 2, "once@2020-01-01T00:00:00Z": 1}
    lost = [
        entry
        for entry in history(path)
        if entry.what is What.RUN_ENDED and entry.run.outcome.result == "lost"
    ]
    assert all(entry.run.ended - entry.run.started > timedelta() for entry in lost)
    for one in (second, second_knows):
        one.process.send_signal(signal.SIGTERM)
        assert one.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_running_work_end(tmp_path, program, number):
    """SIGTERM, or a closed terminal: what runs ends by itself and is on record; the process ends with 0."""
    path = tmp_path / "jobs.db"
    one = program(PROGRAM, str(path), "slow", "1.5")
    one.says("begin slow 1")
    one.process.send_signal(number)
    assert one.wait() == 0
    assert [line for line in one.lines() if line in {"end slow 1", f"stopped {number}"}] == [
        "end slow 1",
        f"stopped {number}",
    ]
    assert [entry.verdict for entry in history(path) if entry.verdict] == ["succeeded"]


def test_a_second_signal_stops_at_once(tmp_path, program):
    """SIGINT twice: the run that goes on is interrupted, on record, and will run again."""
    path = tmp_path / "jobs.db"
    one = program(PROGRAM, str(path), "slow", "600")
    one.says("begin slow 1")
    one.process.send_signal(signal.SIGINT)
    one.says("once more stops at once")
    one.process.send_signal(signal.SIGINT)
    assert one.wait() == 0
    assert one.lines()[-1] == "stopped 2"
    ends = [entry for entry in history(path) if entry.what is What.RUN_ENDED]
    assert [(entry.run.outcome.result, entry.verdict) for entry in ends] == [("interrupted", None)]
    again = program(PROGRAM, str(path), "slow", "600")
    again.says("end slow 2")


def test_a_run_that_swallows_every_cancellation_does_not_keep_the_process(tmp_path, program):
    """SIGINT twice: the run that can't be made to end is named and left behind, and the process ends."""
    path = tmp_path / "jobs.db"
    one = program(PROGRAM, str(path), "stubborn")
    one.says("begin stubborn")
    one.process.send_signal(signal.SIGINT)
    one.says("once more stops at once")
    one.process.send_signal(signal.SIGINT)
    assert one.wait() == 0
    assert any("stubborn@2020-01-01T00:00:00Z could not be stopped" in line for line in one.lines())
    ends = [entry for entry in history(path) if entry.what is What.RUN_ENDED]
    assert [(entry.run.outcome.result, entry.verdict) for entry in ends] == [("interrupted", None)]


def test_a_restart_keeps_the_phase(tmp_path, program, wait_for):
    """An interval keeps its grid over a restart, and each of its due times has one verdict."""
    path = tmp_path / "jobs.db"
    for _ in range(3):
        one = program(PROGRAM, str(path), "tick")
        wait_for(lambda one=one: sum("end tick" in line for line in one.lines()) >= 3, "three ticks")
        one.process.send_signal(signal.SIGTERM)
        assert one.wait() == 0
    covered = []
    for entry in history(path):
        if entry.verdict is not None:
            covered += [entry.due + timedelta(seconds=0.5) * n for n in range(entry.count)]
    assert len(covered) == len(set(covered))
    assert sorted(covered) == [covered[0] + timedelta(seconds=0.5) * n for n in range(len(covered))]
    assert all(due.microsecond in {0, 500_000} for due in covered)


def test_several_processes_share_one_file(tmp_path, program, wait_for):
    """Four processes, 200 jobs due in the same second: exactly 200 starts, exactly 200 verdicts."""
    path = tmp_path / "jobs.db"
    due = (datetime.now(UTC) + timedelta(seconds=4)).replace(microsecond=0)
    ones = [program(PROGRAM, str(path), "many", due.isoformat()) for _ in range(4)]

    def ends():
        return sum(line.startswith("end job-") for one in ones for line in one.lines())

    wait_for(lambda: ends() >= 200, "200 ends")
    for one in ones:
        one.process.send_signal(signal.SIGTERM)
    assert [one.wait() for one in ones] == [0, 0, 0, 0]
    entries = history(path)
    starts = Counter(entry.occurrence for entry in entries if entry.what is What.RUN_STARTED)
    assert len(starts) == 200
    assert set(starts.values()) == {1}
    assert Counter(str(entry.verdict) for entry in entries if entry.verdict) == {"succeeded": 200}
    assert ends() == 200
