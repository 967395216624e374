"""Every code block of the README and of docs/ runs, and shows what the page says it shows."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

DEADLINE = 45
"""Seconds until a command that shows nothing new has failed."""

BOOTSTRAP = "python3 -m venv .venv && .venv/bin/pip install -q uv && .venv/bin/uv run "
EXEMPT = {
    f"{BOOTSTRAP}--no-dev clockhand demo": "run by CI in a fresh clone",
    f"{BOOTSTRAP}nox -s tests": "run by CI in a fresh clone",
    "pip install . ./core ./plugins/*": "what tests/system and `nox -s wheels` do, from wheels",
    "uv build --all-packages --wheel --out-dir dist && pip install dist/*.whl": "`nox -s wheels` does",
}
"""Commands that are not run here, and why that is no loss."""

LOAD = """
import sys
from clockhand import Scheduler
made = Scheduler.from_toml(sys.argv[1])
assert made.declared or made.settings.silos or made.settings.executors, "an empty configuration"
"""

KINDS = [
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "<moment>"),
    (r"\b\d\d:\d\d:\d\d(\.\d+)?\b", "<moment>"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
    (r"\b[0-9a-f]{32}\b", "<id>"),
    (r"\b\d+(\.\d+)? ?(ms|s|us|µs)\b", "<span>"),
    (r"(<span>)( ?<span>)+", "<span>"),
    (r"0x[0-9a-f]+", "<address>"),
    (r"  +", "  "),
    (r"-{4,}|─{4,}", "----"),
]
NUMBERS = [(r"\b\d+\b", "<n>"), (r"<n> [a-z-]+(, <n> [a-z-]+)+", "<counts>"), (r"<n> succeeded", "<counts>")]


def normal(line, like=""):
    """Return *line* with what differs from run to run replaced by its kind."""
    line = line.rstrip()
    for pattern, kind in [*KINDS, *(NUMBERS if like == "numbers" else [])]:
        line = re.sub(pattern, kind, line)
    return line


def matches(expected, shown):
    """Say whether the lines *shown* are those *expected*, where `...` stands for any number of lines."""
    if not expected:
        return not shown
    if expected[0] == "...":
        return any(matches(expected[1:], shown[start:]) for start in range(len(shown) + 1))
    return bool(shown) and expected[0] == shown[0] and matches(expected[1:], shown[1:])


class Process:
    """A command that runs, and the lines that it has shown so far."""

    def __init__(self, argv, folder, extra, like=""):
        self.like = like
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "110", "NO_COLOR": "1", **extra}
        environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
        self.lines = []
        self.process = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def normal(self):
        """Return the lines as they are compared."""
        return [normal(line, self.like) for line in list(self.lines)]

    def wait_for(self, expected):
        """Wait until the lines begin with those expected; return whether they did before the deadline."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            shown = self.normal()
            if any(matches(expected, shown[:count]) for count in range(len(shown) + 1)):
                return True
            if self.process.poll() is not None and not self._reader.is_alive():
                return False
            time.sleep(0.02)
        return False

    def end(self):
        """Wait until it has ended and return its exit code; one that doesn't end is killed."""
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "killed, it did not end"
        self._reader.join()
        self.process.stdout.close()
        return code


def commands_of(block):
    """Return (command, the lines it is to show) for each command of a console block."""
    found = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            assert found, f"{block.where}: a console block begins with '$ '"
            found[-1][1].append(line)
    for _, expected in found:
        while expected and not expected[-1].strip():
            expected.pop()
    return found


def run_command(block, command, expected, folder, code):
    """Run a command as somebody would type it, and compare what it shows."""
    words = shlex.split(command)
    extra = {}
    while re.match(r"[A-Z_]+=", words[0]):
        name, _, value = words.pop(0).partition("=")
        extra[name] = value
    assert words[0] in {"clockhand", "python", "pytest", "cat"}, f"{block.where}: what is {words[0]!r}?"
    process = Process(words, folder, extra, block.like)
    stopped = "^C" in expected
    expected = [normal(line, block.like) for line in expected]
    before, after = expected, []
    if stopped:
        place = expected.index("^C")
        before, after = expected[:place], expected[place + 1 :]
        seen = process.wait_for(before)
        process.process.send_signal(signal.SIGINT)
    ended = process.end()
    shown = "\n".join(process.lines)
    if not stopped:
        assert matches(before, process.normal()), f"{block.where}: $ {command}\nshowed:\n{shown}"
        assert ended == code, f"{block.where}: $ {command}\nended with {ended}:\n{shown}"
        return
    assert seen, f"{block.where}: $ {command}\nshowed:\n{shown}"
    assert ended in {0, 130}, f"{block.where}: $ {command}\nended with {ended} after Ctrl-C:\n{shown}"
    assert not after or matches(["...", *after], process.normal()), f"{block.where}: after ^C:\n{shown}"


def run_quiet(block, folder, *argv):
    """Run something that has to end well by itself."""
    process = Process([sys.executable, *argv], folder, {})
    code = process.end()
    shown = "\n".join(process.lines)
    assert code == 0, f"{block.where}: ended with {code}:\n{shown}"
    return shown


def keep(block, folder):
    """Write a block that has a title to the file of that name."""
    path = folder / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text)
    return path


def run_block(block, folder, root):
    """Do with a block what its language and its title say."""
    if block.quotes:
        source = (root / block.quotes).read_text()
        assert block.text.strip("\n") in source, f"{block.where}: {block.quotes} says something else"
    elif block.language == "python" and block.title:
        compile(keep(block, folder).read_text(), block.title, "exec")
    elif block.language == "python":
        run_quiet(block, folder, "-c", block.text)
    elif block.language == "toml":
        title = block.title or f"block-{block.line}.toml"
        (folder / title).write_text(block.text)
        run_quiet(block, folder, "-c", LOAD, title)
    elif block.language == "console":
        commands = commands_of(block)
        for number, (command, expected) in enumerate(commands, start=1):
            if command not in EXEMPT:
                run_command(block, command, expected, folder, block.exit if number == len(commands) else 0)
    else:
        pytest.fail(f"{block.where}: a block of language {block.language!r} that nobody runs")


def test_every_block_runs(page, tmp_path, root):
    """The blocks of a page do, one after the other, what the page says they do."""
    for block in page.blocks:
        run_block(block, tmp_path, root)


def test_no_file_is_written_in_vain(page):
    """A Python file that a page shows is run, imported or named by another block of the page."""
    for block in page.blocks:
        if block.language == "python" and block.title and not block.quotes:
            module = block.title.removesuffix(".py").replace("/", ".")
            told = "\n".join(one.text for one in page.blocks if one is not block)
            assert any(word in told for word in (block.title, f"import {module}", f"from {module} ")), (
                f"{block.where}: {block.title} is written and never used"
            )


def test_the_readme_is_short_and_has_both_commands(root):
    """The README has under 200 lines, and the two commands word for word."""
    readme = (root / "README.md").read_text()
    assert len(readme.splitlines()) < 200
    for command in list(EXEMPT)[:2]:
        assert command in readme


def test_no_exemption_outlives_its_command(root):
    """A command that is exempt stands on some page."""
    pages = "\n".join(path.read_text() for path in [root / "README.md", *(root / "docs").rglob("*.md")])
    assert [command for command in EXEMPT if f"$ {command}" not in pages] == []
