"""Real programs: what they get, what is recorded of them, and how they are ended."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from clockhand.contracts import Result
from clockhand.testing.works import WorkBench, run_work
from clockhand_system.work import System

SOON = timedelta(seconds=0.3)


def _run(work, timeout=60):
    return asyncio.run(run_work(work, timeout=timeout))


def _python(code, **fields):
    return System(program=sys.executable, args=["-c", code], **fields)


def _shell(line, **fields):
    return System(program=line, shell=True, **fields)


def _is_alive(pid):
    """Whether a process runs; one that waits to be reaped doesn't."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    return True


def _open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def _children():
    """Return the ids of this process's children, also of those that wait to be reaped."""
    return {
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    }


def _gone(pid, seconds=5.0):
    end = time.monotonic() + seconds
    while _is_alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not _is_alive(pid)


def test_success_and_its_record():
    """What it printed, its exit code, how long it took."""
    outcome = _run(System(program="echo", args=["hello", "world"]))
    assert outcome.result is Result.SUCCEEDED
    output = dict(outcome.output)
    assert 0 < output.pop("seconds") < 30
    assert output == {"exit_code": 0, "stdout": "hello world\n", "stdout_bytes": 12, "stderr": ""}


def test_arguments_are_not_read_by_a_shell():
    """They arrive as they were written."""
    args = ["$HOME", "a b", "*", "; rm x", "'", "ü", ""]
    outcome = _run(System(program=sys.executable, args=["-c", "import sys; print(sys.argv[1:])", *args]))
    assert outcome.output["stdout"] == f"{args}\n"


def test_shell():
    """When the job says so, program is the command line."""
    outcome = _run(_shell("echo one | tr a-z A-Z; echo two >&2"))
    assert (outcome.output["stdout"], outcome.output["stderr"]) == ("ONE\n", "two\n")


def test_exit_code():
    """A code that isn't zero fails the run, with the last line of what it said."""
    outcome = _run(_shell("echo out; echo first >&2; echo second >&2; exit 75"))
    assert (outcome.result, outcome.code) == (Result.FAILED, "exit:75")
    assert outcome.reason.endswith("exited with 75: second")
    assert outcome.output["exit_code"] == 75
    assert outcome.output["stdout"] == "out\n"


@pytest.mark.parametrize("name", ["KILL", "SEGV", "USR1"])
def test_signal(name):
    """A program that a signal ended."""
    outcome = _run(_shell(f"kill -{name} $$"))
    assert outcome.code == f"signal:{name}"
    assert outcome.output["signal"] == name
    assert outcome.reason.endswith(f"was ended by the signal {name}")


def test_signal_without_a_name():
    """A real-time signal has a number only."""
    outcome = _run(_python("import os, signal; os.kill(os.getpid(), signal.SIGRTMIN + 3)"))
    assert outcome.code == f"signal:{signal.SIGRTMIN + 3}"


def test_what_tells_the_program_which_run_it_is():
    """The same as the context of a run."""
    outcome = _run(_shell("env | grep ^CLOCKHAND_ | sort"))
    assert outcome.output["stdout"].splitlines() == [
        "CLOCKHAND_ATTEMPT=1",
        "CLOCKHAND_DUE=2026-03-01T09:00:00Z",
        "CLOCKHAND_JOB=bench",
        "CLOCKHAND_NODE=bench",
        "CLOCKHAND_OCCURRENCE=bench@2026-03-01T09:00:00Z",
        "CLOCKHAND_TOKEN=1",
    ]


def test_small_environment(monkeypatch):
    """Only what programs need, unless the job asks for all; its own names win."""
    monkeypatch.setenv("MY_SECRET", "inherited")
    monkeypatch.setenv("LC_TIME", "C")
    monkeypatch.setenv("TZ", "UTC")
    code = "from os import environ as e; print(e.get('MY_SECRET'), e['LC_TIME'], e['TZ'], 'HOME' in e)"
    assert _run(_python(code, env={"TZ": "CET"})).output["stdout"] == "None C CET True\n"
    assert _run(_python(code, inherit_env=True)).output["stdout"] == "inherited C UTC True\n"


