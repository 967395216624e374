"""The command beside core alone, with no other plugin: what it can do, and how it says what it can't."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = """
import sys
sys.modules.update(dict.fromkeys((
    "clockhand_memory", "clockhand_sqlite", "clockhand_jsonl", "clockhand_network", "clockhand_system"
)))
from clockhand_cli.main import main
sys.exit(main())
"""
"""Runs the command with the other plugins not to be imported, as if they weren't there."""


@pytest.fixture
def alone(tmp_path):
    """Run the command in a folder of its own, without the other plugins."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT, *arguments],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name != "CLOCKHAND_CONFIG"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("version",),
        ("--version",),
        ("run", "--help"),
        ("add", "--help"),
        ("completion", "fish"),
    ],
)
def test_it_needs_nobody_to_say_what_it_is(alone, arguments):
    """Help and version need no other plugin."""
    done = alone(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "clockhand" in done.stdout.lower()


def test_it_lists_what_is_there(alone):
    """`plugins` lists core's own kinds, and, where others can't be imported, why."""
    done = alone("plugins")
    assert done.returncode in {0, 1}
    assert "work python" in done.stdout
    assert "Traceback" not in done.stderr


def test_it_says_what_is_missing(alone, tmp_path):
    """A configuration that wants a store nobody offers: code 3, and the kind is named."""
    Path(tmp_path, "clockhand.toml").write_text('[silo.default]\nuse = "sqlite"\npath = "jobs.db"\n', "utf-8")
    done = alone("check")
    assert done.returncode == 3
    assert "sqlite" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_it_writes_a_configuration_and_says_what_that_needs(alone, tmp_path):
    """`init` needs no other plugin; `check` then says which is missing."""
    assert alone("init").returncode == 0
    done = alone("check")
    assert done.returncode == 3
    assert "sqlite" in done.stderr
    assert len(done.stderr.splitlines()) == 1
