"""`clockhand cancel`: what waits is over at once, what runs is asked to end."""

from __future__ import annotations

import pytest

JOB = (
    'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
    'jobs.a = {at = "2020-01-01T00:00:00Z", work = {use = "python", function = "works:good"}}\n'
    'jobs.b = {cron = "0 3 * * *", work = {use = "python", function = "works:good"}}\n'
)
LONG = JOB + 'jobs.slow = {cron = "0 3 * * *", work = {use = "system", program = "sleep", args = ["60"]}}\n'


def test_what_waits_is_cancelled_at_once(command) -> None:
    """A request that nobody has taken up gets its verdict; a job's name means all that is open of it."""
    key = command.ran(JOB)("fire", "b").stdout.strip()
    others = sorted(command("fire", "b").stdout.strip() for _ in range(2))
    assert command("cancel", key).stdout == f"{key}: cancelled\n"
    assert command.json("cancel", "b") == [{"occurrence": one, "what": "cancelled"} for one in others]
    assert {run["verdict"] for run in command.json("runs", "b")} == {"cancelled"}


def test_what_would_start_next_is_cancelled_last(command) -> None:
    """From the far end: the end of one would start the next, only for that to be ended too."""
    command.ran(JOB)
    keys = [command("fire", "b").stdout.strip() for _ in range(3)]
    assert command("cancel", "b").stdout.splitlines() == sorted(f"{key}: cancelled" for key in keys)
    over = [line for line in command("log", "b").stdout.splitlines() if "cancelled" in line]
    assert [next(key for key in keys if key in line) for line in over] == keys[::-1]


def test_why_it_ended_is_said_once(command) -> None:
    """That it was cancelled isn't said again by a code of the same name."""
    command("cancel", command.ran(JOB)("fire", "b").stdout.strip())
    (row,) = [line for line in command("runs").stdout.splitlines() if line.startswith("b ")]
    assert row.count("cancelled") == 2  # the outcome, and by whom
    assert command("log", "b").stdout.splitlines()[-1].count("cancelled") == 2


def test_what_runs_is_asked_to_end(command, start) -> None:
    """A running one ends soon, and the record says who wanted it."""
    command.write(LONG + 'scheduler.beat = "1s"\nscheduler.lease = "5s"\n')
    running = start("run")
    running.until("running, with 3 jobs")
    key = command("fire", "slow").stdout.strip()
    running.until(f"{key} started")
    done = command("cancel", "slow")
    assert (done.returncode, done.stdout) == (0, f"{key}: asked to end\n")
    running.until(f"{key} cancelled")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("b", "job 'b': nothing of it runs or waits"),
        ("bb", "job 'bb': not in silo 'default', did you mean 'b'?"),
        ("b!nobody", "occurrence 'b!nobody': nothing of it runs or waits"),
        ("bb!x", "job 'bb': not in silo 'default', did you mean 'b'?"),
        ("b@2020-01-01T00:00:00Z", "occurrence 'b@2020-01-01T00:00:00Z': nothing of it runs or waits"),
    ],
)
def test_what_is_not_open_cannot_be_cancelled(command, target: str, said: str) -> None:
    """Nothing open, an unknown job, an unknown key: 1, and a line."""
    done = command.ran(JOB)("cancel", target)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"clockhand: {said}")
    assert done.stderr.count("\n") == 1


def test_a_key_that_has_ended_shows_those_that_have_not(command) -> None:
    """Who mistypes a key, or comes too late, sees what is open of its job, and nothing else is cancelled."""
    key = command.ran(JOB)("fire", "b").stdout.strip()
    done = command("cancel", "b!nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"clockhand: occurrence 'b!nobody': not open; open of its job: {key}\n"
    assert command("cancel", key).stdout == f"{key}: cancelled\n"


def test_a_key_that_is_none(command) -> None:
    """What is neither an alias nor a key is misuse, and told how one reads."""
    done = command.ran(JOB)("cancel", "b@yesterday")
    assert done.returncode == 2
    assert "occurrence: not a date and time, given 'yesterday'" in done.stderr