def test_path_is_there_without_ours(monkeypatch):
    """A scheduler without PATH still finds programs in the usual places."""
    monkeypatch.delenv("PATH")
    assert _run(System(program="echo")).result is Result.SUCCEEDED


def test_stdin_and_cwd(tmp_path):
    """What it reads and where it runs."""
    outcome = _run(_shell("cat; pwd", stdin="grüße\n", cwd=str(tmp_path)))
    assert outcome.output["stdout"] == f"grüße\n{tmp_path.resolve()}\n"


def test_nothing_on_stdin():
    """A program that reads gets the end at once."""
    assert _run(System(program="cat")).result is Result.SUCCEEDED


def test_stdin_that_nobody_reads():
    """Ten megabytes for a program that doesn't look are no failure."""
    assert _run(System(program="true", stdin="x" * 10_000_000)).result is Result.SUCCEEDED


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ({"program": "no-such-program"}, "system:not-found", "program 'no-such-program': not found"),
        ({"program": "/no/such/program"}, "system:not-found", "not found"),
        ({"program": "/etc/passwd"}, "system:not-executable", "can't be executed, Permission denied"),
        ({"program": "/etc"}, "system:not-executable", "can't be executed"),
        ({"program": "/etc/passwd/x"}, "system:not-executable", "can't be executed, Not a directory"),
        ({"program": "true", "cwd": "/no/such"}, "system:cwd", "cwd '/no/such': there is no such directory"),
        ({"program": "true", "cwd": "/etc/passwd"}, "system:cwd", "there is no such directory"),
        ({"program": "true", "args": ["x" * 3_000_000]}, "system:too-long", "too long"),
    ],
)
def test_programs_that_can_not_be_started(fields, code, says):
    """Each with a code, and nothing on record but that."""
    outcome = _run(System(**fields))
    assert (outcome.result, outcome.code) == (Result.FAILED, code)
    assert says in outcome.reason


def test_scripts_that_can_not_be_started(tmp_path):
    """No interpreter there, or nothing that the system can run."""
    lost, junk = tmp_path / "lost", tmp_path / "junk"
    lost.write_text("#!/no/such/interpreter\n")
    junk.write_bytes(b"\x01\x02\x03")
    for path in (lost, junk):
        path.chmod(0o755)
    assert "the interpreter in its first line isn't there" in _run(System(program=str(lost))).reason
    assert _run(System(program=str(junk))).code == "system:not-executable"


def test_a_gigabyte_takes_no_memory():
    """The first and the last 32 KiB are kept, the rest is counted."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = "import os\nfor _ in range(16384): os.write(1, b'x' * 65536)\nos.write(1, b'end')"
    outcome = _run(_python(code))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert outcome.output["stdout_bytes"] == (1 << 30) + 3
    assert outcome.output["stdout_dropped"] == (1 << 30) + 3 - 65536
    assert outcome.output["stdout"].endswith("xxxend")
    assert len(outcome.output["stdout"]) < 70_000
    assert grown < 50_000, "kilobytes"


def test_both_streams_at_once():
    """A program that fills one stream while the other is read does not hang."""
    code = "import sys\nfor _ in range(200): sys.stderr.write('e' * 10000); sys.stdout.write('o' * 10000)"
    output = _run(_python(code)).output
    assert (output["stdout_bytes"], output["stderr_bytes"]) == (2_000_000, 2_000_000)


def test_output_that_is_not_utf8():
    """It is replaced, never an error."""
    assert _run(_shell(r"printf 'a\377b'")).output["stdout"] == "a\ufffdb"


def test_placeholders(monkeypatch):
    """In args, env and stdin: the program gets the values, the record doesn't, however they are printed."""
    monkeypatch.setenv("TOKEN", "s3cret/ü value")
    code = (
        "import sys, os; print(sys.argv, os.environ['A'], sys.stdin.read()); sys.exit('bad ' + sys.argv[1])"
    )
    work = System(
        program=sys.executable,
        args=["-c", code, "${env:TOKEN}", "$${env:TOKEN}"],
        env={"A": "x${env:TOKEN}"},
        stdin="<${env:TOKEN}>",
    )
    outcome = _run(work)
    assert outcome.output["stdout"] == "['-c', '***', '${env:TOKEN}'] x*** <***>\n"
    assert outcome.reason.endswith("exited with 1: bad ***")
    assert "s3cret" not in repr(outcome) + repr(work)


