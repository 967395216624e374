"""What is said of an event loop that keeps others waiting, and of a process that stands still."""

import asyncio
import logging
import select
import signal
import subprocess
import sys
import time

import pytest

from clockhand._engine.loopwatch import INTERVAL, LONG, LoopWatch


class Said(logging.Handler):
    """Prints what is logged."""

    def emit(self, record):
        """Print it."""
        print(record.getMessage(), flush=True)  # noqa: T201 - this is what the parent reads


TRIES = 10


def counting():
    """Compute for a while."""
    end = time.monotonic() + INTERVAL + 3 * LONG
    while time.monotonic() < end:
        pass


async def watched(busy):
    """Be watched until the parent says that it is enough."""
    logger = logging.getLogger("watched")
    logger.addHandler(Said())
    watch = LoopWatch(logger)
    watch.arm()
    print("armed", flush=True)  # noqa: T201 - likewise
    if busy:
        counting()
    await asyncio.to_thread(sys.stdin.readline)
    watch.close()


@pytest.fixture
def child():
    """Start this file as a process; it is killed after the test."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, __file__, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "armed\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.system
def test_a_process_that_was_stopped_blames_nobody(child):
    """It stood still, the watching thread with it: that is what the log says, and no more."""
    process = child()
    for _ in range(TRIES):  # on a busy machine the thread may not have begun to look when it is stopped
        time.sleep(INTERVAL)
        process.send_signal(signal.SIGSTOP)
        time.sleep(INTERVAL + 2 * LONG)
        process.send_signal(signal.SIGCONT)
        if select.select([process.stdout], [], [], 4 * INTERVAL)[0]:
            break
    said = process.communicate("enough\n", timeout=30)[0].splitlines()
    assert said
    assert all(line.startswith("this process stood still for ") for line in said)


@pytest.mark.system
def test_what_keeps_the_loop_busy_is_named(child):
    """A function that computes uses the processor: it did not stand still."""
    process = child("busy")
    assert process.stdout.readline().startswith("the event loop is kept busy by counting (")


if __name__ == "__main__":
    asyncio.run(watched(sys.argv[1:] == ["busy"]))
