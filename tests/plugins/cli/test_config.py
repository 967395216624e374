"""Which configuration is meant, and what is said of one that can't be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ONE = (
    'jobs.{name} = {{every = "1h", work = {{use = "python", function = "works:good"}}}}\n'
    'python.path = ["."]\n'
)


def _named(name: str) -> str:
    return ONE.format(name=name)


def test_the_file_in_the_folder_is_the_default(command) -> None:
    """`clockhand.toml` here is read, also when the environment names another."""
    command.write(_named("here"))
    other = command.write(_named("there"), "other.toml")
    assert "here" in command("check").stdout
    assert "here" in command("check", CLOCKHAND_CONFIG=str(other)).stdout


def test_the_environment_may_name_the_file(command) -> None:
    """Without one here, CLOCKHAND_CONFIG says which."""
    other = command.write(_named("there"), "other.toml")
    assert "there" in command("check", CLOCKHAND_CONFIG=str(other)).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--config", "other.toml"),
        ("check", "--config=other.toml"),
        ("check", "-c", "other.toml"),
        ("-c", "other.toml", "check"),
    ],
)
def test_the_option_goes_before_all(command, arguments: tuple[str, ...]) -> None:
    """`--config` wins, and may stand before or after the command."""
    command.write(_named("here"))
    command.write(_named("there"), "other.toml")
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    assert "there" in done.stdout


@pytest.mark.parametrize("name", ["run", "check", "jobs", "next", "runs"])
def test_without_a_configuration_it_says_how_to_make_one(command, name: str) -> None:
    """A missing configuration is 3, with what to write and how to point to another."""
    done = command(name)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("clockhand: configuration: no clockhand.toml in this folder; make one")
    assert "--config FILE or CLOCKHAND_CONFIG" in done.stderr


def test_the_example_in_that_message_is_a_configuration(command) -> None:
    """What the message says to write can be checked and is right."""
    example = command("check").stderr.partition("one line is enough: ")[2].partition("),")[0]
    command.write(example)
    done = command("check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_named_file_that_is_not_there(command) -> None:
    """A file that was named and is missing is told by its name."""
    done = command("check", "--config", "nowhere.toml")
    assert done.returncode == 3
    assert done.stderr.startswith("clockhand: configuration: no file 'nowhere.toml'; ")


@pytest.mark.parametrize("name", ["check", "run", "jobs", "add", "plugins"])
def test_a_path_that_cannot_be(command, name: str) -> None:
    """A path that is too long for any file is a configuration that is missing, and is not told whole."""
    rest = ("x", "--every", "1h", "--", "true") if name == "add" else ()
    for arguments in ((name, "-c", "x" * 5_000, *rest), ("-c", "y/" * 3_000, name, *rest)):
        done = command(*arguments)
        assert done.returncode == 3
        assert done.stderr.startswith("clockhand: configuration: can't be read: File name too long, given '")
        assert len(done.stderr) < 300
    done = command(name, *rest, CLOCKHAND_CONFIG="x" * 5_000)
    assert done.returncode == (0 if name == "plugins" else 3)
    assert "Traceback" not in done.stderr


def _folder(path: Path) -> None:
    path.mkdir()


def _empty(path: Path) -> None:
    path.touch()


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 50 * 1024 * 1024)


def _latin(path: Path) -> None:
    path.write_bytes('title = "gr\xfc\xdfe"'.encode("latin-1"))


def _broken(path: Path) -> None:
    path.write_text("[jobs.a", "utf-8")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_folder, "a folder, not a TOML file"),
        (_empty, "empty; it needs at least one [jobs.<alias>]"),
        (_huge, "more than 4,194,304 bytes"),
        (_latin, "not UTF-8, at byte"),
        (_broken, "not TOML: "),
    ],
)
@pytest.mark.parametrize("name", ["check", "run", "jobs"])
def test_a_file_that_is_no_configuration(command, make, said: str, name: str) -> None:
    """A folder, an empty, huge, foreign or broken file: 3, and one line that says which and why."""
    make(command.folder / "clockhand.toml")
    done = command(name)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith(f"clockhand: clockhand.toml: {said}")
    assert done.stderr.count("\n") == 1
