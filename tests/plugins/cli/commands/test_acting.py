"""`clockhand fire`, `pause`, `resume`, `release`: asked of a silo, done by whoever runs it."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest

JOB = (
    'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
    'jobs.a = {at = "2020-01-01T00:00:00Z", work = {use = "python", function = "works:good"}}\n'
    'jobs.b = {cron = "0 3 * * *", work = {use = "python", function = "works:good"}}\n'
)


def test_fire_prints_the_key_and_it_runs(command) -> None:
    """The key is all that stands on stdout; the next scheduler runs it."""
    done = command.ran(JOB)("fire", "b")
    key = done.stdout.strip()
    assert done.returncode == 0
    assert re.fullmatch(r"b![0-9a-f-]{36}", key)
    assert done.stderr.startswith("a running scheduler picks it up within 1s; ")
    assert command("run", "--once").returncode == 0
    assert [(run["occurrence"], run["outcome"]) for run in command.json("runs", "b")] == [(key, "succeeded")]


def test_fire_of_a_running_scheduler(command, start) -> None:
    """A scheduler that runs picks it up without being told by anything but the silo."""
    command.ran(JOB)
    running = start("run")
    running.until("running, with 2 jobs")
    key = command("fire", "b").stdout.strip()
    running.until(f"{key} succeeded")


def test_pause_holds_a_job_until_resume(command) -> None:
    """A paused job says by whom and why, isn't fired except by force, and goes on when resumed."""
    done = command.ran(JOB)("pause", "b", "--reason", "the disk\x1b[31m is moved")
    assert (done.returncode, done.stdout) == (0, "b: paused\n")
    document = command.json("show", "b")
    assert document["status"] == "paused"
    assert document["paused"]["reason"] == "the disk\x1b[31m is moved"
    assert document["paused"]["by"].startswith("cli")
    assert "\x1b" not in command("jobs").stdout
    assert command("pause", "b").stdout == "b: unchanged, it was paused already\n"
    refused = command("fire", "b")
    assert refused.returncode == 1
    assert "; 'clockhand resume b' lets it go on, --force runs it all the same\n" in refused.stderr
    assert command("fire", "b", "--force").returncode == 0
    assert command("resume", "b").stdout == "b: resumed\n"
    assert command("resume", "b").stdout == "b: unchanged, it was not paused\n"
    assert command.json("show", "b")["status"] != "paused"


def test_answers_as_documents(command) -> None:
    """With --json: what was asked of which job, and what became of it."""
    command.ran(JOB)
    assert command.json("pause", "b") == {"job": "b", "what": "paused"}
    assert command.json("pause", "b") == {"job": "b", "what": "unchanged"}
    assert command.json("resume", "b", "--latest") == {"job": "b", "what": "resumed"}
    fired = command.json("fire", "b")
    assert (fired["job"], fired["what"]) == ("b", "fired")
    assert fired["occurrence"].startswith("b!")


def test_a_job_of_two_silos_must_be_told_by_its_silo(command) -> None:
    """Where two silos have the alias, --silo says which; without it that is asked for."""
    silos = '[silo.one]\nuse = "sqlite"\npath = "one.db"\n[silo.two]\nuse = "sqlite"\npath = "two.db"\n'
    job = 'jobs.a = {cron = "0 3 * * *", silo = "%s", work = {use = "python", function = "works:good"}}\n'
    for name in ("one", "two"):
        command.ran('python.path = ["."]\n' + job % name + silos)
    for name in ("show", "fire", "cancel", "pause", "resume", "release", "remove"):
        done = command(name, "a")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines()[0] == (
            "clockhand: --silo: missing; several have a job 'a', name one: one, two"
        )
    assert command("pause", "a", "--silo", "two").returncode == 0
    assert {job["silo"]: job["status"] for job in command.json("jobs")} == {"one": "waiting", "two": "paused"}


