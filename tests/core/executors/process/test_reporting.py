"""What a child says while a signal handler says something as well: whole frames, in turn, and no deadlock."""

import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import threading

import pytest

from clockhand.executors.process.reporting import Reporter
from clockhand.executors.process.wire import Progressed

PATIENCE = 30.0
BIG = "x" * 800_000
"""More than a pipe holds: who sends it waits for who reads it."""


@pytest.fixture
def pipe():
    """Both ends of a pipe, the reader's first."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        yield reader, writer


@contextlib.contextmanager
def handling(handler):
    """Let SIGUSR1 be handled so."""
    before = signal.signal(signal.SIGUSR1, lambda *_: handler())
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def interrupted_while_sending(reader, handled):
    """Send a signal in the middle of the first frame; return the notes of all frames that came in the end."""
    notes = []

    def read():
        size = int.from_bytes(os.read(reader.fileno(), 4), "big")
        os.kill(os.getpid(), signal.SIGUSR1)
        assert handled.wait(PATIENCE)
        first = b""
        while len(first) < size:
            first += os.read(reader.fileno(), size - len(first))
        notes.append(json.loads(first)["note"])
        with contextlib.suppress(EOFError):
            while True:
                notes.append(json.loads(reader.recv_bytes())["note"])

    thread = threading.Thread(target=read)
    thread.start()
    return thread, notes


@pytest.mark.timeout(120)
def test_what_a_handler_says_comes_after_what_it_interrupted(pipe):
    """The lock that is held belongs to the very thread in which the handler runs."""
    reader, writer = pipe
    reporter, handled = Reporter(writer), threading.Event()

    def handler():
        reporter.say(Progressed(1, 0, None, "handler"))
        handled.set()

    with handling(handler):
        thread, notes = interrupted_while_sending(reader, handled)
        reporter.say(Progressed(1, 0, None, BIG))
    reporter.say(Progressed(1, 0, None, "after"))
    writer.close()
    thread.join(PATIENCE)
    assert notes == [BIG, "handler", "after"]


@pytest.mark.timeout(120)
def test_an_interrupt_waits_for_the_end_of_the_frame(pipe):
    """It raises where the thread is; half a frame would be the last that the parent understands."""
    reader, writer = pipe
    reporter, handled = Reporter(writer), threading.Event()

    def handler():
        handled.set()
        reporter.interrupt()

    with handling(handler):
        thread, notes = interrupted_while_sending(reader, handled)
        with pytest.raises(asyncio.CancelledError):
            reporter.say(Progressed(1, 0, None, BIG))
        with pytest.raises(asyncio.CancelledError):
            reporter.interrupt()  # nothing is being sent now
    reporter.say(Progressed(1, 0, None, "teardown"))  # one interrupt interrupts once
    writer.close()
    thread.join(PATIENCE)
    assert notes == [BIG, "teardown"]


@pytest.mark.timeout(120)
def test_threads_take_turns(pipe):
    """Whoever finds frames of others sends them along; each comes once, those of a thread in their order."""
    reader, writer = pipe
    reporter, frames = Reporter(writer), []

    def read():
        with contextlib.suppress(EOFError):
            while True:
                frames.append(json.loads(reader.recv_bytes()))

    def say(run):
        for number in range(500):
            reporter.say(Progressed(run, number, None, ""))

    listener = threading.Thread(target=read)
    speakers = [threading.Thread(target=say, args=(run,)) for run in range(8)]
    for thread in (listener, *speakers):
        thread.start()
    for thread in speakers:
        thread.join(PATIENCE)
    writer.close()
    listener.join(PATIENCE)
    for run in range(8):
        assert [frame["done"] for frame in frames if frame["run"] == run] == list(range(500))
