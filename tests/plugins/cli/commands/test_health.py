"""`clockhand health`: what the stores show, and what of it is a problem."""

from __future__ import annotations

import json
import sqlite3

import pytest

CONFIG = (
    'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
    'jobs.later = {cron = "0 3 * * *", work = {use = "python", function = "works:good"}}\n'
)


def _checked(command, *arguments: str, code: int):
    done = command("health", "--json", *arguments)
    assert done.returncode == code, done.stderr + done.stdout
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_nothing_late_is_healthy(command) -> None:
    """Stores that answer and nothing that is late: 0."""
    document = _checked(command.ran(CONFIG), code=0)
    assert set(document) == {"ok", "problems", "opened_in", "silos", "history"}
    assert (document["ok"], document["problems"]) == (True, [])
    assert document["opened_in"] > 0
    (silo,) = document["silos"]
    assert silo == {
        "alias": "default",
        "kind": "sqlite",
        "jobs": 1,
        "running": 0,
        "waiting": 0,
        "paused": 0,
        "quarantined": [],
        "unresolved": [],
        "oldest": None,
        "unrecorded": None,
    }
    assert set(document["history"]) == {"kind", "bytes", "latest", "scheduler"}
    assert document["history"]["bytes"] > 0
    assert document["history"]["scheduler"]["what"] == "stopped"


def test_as_lines(command) -> None:
    """People get a table, and the word at the end."""
    done = command.ran(CONFIG)("health")
    assert (done.returncode, done.stderr) == (0, "")
    heads, row, history, scheduler, opened, word = done.stdout.splitlines()
    assert heads.split()[:4] == ["SILO", "KIND", "JOBS", "RUNNING"]
    assert row.split()[:3] == ["default", "sqlite", "1"]
    assert history.startswith("history: sqlite, ")
    assert scheduler.startswith("scheduler: last stopped ")
    assert opened.startswith("opened in ")
    assert word == "ok"


def test_what_nobody_takes_up_is_a_problem(command) -> None:
    """A due time that has passed, and a run that was asked for, show that no scheduler is there."""
    command.ran(CONFIG)
    command("add", "old", "--at", "2020-01-01T00:00:00Z", "--", "true")
    document = _checked(command, code=1)
    (problem,) = document["problems"]
    assert problem.startswith("silo 'default': job 'old' has been due for ")
    assert problem.endswith("nobody has taken it up; is a scheduler running?")
    assert document["silos"][0]["oldest"]["since"] == "2020-01-01T00:00:00Z"
    done = command("health")
    assert done.returncode == 1
    assert f"degraded: {problem[:40]}" in done.stdout
    assert _checked(command, "--late", "99999d", code=0)["silos"][0]["oldest"]["what"] == "job 'old'"


def test_a_run_that_was_asked_for_counts(command) -> None:
    """Fired by hand and not taken up is late too, once it is."""
    key = command.ran(CONFIG)("fire", "later").stdout.strip()
    assert _checked(command, code=0)["silos"][0]["waiting"] == 1
    document = _checked(command, "--late", "0", code=1)
    assert f"{key} has been due for" in document["problems"][0]
    assert command("run", "--once").returncode == 0
    assert _checked(command, "--late", "0", code=0)["silos"][0]["waiting"] == 0


def test_a_paused_job_is_no_problem(command) -> None:
    """Who pauses a job doesn't want it taken up."""
    command.ran(CONFIG)
    command("add", "old", "--at", "2020-01-01T00:00:00Z", "--", "true")
    command("pause", "old")
    assert _checked(command, code=0)["silos"][0]["paused"] == 1


def test_what_cannot_run_here_says_why(command) -> None:
    """A job that this machine can't run is counted, and named once it is late."""
    command.ran(CONFIG)
    command.write(
        'python.path = ["."]\npython.modules = ["works"]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
    )
    command("add", "old", "--at", "2020-01-01T00:00:00Z", "--call", "works:good")
    command.write('silo.default = {use = "sqlite", path = "jobs.db"}\n')
    document = _checked(command, code=1)
    assert document["silos"][0]["unresolved"] == ["later", "old"]
    assert "this machine can't run it: function 'works:good' isn't registered here" in document["problems"][0]


def test_quarantine_is_a_problem(command) -> None:
    """A job in quarantine is named, with what to do."""
    command.ran(CONFIG)
    with sqlite3.connect(command.folder / "jobs.db") as connection:
        connection.execute("update jobs set definition = '{' where alias = 'later'")
    connection.close()
    document = _checked(command, code=1)
    assert document["silos"][0]["quarantined"] == ["later"]
    assert "in quarantine: later; 'clockhand show JOB' says why" in document["problems"][0]


@pytest.mark.parametrize("make", ["folder", "foreign"])
def test_a_store_that_cannot_be_opened_is_4(command, make: str) -> None:
    """A silo that isn't there to be asked: 4, one line, or a document that says so."""
    path = command.folder / "jobs.db"
    path.mkdir() if make == "folder" else path.write_bytes(b"nothing of ours" * 500)
    command.write(CONFIG)
    done = command("health")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("clockhand: silo 'default': ")
    document = _checked(command, code=4)
    assert document["ok"] is False
    assert document["problems"][0].startswith("silo 'default': ")


def test_beside_a_running_scheduler(command, start) -> None:
    """It can be asked while a scheduler runs, and says when that started."""
    command.write(CONFIG)
    running = start("run")
    running.until("running, with 1 job")
    assert _checked(command, code=0)["history"]["scheduler"]["what"] == "started"


FULL = """
from pathlib import Path

import attrs

from clockhand.contracts import History, Kind, Page
from clockhand.hookspecs import hookimpl


@attrs.frozen
class Options:
    pass


class Full(History):
    async def startup(self, context):
        pass

    async def teardown(self):
        pass

    async def append(self, entries):
        if not Path("room").exists():
            raise OSError("no space left on device")

    async def read(self, query, cursor=None, limit=100):
        return Page([], None)

    async def prune(self, before=None, max_bytes=None, limit=1000):
        return 0

    async def size(self):
        return 0


@hookimpl
def clockhand_histories():
    yield Kind(name="full", summary="", options=Options, make=lambda options: Full())
"""


def test_a_history_that_can_not_write_is_a_problem(command, start, plugin) -> None:
    """What a running scheduler can't get into it waits in the silo, and that shows; so does its end."""
    env = plugin("full", FULL)
    command.write(f'{CONFIG}history = {{use = "full"}}\n')
    running = start("run", **env)
    running.until("OSError: no space left on device; entries wait in the outbox of silo default")
    done = command("health", "--json", "--late", "0", **env)
    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"]) == (1, False)
    (problem,) = document["problems"]
    assert problem.startswith("history: what silo 'default' put on record has waited for it for ")
    assert document["silos"][0]["unrecorded"] is not None
    (command.folder / "room").touch()
    running.until("history: answers again")
    assert command("health", "--late", "0", **env).returncode == 0
