"""The demonstration's jobs, and the configuration file that declares them."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

_FUNCTIONS: Final = "clockhand_cli.demo.functions"
_PROGRAM: Final = "import os; print('run', os.environ['CLOCKHAND_OCCURRENCE'])"

_HEAD: Final = """\
[scheduler]
name = "demo"
kill_after = "1s"
stop_deadline = "5s"

[plugins]
only = ["sqlite", "system", "network"]
"""


class DemoJob(NamedTuple):
    """A job: its alias, what it shows, its timer as TOML, its work."""

    alias: str
    shows: str
    timer: str
    work: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The kind of its work."""
        return str(self.work["use"])


def demo_jobs(url: str, once: datetime, kinds: Collection[str]) -> list[DemoJob]:
    """Return the jobs whose kind of work is among *kinds*."""
    jobs = [
        DemoJob("count", "a function, every second", 'every = "1s"', _call("count")),
        DemoJob("greet", "an async function", 'every = "2s"', _call("greet", "clockhand")),
        DemoJob("program", "a program, its output kept", 'every = "2s"', _program()),
        DemoJob("fetch", "an HTTP request to a server here", 'every = "1s"', {"use": "network", "url": url}),
        DemoJob("wobble", "fails every third time, on purpose", 'every = "2s"', _call("wobble")),
        DemoJob("dawdle", "takes longer than its interval: skips", 'every = "1s"', _call("dawdle")),
        DemoJob("once", "a single moment", f'at = "{once.isoformat()}"', _call("once")),
    ]
    return [job for job in jobs if job.kind in kinds]


def _call(name: str, *args: str) -> dict[str, Any]:
    work: dict[str, Any] = {"use": "python", "function": f"{_FUNCTIONS}:{name}"}
    return work | {"args": list(args)} if args else work


def _program() -> dict[str, Any]:
    return {"use": "system", "program": sys.executable, "args": ["-I", "-S", "-c", _PROGRAM]}


def as_toml(jobs: Collection[DemoJob], database: str) -> str:
    """Return the configuration that declares *jobs* and keeps them in the SQLite file *database*."""
    parts = [_HEAD, f'[silo.default]\nuse = "sqlite"\npath = {_value(database)}\n']
    for job in jobs:
        work = ", ".join(f"{name} = {_value(value)}" for name, value in job.work.items())
        parts.append(f"[jobs.{job.alias}]\ntitle = {_value(job.shows)}\n{job.timer}\nwork = {{{work}}}\n")
    return "\n".join(parts)


def _value(value: object) -> str:
    """Return a text or a list of texts in TOML, which writes them as JSON does."""
    return json.dumps(value, ensure_ascii=False)
