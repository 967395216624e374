"""When the limits are looked after: seldom, never in the way, and again where it failed."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from itertools import pairwise

import attrs
import pytest

from clockhand import Job, Retention, Timing, call, every, use
from clockhand.contracts import Kind
from clockhand.errors import ConfigError
from clockhand.hookspecs import hookimpl
from clockhand.testing import VirtualLoop
from clockhand_memory.history import MemoryHistory
from clockhand_memory.store import MemorySilo

MINUTE = 60
HOUR = 3_600
QUIET = Timing(poll="1d", lease="3d", beat="2d")


@attrs.frozen
class NoOptions:
    """No options."""


class Looked(MemoryHistory):
    """A history that notes when its size is asked for, and fails when told to."""

    def __init__(self, clock) -> None:
        super().__init__()
        self.clock = clock
        self.asked = []
        self.error = None

    async def size(self):
        """Note it."""
        self.asked.append(self.clock.monotonic())
        if self.error is not None:
            raise self.error
        return await super().size()


class Offers:
    """A plugin that offers that history, and silos that may fail to list their jobs."""

    def __init__(self, history) -> None:
        self.history = history
        self.broken = set()

    @hookimpl
    def clockhand_histories(self):
        """Return it."""
        return [Kind(name="looked", summary="", options=NoOptions, make=lambda _: self.history)]

    @hookimpl
    def clockhand_silos(self):
        """Return them."""
        return [Kind(name="broken", summary="", options=NoOptions, make=lambda _: self._silo())]

    def _silo(self):
        silo = MemorySilo()
        list_jobs = silo.list_jobs

        async def listing(which, *more):
            if which.source is None:
                raise OSError("disk on fire")
            return await list_jobs(which, *more)

        silo.list_jobs = listing
        return silo


@pytest.fixture
def looked(make, clock):
    """Make a scheduler with such a history."""
    history = Looked(clock)

    def made(**options):
        scheduler = make(history=use("looked"), plugins=[Offers(history)], **options)
        return scheduler, history

    return made


def test_it_is_looked_after_once_soon_and_then_about_hourly(looked, virtual):
    """The first look comes within two minutes, the others every hour, a tenth sooner or later."""

    async def main():
        scheduler, history = looked(timing=QUIET)
        async with scheduler:
            await asyncio.sleep(100 * HOUR)
        return history.asked

    asked = virtual(main)
    assert 30 <= asked[0] <= 90
    gaps = [after - before for before, after in pairwise(asked)]
    assert all(0.9 * HOUR <= gap <= 1.1 * HOUR + 1 for gap in gaps)
    assert len({round(gap) for gap in gaps}) > 50
    assert 95 <= len(asked) <= 105


def test_it_keeps_no_idle_scheduler_awake(looked, virtual, monkeypatch):
    """Ten hours in which nothing is due are a few dozen wake-ups, and with no limits next to none."""
    jumps = []
    jump = VirtualLoop._jump
    monkeypatch.setattr(
        VirtualLoop, "_jump", lambda self, seconds: jumps.append(seconds) or jump(self, seconds)
    )

    async def idle(retention):
        scheduler, _ = looked(timing=QUIET, retention=retention)
        async with scheduler:
            await asyncio.sleep(1)
            before = len(jumps)
            await asyncio.sleep(10 * HOUR)
            return len(jumps) - before

    async def main():
        return await idle(Retention()), await idle(
            Retention(history=None, history_bytes=None, finished_jobs=None)
        )

    some, none = virtual(main)
    assert some <= 50
    assert none <= 15


def test_a_failure_is_tried_again_ever_less_often(looked, virtual, caplog):
    """A minute later, then two, four, up to five; health is red until then, the log has it once."""

    async def main():
        scheduler, history = looked()
        async with scheduler:
            history.error = OSError("connection refused")
            await asyncio.sleep(6 * HOUR)
            during = await scheduler.health()
            history.error = None
            await asyncio.sleep(5 * MINUTE)
            return history.asked, during, await scheduler.health()

    asked, during, after = virtual(main)
    waits = [round(later - sooner) for sooner, later in pairwise(asked)]
    assert waits[:6] == [60, 120, 240, 300, 300, 300]
    assert during.problems == ("retention of the history: OSError: connection refused",)
    assert not during.ok
    assert after.ok
    assert sum(record.levelno >= logging.ERROR for record in caplog.records) == 1


def test_what_fails_hinders_no_other(make, clock, virtual):
    """A silo that can't list its jobs is named; the history is looked after all the same."""
    history = Looked(clock)

    async def main():
        silos = {"default": use("memory"), "worse": use("broken")}
        options = {"silo": None, "silos": silos, "history": use("looked"), "plugins": [Offers(history)]}
        async with make(**options) as scheduler:
            await asyncio.sleep(100)
            before = await scheduler.health()
            await scheduler.remove_silo("worse")
            await asyncio.sleep(200)
            return before, await scheduler.health()

    before, after = virtual(main)
    assert before.problems == ("retention of finished jobs in silo worse: OSError: disk on fire",)
    assert len(history.asked) >= 2
    assert after.ok


