"""An event loop that jumps from timer to timer, and waits for nothing but the world."""

import asyncio
import os
import socket
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from clockhand.testing.clock import VirtualClock
from clockhand.testing.loop import NothingToWaitFor, VirtualLoop, run_virtual

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_sleeping_takes_no_time():
    """A year is slept in a moment, and the clock shows it."""
    began = time.perf_counter()

    async def main(clock):
        await asyncio.sleep(365 * 86_400)
        return clock.now(), clock.monotonic(), asyncio.get_running_loop().time()

    assert run_virtual(main) == (NEW_YEAR.replace(year=2027), 31_536_000, 31_536_000)
    assert time.perf_counter() - began < 5


def test_timers_run_in_order_each_at_its_time():
    """Sleepers of several tasks wake at exactly their own moments."""

    async def main(clock):
        woken = []

        async def sleeper(seconds):
            await asyncio.sleep(seconds)
            woken.append((seconds, clock.monotonic()))

        await asyncio.gather(*(sleeper(seconds) for seconds in (3, 1, 2.5, 0, 1)))
        return woken

    assert run_virtual(main) == [(0, 0), (1, 1), (1, 1), (2.5, 2.5), (3, 3)]


def test_timeouts_are_virtual_too():
    """An hour's timeout ends at once, one hour later."""

    async def main(clock):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        return clock.now()

    assert run_virtual(main) == NEW_YEAR + timedelta(hours=1)


def test_a_week_of_seconds():
    """604,800 wake-ups end at the second, within some seconds of work."""

    async def main(clock):
        loop, done, seconds = asyncio.get_running_loop(), asyncio.Event(), 7 * 86_400

        def tick():
            if clock.monotonic() < seconds:
                loop.call_later(1, tick)
            else:
                done.set()

        tick()
        await done.wait()
        return clock.now()

    began = time.process_time()
    assert run_virtual(main) == NEW_YEAR + timedelta(days=7)
    assert time.process_time() - began < 60  # two on a quiet machine; asyncio in debug mode needs twenty


def test_timers_far_away_are_reached():
    """After centuries a float of seconds has coarse steps; short timers still end."""

    async def main(clock):
        await asyncio.sleep(300 * 365.25 * 86_400)
        before = clock.monotonic()
        for _ in range(100):
            await asyncio.sleep(0.001)
        return clock.monotonic() - before

    assert run_virtual(main) == pytest.approx(0.1, abs=1e-3)


def test_a_held_clock_stands_still():
    """While a thread works for real, no timer runs out; afterwards the timer has its full time."""

    async def main(clock):
        timer = asyncio.create_task(asyncio.sleep(60))
        let_go, loop, answer = threading.Event(), asyncio.get_running_loop(), asyncio.Event()

        def work():
            let_go.wait()
            loop.call_soon_threadsafe(answer.set)

        thread = threading.Thread(target=work)
        with clock.hold():
            thread.start()
            threading.Timer(0.1, let_go.set).start()
            await answer.wait()
            held_at = clock.monotonic()
        thread.join()
        assert not timer.done()
        await timer
        return held_at, clock.monotonic()

    assert run_virtual(main) == (0, 60)


def test_letting_go_in_another_thread_wakes_the_loop():
    """The loop waits while a thread holds the clock, and jumps as soon as that one lets go."""

    async def main(clock):
        taken, moments = threading.Event(), []

        def holder():
            with clock.hold():
                taken.set()
                time.sleep(0.1)
                moments.append(clock.monotonic())

        thread = threading.Thread(target=holder)
        thread.start()
        taken.wait()
        await asyncio.sleep(1000)
        thread.join()
        return [*moments, clock.monotonic()]

    assert run_virtual(main) == [0, 1000]


def test_waiting_for_a_holder_costs_nothing():
    """Held, the loop sleeps in the system: it doesn't look again and again."""

    async def main(clock):
        timer, busy = asyncio.create_task(asyncio.sleep(1)), time.process_time()
        await asyncio.to_thread(time.sleep, 0.5)
        busy = time.process_time() - busy
        await timer
        return busy

    assert run_virtual(main) < 0.25


