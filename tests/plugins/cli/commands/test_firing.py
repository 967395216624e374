"""`clockhand fire --wait`: what a run does is seen as it comes, and its exit code is the command's."""

from __future__ import annotations

import json
import signal

import pytest

CONFIG = """\
python.path = ["."]
silo.default = {use = "sqlite", path = "jobs.db"}
jobs.fine = {cron = "0 3 * * *", work = {use = "python", function = "works:good"}}
jobs.raises = {cron = "0 3 * * *", work = {use = "python", function = "works:bad"}}
jobs.slow = {cron = "0 3 * * *", work = {use = "system", program = "sleep", args = ["60"]}}

[jobs.talks]
cron = "0 3 * * *"
work = {use = "system", program = "printf", args = ['one\\ttwo\\n\\033[31mred\\nlast']}

[jobs.odd]
cron = "0 3 * * *"
work = {use = "system", program = "sh", args = ["-c", "echo out; echo err >&2; exit 75"]}

[jobs.killed]
cron = "0 3 * * *"
work = {use = "system", program = "sh", args = ["-c", "kill -9 $$"]}

[jobs.again]
cron = "0 3 * * *"
retries = {attempts = 2, delay = "100ms"}
work = {use = "system", program = "sh", args = ["-c", "echo $CLOCKHAND_ATTEMPT; [ $CLOCKHAND_ATTEMPT = 2 ]"]}
"""


@pytest.fixture
def running(command, start):
    """A scheduler that runs the jobs above."""
    command.write(CONFIG)
    scheduler = start("run")
    scheduler.until("running, with 7 jobs")
    return scheduler


def test_the_output_comes_on_its_streams(command, running) -> None:
    """What a program prints goes to stdout and stderr, what happens to stderr, and its code is ours."""
    done = command("fire", "odd", "--wait")
    assert (done.returncode, done.stdout) == (75, "out\n")
    asked, started, err, ended = done.stderr.splitlines()
    key = asked.removesuffix(": asked for")
    assert key.startswith("odd!")
    assert started == f"{key}: attempt 1 started"
    assert err == "err"
    assert ended.startswith(f"{key}: failed after ")
    assert ended.endswith(": exit:75: program 'sh' exited with 75: err")


def test_success_is_0_and_output_is_made_safe(command, running) -> None:
    """Lines and tabs stay, what could steer a terminal is written out."""
    done = command("fire", "talks", "--wait")
    assert (done.returncode, done.stdout) == (0, "one\ttwo\n\\x1b[31mred\nlast\n")
    assert "succeeded after" in done.stderr


def test_what_a_function_returns_is_shown(command, running) -> None:
    """A function has no streams: its result is a line, its traceback goes to stderr."""
    done = command("fire", "fine", "--wait")
    assert (done.returncode, done.stdout) == (0, "result: fine\n")
    failed = command("fire", "raises", "--wait")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert 'raise ValueError("' in failed.stderr
    assert "failed after" in failed.stderr
    assert "\x1b" not in failed.stderr


def test_each_attempt_is_told(command, running) -> None:
    """An attempt that failed and is followed by another doesn't end the wait."""
    done = command("fire", "again", "--wait")
    assert (done.returncode, done.stdout) == (0, "1\n2\n")
    assert "will be tried again" in done.stderr
    assert "attempt 2 started" in done.stderr


def test_a_signal_is_128_and_its_number(command, running) -> None:
    """As a shell has it."""
    assert command("fire", "killed", "--wait").returncode == 128 + signal.SIGKILL


