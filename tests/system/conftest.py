"""Fixtures for tests with real processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE = 30.0
"""Seconds that a test waits for something that must happen."""


def wait_for(condition: Callable[[], object], what: str) -> object:
    """Return what *condition* returns once that is true; fail, naming *what*, when it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.02)
    return found


@pytest.fixture(name="wait_for")
def _wait_for() -> Callable[[Callable[[], object], str], object]:
    """Wait for a condition, with a deadline."""
    return wait_for


class Program:
    """A running Python program whose standard output is a file."""

    def __init__(self, path: Path, output: Path, args: tuple[str, ...]) -> None:
        self.output = output
        with output.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-u", str(path), *args],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )

    def lines(self) -> list[str]:
        """Return what it has printed so far."""
        return self.output.read_text().splitlines()

    def says(self, text: str) -> None:
        """Wait until it has printed a line that contains *text*."""
        wait_for(lambda: any(text in line for line in self.lines()), f"{text!r} in {self.output.name}")

    def wait(self) -> int:
        """Return its exit code once it has ended."""
        return self.process.wait(PATIENCE)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start a Python program from its text; whatever still runs at the end is killed."""
    started: list[Program] = []

    def start(text: str, *args: str) -> Program:
        path = tmp_path / "program.py"
        path.write_text(text)
        made = Program(path, tmp_path / f"output-{len(started)}.txt", args)
        started.append(made)
        return made

    yield start
    for one in started:
        with contextlib.suppress(ProcessLookupError):
            one.process.kill()
        one.process.wait()
