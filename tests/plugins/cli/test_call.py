"""Arguments and errors: exit codes, one line for an error, pipes that break, terminals."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = (
    "demo",
    "run",
    "check",
    "jobs",
    "show",
    "next",
    "runs",
    "fire",
    "pause",
    "resume",
    "plugins",
    "version",
)


def test_help_lists_every_command(command) -> None:
    """The help names each command with a summary, in plain lines where there is no terminal."""
    done = command("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name in COMMANDS:
        assert re.search(rf"^  {name}: \S", done.stdout, re.MULTILINE), name
    assert not set(done.stdout) & set("─│╭╰\x1b")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_examples(command, name: str) -> None:
    """`--help` of a command has a summary, its options and examples."""
    done = command(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: clockhand {name}" in done.stdout
    assert "Options:" in done.stdout
    assert f"Examples:\n  clockhand {name}" in done.stdout


def test_help_needs_nothing_of_the_core() -> None:
    """The help loads neither the core nor a plugin, so it is there at once."""
    script = (
        "import sys; from clockhand_cli.main import main; code = main(['--help']); "
        "sys.exit(code or ('clockhand' in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=False).returncode == 0
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nope",), 'unknown command "nope"'),
        (("josb",), 'Did you mean "jobs"?'),
        (("jobs", "--jsno"), "unknown option: --jsno. Did you mean --json?"),
        (("show",), "requires an argument"),
        (("runs", "-n", "0"), "Must be >= 1"),
        (("runs", "-n", "many"), '"many"'),
        (("runs", "--since", "yesterday"), "--since: not a date and time, given 'yesterday'"),
        (("runs", "--since", "5y"), "--since: not a length of time, given '5y'"),
        (("run", "--log-level", "loud"), '"loud"'),
        (("demo", "--seconds", "0"), "Must be >= 2"),
        (("fire", "a", "b"), "'b'"),
        (("jobs", "--config"), "--config"),
    ],
)
def test_misuse_is_told_in_a_line(command, arguments: tuple[str, ...], said: str) -> None:
    """A wrong command, option or value ends with 2, a line that names it, and where to find help."""
    done = command(*arguments)
    first, second = done.stderr.splitlines()
    assert done.returncode == 2
    assert done.stdout == ""
    assert first.startswith("clockhand: ")
    assert said in first
    assert second.startswith("try: clockhand ")


def test_the_words_of_a_misuse_are_made_safe(command) -> None:
    """What was typed is shown with its control characters written out."""
    done = command("\x1b[31mjobs\n")
    assert done.returncode == 2
    assert "\\x1b[31mjobs" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_traceback_is_shown_only_when_asked_for(command) -> None:
    """An error is one line; `--traceback`, or the variable, shows where it was raised as well."""
    assert command("jobs").stderr.count("\n") == 1
    for done in (command("--traceback", "jobs"), command("jobs", CLOCKHAND_TRACEBACK="1")):
        assert done.returncode == 3
        assert "Traceback (most recent call last)" in done.stderr
        assert done.stderr.splitlines()[-1].startswith("clockhand: configuration: ")


def test_an_unexpected_error_is_one_line_with_a_hint(command) -> None:
    """Whatever a plugin raises where nobody expects it, a person gets a line and a way to see more."""
    command.write('[plugins]\nclockfile = "clockfile.py"\n[silo.default]\nuse = "odd"\n')
    (command.folder / "clockfile.py").write_text(
        "import attrs\n"
        "from clockhand.contracts import Kind\n"
        "from clockhand.hookspecs import hookimpl\n"
        "@attrs.frozen\n"
        "class Odd:\n"
        "    pass\n"
        "def make(options):\n"
        "    raise RuntimeError('not\\ntoday')\n"
        "@hookimpl\n"
        "def clockhand_silos():\n"
        "    return [Kind(name='odd', summary='', options=Odd, make=make)]\n",
        "utf-8",
    )
    done = command("check")
    assert done.returncode == 1
    assert done.stderr.startswith("clockhand: unexpected RuntimeError: not today; --traceback or ")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error(command) -> None:
    """`clockhand ... | head -n 1` ends quietly, however much there was to say."""
    lines = "".join(
        f'[jobs.job{n}]\nevery = "1h"\nwork = {{use = "python", function = "works:good"}}\n'
        for n in range(2000)
    )
    command.write('[python]\npath = ["."]\n' + lines)
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "clockhand_cli", "check"],
            cwd=command.folder,
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_an_error(command) -> None:
    """A full disk behind stdout is told, and is not success."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "clockhand_cli", "version"],
            cwd=command.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "clockhand: output: No space left on device\n"


def test_a_closed_stdout_is_no_error(command) -> None:
    """With stdout closed there is nowhere to write to, and nothing breaks."""
    done = subprocess.run(
        ["sh", "-c", '"$0" -m clockhand_cli version >&-', sys.executable],
        cwd=command.folder,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def _on_terminal(command, *arguments: str, **env: str) -> str:
    """Return what the command writes to a terminal that is 100 columns wide."""
    ours, its = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "clockhand_cli", *arguments],
        cwd=command.folder,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **env},
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    chunks = []
    while True:
        try:
            chunk = os.read(ours, 65_536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(ours)
    assert process.wait(30) == 0
    return b"".join(chunks).decode()


def test_a_terminal_gets_tables_and_no_orders_from_data(command) -> None:
    """On a terminal there is colour, and what stands in titles and reasons is still only text."""
    out = _on_terminal(command.ran(), "runs")
    assert "\x1b[31mfailed" in out
    assert "[red]no[/red]" in out
    assert "\\x1b]0;owned" in out
    assert not re.search(r"\x1b(?!\[[0-9;]*m)", out)


def test_no_colour_is_honoured(command) -> None:
    """With NO_COLOR set there is no colour, on a terminal either."""
    out = _on_terminal(command.ran(), "jobs", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", out)
    assert "finished" in out


def test_plain_lines_hold_no_orders_from_data(command) -> None:
    """Without a terminal there is no escape sequence at all, and no cell is cut or wrapped."""
    command.ran()
    for name in ("jobs", "runs", "next"):
        out = command(name, COLUMNS="20").stdout
        assert "\x1b" not in out
        assert "…" not in out
    assert "[red]no[/red]" in command("runs").stdout
    assert "always [bold]fails[/bold]" in command("jobs").stdout
