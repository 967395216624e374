"""`clockhand snapshot`, `restore` and `reload`: all that a silo has, to a file and back."""

from __future__ import annotations

import json
import stat
import subprocess
import sys

import pytest

CONFIG = (
    'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
    'jobs.a = {cron = "0 3 * * *", work = {use = "python", function = "works:good"}}\n'
    'jobs.b = {cron = "0 4 * * *", work = {use = "python", function = "works:good"}}\n'
)
EMPTY = (
    'python.path = ["."]\npython.modules = ["works"]\nsilo.default = {use = "sqlite", path = "other.db"}\n'
)


@pytest.fixture
def silo(command):
    """A silo with two declared jobs, one of them paused, one added, and a run that was asked for."""
    command.ran(CONFIG)
    command("add", "c", "--every", "1h", "--", "curl", "${env:TOKEN}")
    command("pause", "b", "--reason", "later")
    assert command("fire", "a").returncode == 0
    return command


def test_it_goes_to_another_silo_and_back(silo) -> None:
    """What a snapshot has is what the other silo has afterwards: jobs, state, what is open."""
    done = silo("snapshot", TOKEN="s3cret")
    assert (done.returncode, done.stderr) == (0, "")
    assert "s3cret" not in done.stdout
    data = json.loads(done.stdout)
    assert set(data) == {"schema", "made_at", "jobs", "open", "unreadable"}
    silo.write(done.stdout, "snapshot.json")
    silo.write(EMPTY, "other.toml")
    assert silo("-c", "other.toml", "restore", "snapshot.json").stdout == "3 created, 1 open again\n"
    again = json.loads(silo("-c", "other.toml", "snapshot").stdout)
    for table in (*data["jobs"], *again["jobs"]):
        del table["revision"]
    assert again["jobs"] == data["jobs"]
    assert [one["key"] for one in again["open"]] == [one["key"] for one in data["open"]]
    assert silo("-c", "other.toml", "run", "--once").returncode == 0
    assert [run["outcome"] for run in silo.json("-c", "other.toml", "runs", "a")] == ["succeeded"]


def test_a_file_is_private_and_whole(silo) -> None:
    """-o writes a file that only its owner reads; one that was there is replaced, also through a link."""
    old = silo.write("old", "kept.json")
    old.chmod(0o644)
    (silo.folder / "link.json").symlink_to("kept.json")
    done = silo("snapshot", "-o", "link.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "link.json: 3 jobs, 1 open\n"
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert (silo.folder / "link.json").is_symlink()
    assert len(json.loads(old.read_text())["jobs"]) == 3
    assert not list(silo.folder.glob(".*kept*"))


@pytest.mark.parametrize("target", ["nowhere/x.json", ".", "x" * 300])
def test_a_file_that_cannot_be_written(silo, inside, target: str) -> None:
    """It is told by its name, and nothing half written is left."""
    before = sorted(silo.folder.iterdir())
    done = inside("snapshot", "-o", target)
    assert done.returncode == 1
    assert done.stderr.startswith(f"clockhand: {target[:100]}")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert sorted(silo.folder.iterdir()) == before


def test_a_silo_that_is_not_empty_needs_merge(silo) -> None:
    """Without --merge nothing happens; with it what is there wins and is named."""
    data = json.loads(silo("snapshot").stdout)
    silo.write(json.dumps(data), "snapshot.json")
    assert silo("remove", "c").returncode == 0
    refused = silo("restore", "snapshot.json")
    assert refused.returncode == 1
    assert "silo 'default' is not empty; restore with" in refused.stderr
    planned = silo("restore", "snapshot.json", "--merge", "--dry-run")
    assert planned.stdout == (
        "1 would be created, 0 would be open again\n2 here already, and left as they are: a, b\n"
    )
    assert {job["alias"] for job in silo.json("jobs")} == {"a", "b"}
    assert silo.json("restore", "snapshot.json", "--merge") == {
        "created": 1,
        "kept": ["a", "b"],
        "opened": 0,
        "unreadable": [],
    }
    assert {job["alias"] for job in silo.json("jobs")} == {"a", "b", "c"}


def test_a_rehearsal_says_what_a_restore_does(silo) -> None:
    """--dry-run into an empty silo says what the restore then says, and writes nothing."""
    silo("snapshot", "-o", "snapshot.json")
    silo.write(EMPTY, "other.toml")
    planned = silo.json("-c", "other.toml", "restore", "snapshot.json", "--dry-run")
    assert silo.json("-c", "other.toml", "jobs") == []
    assert planned == silo.json("-c", "other.toml", "restore", "snapshot.json")
    refused = silo("-c", "other.toml", "restore", "snapshot.json", "--dry-run")
    assert refused.returncode == 1
    assert "not empty" in refused.stderr


def test_from_stdin(silo) -> None:
    """`-` is stdin, so that one silo can be piped into another."""
    silo.write(EMPTY, "other.toml")
    clockhand = f'"{sys.executable}" -m clockhand_cli'
    done = subprocess.run(
        f"{clockhand} snapshot | {clockhand} -c other.toml restore -",
        shell=True,
        cwd=silo.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "3 created, 1 open again\n"), done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "x.json: not JSON: "),
        ("{", "x.json: not JSON: "),
        ("[]", "x.json: not a snapshot, given []"),
        ("{}", "snapshot: not one"),
        ("[" * 100_000, "x.json: nested too deeply"),
        ('{"schema": 99, "jobs": []}', "snapshot.schema: 99, this clockhand reads up to 1"),
        ('{"schema": 1, "jobs": {}}', "snapshot.jobs: not a list"),
        ('{"schema": 1, "jobs": [1]}', "snapshot.jobs[0]: not a"),
        ('{"schema": 1, "jobs": [{}]}', "snapshot.jobs[0]"),
        ('{"schema": 1, "jobs": [{"definition": {"v": 1, "alias": 7}}]}', "snapshot.jobs[0]"),
    ],
)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_file_that_is_no_snapshot(command, inside, text: str, said: str, dry: tuple[str, ...]) -> None:
    """A file that is something else is 3, with the place, and nothing is written."""
    command.write(text, "x.json")
    command.write(EMPTY)
    done = inside("restore", "x.json", *dry)
    assert done.returncode == 3, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert inside("jobs", "--json").stdout == "[]\n"


