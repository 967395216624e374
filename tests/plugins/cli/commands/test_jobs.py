"""`clockhand jobs` on a real silo, and what all that look at one have in common."""

from __future__ import annotations

import sqlite3

import pytest

JOB_KEYS = {
    "alias",
    "title",
    "silo",
    "status",
    "reason",
    "next",
    "last",
    "work",
    "executor",
    "source",
    "open",
    "unresolved",
    "tags",
}


def test_jobs_are_listed_by_alias(command) -> None:
    """Each job has the documented keys, and says how it is."""
    found = command.ran().json("jobs")
    assert [job["alias"] for job in found] == ["bad", "good", "later"]
    assert all(set(job) == JOB_KEYS for job in found)
    bad, good, later = found
    assert (good["status"], good["next"], good["last"]["verdict"]) == ("finished", None, "succeeded")
    assert bad["last"]["verdict"] == "failed"
    assert (later["status"], later["last"], later["tags"]) == ("waiting", None, ["night"])
    assert later["next"].endswith("T03:00:00Z")
    assert later["source"] == "config:clockhand.toml"


def test_jobs_as_lines(command) -> None:
    """Without a terminal: a line of heads and one for each job."""
    done = command.ran()("jobs")
    assert (done.returncode, done.stderr) == (0, "")
    heads, *rows = done.stdout.splitlines()
    assert heads.split() == ["JOB", "STATUS", "NEXT", "LAST", "WORK", "SILO", "NOTES"]
    assert [row.split()[0] for row in rows] == ["bad", "good", "later"]


def test_a_silo_without_jobs_says_what_to_do(command) -> None:
    """Declared jobs get into the silo when the scheduler runs; until then a hint says so."""
    command.write('[silo.default]\nuse = "sqlite"\npath = "jobs.db"\n')
    assert command.json("jobs") == []
    assert command("jobs").stderr == (
        "no jobs; add a [jobs.<alias>] table to the configuration, or one with 'clockhand add'\n"
    )
    command.write(
        'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
        'jobs.a = {every = "1h", work = {use = "python", function = "works:good"}}\n'
    )
    assert command("next").stderr == (
        "no jobs here yet; 'clockhand run' puts the 1 job of the configuration there\n"
    )


def test_a_job_that_this_node_cannot_run_says_why(command) -> None:
    """A job whose function is no longer registered here is listed with the reason."""
    command.ran()
    command.write('[silo.default]\nuse = "sqlite"\npath = "jobs.db"\n')
    found = {job["alias"]: job for job in command.json("jobs")}
    assert found["later"]["unresolved"] == "function 'works:good' isn't registered here"
    assert "unresolved here: function 'works:good'" in command("jobs").stdout


def test_many_jobs_over_several_silos(command) -> None:
    """All jobs of all silos are listed, more than a page of them, also where aliases meet."""
    silos = '[silo.one]\nuse = "sqlite"\npath = "one.db"\n[silo.two]\nuse = "sqlite"\npath = "two.db"\n'
    jobs = "".join(
        f'jobs.j{number:04} = {{cron = "0 3 * * *", silo = "{silo}", work = {{use = "python", '
        'function = "works:good"}}\n'
        for number, silo in [(number, ("one", "two")[number % 2]) for number in range(1_201)]
    )
    command.ran(f'python.path = ["."]\n{jobs}{silos}')
    assert [job["alias"] for job in command.json("jobs")] == [f"j{number:04}" for number in range(1_201)]


@pytest.mark.parametrize("name", ["show", "fire", "pause", "resume", "runs"])
def test_an_unknown_job_is_1_with_the_nearest(command, name: str) -> None:
    """No such job: exit code 1, and the alias that comes near."""
    done = command.ran()(name, "goood")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "clockhand: job 'goood': not in silo 'default', did you mean 'good'?\n"


def test_a_declared_job_that_is_not_there_yet(command) -> None:
    """A job that is only in the configuration is told so."""
    command.write(
        'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
        'jobs.a = {every = "1h", work = {use = "python", function = "works:good"}}\n'
    )
    done = command("show", "a")
    assert done.returncode == 1
    assert "it is declared, and 'clockhand run' or 'clockhand reload' puts it there" in done.stderr


@pytest.mark.parametrize("name", ["jobs", "show", "next", "fire", "pause", "resume", "runs"])
def test_a_silo_in_memory_is_refused(command, name: str) -> None:
    """What another process has in memory can't be seen: 3, with the reason."""
    command.write(
        'jobs.a = {every = "1h", work = {use = "python", function = "works:good"}}\npython.path = ["."]\n'
    )
    done = command(name, *(["a"] if name in {"show", "fire", "pause", "resume"} else []))
    assert done.returncode == 3
    assert done.stdout == ""
    assert "kind 'memory' lives inside one process" in done.stderr


def _foreign(path) -> None:
    path.write_bytes(b"not a database, but long enough to be taken for one" * 100)


def _folder(path) -> None:
    path.mkdir()


def _other(path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table addresses (name text)")
        connection.execute("pragma user_version = 7")
    connection.close()


@pytest.mark.parametrize("make", [_foreign, _folder, _other])
@pytest.mark.parametrize("arguments", [("jobs",), ("run", "--once"), ("fire", "a")])
def test_a_silo_that_cannot_be_opened_is_4(command, make, arguments: tuple[str, ...]) -> None:
    """A file that is no silo of ours: 4, one line with the silo's name, and the file is left as it was."""
    make(command.folder / "jobs.db")
    before = (command.folder / "jobs.db").is_dir() or (command.folder / "jobs.db").read_bytes()
    command.write('[silo.default]\nuse = "sqlite"\npath = "jobs.db"\n')
    done = command(*arguments)
    assert done.returncode == 4, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("clockhand: silo 'default': ")
    assert "Traceback" not in done.stderr
    assert ((command.folder / "jobs.db").is_dir() or (command.folder / "jobs.db").read_bytes()) == before


def test_a_row_that_cannot_be_read_is_listed(command) -> None:
    """A job in quarantine is listed with its reason and can be shown; the others are as they were."""
    command.ran()
    with sqlite3.connect(command.folder / "jobs.db") as connection:
        connection.execute("update jobs set definition = '{\"v\": 1, \"alias\": 7' where alias = 'later'")
    connection.close()
    found = {job["alias"]: job for job in command.json("jobs")}
    assert found["later"]["status"] == "quarantined"
    assert "not JSON" in found["later"]["reason"]
    assert found["good"]["status"] == "finished"
    document = command.json("show", "later")
    assert (document["definition"], document["upcoming"]) == (None, [])
    assert document["bytes"] > 0
    assert command("show", "later").returncode == 0
    assert command.json("next")[-1]["alias"] == "later"
