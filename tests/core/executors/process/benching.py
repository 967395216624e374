"""An executor as a scheduler starts it, and a look at the processes that are there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any, Final, Self

import pytest

from clockhand._plugins.builtin import Builtin
from clockhand._plugins.catalog import Catalog
from clockhand.contracts import ExecutorContext, Outcome
from clockhand.executors.process.executor import ProcessExecutor
from clockhand.testing.works import BenchRun, WorkBench
from clockhand.works import Functions, call

PATIENCE: Final = 60.0
"""Seconds that a test waits for something that must happen."""


class Bench(WorkBench):
    """A process executor as a scheduler starts it."""

    def __init__(self, processes: int = 1, *, max_runs: int | None = None) -> None:
        super().__init__(ProcessExecutor(processes, max_runs))
        self.functions = Functions()
        self.kinds = Catalog()
        self.kinds.take(Builtin(self.functions), "core", "clockhand-core")

    async def __aenter__(self) -> Self:
        context = ExecutorContext(alias="bench", kinds=self.kinds, functions=self.functions)
        await self.executor.startup(context)
        return self

    def call(self, function: Any, *args: Any) -> BenchRun:
        """Begin a run of a function."""
        return self.start(call(function, *args))

    async def outcome(self, function: Any, *args: Any) -> Outcome:
        """Return how a run of a function ends."""
        return await self.call(function, *args).outcome(PATIENCE)

    async def result(self, function: Any, *args: Any) -> Any:
        """Return what a function returned."""
        outcome = await self.outcome(function, *args)
        assert outcome.result == "succeeded", outcome
        return outcome.output["result"]


async def until(condition: Any, what: str) -> Any:
    """Return what *condition* returns once that is true; fail, naming *what*, when it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE:.0f} s for {what}")
        await asyncio.sleep(0.01)
    return found


async def begun(run: BenchRun) -> int:
    """Wait until a run has recorded the id of its process, and return that."""
    await until(lambda: "pid" in run.context.recorded or run._task.done(), "the run to begin")
    assert "pid" in run.context.recorded, await run.outcome()
    return run.context.recorded["pid"]


def alive(pid: int) -> bool:
    """Say whether a process is there and not merely waiting to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {b"Z", b"X"}


def children() -> set[int]:
    """Return the ids of this process's children, without the helper that multiprocessing keeps."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has just ended
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return {pid for pid in found if b"resource_tracker" not in _command(pid)}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b"resource_tracker"
