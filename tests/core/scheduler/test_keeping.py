"""The loop that a scheduler has to itself: whoever meddles with it, it is run to the end."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
import threading

import pytest

from clockhand.errors import StateError
from clockhand.scheduler import keeping
from clockhand.scheduler.keeping import run_kept


def kept(meddle, *, rounds=20):
    """Return what a main returns that goes on for some rounds after *meddle* was called on its loop."""

    async def main():
        meddle(asyncio.get_running_loop())
        for _ in range(rounds):
            await asyncio.sleep(0)
        return "through"

    return run_kept(main)


def interrupt():
    """Raise what Ctrl-C would."""
    raise KeyboardInterrupt("by hand")


def test_it_returns_and_raises_what_its_main_does():
    """Like asyncio.run."""

    async def fails(error):
        raise error

    assert kept(lambda _loop: None) == "through"
    for error in (ValueError("no"), RuntimeError("no"), SystemExit(3), KeyboardInterrupt()):
        with pytest.raises(type(error)) as raised:
            run_kept(lambda error=error: fails(error))
        assert raised.value is error


@pytest.mark.parametrize(
    ("meddle", "says"),
    [
        (lambda loop: loop.call_soon(sys.exit), "SystemExit came through to the event loop; the scheduler"),
        (lambda loop: loop.call_soon(sys.exit, 4), "SystemExit (4) came through to the event loop; the sch"),
        (lambda loop: loop.call_later(0, sys.exit), "SystemExit came through to the event loop; the sched"),
        (lambda loop: loop.stop(), "code of a job or a plugin stopped the event loop; the scheduler goes on"),
    ],
    ids=["exit soon", "exit with a code", "exit later", "stop"],
)
def test_who_ends_the_loop_does_not(caplog, meddle, says):
    """A callback that exits and a loop that is stopped are told; all that was ready goes on."""
    ran = []

    def meddled(loop):
        meddle(loop)
        loop.call_soon(ran.append, "after")

    assert kept(meddled) == "through"
    assert ran == ["after"]
    assert says in caplog.text


def test_an_interrupt_that_is_none(caplog, monkeypatch):
    """Where Ctrl-C is listened for, a KeyboardInterrupt that comes is none."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        assert kept(lambda loop: loop.call_soon(interrupt)) == "through"
    finally:
        signal.signal(signal.SIGINT, before)
    assert "KeyboardInterrupt (by hand) came through" in caplog.text


def test_an_interrupt_that_nobody_listens_for():
    """It ends the loop, and the main gets to clean up."""
    cleaned = []

    async def main():
        asyncio.get_running_loop().call_soon(interrupt)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_kept(main)
    finally:
        signal.signal(signal.SIGINT, before)
    assert cleaned == [True]


def test_an_interrupt_in_another_thread(caplog):
    """There is no Ctrl-C there."""
    found = []
    thread = threading.Thread(target=lambda: found.append(kept(lambda loop: loop.call_soon(interrupt))))
    thread.start()
    thread.join(30)
    assert found == ["through"]


def test_who_cancels_all_tasks_is_told():
    """The main can clean up; then the error says what happened."""
    cleaned = []

    async def main():
        try:
            for task in asyncio.all_tasks():
                task.cancel()
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    with pytest.raises(
        StateError, match=r"^scheduler: code of a job or a plugin cancelled the scheduler's own"
    ):
        run_kept(main)
    assert cleaned == [True]


def test_a_task_that_swallows_every_cancellation_is_let_go_of(caplog, monkeypatch):
    """It is named, nobody waits for it, and nothing complains when it is destroyed."""
    monkeypatch.setattr(keeping, "PATIENCE", 0.05)
    kept_tasks, tidied = [], []

    async def stubborn():
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    async def tidies():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            tidied.append(True)

    async def main():
        kept_tasks.append(asyncio.create_task(stubborn(), name="mule"))
        kept_tasks.append(asyncio.create_task(tidies()))
        await asyncio.sleep(0)

    with caplog.at_level(logging.WARNING):
        run_kept(main)
        kept_tasks.clear()
        gc.collect()
    assert tidied == [True]
    (message,) = caplog.messages
    assert message.startswith("a task that a job left behind can't be ended: mule ")
    assert message.endswith("stubborn")


def test_a_loop_within_a_loop_is_refused():
    """The error says what to write."""

    async def main():
        run_kept(main)

    with pytest.raises(StateError, match=r"^scheduler: run\(\) blocks, .*; use  await scheduler.serve\(\)$"):
        asyncio.run(main())
