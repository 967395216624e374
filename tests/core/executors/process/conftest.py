"""Children import the functions that these tests run: they are in a module that can be found by its name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from benching import children

if not Path("/proc/self/stat").exists():
    # What is there of processes is looked up where Linux tells it.
    collect_ignore_glob = ["test_executor.py", "test_programs.py", "test_kinds.py"]


@pytest.fixture(autouse=True)
def _no_child_is_left():
    """Each test ends with the children it began with: none, dead or alive, is left."""
    if not Path("/proc/self/stat").exists():
        yield
        return
    before = children()
    yield
    assert children() <= before
