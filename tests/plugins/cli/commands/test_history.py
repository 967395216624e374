"""`clockhand runs` and `log`: attempts, what never ran, and everything else on record."""

from __future__ import annotations

import json
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

RUN_KEYS = {
    "what",
    "job",
    "occurrence",
    "due",
    "attempt",
    "started",
    "ended",
    "seconds",
    "outcome",
    "verdict",
    "code",
    "reason",
    "output",
    "owner",
    "token",
    "revision",
}
NEVER_KEYS = {"what", "job", "occurrence", "due", "last", "count", "verdict", "reason", "at"}


def _moments(count: int) -> str:
    return ", ".join(f'"2020-01-01T00:00:{second:02}Z"' for second in range(count))


def _backlog(count: int) -> str:
    return (
        'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
        f'jobs.many = {{at = [{_moments(count)}], work = {{use = "python", function = "works:good"}}}}\n'
    )


def test_runs_have_their_keys(command) -> None:
    """A run says how it went; one that was started and ended is one row."""
    found = command.ran().json("runs")
    assert {run["job"] for run in found} == {"good", "bad"}
    assert all(set(run) == RUN_KEYS for run in found)
    (bad,) = [run for run in found if run["job"] == "bad"]
    assert (bad["outcome"], bad["verdict"], bad["code"]) == ("failed", "failed", "exc:ValueError")
    assert bad["due"] == "2020-01-01T00:00:00Z"
    assert bad["attempt"] == 1
    assert bad["seconds"] >= 0


def test_a_range_that_never_ran_is_one_row(command) -> None:
    """A backlog of which only the latest ran is told as a range with its count."""
    found = command.ran(_backlog(10)).json("runs")
    assert [run["what"] for run in found] == ["run", "never-ran"]
    gone = found[1]
    assert set(gone) == NEVER_KEYS
    assert (gone["due"], gone["last"]) == ("2020-01-01T00:00:00Z", "2020-01-01T00:00:08Z")
    assert (gone["count"], gone["verdict"]) == (9, "coalesced")
    assert "2020-01-01T00:00:00Z to 2020-01-01T00:00:08Z" in command("runs").stdout
    assert "9 times" in command("runs").stdout


def test_runs_of_one_job(command) -> None:
    """With a name, only that job's."""
    assert [run["job"] for run in command.ran().json("runs", "good")] == ["good"]


def test_only_failed_ones(command) -> None:
    """--failed leaves out what went well, and what never ran."""
    assert [run["job"] for run in command.ran().json("runs", "--failed")] == ["bad"]
    assert command.json("runs", "good", "--failed") == []
    assert command("runs", "good", "--failed").stderr == "nothing on record that matches\n"


def test_only_recent_ones(command) -> None:
    """--since takes a moment, or how long ago."""
    command.ran()
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert len(command.json("runs", "--since", "1h")) == 2
    assert len(command.json("runs", "--since", "2020-01-01T00:00:00Z")) == 2
    assert command.json("runs", "--since", tomorrow) == []


@pytest.mark.parametrize("what", ["runs", "log"])
def test_a_local_time_is_one_of_the_configuration(inside, command, what: str) -> None:
    """As `explain --from` takes it; further west the same text means a moment hours later."""
    config = command.ran().folder / "clockhand.toml"
    local = f"{datetime.now(ZoneInfo('Asia/Tokyo')) - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    done = inside(what, "--since", local)
    assert (done.returncode, done.stderr) == (0, "nothing on record that matches\n")
    command.write('scheduler.timezone = "Asia/Tokyo"\n' + config.read_text())
    assert "good" in inside(what, "--since", local).stdout


def test_as_many_as_asked_for_newest_first(command) -> None:
    """-n says how many, and pages are turned until they are found."""
    command.ran(_backlog(3) + 'defaults.overlap = "parallel"\n')
    for _ in range(6):
        command("fire", "many")
    assert command("run", "--once").returncode == 0
    found = command.json("runs", "-n", "5")
    assert len(found) == 5
    started = [run["started"] for run in found]
    assert started == sorted(started, reverse=True)
    assert all("!" in run["occurrence"] for run in found)
    assert "fired by hand" in command("runs").stdout


