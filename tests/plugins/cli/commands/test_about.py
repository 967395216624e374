"""`clockhand plugins`, `version`, `completion`: what is here, what is broken, what a shell may offer."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

CLASH = """\
import attrs
from clockhand.contracts import Kind
from clockhand.hookspecs import hookimpl

@attrs.frozen
class Options:
    pass

@hookimpl
def clockhand_silos():
    return [Kind(name="sqlite", summary="another", options=Options, make=Options)]
"""


def test_plugins_are_listed_with_what_they_offer(command) -> None:
    """Each plugin has its distribution, version and kinds; no configuration is needed."""
    document = command.json("plugins")
    assert set(document) == {"plugins", "broken", "clashes"}
    found = {one["name"]: one for one in document["plugins"]}
    assert found["sqlite"]["dist"] == "clockhand-sqlite"
    assert found["sqlite"]["version"]
    assert found["sqlite"]["offers"] == ["silo sqlite", "history sqlite"]
    assert "sqlite   clockhand-sqlite" in command("plugins").stdout


def test_a_broken_plugin_is_listed_with_its_reason(command, plugin) -> None:
    """A plugin that can't be imported is a row of its own, and exit code 1; the others are listed."""
    env = plugin("sick", "raise ImportError('no \\x1b[31m library')\n")
    done = command("plugins", **env)
    assert done.returncode == 1
    assert done.stderr == ""
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("sick")]
    assert row.split(None, 3) == ["sick", "sick", "1.0", "broken: ImportError: no \\x1b[31m library"]
    assert "clockhand-sqlite" in done.stdout
    document = json.loads(command("plugins", "--json", **env).stdout)
    assert document["broken"][0]["name"] == "sick"


def test_a_clash_names_both(command, plugin) -> None:
    """A name that two plugins offer is told with both, here and by every other command."""
    env = plugin("acme", CLASH)
    command.write('jobs.a = {every = "1h", work = {use = "python", function = "works:good"}}\n')
    done = command("plugins", **env)
    assert done.returncode == 1
    assert "clash: clockhand_silos: 'sqlite' is offered by both acme 1.0 and clockhand-sqlite" in done.stdout
    other = command("check", **env)
    assert other.returncode == 3
    assert "'sqlite' is offered by both acme 1.0 and clockhand-sqlite" in other.stderr


def test_a_blocked_plugin_is_not_listed(command, plugin) -> None:
    """The configuration's block counts, so that a clash can be seen to be solved."""
    env = plugin("acme", CLASH)
    command.write('[plugins]\nblock = ["acme"]\n')
    done = command("plugins", **env)
    assert done.returncode == 0, done.stdout
    assert "acme" not in done.stdout


def test_a_configuration_that_cannot_be_read_counts_only_if_named(command) -> None:
    """A broken default file doesn't hide the plugins; one that was named is an error."""
    command.write("[plugins")
    assert command("plugins").returncode == 0
    named = command("plugins", "--config", "clockhand.toml")
    assert named.returncode == 3
    assert named.stderr.startswith("clockhand: clockhand.toml: not TOML: ")
    command.write("\ufeff[plugins]")
    assert "byte order mark" in command("plugins", "-c", "clockhand.toml").stderr
    command.write("plugins = 5")
    assert "plugins: not a table of lists, given 5" in command("plugins", "-c", "clockhand.toml").stderr