def test_missing_variable(monkeypatch, tmp_path):
    """Nothing is started."""
    monkeypatch.delenv("NO_SUCH", raising=False)
    mark = tmp_path / "mark"
    outcome = _run(System(program="touch", args=[str(mark)], env={"A": "${env:NO_SUCH}"}))
    assert outcome.code == "env:NO_SUCH"
    assert not mark.exists()


def _cancelled(line, tmp_path, *, times=1, kill_after=SOON):
    """Run a shell's *line*, cancel it once it has come to UP; return the outcome and how long that took."""
    mark = tmp_path / "up"
    work = _shell(line.replace("UP", ': > "$MARK"'), kill_after=kill_after, env={"MARK": str(mark)})

    async def main():
        async with WorkBench() as bench:
            running = bench.start(work)
            async with asyncio.timeout(30):
                while not mark.exists():  # noqa: ASYNC110 - it is another process that we wait for
                    await asyncio.sleep(0.01)
            begun = time.monotonic()
            for attempt in range(times):
                running.cancel(force=attempt > 0)
                await asyncio.sleep(0.05)
            return await running.outcome(), time.monotonic() - begun

    return asyncio.run(main())


def test_timeout_ends_the_program():
    """The run has timed out, the program is gone."""
    outcome = _run(_shell("echo $$; sleep 60"), timeout=1)
    assert outcome.result is Result.TIMED_OUT
    assert outcome.output["signal"] == "TERM"
    assert _gone(int(outcome.output["stdout"]))


def test_program_that_ends_on_term(tmp_path):
    """TERM is enough, nobody waits for kill_after; the output so far is on record."""
    outcome, seconds = _cancelled("echo so far; UP; sleep 60", tmp_path, kill_after=timedelta(minutes=5))
    assert outcome.result is Result.CANCELLED
    assert (outcome.output["signal"], outcome.output["stdout"]) == ("TERM", "so far\n")
    assert seconds < 5


def test_program_that_ignores_term(tmp_path):
    """After kill_after it is killed."""
    line = "trap '' TERM; echo $$; UP; while :; do sleep 0.05; done"
    outcome, seconds = _cancelled(line, tmp_path)
    assert outcome.result is Result.CANCELLED
    assert outcome.output["signal"] == "KILL"
    assert 0.3 <= seconds < 5
    assert _gone(int(outcome.output["stdout"]))


def test_cancelled_while_it_is_being_started(tmp_path):
    """The program is ended all the same, its children too, and what there is is on record."""

    async def main():
        async with WorkBench() as bench:
            running = bench.start(_shell("sleep 60 & echo $!; wait", kill_after=SOON))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            running.cancel()
            return await running.outcome()

    outcome = asyncio.run(main())
    assert outcome.result is Result.CANCELLED
    assert outcome.output["signal"] == "TERM"


def test_second_cancel_kills_at_once(tmp_path):
    """Force doesn't wait for kill_after."""
    line = "trap '' TERM; echo $$; UP; while :; do sleep 0.05; done"
    outcome, seconds = _cancelled(line, tmp_path, times=2, kill_after=timedelta(minutes=5))
    assert (outcome.result, outcome.output["signal"]) == (Result.CANCELLED, "KILL")
    assert seconds < 5
    assert _gone(int(outcome.output["stdout"]))