def test_rows_that_cannot_be_read_are_told(silo) -> None:
    """They are in the snapshot, byte for byte, and a restore says that it leaves them out."""
    data = json.loads(silo("snapshot").stdout)
    data["unreadable"] = [{"alias": "broken", "reason": "x", "source": "runtime", "raw": "e30="}]
    silo.write(json.dumps(data), "snapshot.json")
    silo.write(EMPTY, "other.toml")
    done = silo("-c", "other.toml", "restore", "snapshot.json")
    assert done.returncode == 0
    assert done.stderr == "left out, for they can't be read: broken\n"


def test_several_silos_need_a_name(command) -> None:
    """Where there are several silos, --silo says which."""
    command.write('[silo.one]\nuse = "sqlite"\npath = "1.db"\n[silo.two]\nuse = "sqlite"\npath = "2.db"\n')
    command("add", "a", "--silo", "two", "--every", "1h", "--", "true")
    refused = command("snapshot")
    assert refused.returncode == 2
    assert refused.stderr.startswith("clockhand: --silo: missing; there are several, name one: one, two\n")
    assert len(json.loads(command("snapshot", "--silo", "two").stdout)["jobs"]) == 1
    command("snapshot", "--silo", "two", "-o", "x.json")
    assert command("restore", "x.json", "--dry-run").returncode == 2
    assert command("restore", "x.json", "--silo", "one").stdout == "1 created, 0 open again\n"
    unknown = command("restore", "x.json", "--dry-run", "--silo", "tow")
    assert unknown.returncode == 2
    assert "unknown silo 'tow', did you mean 'two'?" in unknown.stderr


def test_reload_declares_what_the_file_says_now(silo) -> None:
    """Created, updated, unchanged, and what is no longer declared, which --retire takes out."""
    silo.write(
        CONFIG.replace('cron = "0 4', 'cron = "5 4').replace("jobs.a", "jobs.d") + "defaults.retries = 1\n"
    )
    planned = silo("reload")
    assert (planned.returncode, planned.stdout) == (0, "d: created\nb: updated\n0 unchanged\n")
    assert planned.stderr == "no longer declared, and going on as before: a; --retire takes them out\n"
    assert silo.json("show", "b")["status"] == "paused"
    assert silo.json("reload", "--retire") == {
        "created": [],
        "updated": [],
        "unchanged": ["b", "d"],
        "retired": ["a"],
        "left": [],
        "restart": [],
    }
    assert {job["alias"] for job in silo.json("jobs")} == {"b", "c", "d"}


def test_reload_of_a_file_with_a_mistake_changes_nothing(silo) -> None:
    """A mistake is 3, and the jobs go on as they were."""
    silo.write(CONFIG.replace("works:good", "works:gone"))
    done = silo("reload", "--retire")
    assert done.returncode == 3
    assert "works:gone" in done.stderr
    silo.write(CONFIG)
    assert len(silo.json("jobs")) == 3


def test_a_running_scheduler_takes_it_up(command, start) -> None:
    """What is reloaded beside a running scheduler is run by it."""
    command.write(CONFIG)
    running = start("run")
    running.until("running, with 2 jobs")
    command.write(
        CONFIG
        + 'jobs.now = {at = "2020-01-01T00:00:00Z", work = {use = "python", function = "works:good"}}\n'
    )
    assert "now: created" in command("reload").stdout
    running.until("now@2020-01-01T00:00:00Z succeeded")


def test_a_reload_that_would_be_refused_changes_nothing(silo) -> None:
    """One that was added by hand, one that another configuration declares: told before anything is done."""
    silo.write(CONFIG + 'jobs.e = {cron = "0 5 * * *", work = {use = "python", function = "works:good"}}\n')
    silo.write(CONFIG.replace("jobs.a", "jobs.c").replace("jobs.b", "jobs.new"), "mine.toml")
    done = silo("-c", "mine.toml", "reload")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "clockhand: job 'c' of silo 'default' was added by hand; 'clockhand remove c' lets the configuration "
        "have it; nothing has changed\n"
    )
    silo.write(CONFIG, "mine.toml")
    done = silo("-c", "mine.toml", "reload")
    assert done.returncode == 1
    assert "is declared by the configuration 'clockhand.toml'; take it out there, or " in done.stderr
    assert "; so are 1 more, which 'clockhand check --open' shows; nothing has changed\n" in done.stderr
    assert {job["alias"] for job in silo.json("jobs")} == {"a", "b", "c"}


def test_a_snapshot_that_is_not_there(silo) -> None:
    """It is named once, with the reason."""
    done = silo("restore", "gone.json")
    assert done.returncode == 3
    assert done.stderr == (
        "clockhand: gone.json: can't be read: No such file or directory, given 'gone.json'\n"
    )
