"""SIGHUP: a service reads its file again; a process whose terminal was closed drains."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.system

PROGRAM = r"""
import logging, sys
from clockhand import Scheduler

logging.basicConfig(level=logging.DEBUG)
print("begin", flush=True)
ended = Scheduler.from_toml(sys.argv[1]).run()
print("stopped", ended.signal, flush=True)
"""
FILE = """
[scheduler]
poll = "0.1s"
[jobs.ticks]
every = "0.2s"
work = {use = "system", program = "true"}
"""


@pytest.fixture
def file(tmp_path):
    """A configuration file."""
    path = tmp_path / "service.toml"
    path.write_text(FILE)
    return path


def test_a_service_reads_its_file_again(file, program):
    """The difference is told; a mistake is told too, and nothing changes; SIGTERM still ends it."""
    one = program(PROGRAM, str(file))
    one.says("begin")
    one.says("DEBUG:clockhand:started on node")
    file.write_text(FILE.replace("jobs.ticks", "jobs.tocks"))
    one.process.send_signal(signal.SIGHUP)
    one.says("reload: created: tocks")
    one.says("reload: left: ticks")
    file.write_text(FILE.replace("every", "everyy"))
    one.process.send_signal(signal.SIGHUP)
    one.says("reload: nothing has changed: service.toml: jobs.ticks: unknown option 'everyy'")
    one.process.send_signal(signal.SIGTERM)
    assert one.wait() == 0
    assert one.lines()[-1] == f"stopped {signal.SIGTERM}"


def test_a_closed_terminal_is_no_reload(file, tmp_path, wait_for):
    """The process that ran on it drains and ends, instead of going on where nobody sees it."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    output = tmp_path / "output.txt"
    pid, terminal = pty.fork()
    if pid == 0:
        with output.open("ab") as out:
            child = subprocess.Popen(
                [sys.executable, "-u", str(script), str(file)], stdout=out, stderr=subprocess.STDOUT
            )
        os._exit(child.wait())
    try:
        wait_for(lambda: output.exists() and "started on node" in output.read_text(), "the start")
    finally:
        os.close(terminal)
    _, status = os.waitpid(pid, 0)
    wait_for(lambda: f"stopped {signal.SIGHUP}" in output.read_text(), "the end")
    assert "reload" not in output.read_text()
    assert status in {0, signal.SIGHUP}
