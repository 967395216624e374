"""Process groups: who is still in one."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from clockhand_system import group


def _start(*argv):
    return subprocess.Popen(argv, start_new_session=True)


def test_alive_then_dead_then_gone():
    """A process that has ended doesn't count, even before somebody reaps it."""
    process = _start("sleep", "60")
    assert group.is_alive(process.pid)
    assert group.send(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not group.is_alive(process.pid)
    process.wait()
    assert not group.is_alive(process.pid)
    assert not group.send(process.pid, signal.SIGTERM)


def test_without_proc(monkeypatch, tmp_path):
    """Where /proc isn't there, one that waits to be reaped counts."""
    monkeypatch.setattr(group, "_PROC", tmp_path / "none")
    process = _start("true")
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert group.is_alive(process.pid)
    process.wait()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may signal anybody")
def test_somebody_elses():
    """A group that we may not signal is alive."""
    assert group.send(1, 0)
