"""`clockhand show`: one job, whole."""

from __future__ import annotations


def test_show_tells_everything(command) -> None:
    """One job: its keys, its definition as it is kept, its next times and its last runs."""
    document = command.ran().json("show", "bad")
    (listed,) = [job for job in command.json("jobs") if job["alias"] == "bad"]
    more = {"revision", "anchor", "cursor", "paused", "last_run", "definition"}
    assert set(listed) | more < set(document)
    assert document["definition"]["work"] == {"use": "python", "function": "works:bad"}
    assert document["upcoming"] == []
    (run,) = document["runs"]
    assert (run["outcome"], run["code"]) == ("failed", "exc:ValueError")
    assert len(command.json("show", "later")["upcoming"]) == 3


def test_show_as_lines(command) -> None:
    """People get a line for each field, and the runs as a table."""
    out = command.ran()("show", "bad").stdout
    lines = {line.split()[0]: line.split(None, 1)[1] for line in out.splitlines() if line.strip()}
    assert lines["definition.work.function"] == "works:bad"
    assert lines["title"] == "always [bold]fails[/bold]"
    assert "DUE" in out
    assert "\x1b" not in out


def test_show_keeps_secrets_as_their_names(command) -> None:
    """A value that comes from the environment is nowhere to be seen, only the name of its variable."""
    command.ran(
        'silo.default = {use = "sqlite", path = "jobs.db"}\n'
        '[jobs.ask]\ncron = "0 3 * * *"\n'
        'work = {use = "network", url = "http://127.0.0.1:9/", '
        'headers = {Authorization = "${env:API_TOKEN}"}}\n'
    )
    for arguments in (("show", "ask"), ("show", "ask", "--json")):
        out = command(*arguments, API_TOKEN="s3cret-value").stdout
        assert "${env:API_TOKEN}" in out
        assert "s3cret-value" not in out


def test_metadata_may_hold_anything(command) -> None:
    """Whatever a job's author keeps in metadata, it is shown, not understood."""
    command.ran(
        'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
        '[jobs.a]\ncron = "0 3 * * *"\nwork = {use = "python", function = "works:good"}\n'
        'metadata = {due = "some day", last = {at = "\\u001b[31m"}, list = [1, {a = 2}]}\n'
    )
    out = command("show", "a").stdout
    assert "some day" in out
    assert "\\x1b[31m" in out


def test_no_more_due_times_than_may_run(command) -> None:
    """A job with max_runs has only so many ahead."""
    command.write('silo.default = {use = "sqlite", path = "jobs.db"}\n')
    for most in ("1", "2"):
        assert command("add", most, "--cron", "@daily", "--max-runs", most, "--", "true").returncode == 0
        assert len(command.json("show", most)["upcoming"]) == int(most)
