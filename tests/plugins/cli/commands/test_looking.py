"""What commands say that only look, and ask, where no scheduler has made the silo yet."""

from __future__ import annotations

import json

import pytest

LATER = """
[jobs.later]
every = "1h"
work = {use = "system", program = "date"}
"""
ONE = f"""\
[silo.default]
use = "sqlite"
path = "jobs.db"
{LATER}"""
TWO = f"""\
[silo.old]
use = "sqlite"
path = "old.db"

[silo.new]
use = "sqlite"
path = "new.db"
{LATER}silo = "old"
"""
MISSING = "there is no file {folder}/jobs.db yet; 'clockhand run' makes it\n"


@pytest.mark.parametrize(
    "arguments", [("jobs",), ("next",), ("runs",), ("log",), ("check", "--open"), ("jobs", "--json")]
)
def test_who_looks_finds_nothing_and_makes_nothing(command, inside, arguments: tuple[str, ...]) -> None:
    """An empty answer is no failure; what helps is on stderr."""
    command.write(ONE)
    done = inside(*arguments)
    assert done.returncode == 0, done.stderr
    assert not (command.folder / "jobs.db").exists()
    if "--json" not in arguments and arguments[0] in {"jobs", "next"}:
        assert done.stderr == (
            "no jobs here yet; 'clockhand run' puts the 1 job of the configuration there\n"
        )


@pytest.mark.parametrize("word", ["fire", "show", "pause", "resume", "remove", "cancel", "release"])
def test_who_asks_of_a_job_is_told_who_puts_it_there(command, inside, word: str) -> None:
    """It is declared, and nobody has run it yet."""
    command.write(ONE)
    done = inside(word, "later")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "clockhand: job 'later': not in silo 'default'; it is declared, and 'clockhand run' "
        "or 'clockhand reload' puts it there\n"
    )
    assert not (command.folder / "jobs.db").exists()


@pytest.mark.parametrize("word", ["health", "snapshot"])
def test_who_needs_the_silo_is_told_what_makes_it(command, inside, word: str) -> None:
    """There is nothing to say of the state of what isn't there: 4."""
    command.write(ONE)
    done = inside(word)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == f"clockhand: silo 'default': {MISSING.format(folder=command.folder)}"
    assert not (command.folder / "jobs.db").exists()


def test_a_rehearsed_restore_makes_nothing(command, inside) -> None:
    """A silo that isn't there is empty; the restore itself makes it."""
    command.write(ONE)
    snapshot = command.write('{"schema": 1, "jobs": [], "open": []}', "snapshot.json")
    assert inside("restore", str(snapshot), "--dry-run").returncode == 0
    assert not (command.folder / "jobs.db").exists()
    assert inside("restore", str(snapshot)).returncode == 0
    assert (command.folder / "jobs.db").exists()


def test_one_that_is_missing_does_not_hide_the_others(command, inside) -> None:
    """A second silo that was just added to the file: the first answers; named, the second is told."""
    command.write(TWO.replace("[silo.new]", "[silo.other]").replace("new.db", "old.db"))
    assert inside("reload").returncode == 0
    command.write(TWO)
    assert [job["alias"] for job in json.loads(inside("jobs", "--json").stdout)] == ["later"]
    assert inside("show", "later").returncode == 0
    done = inside("pause", "later", "--silo", "new")
    assert done.returncode == 4
    assert "there is no file" in done.stderr
    assert sorted(path.name for path in command.folder.glob("*.db")) == ["old.db"]
