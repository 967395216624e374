"""Whole programs with child processes: their ends, their main modules, and the scheduler around it all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benching import PATIENCE, alive

pytestmark = pytest.mark.system

HERE = Path(__file__).parent

BENCH = f"""
import asyncio, os, sys
sys.path.insert(0, {str(HERE)!r})
import doings
from benching import Bench, begun, children
"""


class Program:
    """A running Python program, and what it prints."""

    def __init__(self, folder, text, *args, **options):
        self.path = folder / "program.py"
        self.path.write_text(text)
        self.output = folder / "output.txt"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-u", str(self.path), *args],
                cwd=folder,
                stdout=out,
                stderr=subprocess.STDOUT,
                **options,
            )

    def text(self):
        """Return what it has printed so far."""
        return self.output.read_text()

    def says(self, pattern):
        """Wait until it has printed what *pattern* matches, and return the match."""
        return wait_for(lambda: re.search(pattern, self.text()), f"{pattern!r} in {self.text()!r}")

    def ends(self):
        """Return its exit code once it has ended."""
        return self.process.wait(PATIENCE)


def wait_for(condition, what):
    """Return what *condition* returns once that is true; fail, naming *what*, when it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.02)
    return found


@pytest.fixture
def program(tmp_path):
    """Start a program from its text; what still runs at the end is killed."""
    started = []

    def start(text, *args, **options):
        one = Program(tmp_path, text, *args, **options)
        started.append(one)
        return one

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def _session(pid):
    """Return the processes of a session that run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) == pid and fields[0] not in {b"Z", b"X"}:
                found.append(int(folder.name))
    return found


KILLED = (
    BENCH
    + """
async def main():
    async with Bench() as bench:
        if sys.argv[1] == "nothing":
            pid = await bench.result(doings.pid)
        else:
            pid = await begun(bench.call(getattr(doings, sys.argv[1])))
        print("begun", pid, *children())
        await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""
)


@pytest.mark.parametrize(
    "doing",
    [
        "nothing",
        "sleeps",
        "ignores_term",
        "counts_for_ever",
        "naps",
        "naps_whatever_comes",
        "starts_a_program_that_ignores_term",
    ],
)
def test_parent_that_is_killed_leaves_no_child(program, doing):
    """Kill -9: the child and all that it started end, whatever they do and whatever they ignore."""
    one = program(KILLED, doing)
    pid = int(one.says(r"begun (\d+)")[1])
    assert alive(pid)
    one.process.kill()
    wait_for(lambda: not _session(pid), "the end of the child and its programs")


ABANDONED = (
    BENCH
    + """
async def main():
    bench = await Bench().__aenter__()
    pid = await bench.result(doings.pid)
    if len(sys.argv) > 1:
        asyncio.create_task(bench.outcome(doings.ignores_term))
        await asyncio.sleep(0.2)
    print("begun", pid)

if __name__ == "__main__":
    asyncio.run(main())
    print("through")
"""
)


@pytest.mark.parametrize("busy", [(), ("busy",)])
def test_program_ends_without_teardown(program, busy):
    """An executor that nobody closed doesn't keep its program, and leaves no child."""
    one = program(ABANDONED, *busy)
    assert one.ends() == 0
    pid = int(one.says(r"begun (\d+)")[1])
    assert "through" in one.text()
    wait_for(lambda: not _session(pid), "the end of the child")


TERMINAL = (
    BENCH
    + """
import signal, time

if __name__ == "__mp_main__":
    print("importing")
    time.sleep(1)

async def main():
    async with Bench() as bench:
        print("child", await bench.result(doings.group))

if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: print("heard", number))
    asyncio.run(main())
"""
)


def test_what_a_terminal_sends_to_all(program):
    """Ctrl-C and a hang-up, while a child is being started: its parent decides what comes of them."""
    one = program(TERMINAL, start_new_session=True)
    one.says("importing")
    for number in (signal.SIGINT, signal.SIGHUP):
        os.killpg(one.process.pid, number)
        one.says(f"heard {number}")
    one.says("child")
    assert one.ends() == 0
    assert "Traceback" not in one.text()


MAIN = """
import os, sys
from datetime import datetime, timezone
from clockhand import Scheduler, at, use

PAST = datetime(2020, 1, 1, tzinfo=timezone.utc)
clock = Scheduler(silo=use("memory"), executors={"process": use("process", processes=2)})

@clock.job(at(PAST), executor="process", args=["here"])
def refresh(where):
    print("refreshed", where, os.getpid() == os.getsid(0), __name__)

@clock.job(at(PAST), executor="process")
async def fetch():
    print("fetched", __name__)
"""


