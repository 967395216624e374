"""Calls in threads of their own."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading

import pytest

from clockhand_network.threads import in_thread


def test_what_it_returns_and_raises():
    """As if it had been called here, context and all."""
    here = contextvars.ContextVar("here")

    async def main():
        here.set("set")
        assert await in_thread(here.get) == "set"
        assert await in_thread(divmod, 7, 2) == (3, 1)
        assert await in_thread(threading.get_ident) != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await in_thread(divmod, 7, 0)
        with pytest.raises(SystemExit):
            await in_thread(sys.exit, 3)

    asyncio.run(main())


def test_many_that_hang():
    """They hold neither each other up, nor who looks up a name, nor the end of the program."""
    code = """
import asyncio, threading
from clockhand_network.threads import in_thread

async def main():
    never = threading.Event()
    hanging = [asyncio.create_task(in_thread(never.wait)) for _ in range(100)]
    assert await in_thread(len, "three") == 5
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)
    for one in hanging:
        one.cancel()
    await asyncio.wait(hanging)
    print("ended")

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
    assert done.stdout.strip() == b"ended"


def test_an_answer_that_nobody_waits_for():
    """It is dropped without an error, while the loop runs and once it is closed."""
    go, threads = threading.Event(), []

    def late():
        threads.append(threading.current_thread())
        go.wait(30)

    async def main():
        waiting = asyncio.create_task(in_thread(late))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})

    async def and_go_on():
        said = []
        asyncio.get_running_loop().set_exception_handler(lambda _, problem: said.append(problem))
        await main()
        go.set()
        await in_thread(threads[0].join, 30)
        await asyncio.sleep(0)
        return said

    assert asyncio.run(and_go_on()) == []
    go.clear()
    asyncio.run(main())
    go.set()
    for thread in threads:
        thread.join(30)
    assert [thread.is_alive() for thread in threads] == [False, False]