def test_by_verdict(command) -> None:
    """--verdict leaves only what ended so; given several times, any of them."""
    command.ran(_backlog(10))
    assert [run["verdict"] for run in command.json("runs", "--verdict", "coalesced")] == ["coalesced"]
    both = command.json("runs", "--verdict", "coalesced", "--verdict", "succeeded")
    assert [run["verdict"] for run in both] == ["succeeded", "coalesced"]
    assert command.json("runs", "--verdict", "lost") == []


TWICE = (
    'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
    'jobs.a = {cron = "0 3 * * *", work = {use = "python", function = "works:good"}}\n'
    'jobs.b = {cron = "0 3 * * *", work = {use = "python", function = "works:bad"}}\n'
)


def test_the_log_has_everything(command) -> None:
    """Every entry is a line, oldest first: schedulers, jobs, runs; of one job only its own."""
    command.ran(TWICE)
    command("pause", "a", "--reason", "why\x1b[31m not")
    command("fire", "b")
    command("run", "--once")
    lines = command("log").stdout.splitlines()
    whats = [line.split()[1] for line in lines]
    assert Counter(whats) == {
        "job-added": 2,
        "scheduler-started": 2,
        "scheduler-stopped": 2,
        "job-paused": 1,
        "run-started": 1,
        "run-ended": 1,
    }
    assert (whats[0], whats[-1]) == ("job-added", "scheduler-stopped")
    assert whats.index("job-paused") < whats.index("run-started") < whats.index("run-ended")
    of = dict(zip(whats, lines, strict=True))
    assert of["job-paused"].endswith("job-paused         a  why\\x1b[31m not")
    assert of["run-started"].endswith("  attempt 1")
    assert "failed after" in of["run-ended"]
    assert "exc:ValueError" in of["run-ended"]
    assert all(line[:4].isdigit() and line[19:].split()[0].endswith("Z") for line in lines)
    assert [line.split()[1] for line in command("log", "a").stdout.splitlines()] == [
        "job-added",
        "job-paused",
    ]
    assert command("log", "-n", "2").stdout.splitlines() == lines[-2:]
    assert command("log", "--since", "1h").stdout.splitlines() == lines
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    nothing = command("log", "--since", soon)
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert nothing.stderr == "nothing on record that matches\n"


def test_the_log_as_json_lines(command) -> None:
    """With --json: an object a line, as the history has it."""
    command.ran(_backlog(10))
    entries = [json.loads(line) for line in command("log", "--json").stdout.splitlines()]
    assert {"at", "what", "life", "seq", "position"} <= set(entries[0])
    (range_of,) = [entry for entry in entries if entry["what"] == "never-ran"]
    assert (range_of["count"], range_of["verdict"]) == (9, "coalesced")
    assert "9 times from 2020-01-01T00:00:00Z to 2020-01-01T00:00:08Z" in command("log").stdout


def test_a_long_log_is_whole(command) -> None:
    """More entries than a page are all there, once, in their order."""
    command.ran(TWICE)
    for _ in range(2):
        for name in ("pause", "resume"):
            assert command(name, "a").returncode == 0
    moments = ", ".join(f'"2020-01-01T00:{n // 60:02}:{n % 60:02}Z"' for n in range(300))
    command.ran(
        TWICE + f'[jobs.many]\ncatch_up = "all"\ncatch_up_limit = 300\noverlap = "parallel"\n'
        f'at = [{moments}]\nwork = {{use = "python", function = "works:good"}}\n'
    )
    positions = [json.loads(line)["position"] for line in command("log", "--json").stdout.splitlines()]
    assert len(positions) > 600
    assert positions == sorted(set(positions))
    last = command("log", "--json", "-n", "450").stdout.splitlines()
    assert [json.loads(line)["position"] for line in last] == positions[-450:]


