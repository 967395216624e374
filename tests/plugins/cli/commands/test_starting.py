"""`clockhand init`: a configuration that is right as it stands, and nothing lost for it."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from clockhand_cli.commands import starting

TEMPLATE = Path(starting.__file__).parent.with_name("template.toml").read_text("utf-8")


def test_it_is_right_and_runs(command, start) -> None:
    """What it writes is accepted by check without a warning, and run runs it."""
    done = command("init")
    assert (done.returncode, done.stdout) == (0, "clockhand.toml: written\n")
    assert done.stderr == "next: clockhand check, then clockhand run\n"
    checked = command("check")
    assert (checked.returncode, checked.stderr) == (0, "")
    running = start("run")
    running.until("running, with 1 job from clockhand.toml")
    fired = command("fire", "hello", "--wait")
    assert fired.returncode == 0, fired.stderr
    assert re.search(r"\d\d:\d\d", fired.stdout)


def test_what_its_comments_show_is_right_too(command) -> None:
    """With the comments taken off, each job and option that it shows is accepted."""
    (command.folder / "app.py").write_text("def report(month):\n    pass\n", "utf-8")
    lines = [re.sub(r"^# (?=[\[a-z_.]+[\] ])", "", line) for line in TEMPLATE.splitlines()]
    shown = command.write("\n".join(line for line in lines if not line.startswith("#")))
    assert set(tomllib.loads(shown.read_text())["jobs"]) == {"hello", "nightly", "ping", "report"}
    done = command("check", PING_TOKEN="x")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "made"),
    [
        (("init", "sub"), "sub/clockhand.toml"),
        (("init", "other.toml"), "other.toml"),
        (("init", "-c", "other.toml"), "other.toml"),
    ],
)
def test_where_it_goes(command, arguments: tuple[str, ...], made: str) -> None:
    """A file, or a folder for the default name; what is said next fits."""
    (command.folder / "sub").mkdir()
    done = command(*arguments)
    assert done.returncode == 0
    assert (command.folder / made).read_text("utf-8") == TEMPLATE
    assert done.stderr == f"next: clockhand check -c {made}, then clockhand run -c {made}\n"


def test_a_file_that_is_there_stays(command) -> None:
    """Nothing is overwritten without --force."""
    command.write("mine")
    refused = command("init")
    assert refused.returncode == 3
    assert refused.stderr == "clockhand: clockhand.toml: there is a file already; --force writes over it\n"
    assert (command.folder / "clockhand.toml").read_text("utf-8") == "mine"
    assert command("init", "--force").returncode == 0
    assert (command.folder / "clockhand.toml").read_text("utf-8") == TEMPLATE


def test_a_place_that_cannot_be(command) -> None:
    """A folder that isn't there or that can't be written to is told by its name."""
    done = command("init", "nowhere/clockhand.toml")
    assert done.returncode == 1
    assert done.stderr == "clockhand: nowhere/clockhand.toml: No such file or directory\n"
    long = command("init", "x" * 5_000)
    assert long.returncode == 1
    assert "File name too long" in long.stderr
    assert "Traceback" not in long.stderr
    assert not os.path.lexists(command.folder / "nowhere")
