"""Nothing is started in a child that is only importing the program again."""

from __future__ import annotations

import asyncio

import pytest

from clockhand.contracts import ExecutorContext
from clockhand.errors import StateError
from clockhand.executors.process.executor import ProcessExecutor
from clockhand.executors.process.mainguard import importing, refuse_import


def test_while_a_run_is_loaded():
    """An executor that is started by an import is refused, and by nothing else."""
    executor = ProcessExecutor(1, None)
    with (
        importing(),
        pytest.raises(StateError, match=r"^executor 'e': started while a child process was importing"),
    ):
        asyncio.run(executor.startup(ExecutorContext(alias="e")))
    assert executor.room() == 0
    refuse_import("nothing")