@pytest.mark.parametrize("name", ["runs", "log"])
def test_an_unknown_job_is_told(command, name: str) -> None:
    """A typing error isn't an empty history, followed or not."""
    command.ran(TWICE)
    command("fire", "a")
    for arguments in ((name, "aa"), (name, "aa", "-f")):
        done = command(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert "job 'aa': not in silo 'default', did you mean 'a'?" in done.stderr


def test_following_the_log(command, start) -> None:
    """-f shows what comes, of one job if wanted, until Ctrl-C: 130 and no traceback."""
    command.ran(TWICE)
    everything, one = start("log", "-f", watch="stdout"), start("log", "a", "-f", "--json", watch="stdout")
    everything.until("scheduler-stopped")
    one.until("job-added")
    command("pause", "b", "--reason", "later")
    command("pause", "a", "--reason", "now")
    everything.until("a  now")
    one.until("job-paused")
    assert "b  later" in everything.said
    assert [json.loads(line)["what"] for line in one.said.splitlines()] == ["job-added", "job-paused"]
    for following in (everything, one):
        following.process.send_signal(signal.SIGINT)
        assert following.end() == 130
    assert everything.said.count("job-paused") == 2


def test_following_runs(command, start) -> None:
    """-f shows an attempt when it starts and when it has ended; what was there before stands above."""
    command.ran(TWICE)
    first = command("fire", "b").stdout.strip()
    command("run", "--once")
    following = start("runs", "-f", watch="stdout")
    following.until("failed")
    asjson = start("runs", "-f", "--json", "--failed", watch="stdout")
    asjson.until(first)
    scheduler = start("run")
    scheduler.until("running, with 2 jobs")
    command("fire", "a")
    second = command("fire", "b").stdout.strip()
    asjson.until(second)
    following.until("succeeded")
    heads, *rows = following.said.splitlines()
    assert heads.split() == ["JOB", "DUE", "STARTED", "TOOK", "OUTCOME", "DETAILS"]
    assert "running" in following.said
    assert rows[0].split()[0] == "b"
    found = [json.loads(line) for line in asjson.said.splitlines()]
    assert [one["occurrence"] for one in found] == [first, second]
    assert all(set(one) == RUN_KEYS for one in found)


@pytest.mark.parametrize("name", ["runs", "log"])
def test_a_follower_whose_reader_went_away_ends(command, start, name: str) -> None:
    """`clockhand log -f | head -1` ends although nothing more comes: quietly, with 0."""
    command.ran(TWICE)
    command("fire", "b")
    command("run", "--once")
    following = start(name, "-f", watch="stdout")
    following.until("b")
    assert following.gone() == 0


def test_following_where_the_history_is_another_store(command, start) -> None:
    """With a history of its own, which rotates, nothing is shown twice and nothing is left out."""
    pytest.importorskip("clockhand_jsonl")
    command.write(TWICE + 'history = {use = "jsonl", path = "history.jsonl", max_bytes = 4096}\n')
    scheduler = start("run")
    scheduler.until("running, with 2 jobs")
    following = start("log", "a", "-f", "--json", watch="stdout")
    following.until("job-added")
    for _ in range(12):
        key = command("fire", "a").stdout.strip()
        following.until(f'"occurrence": "{key}", "due"')
    following.until('"verdict": "succeeded"')
    last = command("fire", "a", "--wait")
    assert last.returncode == 0, last.stderr
    following.until(last.stderr.partition(":")[0])
    entries = [json.loads(line) for line in following.said.splitlines()]
    seqs = [(entry["life"], entry["seq"]) for entry in entries]
    assert len(seqs) == len(set(seqs))
    assert len(list(command.folder.glob("history*.jsonl*"))) > 1, "it did not rotate"


def test_commands_beside_a_scheduler_whose_history_one_may_write(command, start) -> None:
    """All look and ask while it runs, also those that need no history, and leave its files to it."""
    pytest.importorskip("clockhand_jsonl")
    command.write(TWICE + 'history = {use = "jsonl", path = "history.jsonl"}\n')
    assert command("log").returncode == 0
    assert not (command.folder / "history.jsonl").exists()
    scheduler = start("run")
    scheduler.until("running, with 2 jobs")
    following = start("runs", "-f", "--json", watch="stdout")
    done = command("fire", "a", "--wait")
    assert done.returncode == 0, done.stderr
    following.until('"outcome": "succeeded"')
    key = command("fire", "b").stdout.strip()
    following.until(f'"occurrence": "{key}"')
    following.until('"outcome": "failed"')
    for arguments in (
        ("jobs",),
        ("show", "a"),
        ("pause", "a"),
        ("resume", "a"),
        ("runs",),
        ("log", "a"),
        ("check", "--open"),
        ("health",),
    ):
        done = command(*arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
    assert "in use by another scheduler" in command("run").stderr
    scheduler.process.send_signal(signal.SIGTERM)
    assert scheduler.end() == 0
    assert [run["job"] for run in command.json("runs")] == ["b", "a"]
