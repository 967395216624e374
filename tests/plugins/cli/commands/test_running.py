"""`clockhand run`: real processes, real signals."""

from __future__ import annotations

import os
import signal

import pytest

SILO = 'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
NOW = 'jobs.{alias} = {{at = "2020-01-01T00:00:00Z", work = {{use = "python", function = "works:{name}"}}}}\n'


def test_once_runs_what_is_due_and_ends(command) -> None:
    """--once: the due job runs, a line for its start and its end on stderr, nothing on stdout, 0."""
    command.write(SILO + NOW.format(alias="a", name="good"))
    done = command("run", "--once")
    assert (done.returncode, done.stdout) == (0, "")
    assert "a@2020-01-01T00:00:00Z started" in done.stderr
    assert "a@2020-01-01T00:00:00Z succeeded after" in done.stderr


def test_once_with_a_failed_run_is_1(command) -> None:
    """--once: a failed run is 1, and what it raised is on one line, made safe."""
    command.write(SILO + NOW.format(alias="a", name="bad"))
    done = command("run", "--once")
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if " failed after " in line]
    assert "exc:ValueError" in line
    assert "\\x1b]0;owned" in line
    assert "\x1b" not in done.stderr


def test_sigterm_is_a_clean_stop(command, start) -> None:
    """SIGTERM ends a scheduler that has nothing to do with 0, and says so."""
    command.write(SILO + NOW.format(alias="a", name="good"))
    running = start("run")
    running.until("a@2020-01-01T00:00:00Z succeeded")
    running.process.send_signal(signal.SIGTERM)
    assert running.end() == 0
    assert "SIGTERM: stopping" in running.said
    assert running.said.rstrip().endswith("stopped")


def test_ctrl_c_is_130(command, start) -> None:
    """Ctrl-C drains as SIGTERM does, and ends with 130."""
    command.write(SILO + NOW.format(alias="a", name="good"))
    running = start("run")
    running.until("a@2020-01-01T00:00:00Z succeeded")
    running.process.send_signal(signal.SIGINT)
    assert running.end() == 130
    assert "Traceback" not in running.said


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_twice_stops_at_once(command, start, second: signal.Signals) -> None:
    """While a long run is let end, a second signal ends it all at once: 130, and no traceback."""
    command.write(
        '[scheduler]\nkill_after = "1s"\n'
        + SILO.replace("python.path", "[python]\npath").replace("silo.default", "[silo]\ndefault")
        + "[jobs]\n"
        + NOW.removeprefix("jobs.").format(alias="a", name="long")
    )
    running = start("run")
    running.until("a@2020-01-01T00:00:00Z started")
    running.process.send_signal(signal.SIGINT)
    running.until("SIGINT: stopping")
    running.process.send_signal(second)
    assert running.end() == 130
    assert "stopping at once" in running.said
    assert "Traceback" not in running.said


def test_a_restart_goes_on_where_it_was(command, start) -> None:
    """What was done is not done again, and the history goes on."""
    command.write(SILO + NOW.format(alias="a", name="good"))
    for _ in range(2):
        running = start("run")
        running.until("running, with 1 job from clockhand.toml")
        command("fire", "a")
        running.until("!")
        running.until("succeeded after")
        running.process.send_signal(signal.SIGTERM)
        assert running.end() == 0
    due = [run for run in command.json("runs", "a") if "@" in run["occurrence"]]
    assert len(due) == 1


def test_the_level_says_how_much(command) -> None:
    """With --log-level warning there is nothing to say about what goes well."""
    command.write(SILO + NOW.format(alias="a", name="good"))
    assert command("run", "--once", "--log-level", "warning").stderr == ""


def test_a_log_that_nobody_reads_stops_nothing(command, start) -> None:
    """A scheduler whose stderr is gone still runs, and still stops cleanly."""
    command.write(SILO + 'jobs.a = {every = "100ms", work = {use = "python", function = "works:good"}}\n')
    running = start("run")
    running.until("succeeded")
    os.close(os.dup(running.process.stderr.fileno()))
    running.process.stderr.close()
    before = len(command.json("runs", "-n", "1000"))
    while len(command.json("runs", "-n", "1000")) < before + 3:
        assert running.process.poll() is None
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 0
