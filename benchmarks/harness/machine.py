"""The machine that was measured on: what matters to the figures, and not its name."""

from __future__ import annotations

import os
import platform
import sqlite3


def machine() -> dict[str, str | int]:
    """Return the interpreter, the kernel, SQLite and how many cores there are."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "sqlite": sqlite3.sqlite_version,
        "cores": len(os.sched_getaffinity(0)),
    }
