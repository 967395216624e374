"""The real command, as a process of its own, on real files."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clockhand_cli.main import main

PATIENCE = 60.0

if importlib.util.find_spec("clockhand_sqlite") is None:
    # Beside core alone there is no store to act on: what can be said without one is in test_alone.py.
    collect_ignore = ["commands", "demo", "test_call.py", "test_completing.py", "test_config.py"]

SILO = """\
[silo.default]
use = "sqlite"
path = "jobs.db"
"""

JOBS = """\
[python]
path = ["."]

[jobs.good]
at = "2020-01-01T00:00:00Z"
work = {use = "python", function = "works:good"}

[jobs.bad]
title = "always [bold]fails[/bold]"
at = "2020-01-01T00:00:00Z"
work = {use = "python", function = "works:bad"}

[jobs.later]
cron = "0 3 * * *"
tags = ["night"]
work = {use = "python", function = "works:good"}
"""

WORKS = """\
import time

def good():
    return "fine"

def named(who, times=()):
    return who

def bad():
    raise ValueError("\\x1b]0;owned\\x07 [red]no[/red]")

def long():
    time.sleep(60)
"""


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a command: this one's, without what would change what it says."""
    dropped = {"CLOCKHAND_CONFIG", "CLOCKHAND_TRACEBACK", "NO_COLOR", "FORCE_COLOR", "COLUMNS"}
    return {name: value for name, value in os.environ.items() if name not in dropped} | more


class Command:
    """Runs `clockhand` in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            [sys.executable, "-m", "clockhand_cli", *arguments],
            cwd=self.folder,
            env=environment(**env),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """Return the document that the command writes; it must be all that it writes."""
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def write(self, text: str, name: str = "clockhand.toml") -> Path:
        """Write a configuration."""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path

    def ran(self, text: str = SILO + JOBS) -> Command:
        """Write a configuration, and let its jobs run once."""
        self.write(text)
        done = self("run", "--once")
        assert "Traceback" not in done.stderr, done.stderr
        return self


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command in a folder that has functions for jobs, and no configuration yet."""
    (tmp_path / "works.py").write_text(WORKS, "utf-8")
    return Command(tmp_path)


@pytest.fixture
def inside(
    command: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """The same command in this process: for the many cases that differ only in what is typed."""
    monkeypatch.chdir(command.folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))
    levels = {name: logging.getLogger(name).level for name in ("root", "clockhand", "clockhand.plugins")}
    for name in ("CLOCKHAND_CONFIG", "CLOCKHAND_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.delitem(sys.modules, "works", raising=False)
        code = main(list(arguments))
        return subprocess.CompletedProcess(arguments, code, *capfd.readouterr())

    yield run
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


class Started:
    """A command that is still running: its stderr can be waited for, line by line."""

    def __init__(self, process: subprocess.Popen[bytes], stream: Any) -> None:
        self.process = process
        self.said = ""
        self._stream = stream
        self._selector = selectors.DefaultSelector()
        self._selector.register(stream, selectors.EVENT_READ)

    def until(self, text: str) -> str:
        """Read until *text* has been said, and return all that was."""
        latest = time.monotonic() + PATIENCE
        while text not in self.said:
            left = latest - time.monotonic()
            assert left > 0, f"not said: {text!r}; but: {self.said}"
            if self._selector.select(left):
                chunk = os.read(self._stream.fileno(), 65_536)
                assert chunk, f"ended without saying {text!r}: {self.said}"
                self.said += chunk.decode()
        return self.said

    def gone(self) -> int:
        """Stop reading, wait for its end, and return the exit code."""
        self._selector.close()
        self._stream.close()
        return self.process.wait(PATIENCE)

    def end(self) -> int:
        """Wait for its end, and return the exit code."""
        rest = self._stream.read()
        self.said += rest.decode()
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(command: Command) -> Iterator[Callable[..., Started]]:
    """Start a command and leave it running; whatever still runs after the test is killed."""
    processes: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str, watch: str = "stderr", **env: str) -> Started:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "clockhand_cli", *arguments],
            cwd=command.folder,
            env=environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if watch == "stdout" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if watch == "stderr" else subprocess.DEVNULL,
            bufsize=0,
        )
        processes.append(process)
        return Started(process, process.stdout if watch == "stdout" else process.stderr)

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str, str], dict[str, str]]:
    """Lay out an installed plugin from its source; return the environment in which it is found."""
    folder = tmp_path / "site"

    def lay_out(name: str, source: str) -> dict[str, str]:
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[clockhand]\n{name} = {name}_plugin\n", "utf-8")
        (folder / f"{name}_plugin.py").write_text(source, "utf-8")
        return {"PYTHONPATH": str(folder)}

    return lay_out