def test_the_end_as_a_document(command, running) -> None:
    """With --json: one document at the end, with the verdict and each attempt; the code stays the run's."""
    done = command("fire", "again", "--wait", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert set(document) == {"job", "what", "occurrence", "verdict", "runs"}
    assert (document["what"], document["verdict"]) == ("fired", "succeeded")
    assert [run["outcome"] for run in document["runs"]] == ["failed", "succeeded"]
    odd = command("fire", "odd", "--wait", "--json")
    assert odd.returncode == 75
    assert json.loads(odd.stdout)["runs"][0]["output"]["stdout"] == "out\n"


def test_an_overlap_is_told(command, running) -> None:
    """A run that the job's policy doesn't let begin is 1, with the verdict."""
    command("fire", "slow")
    running.until("slow!")
    done = command("fire", "slow", "--wait")
    assert (done.returncode, done.stdout) == (1, "")
    assert "overlap-skipped" in done.stderr
    assert command("cancel", "slow").returncode == 0


def test_a_wait_has_its_limit(command, running) -> None:
    """--timeout ends the wait with 1; the run goes on."""
    done = command("fire", "slow", "--wait", "--timeout", "500ms")
    assert done.returncode == 1
    key, _, said = done.stderr.splitlines()[-1].partition(": ")
    assert said.startswith("not over after 0.5s; it ")
    assert said.endswith(f" with: clockhand cancel '{key}'")
    assert command("cancel", key).returncode == 0


def test_ctrl_c_leaves_the_run_alone(command, running, start) -> None:
    """Interrupting the wait is 130 and interrupts nothing else; how to is said."""
    waiting = start("fire", "slow", "--wait")
    waiting.until("attempt 1 started")
    waiting.process.send_signal(signal.SIGINT)
    assert waiting.end() == 130
    key = waiting.said.splitlines()[-1].partition(":")[0]
    assert waiting.said.splitlines()[-1] == (
        f"{key}: no longer waited for; it goes on, and ends with: clockhand cancel '{key}'"
    )
    assert "Traceback" not in waiting.said
    assert [run["outcome"] for run in command.json("runs", "slow")] == ["running"]
    assert command("cancel", key).stdout == f"{key}: asked to end\n"
    running.until(f"{key} cancelled")


def test_ctrl_c_before_it_begins_says_so(command, start) -> None:
    """A request that nobody has taken up stays one, and how to take it back is said as one can paste it."""
    command.ran(CONFIG)
    waiting = start("fire", "fine", "--wait")
    waiting.until("asked for")
    waiting.process.send_signal(signal.SIGINT)
    assert waiting.end() == 130
    key, _, said = waiting.said.splitlines()[-1].partition(": ")
    assert said == (
        "no longer waited for; it has not begun and stays asked for, "
        f"but is taken back with: clockhand cancel '{key}'"
    )
    assert command("cancel", key).stdout == f"{key}: cancelled\n"


def test_without_a_scheduler_it_says_so(command, start) -> None:
    """When nobody takes the request up, that is told, and the next scheduler answers it."""
    command.ran(CONFIG)
    waiting = start("fire", "fine", "--wait")
    waiting.until("not taken up yet: no scheduler seems to be running; the request stays until one is")
    assert command("run", "--once").returncode == 0
    assert waiting.end() == 0
    assert "succeeded after" in waiting.said


def test_what_cannot_be_fired_is_not_waited_for(command) -> None:
    """A refusal comes at once: an unknown job, a paused one."""
    command.ran(CONFIG)
    assert "did you mean 'fine'?" in command("fire", "fin", "--wait").stderr
    command("pause", "fine")
    done = command("fire", "fine", "--wait")
    assert done.returncode == 1
    assert "is paused; 'clockhand resume fine' lets it go on" in done.stderr


def test_a_removed_job_ends_the_wait(command, start) -> None:
    """The verdict removed is an end too: 1."""
    command.ran(CONFIG)
    waiting = start("fire", "fine", "--wait")
    waiting.until("asked for")
    assert command("remove", "fine", "--force").returncode == 0
    assert waiting.end() == 1
    assert waiting.said.splitlines()[-1].endswith(": removed: the job was removed")


def test_what_a_program_prints_is_seen_while_it_runs(command, start) -> None:
    """Its words come on their streams before it has ended, unfinished lines too, and each comes once."""
    script = "printf one; while [ ! -e go ]; do sleep 0.05; done; echo two; echo three >&2; exit 4"
    command.write(
        f"""\
silo.default = {{use = "sqlite", path = "jobs.db"}}
[jobs.waits]
cron = "0 3 * * *"
work = {{use = "system", program = "sh", args = ["-c", '{script}'], cwd = "."}}
"""
    )
    scheduler = start("run")
    scheduler.until("running, with 1 job")
    fired = start("fire", "waits", "--wait", watch="stdout")
    assert fired.until("one") == "one"
    (command.folder / "go").touch()
    assert fired.until("two\n") == "onetwo\n"
    assert fired.gone() == 4
