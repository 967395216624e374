"""Arguments and errors: exit codes, one line for an error, pipes that break, terminals."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clockhand_cli import menu
from clockhand_cli.overview import examples

COMMANDS = tuple(command.name for command in menu.COMMANDS)


def test_help_lists_every_command(command) -> None:
    """The help names each command with a summary, in plain lines, with and without a terminal."""
    done = command("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name in COMMANDS:
        assert re.search(rf"^  {name}(, [a-z]+)? +[A-Z].*[.]$", done.stdout, re.MULTILINE), name
    assert not set(done.stdout) & set("─│╭╰\x1b")
    assert all(command(*same).stdout == done.stdout for same in [(), ("-h",), ("-c", "x.toml", "--help")])
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_examples(inside, name: str) -> None:
    """`--help` of a command has a summary, its options and examples."""
    done = inside(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: clockhand {name}" in done.stdout
    assert "Options:" in done.stdout
    assert f"Examples:\n  clockhand {name}" in done.stdout
    (chosen,) = [one for one in menu.COMMANDS if one.name == name]
    assert examples(chosen) in done.stdout, "an example is broken into lines"
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert inside("help", name).stdout == done.stdout


@pytest.mark.parametrize(
    ("arguments", "none_of"),
    [
        ("['--help']", {"clockhand", "cyclopts", "rich", "attr", "asyncio", "clockhand_cli.app"}),
        ("['--version']", {"clockhand", "cyclopts", "rich", "attr", "asyncio", "clockhand_cli.app"}),
        ("['run', '--help']", {"clockhand.scheduler", "clockhand_sqlite", "clockhand_cli.commands.jobs"}),
    ],
)
def test_help_loads_only_what_it_shows(arguments: str, none_of: set[str]) -> None:
    """The help loads neither the core nor a plugin nor the parser, so it is there at once."""
    script = (
        f"import sys; from clockhand_cli.main import main; code = main({arguments}); "
        f"sys.exit(code or sorted({none_of!r} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nope",), "unknown command 'nope'"),
        (("josb",), "unknown command 'josb', did you mean 'jobs'?"),
        (("delete", "x"), "unknown command 'delete', did you mean 'remove'?"),
        (("help", "ls"), "unknown command 'ls', did you mean 'jobs'?"),
        (("x" * 5_000,), "(5,002 characters)"),
        (("jobs", "x" * 5_000), "characters)"),
        (("jobs", "--jsno"), "unknown option '--jsno', did you mean '--json'?"),
        (("--json", "jobs"), "unknown option '--json'; options of a command stand behind it"),
        (("jobs", "--json=5"), "--json: it takes no value, given '5'"),
        (("add", "x", "--every", "1m", "--every", "2m"), "--every: given twice"),
        (("show",), "clockhand: JOB: missing"),
        (("runs", "-n", "0"), "-n: must be >= 1, given '0'"),
        (("runs", "-n", "many"), "-n: not a whole number, given 'many'"),
        (("runs", "--since", "yesterday"), "--since: not a date and time, given 'yesterday'"),
        (("runs", "--since", "5y"), "--since: not a length of time, given '5y'"),
        (
            ("run", "--log-level", "loud"),
            "--log-level: unknown word 'loud', known: debug, error, info, warning",
        ),
        (("demo", "--seconds", "0"), "--seconds: must be >= 2, given '0'"),
        (("fire", "a", "b"), "too many arguments: 'b'"),
        (("fire", "a", "--timeout", "5s"), "--timeout: only with --wait"),
        (("fire", "a", "--wait", "--timeout", "soon"), "--timeout: not a length of time, given 'soon'"),
        (("fire", "a", "--wait", "--timeout", "0"), "--timeout: not longer than zero, given '0'"),
        (("runs", "--verdict", "failde"), "--verdict: unknown word 'failde', did you mean 'failed'?"),
        (("runs", "--verdict", "lost", "--failed"), "--failed: given beside --verdict"),
        (("log", "-n", "0"), "-n: must be >= 1"),
        (("log", "--since", "5y"), "--since: not a length of time, given '5y'"),
        (("health", "--late", "x"), "--late: not a length of time, given 'x'"),
        (("health", "--late=-5"), "--late: less than zero, given '-5'"),
        (("remove",), "JOB: missing"),
        (("rm", "a", "b"), "2 jobs to remove, and nobody to ask; say --yes"),
        (("restore",), "FILE: missing"),
        (("completion", "tcsh"), "SHELL: unknown word 'tcsh', known: bash, fish, zsh"),
        (("show", "a", "--", "b"), "too many arguments: 'b'"),
        (("jobs", "--config"), "--config: its value is missing"),
    ],
)
def test_misuse_is_told_in_a_line(inside, arguments: tuple[str, ...], said: str) -> None:
    """A wrong command, option or value ends with 2, a line that names it, and where to find help."""
    done = inside(*arguments)
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


HISTORY = """\
import attrs
from clockhand.contracts import History, Kind
from clockhand.hookspecs import hookimpl

@attrs.frozen
class Odd:
    pass

class Made(History):
    async def startup(self, context): pass
    async def teardown(self): pass
    async def append(self, entries): pass
    async def prune(self, before=None, max_bytes=None): return 0
    async def size(self): return 0
    async def read(self, query, cursor=None, limit=100):
        raise RuntimeError("not\\ntoday")