def test_versions_are_by_distribution(command) -> None:
    """The versions of clockhand, its plugins and Python, as lines and as one document."""
    document = command.json("version")
    assert {"clockhand", "clockhand-core", "clockhand-cli", "clockhand-sqlite", "python"} <= set(document)
    assert command("version").stdout == "".join(f"{name} {number}\n" for name, number in document.items())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_each_shell(command, shell: str) -> None:
    """The script is one that the shell takes, and asks the command at TAB."""
    done = command("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert "__complete" in done.stdout
    if (program := shutil.which(shell)) is not None:
        script = command.write(done.stdout, "script")
        assert subprocess.run([program, "-n", str(script)], capture_output=True, check=False).returncode == 0


class Terminal:
    """A bash at a terminal, with the completion of the command."""

    def __init__(self, folder: Path) -> None:
        self.ours, its = os.openpty()
        environment = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            cwd=folder,
            env={
                **environment,
                "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
                "TERM": "dumb",
                "PS1": "> ",
            },
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        self.type("bind 'set enable-bracketed-paste off'; bind 'set bell-style none'\n")
        self.type('eval "$(clockhand completion bash)"; echo read""y\n')
        self.until("ready")

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.ours, keys.encode())

    def until(self, text: str) -> str:
        """Read until *text* has come, and return all that has."""
        said, latest = "", time.monotonic() + 60
        while text not in said:
            assert time.monotonic() < latest, f"not said: {text!r}; but: {said!r}"
            if select.select([self.ours], [], [], 1)[0]:
                said += os.read(self.ours, 65_536).decode()
        return said

    def completed(self, line: str, expected: str) -> None:
        """Type *line* and TAB; it must become *expected*. Then take the line back."""
        self.type(f"{line}\t")
        self.until(expected)
        self.type("\x15")


@pytest.fixture
def terminal(command):
    """A bash in a folder with jobs and something open."""
    command.ran()
    (command.folder / "bin").mkdir()
    wrapper = command.folder / "bin" / "clockhand"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m clockhand_cli "$@"\n')
    wrapper.chmod(0o755)
    found = Terminal(command.folder)
    yield found
    found.process.kill()
    found.process.wait()
    os.close(found.ours)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_at_the_terminal(command, terminal) -> None:
    """Words, options, values, files, jobs, and keys, although bash takes those apart and `!` is special."""
    fired = command("fire", "later").stdout.strip()
    (command.folder / "a folder").mkdir()
    terminal.completed("clockhand snap", "snapshot ")
    terminal.completed("clockhand fire --wa", "--wait ")
    terminal.completed("clockhand show la", "later ")
    terminal.completed("clockhand --config clock", "clockhand.toml ")
    terminal.completed("clockhand -c a", "a\\ folder/")
    terminal.completed("clockhand add x --overlap=p", "--overlap=parallel ")
    terminal.completed("clockhand cancel later\\!", fired.replace("!", "\\!") + " ")
    terminal.completed("clockhand cancel 'later!", fired + "' ")
    assert command("cancel", "later").returncode == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_a_key_with_its_moment(command, terminal) -> None:
    """`later@2020-01-01T00:00:00Z` is one word, however much of it is typed: bash breaks it at @ and :."""
    data = json.loads(command("snapshot").stdout)
    assert command("fire", "later").returncode == 0
    opened = json.loads(command("snapshot").stdout)["open"][0]
    moment = "2020-01-01T00:00:00Z"
    key = f"later@{moment}"
    data["open"] = [opened | {"key": key, "due": moment, "state": "planned"}]
    command.write(json.dumps(data), "snapshot.json")
    assert command("rm", "good", "bad", "later", "--force", "--yes").returncode == 0
    assert command("restore", "snapshot.json").returncode == 0
    for typed in ("later@", "later@20", "later@2020-01-01T00:", "later@2020-01-01T00:00:0"):
        terminal.completed(f"clockhand cancel {typed}", f"{key} ")


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes(command, terminal) -> None:
    """Fish says itself what it would offer."""
    script = 'clockhand completion fish | source; complete -C "clockhand show la"'
    done = subprocess.run(
        ["fish", "-N", "-c", script],
        cwd=command.folder,
        env={**os.environ, "PATH": f"{command.folder / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split("\t")[0] == "later"


def test_completion_of_a_broken_configuration_is_silent(command) -> None:
    """At TAB there is nobody to tell: nothing is offered, and nothing said."""
    command.write("[jobs")
    done = command("__complete", "show", "")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
