"""The clock of a real process is set, by libfaketime: it notices within seconds, and its jobs go on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

LIBRARIES = sorted(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))
PATIENCE = 60.0
PROGRAM = """\
import asyncio
from clockhand import Scheduler, Timing, cron, every, use
from clockhand.events import ClockStepped, OccurrenceSkipped

clock = Scheduler(silo=use("sqlite", path="jobs.db"), timing=Timing(poll="500ms"))

@clock.job(every(seconds=1))
async def beats():
    print("beat", flush=True)

@clock.job(cron("0 12 * * *", tz="UTC"))
async def noon():
    print("noon", flush=True)

def told(event):
    if isinstance(event, ClockStepped):
        print("stepped", round(event.step.total_seconds()), flush=True)
    if isinstance(event, OccurrenceSkipped):
        print("skipped", event.job, event.verdict, event.count, flush=True)

clock.subscribe(told)
clock.run()
"""

pytestmark = pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed")


class Set:
    """A process whose clock can be set."""

    def __init__(self, folder: Path) -> None:
        self._stamp = folder / "stamp"
        self.set("+0")
        (folder / "program.py").write_text(PROGRAM)
        self._said = folder / "said"
        env = {
            **os.environ,
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._stamp),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        with self._said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "program.py"], cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT
            )

    def set(self, offset: str) -> None:
        """Set its clock to so much from the true time."""
        fresh = self._stamp.with_suffix(".new")
        fresh.write_text(offset + "\n")
        fresh.replace(self._stamp)

    def lines(self) -> list[str]:
        """Return what it has said."""
        return self._said.read_text().splitlines()

    def says(self, line: str, times: int = 1) -> int:
        """Wait until it has said that line so often, and return how many lines it has said by then."""
        deadline = time.monotonic() + PATIENCE
        while self.lines().count(line) < times:
            assert self.process.poll() is None, self.lines()
            assert time.monotonic() < deadline, f"not said: {line!r}, but {self.lines()[-30:]}"
            time.sleep(0.05)
        return len(self.lines())


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Set]:
    """A scheduler whose clock can be set."""
    made = Set(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()


def test_a_clock_that_is_set_forward_and_back(started: Set) -> None:
    """A day forward: one run to catch up, the others one range. Back again and farther: it goes on."""
    started.says("beat", 2)
    started.set("+86400s")
    started.says("stepped 86400")
    before = started.lines().count("beat")
    started.says("beat", before + 3)
    started.says("noon")
    skipped = [line.split() for line in started.lines() if line.startswith("skipped beats coalesced")]
    assert sum(int(count) for *_, count in skipped) in range(86_380, 86_420)
    started.set("-3600s")
    started.says("stepped -90000")
    before = started.lines().count("beat")
    started.says("beat", before + 3)
    assert started.lines().count("noon") <= 2