@hookimpl
def clockhand_histories():
    return [Kind(name="odd", summary="", options=Odd, make=lambda options: Made())]
"""


def test_an_unexpected_error_is_one_line_with_a_hint(command) -> None:
    """Whatever a plugin raises where nobody expects it, a person gets a line and a way to see more."""
    command.write(
        'plugins.clockfile = "clockfile.py"\nhistory = {use = "odd"}\n'
        'silo.default = {use = "sqlite", path = "jobs.db"}\n'
    )
    command.write(HISTORY, "clockfile.py")
    done = command("log")
    assert done.returncode == 1
    assert done.stderr.startswith("clockhand: unexpected RuntimeError: not today; --traceback or ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("make", ["None", "5", "{}['x']", "exit(0)"])
@pytest.mark.parametrize("name", ["check", "jobs", "run", "health", "snapshot"])
def test_a_plugin_that_makes_junk_is_named(command, name: str, make: str) -> None:
    """Whatever a plugin's make gives, raises or calls: 3 for every command, with the silo and the plugin."""
    command.write(
        'plugins.clockfile = "clockfile.py"\nhistory = {use = "sqlite", path = "h.db"}\n'
        'silo.default = {use = "odd"}\n'
    )
    (command.folder / "clockfile.py").write_text(
        "import attrs\n"
        "from clockhand.contracts import Kind\n"
        "from clockhand.hookspecs import hookimpl\n"
        "Odd = attrs.make_class('Odd', [])\n"
        "@hookimpl\n"
        "def clockhand_silos():\n"
        f"    make = lambda options: {make}\n"
        "    return [Kind(name='odd', summary='', options=Odd, make=make, supports={'durable'})]\n",
        "utf-8",
    )
    done = command(name)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("clockhand: silo.default: silo 'odd' of clockfile ")
    assert done.stderr.count("\n") == 1


def test_a_long_name_is_cut(command) -> None:
    """Whatever is given for a file, the line that refuses it can be read."""
    command.write('silo.default = {use = "sqlite", path = "jobs.db"}\n')
    long = "x" * 5_000
    for arguments in (
        ("jobs", "-c", long),
        ("check", "-c", "x/" * 3_000),
        ("init", long),
        ("add", "--file", long),
        ("restore", long),
        ("snapshot", "-o", long),
    ):
        done = command(*arguments)
        assert done.returncode in {1, 3}
        assert "ame too long" in done.stderr
        assert len(done.stderr) < 1_000


def test_a_reader_that_goes_away_is_no_error(command) -> None:
    """`clockhand ... | head -n 1` ends quietly, however much there was to say."""
    lines = "".join(
        f'[jobs.job{n}]\nevery = "1h"\nwork = {{use = "python", function = "works:good"}}\n'
        for n in range(2000)
    )
    command.write('[python]\npath = ["."]\n' + lines)
    assert _unread(command, "check") == (0, b"")


def _unread(command, *arguments: str) -> tuple[int, bytes]:
    """Return the exit code and what is on stderr where nobody reads stdout."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "clockhand_cli", *arguments],
            cwd=command.folder,
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )
    return done.returncode, done.stderr


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--version",), ("jobs", "--help"), ("add", "-h")])
def test_help_that_nobody_reads_is_no_error(command, arguments: tuple[str, ...]) -> None:
    """`clockhand --help | true` ends quietly as well."""
    assert _unread(command, *arguments) == (0, b"")


@pytest.mark.parametrize(
    "name", ["jobs", "show later", "next", "runs", "log", "health", "snapshot", "plugins"]
)
def test_a_look_that_nobody_reads_is_no_error(command, name: str) -> None:
    """Nor is `clockhand jobs | true`, with --json or without."""
    command.ran()
    assert _unread(command, *name.split()) == (0, b"")
    if name != "snapshot":
        assert _unread(command, *name.split(), "--json") == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [("version",), ("--help",), ("--version",), ("completion", "bash")])
def test_output_that_cannot_be_written_is_an_error(command, arguments: tuple[str, ...]) -> None:
    """A full disk behind stdout is told, and is not success."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "clockhand_cli", *arguments],
            cwd=command.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "clockhand: output: No space left on device\n"


@pytest.mark.parametrize("arguments", ["version", "--help", "jobs --help", "jobs", "log", "health"])
def test_a_closed_stdout_is_no_error(command, arguments: str) -> None:
    """With stdout closed there is nowhere to write to, and nothing breaks."""
    command.ran()
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m clockhand_cli {arguments} >&-', sys.executable],
        cwd=command.folder,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_stdout_that_python_closed_is_no_error(command) -> None:
    """Called from Python with `sys.stdout` closed, it ends as if there were none."""
    script = (
        "import sys; sys.stdout.close(); from clockhand_cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    for arguments in (["--help"], ["version"], ["jobs", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments], cwd=command.folder, capture_output=True, check=False
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


def test_a_narrow_terminal_breaks_no_word(command) -> None:
    """Where the terminal is too narrow for a table, its lines go on; only sentences are set in lines."""
    out = re.sub(r"\x1b\[[0-9;]*m", "", _on_terminal(command.ran(), "jobs", COLUMNS="40"))
    for word in ("finished", "waiting", "python:works:good", "default", "always"):
        assert word in out
    assert re.search(r"^ good +finished ", out, re.MULTILINE)


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
