"""Signals: the first asks, the second hurries, and one that nobody hears interrupts what is in the way."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time

import pytest

from clockhand._engine import signals
from clockhand._engine.signals import stop_signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")


def send(number=signal.SIGINT):
    """Send this process a signal, and see it come."""
    os.kill(os.getpid(), number)


def heard(main):
    """Return what an async function returns, given the request of a stop."""

    async def run():
        with stop_signals(running=lambda: RUNNING) as request:
            return await main(request)

    return asyncio.run(run())


RUNNING: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_runs(caplog):
    RUNNING.clear()
    caplog.set_level(logging.INFO, "clockhand")


def test_the_first_asks_and_the_second_hurries(caplog):
    """Each names what runs: what may end, and what is cut off; from the third on there is nothing to say."""
    RUNNING[:] = [f"job-{number}@x" for number in range(7)]

    async def main(request):
        send(signal.SIGTERM)
        await request.wanted.wait()
        hurried = request.hurry.is_set()
        send()
        await request.hurry.wait()
        send()
        await asyncio.sleep(0.05)
        return hurried, request.signal

    assert heard(main) == (False, signal.SIGTERM)
    named = "job-0@x, job-1@x, job-2@x, job-3@x, job-4@x and 2 more"
    assert caplog.messages == [
        f"SIGTERM: stopping, {named} may end; once more stops at once",
        f"SIGINT again: stopping at once, which cuts off {named}",
    ]


def test_nothing_runs(caplog):
    """Then nothing is named."""

    async def main(request):
        send()
        await request.wanted.wait()
        send()
        await request.hurry.wait()

    heard(main)
    assert caplog.messages == ["SIGINT: stopping", "SIGINT again: stopping at once"]


def test_what_blocks_the_loop_is_interrupted_by_the_second(monkeypatch):
    """The first is heard as soon as the loop is free again; what was in its way has got an interrupt."""
    monkeypatch.setattr(signals, "DEAF", 0.05)

    async def main(request):
        timers = [threading.Timer(seconds, send) for seconds in (0.1, 0.3)]
        for timer in timers:
            timer.start()
        with pytest.raises(KeyboardInterrupt, match="SIGINT again, and this keeps the event loop busy"):
            time.sleep(30)  # noqa: ASYNC251 - that is what blocks
        await asyncio.wait_for(request.wanted.wait(), 10)
        return request.hurry.is_set()

    assert heard(main) is False


def test_two_in_a_row_interrupt_nothing():
    """A loop that was only just busy hears both."""

    async def main(request):
        send()
        send()
        await asyncio.wait_for(request.hurry.wait(), 10)

    heard(main)


def test_hang_ups_interrupt_nothing(monkeypatch):
    """They ask for a reload, as often as they come."""
    monkeypatch.setattr(signals, "DEAF", -1.0)
    monkeypatch.setattr(signals, "_has_terminal", lambda: False)
    reloads = []

    async def main():
        with stop_signals(lambda: reloads.append(True)):
            send(signal.SIGHUP)
            send(signal.SIGHUP)
            for _ in range(10):
                await asyncio.sleep(0)

    asyncio.run(main())
    assert reloads == [True, True]


def test_the_handlers_of_before_are_back():
    """Also where there was none that Python knows of."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    async def main(request):
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    async def alone():
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    assert heard(main) != asyncio.run(alone())
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_other_threads_have_none():
    """Outside the main thread nothing is touched."""
    before, found = signal.getsignal(signal.SIGINT), []

    def run():
        async def main(request):
            found.append(signal.getsignal(signal.SIGINT))

        heard(main)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert found == [before]