def test_runs_go_on_while_it_hangs(looked, virtual, clock):
    """A history that never answers its question delays no run and no stop."""

    async def main():
        scheduler, history = looked(timing=Timing(poll="60s", patience="300d"))
        ran = []
        scheduler.add(Job(alias="tick", work=call(_tick), triggers=every(seconds=10)))
        scheduler.subscribe(
            lambda event: ran.append(event) if type(event).__name__ == "RunSucceeded" else None
        )

        async def hangs():
            await asyncio.Event().wait()

        history.size = hangs
        async with scheduler:
            await asyncio.sleep(HOUR + 1)
            began = clock.monotonic()
        return len(ran), clock.monotonic() - began

    ran, took = virtual(main)
    assert ran == 360
    assert took < 2.1


async def _tick() -> None:
    """Do nothing."""


def test_a_task_that_somebody_cancels_is_told(looked, virtual):
    """A round that will never come again makes health red."""

    async def main():
        scheduler, _ = looked()
        async with scheduler:
            (task,) = [task for task in asyncio.all_tasks() if task.get_name() == "clockhand retention"]
            task.cancel()
            await asyncio.sleep(1)
            return (await scheduler.health()).problems

    assert virtual(main) == ("retention of everything: its task was cancelled from outside, start anew",)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (
            use("memory"),
            "retention.rotate_to: kind 'memory' keeps nothing when the process ends; use a durable one, ",
        ),
        (use("jsonl", pth="x"), "retention.rotate_to (jsonl): unknown option 'pth', did you mean 'path'?"),
        (use("jsnl"), "retention.rotate_to: unknown history 'jsnl', did you mean 'jsonl'?"),
    ],
)
def test_a_target_that_can_not_be_is_refused_at_the_start(make, virtual, target, says):
    """Nothing is opened; the error names the option and what is wrong with it."""

    async def main():
        with pytest.raises(ConfigError) as caught:
            await make(retention={"rotate_to": target}).startup()
        return str(caught.value)

    assert virtual(main).startswith(says)


def test_a_stop_lets_a_short_run_look_after_it(looked, virtual, clock):
    """`run(once=True)` has one round; one that takes too long is left after two seconds."""

    async def main():
        scheduler, history = looked()
        await scheduler.serve(once=True)
        assert len(history.asked) == 1
        began = clock.monotonic()
        scheduler, history = looked()

        async def slow():
            await asyncio.sleep(5)

        history.size = slow
        await scheduler.serve(once=True)
        return clock.monotonic() - began

    assert 2 <= virtual(main) < 2.1


def test_the_limits_of_a_scheduler(make):
    """As a value or as a table; by default 30 days, a gibibyte, and a week."""
    default = make().settings.retention
    assert default == Retention(history="30d", history_bytes="1GiB", finished_jobs="7d", rotate_to=None)
    assert (default.history, default.history_bytes) == (timedelta(days=30), 2**30)
    given = make(retention={"history": 86_400, "rotate_to": use("jsonl", path="x")}).settings.retention
    assert given == Retention(history="1d", rotate_to=use("jsonl", path="x"))
    assert make(retention=given).settings.retention is given