def test_functions_of_the_main_module(program):
    """Def and async def of a script, each with executor="process"."""
    one = program(MAIN + "if __name__ == '__main__':\n    print(clock.run(once=True))\n")
    assert one.ends() == 0
    assert "refreshed here True __mp_main__" in one.text()
    assert "fetched __mp_main__" in one.text()
    assert "Ended(signal=None, started=2, failed=0)" in one.text()


def test_main_module_that_starts_its_scheduler_when_it_is_imported(program):
    """The child starts no scheduler of its own: the run fails, and the way out is on standard error."""
    one = program(MAIN + "print(clock.run(once=True))\n")
    assert one.ends() == 0
    assert "refreshed" not in one.text()
    assert one.text().count("Ended(") == 1
    assert "Ended(signal=None, started=2, failed=2)" in one.text()
    assert "scheduler: started while a child process was importing the program again" in one.text()
    assert "put what starts the scheduler below  if __name__ == '__main__':" in one.text()


UNGUARDED = """
import asyncio, multiprocessing, os, sys
from datetime import datetime, timezone
from clockhand import Scheduler, at, call, daemon, use

print("imported as", __name__)
how, path = sys.argv[1:]
clock = Scheduler(silo=use("sqlite", path=path if __name__ == "__main__" else path + ".child"))

def work():
    print("worked in a child")

@clock.job(at(datetime(2020, 1, 1, tzinfo=timezone.utc)))
def starts_a_process():
    child = multiprocessing.get_context("spawn").Process(target=work)
    child.start()
    child.join()
    print("child", child.exitcode)

async def attached():
    async with clock.attach():
        print("attached as", __name__)

if how == "run" or __name__ == "__main__":
    clock.run(once=True)
elif how == "daemon":
    daemon(clock)
else:
    asyncio.run(attached())
"""


@pytest.mark.parametrize("how", ["run", "daemon", "attach"])
def test_child_of_somebody_else_starts_no_second_scheduler(program, tmp_path, how):
    """A job that uses multiprocessing itself: its child opens nothing, and the error says what to write."""
    one = program(UNGUARDED, how, str(tmp_path / "jobs.db"))
    assert one.ends() == 0
    text = one.text()
    assert "imported as __mp_main__" in text
    assert "child 1" in text
    assert "worked" not in text
    assert "attached as" not in text
    assert "scheduler: started while a child process was importing the program again" in text
    assert "put what starts the scheduler below  if __name__ == '__main__':" in text
    assert not (tmp_path / "jobs.db.child").exists()


def test_function_below_the_guard(program):
    """What only the parent has is unresolved, and the reason says where to put it."""
    text = (
        MAIN.partition("@clock")[0]
        + """
if __name__ == "__main__":
    import asyncio

    @clock.job(at(PAST), executor="process", alias="mine")
    def mine():
        print("never")

    async def main():
        async with clock:
            while True:
                await asyncio.sleep(0.05)
                entries = (await clock.read()).entries
                for entry in entries:
                    if entry.run is not None and entry.run.outcome is not None:
                        return entry.run.outcome

    outcome = asyncio.run(main())
    print(outcome.code, outcome.reason)
"""
    )
    one = program(text)
    assert one.ends() == 0
    assert "unresolved __main__:mine: a child process doesn't have it" in one.text()
    assert "move it to a module of its own" in one.text()
    assert "never" not in one.text()


SLOW = (
    MAIN.partition("@clock")[0]
    + """
import logging, signal, time
from clockhand import RunContext, Timing, every

clock = Scheduler(
    silo=use("sqlite", path=sys.argv[1]),
    executors={"process": use("process")},
    timing=Timing(poll="0.1s", lease="1.5s", beat="0.3s", kill_after="0.3s", stop_deadline="0.3s"),
)

@clock.job(at(PAST), executor="process")
def stubborn(context: RunContext):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("begin", os.getpid(), context.attempt)
    time.sleep(600 if context.attempt == 1 else 0)
    print("end", context.attempt)

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    print("stopped", clock.run())
"""
)

LADDER = (
    SLOW.replace("at(PAST)", "at(FUTURE), timeout='0.5s'")
    .replace(
        "@clock",
        """
FUTURE = datetime(2100, 1, 1, tzinfo=timezone.utc)

@clock.job(at(FUTURE), executor="process")
def warm():
    pass

@clock""",
    )
    .partition("if __name__")[0]
    + """
import asyncio
from clockhand.msgs import FireJob

async def outcome(alias):
    await clock.act(FireJob(alias))
    while True:
        for entry in (await clock.read()).entries:
            if entry.job == alias and entry.run is not None and entry.run.outcome is not None:
                return entry.run.outcome.result
        await asyncio.sleep(0.02)

async def main():
    async with clock:
        # The child that this leaves behind takes the next run: its start isn't part of the timeout.
        print("warm", await outcome("warm"))
        print("stubborn", await outcome("stubborn"))

if __name__ == "__main__":
    asyncio.run(main())
"""
)


