"""Jobs and plugins that meddle with the loop, the streams or the start: it lives on, or says why not."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from clockhand import Scheduler, use
from clockhand.contracts import What

pytestmark = pytest.mark.system

PROGRAM = r"""
import asyncio, logging, os, sys, time
from datetime import datetime, timezone
from clockhand import Job, Scheduler, Timing, at, call, daemon, every, hookimpl, use

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
path, how, where = sys.argv[1:]
PAST = at(datetime(2020, 1, 1, tzinfo=timezone.utc))

def exits():
    asyncio.get_running_loop().call_later(0, sys.exit)

async def exits_later():
    exits()

async def stops():
    asyncio.get_running_loop().stop()

async def cancels():
    if not os.path.exists(path + ".again"):
        open(path + ".again", "w").close()
        for task in asyncio.all_tasks():
            task.cancel()
        await asyncio.sleep(0)

async def closes():
    sys.stdout.close()

async def spawns():
    async def stubborn():
        while True:
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                pass
    global kept
    kept = asyncio.create_task(stubborn(), name="mule")

async def blocks():
    print("blocking", flush=True)
    time.sleep(600)

async def long():
    print("begin", flush=True)
    await asyncio.sleep(600)

async def other():
    await asyncio.sleep(0.5)
    print("other is through", flush=True)

async def ticks():
    print("tick", flush=True)

class Hook:
    @hookimpl
    def clockhand_started(self, scheduler):
        if how == "hook":
            print("in the hook", flush=True)
            time.sleep(600)

class Slow:
    @hookimpl
    def clockhand_stopping(self, scheduler):
        print("told of the stop", flush=True)

clock = Scheduler(
    silo=use("sqlite", path=path),
    plugins=[Hook(), Slow()],
    timing=Timing(poll="0.1s", stop_deadline="60s", kill_after="60s"),
)
if how in globals():
    clock.add(Job(alias="bad", work=call(globals()[how]), triggers=PAST))
clock.add(Job(alias="other", work=call(other), triggers=PAST))
clock.add(Job(alias="ticks", work=call(ticks), triggers=every("0.2s")))
if where == "run":
    print("stopped", clock.run().signal, flush=True)
else:
    with daemon(clock) as running:
        running.join(60)
    print("stopped", flush=True)
