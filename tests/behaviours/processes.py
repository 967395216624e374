"""Real processes for tests: Python programs whose standard output is a file."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

PATIENCE: Final = 90.0
"""Seconds that a test waits for something that must happen."""


def wait_for(condition: Callable[[], object], what: str) -> object:
    """Return what *condition* returns once that is true; fail, naming *what*, when it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.02)
    return found


class Process:
    """A running Python program."""

    def __init__(self, path: Path, output: Path, args: tuple[str, ...]) -> None:
        self._output = output
        with output.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-u", str(path), *args],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )

    def lines(self) -> list[str]:
        """Return what it has printed so far."""
        return self._output.read_text().splitlines()

    def says(self, text: str) -> str:
        """Wait until it has printed a line that contains *text*, and return that line."""

        def found() -> str:
            said = next((line for line in self.lines() if text in line), "")
            assert said or self.process.poll() is None, f"it ended without {text!r}: {self.lines()[-20:]}"
            return said

        return str(wait_for(found, f"{text!r} in {self._output.name}"))

    def count(self, line: str) -> int:
        """Return how often it has printed that line; it must not have ended by itself."""
        code = self.process.poll()
        assert code is None, f"{self._output.name} ended with {code}: {self.lines()[-20:]}"
        return self.lines().count(line)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Return its exit code once it has ended."""
        return self.process.wait(PATIENCE)


class Processes:
    """Starts programs in one folder, and kills what is left of them at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[Process] = []

    def __call__(self, text: str, *args: object) -> Process:
        """Start the program *text* with these arguments."""
        path = self._folder / f"program_{len(self._started)}.py"
        path.write_text(text)
        output = self._folder / f"output_{len(self._started)}.txt"
        made = Process(path, output, tuple(map(str, args)))
        self._started.append(made)
        return made

    def kill(self) -> None:
        """Kill what still runs, and wait for all of them."""
        for one in self._started:
            with contextlib.suppress(ProcessLookupError):
                one.process.kill()
            one.process.wait()