def _outcomes(path):
    """Return how the runs in the ledger of a silo ended."""
    code = (
        "import asyncio, sys\n"
        "from clockhand import Scheduler, use\n"
        "async def main():\n"
        "    async with Scheduler(silo=use('sqlite', path=sys.argv[1])).attach() as scheduler:\n"
        "        for entry in (await scheduler.read()).entries:\n"
        "            if entry.run is not None and entry.run.outcome is not None:\n"
        "                print(entry.run.attempt, entry.run.outcome.result)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_timeout_ends_a_run_that_ignores_everything(program, tmp_path):
    """The job's timeout, through the whole ladder: the run timed out, and its child is gone."""
    one = program(LADDER, str(tmp_path / "jobs.db"))
    pid = int(one.says(r"begin (\d+) 1")[1])
    one.says("stubborn timed-out")
    assert one.ends() == 0
    assert not _session(pid)


def test_stop_ends_what_runs(program, tmp_path):
    """SIGTERM to the scheduler: the run is interrupted, and no child outlives the program."""
    one = program(SLOW, str(tmp_path / "jobs.db"))
    pid = int(one.says(r"begin (\d+) 1")[1])
    one.process.send_signal(signal.SIGTERM)
    assert one.ends() == 0
    assert not _session(pid)
    assert _outcomes(tmp_path / "jobs.db") == ["1 interrupted"]


def test_killed_scheduler_is_taken_over(program, tmp_path):
    """Kill -9 of the scheduler: its child ends, and the next one runs the same occurrence again."""
    one = program(SLOW, str(tmp_path / "jobs.db"))
    pid = int(one.says(r"begin (\d+) 1")[1])
    one.process.kill()
    wait_for(lambda: not _session(pid), "the end of the child")
    two = program(SLOW, str(tmp_path / "jobs.db"))
    two.says("end 2")
    two.process.send_signal(signal.SIGTERM)
    assert two.ends() == 0


TOML = """
[python]
path = ["."]

[plugins]
clockfile = "clockfile.py"

[silo.default]
use = "sqlite"
path = "jobs.db"

[executor.heavy]
use = "process"
processes = 2
max_runs_per_child = 10

[jobs.good]
at = "2020-01-01T00:00:00Z"
executor = "heavy"
work = {use = "python", function = "tasks:good", args = [1, {a = "b"}]}

[jobs.file]
at = "2020-01-01T00:00:00Z"
executor = "heavy"
work = {use = "python", function = "clockfile:mine"}

[jobs.kind]
at = "2020-01-01T00:00:00Z"
executor = "heavy"
work = {use = "shout", words = "here"}

[jobs.crash]
at = "2020-01-01T00:00:00Z"
executor = "heavy"
work = {use = "python", function = "tasks:crash"}
"""
TASKS = """
import logging, os

def good(number, table):
    logging.getLogger("tasks").warning("good %s %s", number, table)
    print("in", os.getpid())
    return "fine"

def crash():
    os.abort()
"""
CLOCKFILE = """
import attrs
from clockhand import Work, hookimpl
from clockhand.contracts import Kind

def mine():
    return "mine"

@attrs.frozen
class Shout(Work):
    words: str

    def func(self, context):
        return self.words.upper()

@hookimpl
def clockhand_works():
    return [Kind("shout", "", options=Shout)]
"""


def test_command_runs_jobs_in_processes(tmp_path):
    """`clockhand run --once`: functions of a module and of the clockfile, its own kind, a crash."""
    (tmp_path / "clockhand.toml").write_text(TOML)
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "clockfile.py").write_text(CLOCKFILE)
    command = [sys.executable, "-m", "clockhand_cli"]
    done = subprocess.run(
        [*command, "run", "--once"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert re.search(r"in \d+", done.stdout)
    assert "tasks: good 1 {'a': 'b'}" in done.stderr
    for alias in ("good", "file", "kind"):
        assert f"{alias}@2020-01-01T00:00:00Z succeeded after" in done.stderr
    assert re.search(r"crash@2020-01-01T00:00:00Z failed after .*signal:ABRT", done.stderr)
    runs = subprocess.run(
        [*command, "runs", "--json"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert '"fine"' in runs
    assert '"mine"' in runs
    assert '"HERE"' in runs
    assert "in crash" in runs
