"""The executor kinds as records."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clockhand.errors import ConfigError
from clockhand.executors import ASYNC, KINDS, THREAD, AsyncOptions, ThreadOptions


def test_kinds():
    """Two kinds, each made from its options."""
    assert [kind.name for kind in KINDS] == ["async", "thread"]
    assert ASYNC.make(AsyncOptions(limit=3)).room() == 3
    assert type(THREAD.make(ThreadOptions())).__name__ == "ThreadExecutor"


@pytest.mark.parametrize("value", [0, -1, 1.5, "3", True, None])
@pytest.mark.parametrize(("options", "field"), [(AsyncOptions, "limit"), (ThreadOptions, "threads")])
def test_wrong_numbers(options, field, value):
    """An error that names the field."""
    with pytest.raises(ConfigError, match=f"^{field}: not a whole number above zero, given {value!r}$"):
        options(**{field: value})


def test_executors_load_when_chosen():
    """The records alone import neither executor."""
    code = (
        "import sys, clockhand.executors\n"
        "loaded = [name for name in sys.modules if name.startswith('clockhand.executors.')]\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