"""


def ledger(path):
    """Return the results of the runs of `bad` and `other`."""

    async def read():
        async with Scheduler(silo=use("sqlite", path=str(path))).attach() as scheduler:
            page = await scheduler.read(limit=10_000)
            return [
                (entry.job, str(entry.run.outcome.result), entry.verdict and str(entry.verdict))
                for entry in page.entries
                if entry.what is What.RUN_ENDED and entry.job != "ticks"
            ]

    return asyncio.run(read())


@pytest.fixture
def start(tmp_path, program):
    """Start the program with what its job does."""
    return lambda how, where="run": program(PROGRAM, str(tmp_path / "jobs.db"), how, where)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("exits_later", "ERROR SystemExit came through to the event loop; the scheduler goes on"),
        ("stops", "ERROR code of a job or a plugin stopped the event loop; the scheduler goes on"),
        ("closes", "tick"),
    ],
)
def test_the_scheduler_lives_on(tmp_path, start, how, says):
    """Who exits in a callback, stops the loop or closes standard output ends no other run."""
    one = start(how)
    one.says(says)
    one.says("other is through")
    one.process.send_signal(signal.SIGTERM)
    assert one.wait() == 0, one.lines()
    assert one.lines()[-1] == f"stopped {signal.SIGTERM}"
    assert sorted(ledger(tmp_path / "jobs.db")) == [
        ("bad", "succeeded", "succeeded"),
        ("other", "succeeded", "succeeded"),
    ]


@pytest.mark.parametrize("where", ["run", "daemon"])
def test_who_cancels_all_tasks_ends_it(tmp_path, start, where):
    """With an error that says so and an exit code; what it cut off is run by the next start."""
    one = start("cancels", where)
    assert one.wait() == 1, one.lines()
    assert "scheduler's own task, so it has stopped; what was running is on record" in one.lines()[-1]
    assert "told of the stop" in one.lines()
    first = ledger(tmp_path / "jobs.db")
    assert ("bad", "interrupted", None) in first
    two = start("cancels")
    two.says("tick")
    two.process.send_signal(signal.SIGTERM)
    assert two.wait() == 0, two.lines()
    assert {job for job, result, _ in ledger(tmp_path / "jobs.db") if result == "succeeded"} == {
        "bad",
        "other",
    }


def test_a_task_that_outlives_its_run_hinders_no_end(start):
    """It swallows every cancellation: it is named, and the process ends."""
    one = start("spawns")
    one.says("other is through")
    one.process.send_signal(signal.SIGTERM)
    assert one.wait() == 0, one.lines()
    assert "a task that a job left behind can't be ended: mule spawns.<locals>.stubborn" in one.lines()[-2]
    assert not any("destroyed" in line for line in one.lines())


@pytest.mark.parametrize(
    ("how", "begun", "says"),
    [
        ("hook", "in the hook", "clockhand_started of plugin 0 raised KeyboardInterrupt: SIGINT again"),
        ("blocks", "blocking", "stopping"),
    ],
)
def test_ctrl_c_works_whatever_blocks_the_loop(tmp_path, start, how, begun, says):
    """What blocks it is named; the second Ctrl-C interrupts that, and the scheduler stops as it should."""
    one = start(how)
    one.says(begun)
    one.says("the event loop is kept busy by")
    one.process.send_signal(signal.SIGINT)
    time.sleep(1)  # as long as somebody waits who sees that nothing comes of it
    assert one.process.poll() is None
    one.process.send_signal(signal.SIGINT)
    one.says(says)
    assert one.wait() == 0, one.lines()
    assert "told of the stop" in one.lines()
    assert one.lines()[-1] == f"stopped {signal.SIGINT}"
    if how == "blocks":
        assert ("bad", "failed", "failed") in ledger(tmp_path / "jobs.db")


def test_the_second_ctrl_c_says_what_it_cuts_off(tmp_path, start):
    """The first says what it waits for, the second what doesn't get to its end."""
    one = start("long")
    one.says("begin")
    one.says("other is through")
    one.process.send_signal(signal.SIGINT)
    one.says("INFO SIGINT: stopping, bad@2020-01-01T00:00:00Z may end; once more stops at once")
    one.process.send_signal(signal.SIGINT)
    assert one.wait() == 0, one.lines()
    cut = "WARNING SIGINT again: stopping at once, which cuts off bad@2020-01-01T00:00:00Z"
    assert cut in one.lines()
    assert ("bad", "interrupted", None) in ledger(tmp_path / "jobs.db")


def test_ctrl_c_while_it_starts(tmp_path, program):
    """A store that hangs as it is opened: the start is given up, and what was open is closed."""
    text = r"""
import asyncio, sys
import attrs
from clockhand import Scheduler, hookimpl, use
from clockhand.contracts import Executor, Kind

@attrs.frozen
class Options:
    pass

class Hangs(Executor):
    async def startup(self, context):
        print("opening", flush=True)
        await asyncio.sleep(600)

    async def teardown(self):
        print("closed", flush=True)

    def room(self):
        return 0

    async def execute(self, claim, context):
        raise NotImplementedError

    def cancel(self, claim, *, force):
        return False

class Plugin:
    @hookimpl
    def clockhand_executors(self):
        return [Kind("hangs", "", options=Options, make=lambda _: Hangs())]

clock = Scheduler(silo=use("sqlite", path=sys.argv[1]), executors={"hangs": use("hangs")}, plugins=[Plugin()])
print("stopped", clock.run(), flush=True)
"""
    one = program(text, str(tmp_path / "jobs.db"))
    one.says("opening")
    one.process.send_signal(signal.SIGINT)
    assert one.wait() == 0, one.lines()
    assert one.lines()[-2:] == ["closed", "stopped Ended(signal=<Signals.SIGINT: 2>, started=0, failed=0)"]