@pytest.mark.parametrize("times", [3, 4, 5])
def test_many_cancels(tmp_path, times):
    """However often it is told, the program is gone and nothing is raised."""
    outcome, _ = _cancelled("trap '' TERM; UP; while :; do sleep 0.05; done", tmp_path, times=times)
    assert outcome.result is Result.CANCELLED


def test_whole_group_is_ended(tmp_path):
    """Children of the program end with it, those that ignore TERM too."""
    line = "(trap '' TERM; sh -c 'echo $$; UP; exec sleep 60'; sleep 60) & echo $!; wait"
    outcome, _ = _cancelled(line, tmp_path)
    pids = [int(pid) for pid in outcome.output["stdout"].split()]
    assert len(pids) == 2
    assert all(_gone(pid) for pid in pids)


def test_program_that_cleans_up(tmp_path):
    """What it prints while it ends is on record, and its own exit code."""
    line = "trap 'echo cleaned; exit 3' TERM; echo up; UP; while :; do sleep 0.02; done"
    outcome, _ = _cancelled(line, tmp_path, kill_after=timedelta(seconds=20))
    assert outcome.result is Result.CANCELLED
    assert (outcome.output["stdout"], outcome.output["exit_code"]) == ("up\ncleaned\n", 3)


def test_child_left_behind_with_the_output_open():
    """The program has ended, its child holds the pipes: the group is ended, and the run succeeds."""
    begun = time.monotonic()
    outcome = _run(_shell("sleep 60 & echo $!", kill_after=SOON))
    assert outcome.result is Result.SUCCEEDED
    assert outcome.output["left_behind"] == "ended"
    assert time.monotonic() - begun < 5
    assert _gone(int(outcome.output["stdout"]))


def test_child_left_behind_that_ignores_term():
    """It is killed after kill_after."""
    outcome = _run(_shell("(trap '' TERM; while :; do sleep 0.05; done) & echo $!", kill_after=SOON))
    assert outcome.output["left_behind"] == "ended"
    assert _gone(int(outcome.output["stdout"]))


def test_daemon_in_a_session_of_its_own():
    """Nobody waits for it for ever; that it holds the output is on record."""
    code = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "print(child.pid)\n"
    )
    begun = time.monotonic()
    outcome = _run(_python(code, kill_after=SOON))
    pid = int(outcome.output["stdout"])
    try:
        assert outcome.result is Result.SUCCEEDED
        assert outcome.output["left_behind"].startswith("out of reach")
        assert time.monotonic() - begun < 6
        assert _is_alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


def test_nothing_is_left(tmp_path):
    """Fifty runs, some that fail, some cut off: no file stays open, no child waits to be reaped."""
    works = [
        System(program="true"),
        System(program="no-such-program"),
        _shell("exit 3", stdin="x"),
        _shell("sleep 60", kill_after=SOON),
        _shell("kill -9 $$"),
    ]

    async def main():
        async with WorkBench() as bench:
            runs = [bench.start(work) for work in works * 10]
            return await asyncio.gather(*(each.outcome(timeout=2) for each in runs))

    _run(System(program="true"))
    before, children = _open_files(), _children()
    outcomes = asyncio.run(main())
    gc.collect()
    assert _open_files() <= before
    assert {outcome.result for outcome in outcomes} == {Result.SUCCEEDED, Result.FAILED, Result.TIMED_OUT}
    assert _children() <= children


@pytest.mark.parametrize("executor", ["thread", "process"])
def test_in_another_executor(executor):
    """It works in the executors `thread` and `process` as well, if a job asks for that."""
    outcome = asyncio.run(run_work(System(program="echo", args=["hi"]), executor=executor))
    assert outcome.output["stdout"] == "hi\n"
