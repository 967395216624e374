"""One contestant in a process of its own, so that none inherits another's heap."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from harness.rows import Entrant

FOLDER: Final = Path(__file__).parents[1]
LONGEST: Final = 900
"""Seconds after which a contestant has failed."""


class Failed(Exception):
    """A contestant didn't end well; the text says how."""


def run(entrant: Entrant, python: str, *, quick: bool) -> dict[str, float]:
    """Return the figures of one contestant, measured once; Failed if it gives none."""
    return json.loads(_start(entrant, python, quick=quick))  # type: ignore[no-any-return]


def profile(entrant: Entrant, *, quick: bool) -> str:
    """Return where the time of one contestant goes."""
    return _start(entrant, sys.executable, "--profile", quick=quick)


def _start(entrant: Entrant, python: str, *options: str, quick: bool) -> str:
    arguments = json.dumps(entrant.arguments(quick=quick))
    try:
        answer = subprocess.run(  # noqa: S603 - our own scripts
            [python, "-m", "contestants", entrant.what, arguments, *options],
            cwd=FOLDER,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{entrant.what}: not done after {LONGEST} s") from None
    if answer.returncode:
        last = answer.stderr.strip().rpartition("\n")[2]
        raise Failed(f"{entrant.what}: exit code {answer.returncode}: {last}")
    return answer.stdout
