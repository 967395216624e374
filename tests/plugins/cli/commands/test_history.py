"""`clockhand runs`: attempts and what never ran, newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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


def test_as_many_as_asked_for_newest_first(command) -> None:
    """-n says how many, and pages are turned until they are found."""
    command.ran(_backlog(3))
    for _ in range(6):
        command("fire", "many")
        assert command("run", "--once").returncode == 0
    found = command.json("runs", "-n", "5")
    assert len(found) == 5
    started = [run["started"] for run in found]
    assert started == sorted(started, reverse=True)
    assert all("!" in run["occurrence"] for run in found)
    assert "fired by hand" in command("runs").stdout
