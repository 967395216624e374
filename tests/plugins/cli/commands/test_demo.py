"""`clockhand demo`: seen whole, and interrupted."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import pytest


def _left(folder: Path) -> list[Path]:
    return list(folder.glob("clockhand-demo-*"))


def test_the_demonstration_adds_up(command, tmp_path: Path) -> None:
    """Jobs of every kind run, one fails, some are skipped, and every due time has its verdict: 0."""
    start = time.monotonic()
    done = command("demo", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - start < 15
    assert done.stderr == ""
    assert not set(done.stdout) & set("\x1b─│╭╰")
    for kind in ("python", "system", "network"):
        assert re.search(rf"^\w+ +{kind} ", done.stdout, re.MULTILINE), kind
    balance = done.stdout.partition("Balance")[2]
    rows = {line.split()[0]: line for line in balance.splitlines() if re.match(r"\w+ +\d+ +\d+ ", line)}
    assert set(rows) == {"count", "greet", "program", "fetch", "wobble", "dawdle", "once"}
    assert all(row.endswith("yes") for row in rows.values())
    assert "failed" in rows["wobble"]
    assert "overlap-skipped" in rows["dawdle"]
    assert re.search(r"^1 +1 ", rows["once"].removeprefix("once").lstrip())
    assert "What next:" in done.stdout
    assert _left(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demonstration_leaves_nothing(start, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C or SIGTERM in the middle: 130, no traceback, no file left."""
    running = start("demo", watch="stdout", TMPDIR=str(tmp_path))
    running.until("succeeded")
    assert len(_left(tmp_path)) == 1
    running.process.send_signal(number)
    assert running.end() == 130
    assert "Traceback" not in running.said
    assert _left(tmp_path) == []


def test_ctrl_c_twice_in_the_demonstration(start, tmp_path: Path) -> None:
    """Twice in a row: 130 as well, and no traceback."""
    running = start("demo", TMPDIR=str(tmp_path), watch="stdout")
    running.until("succeeded")
    running.process.send_signal(signal.SIGINT)
    running.process.send_signal(signal.SIGINT)
    assert running.end() == 130


def test_the_configuration_at_its_end_is_one(command) -> None:
    """What the demonstration says to try next is right as it stands."""
    from clockhand_cli.commands.demo import _NEXT

    block = "\n".join(line.strip() for line in _NEXT.splitlines() if line.startswith("    "))
    command.write(block)
    done = command("check")
    assert (done.returncode, done.stderr) == (0, "")
