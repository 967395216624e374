"""The executor kinds as records."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clockhand._plugins.structure import structure
from clockhand.errors import ConfigError
from clockhand.executors import (
    ASYNC,
    KINDS,
    PROCESS,
    THREAD,
    AsyncOptions,
    ProcessOptions,
    ThreadOptions,
)


def test_kinds():
    """Three kinds, each made from its options."""
    assert [kind.name for kind in KINDS] == ["async", "thread", "process"]
    assert ASYNC.make(AsyncOptions(limit=3)).room() == 3
    assert type(THREAD.make(ThreadOptions())).__name__ == "ThreadExecutor"
    assert type(PROCESS.make(ProcessOptions())).__name__ == "ProcessExecutor"


@pytest.mark.parametrize("value", [0, -1, 1.5, "3", True])
@pytest.mark.parametrize(
    ("options", "field"),
    [
        (AsyncOptions, "limit"),
        (ThreadOptions, "threads"),
        (ProcessOptions, "processes"),
        (ProcessOptions, "max_runs_per_child"),
    ],
)
def test_wrong_numbers(options, field, value):
    """An error that names the field."""
    with pytest.raises(ConfigError, match=f"^{field}: not a whole number above zero, given {value!r}$"):
        options(**{field: value})


@pytest.mark.parametrize(("options", "field"), [(AsyncOptions, "limit"), (ThreadOptions, "threads")])
def test_number_that_must_be_there(options, field):
    """Where nothing can be left open, None is an error too."""
    with pytest.raises(ConfigError, match=f"^{field}: not a whole number above zero, given None$"):
        options(**{field: None})


def test_options_of_processes_from_a_table():
    """Both are whole numbers, or left out."""
    assert structure({}, ProcessOptions, "e") == ProcessOptions()
    assert structure({"processes": 3, "max_runs_per_child": 9}, ProcessOptions, "e").processes == 3
    with pytest.raises(ConfigError, match="unknown option 'process', did you mean 'processes'"):
        structure({"process": 3}, ProcessOptions, "e")


def test_executors_load_when_chosen():
    """The records alone import neither executor."""
    code = (
        "import sys, clockhand.executors\n"
        "loaded = [name for name in sys.modules if name.startswith('clockhand.executors.')]\n"
        "assert loaded in ([], ['clockhand.executors.guard']), loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
