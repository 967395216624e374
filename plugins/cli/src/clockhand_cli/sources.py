"""Who declares a job, in words, and whether that keeps others from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clockhand.errors import shown

if TYPE_CHECKING:
    from pathlib import Path

    from clockhand import Scheduler
    from clockhand.contracts import StoredJob, Unreadable

RUNTIME: Final = "runtime"
"""The source of jobs that nobody declares: they were added."""


def is_declared(scheduler: Scheduler, silo: str, row: StoredJob | Unreadable) -> bool:
    """Say whether the job is somebody's declaration: another's, or one that this configuration still has."""
    if row.source != scheduler.settings.source:
        return row.source != RUNTIME
    return any((one.silo, one.job.alias) == (silo, row.alias) for one in scheduler.declared)


def declared_by(scheduler: Scheduler, source: str, path: Path) -> str:
    """Return who *source* is, seen from the configuration at *path*: that itself, another one, a program."""
    kind, _, name = source.partition(":")
    if source == scheduler.settings.source:
        return str(path)
    if source == RUNTIME:
        return "nobody: it was added"
    what = {"config": "the configuration", "code": "the program"}.get(kind, "")
    return f"{what} {shown(name)}" if what else shown(source)
