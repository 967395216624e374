"""`clockhand fire`, `pause` and `resume`: what they ask of the silo is done by whoever runs it."""

from __future__ import annotations

import re

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
    assert "job 'b' is paused; resume it, or fire with force" in refused.stderr
    assert command("fire", "b", "--force").returncode == 0
    assert command("resume", "b").stdout == "b: resumed\n"
    assert command("resume", "b").stdout == "b: unchanged, it was not paused already\n"
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
    done = command("pause", "a")
    assert done.returncode == 1
    assert "in several silos ('one', 'two')" in done.stderr
    assert command("pause", "a", "--silo", "two").returncode == 0
    assert {job["silo"]: job["status"] for job in command.json("jobs")} == {"one": "waiting", "two": "paused"}
