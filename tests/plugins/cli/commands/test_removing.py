"""`clockhand remove`: which jobs go, which don't, and when somebody is asked."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CONFIG = (
    'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
    'jobs.declared = {cron = "0 3 * * *", work = {use = "python", function = "works:good"}}\n'
)


PROGRAM = """\
from clockhand import Scheduler, every, use

clock = Scheduler(silo=use("sqlite", path="jobs.db"), name="app")

@clock.job(every(hours=1))
def coded():
    pass

clock.run(once=True)
"""


@pytest.fixture
def silo(command):
    """A silo with two jobs that were added, and one that is declared."""
    command.ran(CONFIG)
    for alias in ("one", "two"):
        assert command("add", alias, "--every", "1h", "--", "true").returncode == 0
    return command


def _left(silo) -> list[str]:
    return [job["alias"] for job in silo.json("jobs")]


def test_one_is_removed_without_a_word(silo) -> None:
    """One job is not asked about; its history stays."""
    done = silo("remove", "one")
    assert (done.returncode, done.stdout, done.stderr) == (0, "one: removed\n", "")
    assert _left(silo) == ["declared", "two"]
    assert "job-removed" in silo("log", "one").stdout


def test_several_need_a_yes(silo) -> None:
    """Several are removed with --yes; without it, and with nobody to ask, nothing is."""
    refused = silo("rm", "one", "two")
    assert refused.returncode == 2
    assert refused.stderr.startswith("clockhand: 2 jobs to remove, and nobody to ask; say --yes\n")
    assert len(_left(silo)) == 3
    assert silo.json("rm", "one", "two", "one", "-y") == [
        {"job": "one", "what": "removed"},
        {"job": "two", "what": "removed"},
    ]
    assert _left(silo) == ["declared"]


@pytest.mark.parametrize(("said", "code", "left"), [("y", 0, 1), ("Yes", 0, 1), ("", 1, 3), ("n", 1, 3)])
def test_a_person_is_asked(silo, said: str, code: int, left: int) -> None:
    """On a terminal the answer counts; only yes is yes."""
    ours, its = os.openpty()
    os.write(ours, f"{said}\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "clockhand_cli", "remove", "one", "two"],
        cwd=silo.folder,
        stdin=its,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(its)
    os.close(ours)
    assert done.returncode == code
    assert "remove 2 jobs: one, two? [y/N]" in done.stderr
    assert len(_left(silo)) == left


def test_a_question_without_an_answer(silo) -> None:
    """Ctrl-D is no, and what is said then has a line of its own."""
    ours, its = os.openpty()
    os.write(ours, b"\x04")
    done = subprocess.run(
        [sys.executable, "-m", "clockhand_cli", "remove", "one", "two"],
        cwd=silo.folder,
        stdin=its,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(its)
    os.close(ours)
    assert done.returncode == 1
    assert done.stderr == "remove 2 jobs: one, two? [y/N] \nnothing removed\n"
    assert len(_left(silo)) == 3


def test_a_declared_one_stays(silo) -> None:
    """One that the configuration declares is refused, and of several none goes; --force takes it."""
    for arguments in (("remove", "declared"), ("remove", "one", "declared", "--yes")):
        refused = silo(*arguments)
        assert refused.returncode == 1
        assert refused.stderr == (
            "clockhand: job 'declared' is declared by clockhand.toml; take it out there and "
            "'clockhand reload --retire', or --force removes it until it is declared again\n"
        )
    assert len(_left(silo)) == 3
    assert silo("remove", "declared", "--force").returncode == 0
    assert _left(silo) == ["one", "two"]
    assert silo("run", "--once").returncode == 0
    assert "declared" in _left(silo)


def test_one_that_is_no_longer_declared_goes(silo) -> None:
    """Once the configuration says no more of it, nothing would bring it back."""
    silo.write(CONFIG.partition("jobs.declared")[0])
    assert silo("remove", "declared").returncode == 0
    assert _left(silo) == ["one", "two"]


def test_an_unknown_one_keeps_the_others(silo) -> None:
    """A typing error among several removes none of them."""
    done = silo("remove", "one", "twwo", "--yes")
    assert done.returncode == 1
    assert "job 'twwo': not in silo 'default', did you mean 'two'?" in done.stderr
    assert len(_left(silo)) == 3


def test_what_is_asked_for_is_removed_too(silo) -> None:
    """What waits of the job gets the verdict removed."""
    key = silo("fire", "one").stdout.strip()
    assert silo("remove", "one").returncode == 0
    (gone,) = silo.json("runs", "one")
    assert (gone["occurrence"], gone["verdict"]) == (key, "removed")


def test_who_declares_it_is_said(silo) -> None:
    """A program, or a configuration of another name, is where the job must be taken out."""
    silo.write(PROGRAM, "app.py")
    subprocess.run([sys.executable, "app.py"], cwd=silo.folder, check=True)
    silo.write('scheduler.name = "other"\n' + CONFIG.partition("jobs.declared")[0])
    for job, who in (("coded", "the program 'app'"), ("declared", "the configuration 'clockhand.toml'")):
        refused = silo("remove", job)
        assert refused.returncode == 1
        assert refused.stderr == (
            f"clockhand: job {job!r} is declared by {who}; take it out there, "
            "or --force removes it until it is declared again\n"
        )


def test_an_unknown_one_keeps_the_others_from_force_too(silo) -> None:
    """--force is about declarations, not about typing errors."""
    done = silo("remove", "one", "twwo", "--yes", "--force")
    assert done.returncode == 1
    assert "did you mean 'two'?" in done.stderr
    assert len(_left(silo)) == 3
