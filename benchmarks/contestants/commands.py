"""Programs that are started, and how long each takes until it has ended."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

TIMES = 3
"""How often a program is started; the quickest counts, for what slows one is something else."""


def python(code: str) -> dict[str, float]:
    """Time the interpreter with *code*."""
    return _timed([sys.executable, "-c", code])


def helped(name: str) -> dict[str, float]:
    """Time how long a command of this environment takes to tell how it is used."""
    return _timed([str(Path(sys.executable).with_name(name)), "--help"])


def _timed(argv: list[str]) -> dict[str, float]:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        taken.append(time.perf_counter() - began)
    return {"ms": 1000 * min(taken)}
