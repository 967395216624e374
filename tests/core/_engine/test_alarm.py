"""Alarms: never early, one ring for each setting, on a real event loop."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from clockhand._engine import alarm as alarms
from clockhand._engine.alarm import FileAlarm, LoopAlarm, finest_alarm

KINDS = [
    LoopAlarm,
    pytest.param(FileAlarm, marks=pytest.mark.skipif(sys.platform != "linux", reason="no timerfd")),
]


@pytest.mark.parametrize("kind", KINDS)
def test_it_rings_and_never_early(kind):
    """Once for each setting, not before its time."""

    async def main():
        alarm, early = kind(), []
        for seconds in (0.0, 0.001, 0.0123, 0.05):
            rang = asyncio.Event()
            begun = time.monotonic()
            alarm.set(seconds, rang.set)
            await rang.wait()
            early.append(time.monotonic() - begun < seconds - 1e-6)
        alarm.close()
        return early

    assert asyncio.run(main()) == [False] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_setting_takes_the_place_of_the_old(kind):
    """What was set before is never heard; nor is what was stopped."""

    async def main():
        alarm, heard = kind(), []
        alarm.set(0.01, lambda: heard.append("old"))
        rang = asyncio.Event()
        alarm.set(0.03, rang.set)
        await rang.wait()
        alarm.set(0.001, lambda: heard.append("stopped"))
        alarm.stop()
        alarm.set(0.02, rang.set)
        rang.clear()
        await rang.wait()
        alarm.close()
        return heard

    assert asyncio.run(main()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="no timerfd")
def test_a_file_that_is_closed_is_gone():
    """And closing it twice does no harm."""

    def files():
        return set(Path("/proc/self/fd").iterdir())

    async def main():
        before = files()
        alarm = finest_alarm()
        assert isinstance(alarm, FileAlarm)
        alarm.set(1000, lambda: None)
        alarm.close()
        alarm.close()
        return files() - before

    assert asyncio.run(main()) == set()


def test_where_there_is_none_the_loop_has_to_do(monkeypatch):
    """No file to be had, or a system without them: the loop's own timer."""

    def refuse():
        raise OSError(24, "too many open files")

    monkeypatch.setattr(alarms, "_timerfd", refuse)

    async def main():
        return finest_alarm()

    assert isinstance(asyncio.run(main()), LoopAlarm)