def _poisoned(command) -> None:
    """Put job b into quarantine, as a job is that five processes died of."""
    command.ran(JOB)
    data = json.loads(command("snapshot").stdout)
    (table,) = [one for one in data["jobs"] if one["definition"]["alias"] == "b"]
    table["quarantined"] = "5 owners died while running it"
    command.write(json.dumps(data), "snapshot.json")
    assert command("rm", "a", "b", "--force", "--yes").returncode == 0
    assert command("restore", "snapshot.json").returncode == 0


def test_a_job_in_quarantine_is_released(command) -> None:
    """Resuming doesn't release it and says what does; released, it can be fired again."""
    _poisoned(command)
    refused = command("resume", "b")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "clockhand: job 'b' is in quarantine: 5 owners died while running it; "
        "'clockhand release b' lets it go on\n"
    )
    for name in (("fire", "b"), ("fire", "b", "--wait")):
        assert command(*name).stderr == refused.stderr
    assert command("release", "b").stdout == "b: released\n"
    assert command("release", "b").stdout == "b: unchanged, it was not in quarantine\n"
    assert command.json("release", "b") == {"job": "b", "what": "unchanged"}
    assert command("fire", "b").returncode == 0


def test_a_paused_job_in_quarantine_says_both(command) -> None:
    """Resuming one that is paused as well resumes it, and tells that it doesn't go on for all that."""
    _poisoned(command)
    assert command("pause", "b").returncode == 0
    done = command("resume", "b")
    assert (done.returncode, done.stdout) == (0, "b: resumed\n")
    assert done.stderr.startswith("b: still in quarantine: 5 owners died while running it; ")


@pytest.mark.parametrize("name", ["release", "resume", "pause"])
def test_a_row_that_cannot_be_read_stays(command, name: str) -> None:
    """A row that nobody can read is left as it is; how to get rid of it is said."""
    command.ran(JOB)
    with sqlite3.connect(command.folder / "jobs.db") as connection:
        connection.execute("update jobs set definition = '{' where alias = 'b'")
    connection.close()
    done = command(name, "b")
    assert (done.returncode, done.stdout) == (1, "")
    assert "'b'" in done.stderr
    assert "; declare or add it anew, or 'clockhand remove b --force'\n" in done.stderr
    assert command("remove", "b", "--force").returncode == 0


def test_a_silo_that_is_not_there_is_misuse(command) -> None:
    """A mistyped --silo is 2 for every command that has one, with the nearest, and nothing is opened."""
    command.write(JOB)
    for arguments in (
        *((name, "a") for name in ("show", "fire", "cancel", "pause", "resume", "release", "remove")),
        ("add", "x", "--every", "1h", "--work", '{use = "python", function = "works:good"}'),
        ("snapshot",),
    ):
        done = command(*arguments, "--silo", "dflt")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "clockhand: --silo: unknown silo 'dflt', did you mean 'default'?\n"
            f"try: clockhand {arguments[0]} --help\n"
        )
    assert not (command.folder / "jobs.db").exists()


def test_a_job_of_the_other_silo_is_told_so(command) -> None:
    """Who asks the wrong silo hears which one has the job."""
    command.write('[silo.one]\nuse = "sqlite"\npath = "1.db"\n[silo.two]\nuse = "sqlite"\npath = "2.db"\n')
    command("add", "x", "--every", "1h", "--silo", "one", "--", "true")
    done = command("pause", "x", "--silo", "two")
    assert done.returncode == 1
    assert done.stderr == "clockhand: job 'x': not in silo 'two'; silo 'one' has it\n"


def test_a_row_of_a_newer_clockhand_can_only_be_taken_out(command) -> None:
    """Declaring it anew would be refused, so that isn't offered."""
    command.ran(JOB)
    with sqlite3.connect(command.folder / "jobs.db") as connection:
        connection.execute("update jobs set definition = '{\"v\": 99}' where alias = 'b'")
    connection.close()
    done = command("fire", "b")
    assert done.returncode == 1
    assert "this clockhand reads up to 1" in done.stderr
    assert done.stderr.endswith("; 'clockhand remove b --force' takes it out\n")