def test_threads_of_the_loop_hold_by_themselves():
    """to_thread and run_in_executor: no virtual time passes until the result is there, or the error."""

    async def main(clock):
        async with asyncio.timeout(1):
            assert await asyncio.to_thread(lambda: time.sleep(0.05) or "done") == "done"
            with pytest.raises(ZeroDivisionError):
                await asyncio.to_thread(lambda: 1 / 0)
        assert not clock.held
        return clock.monotonic()

    assert run_virtual(main) == 0


def test_an_executor_that_refuses_lets_go():
    """Where nothing could be started, nothing is held."""

    async def main(clock):
        loop = asyncio.get_running_loop()
        await loop.shutdown_default_executor()
        with pytest.raises(RuntimeError):
            loop.run_in_executor(None, print)
        return clock.held

    assert run_virtual(main) is False


def test_nothing_to_wait_for_is_an_error():
    """Instead of hanging for ever: the error names the tasks."""

    async def wait_for_godot():
        await asyncio.Event().wait()

    with pytest.raises(NothingToWaitFor, match=r"nothing is scheduled .*wait_for_godot\); hold the clock"):
        run_virtual(wait_for_godot())


def test_what_is_left_is_cancelled_and_the_clock_is_free():
    """As after asyncio.run: leftover tasks end, also after an error, and the clock may be used again."""
    clock, ended = VirtualClock(), []

    async def left_over():
        try:
            await asyncio.sleep(1_000)
        finally:
            ended.append(clock.monotonic())

    async def main(_clock):
        main.task = asyncio.create_task(left_over())
        await asyncio.sleep(1)
        raise ZeroDivisionError

    for expected in ([1], [1, 2]):
        with pytest.raises(ZeroDivisionError):
            run_virtual(main, clock=clock)
        assert ended == expected


def test_the_start_is_chosen():
    """run_virtual(start=...) sets the wall clock; a coroutine may be given instead of a function."""

    async def main(clock):
        return clock.now()

    assert run_virtual(main, start=NEW_YEAR.replace(year=2030)) == NEW_YEAR.replace(year=2030)
    assert run_virtual(asyncio.sleep(5, "slept")) == "slept"


def test_a_step_of_the_wall_moves_no_timer():
    """Setting the wall clock during a sleep neither shortens nor lengthens it."""

    async def main(clock):
        asyncio.get_running_loop().call_later(10, clock.step, timedelta(hours=-3))
        await asyncio.sleep(60)
        return clock.now(), clock.monotonic()

    assert run_virtual(main) == (NEW_YEAR + timedelta(minutes=1, hours=-3), 60)


def test_a_child_process_is_waited_for_in_real_time():
    """Held, a real program runs while the virtual minute waits."""

    async def main(clock):
        timer = asyncio.create_task(asyncio.sleep(60))
        with clock.hold():
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                "import time; time.sleep(0.1); print('hi')",
                stdout=asyncio.subprocess.PIPE,
            )
            output, _ = await process.communicate()
        now = clock.monotonic()
        await timer
        return output.strip(), process.returncode, now

    assert run_virtual(main) == (b"hi", 0, 0)


def test_a_socket_alone_is_waited_for():
    """With no timer and no holder, a watched socket is worth waiting for."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    threading.Timer(0.1, theirs.sendall, [b"hello"]).start()

    async def main(_clock):
        return await asyncio.get_running_loop().sock_recv(ours, 5)

    with ours, theirs:
        assert run_virtual(main) == b"hello"


def test_a_socket_that_stays_silent_is_named():
    """After its patience the loop says what it waited for."""
    reading, writing = os.pipe()
    loop = VirtualLoop(VirtualClock(), patience=0.05)
    loop.add_reader(reading, lambda: None)

    async def listener():
        await asyncio.Event().wait()

    task = loop.create_task(listener())
    try:
        with pytest.raises(
            NothingToWaitFor, match=rf"in 0.05 real seconds, waiting for files {reading}; .*listener"
        ):
            loop.run_until_complete(task)
    finally:
        loop.remove_reader(reading)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()
        loop.close()
        os.close(reading)
        os.close(writing)


def test_letting_go_after_the_loop_is_closed_is_harmless():
    """A thread that outlives the loop may still let go."""
    clock = VirtualClock()
    hold = clock.hold()

    async def main(clock):
        hold.__enter__()
        return clock.held

    assert run_virtual(main, clock=clock)
    hold.__exit__(None, None, None)
    assert not clock.held
