"""Noticing that the wall clock was set."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from clockhand._engine.clockwatch import ClockWatch
from clockhand.contracts import What
from clockhand.events import ClockStepped


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(seconds=2)])
def test_a_step_is_seen_once(clock, step):
    """A set clock is noticed with its size; time that just passes is not, nor is the same step twice."""
    watch = ClockWatch(clock)
    clock.advance(3600)
    assert watch.step() is None
    clock.step(step)
    clock.advance(10)
    assert watch.step() == step
    assert watch.step() is None


def test_drift_is_no_step(clock):
    """Less than a second is drift."""
    watch = ClockWatch(clock)
    clock.step(timedelta(milliseconds=900))
    assert watch.step() is None


def test_the_scheduler_tells_of_it(make, clock, virtual):
    """While a scheduler runs, a set clock is an event with its size."""
    events = []

    async def main():
        scheduler = make()
        scheduler.subscribe(events.append)
        async with scheduler:
            await asyncio.sleep(100)
            clock.step(timedelta(hours=2))
            await asyncio.sleep(100)
            return await scheduler.read(limit=100)

    page = virtual(main)
    noted = [entry.reason for entry in page.entries if entry.what is What.CLOCK_STEPPED]
    assert noted == ["the clock was set by 2:00:00"]
    assert [event.step for event in events if isinstance(event, ClockStepped)] == [timedelta(hours=2)]
