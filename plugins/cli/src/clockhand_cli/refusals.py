"""What a refusal means to somebody at a terminal: the command that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockhand.contracts import StoredJob, Unreadable
from clockhand.errors import JobRefused
from clockhand.msgs import FireJob, JobInfo

if TYPE_CHECKING:
    from clockhand.msgs import Msg


def with_advice(error: JobRefused, msg: Msg[Any], info: JobInfo) -> JobRefused:
    """Return *error*, with which *msg* was refused, and what to do about it where that is known."""
    row = info.row
    if isinstance(row, StoredJob) and row.paused is not None and isinstance(msg, FireJob):
        why = f": {row.paused.reason}" if row.paused.reason else ""
        return JobRefused(
            f"job {info.alias!r} is paused{why}; 'clockhand resume {info.alias}' lets it go on, "
            "--force runs it all the same"
        )
    advice = release_advice(row)
    return JobRefused(f"{error}; {advice}") if advice else error


def release_advice(row: StoredJob | Unreadable) -> str:
    """Return how a job gets out of quarantine, empty if it isn't in it."""
    if isinstance(row, StoredJob):
        return f"'clockhand release {row.alias}' lets it go on" if row.quarantined else ""
    remove = f"'clockhand remove {row.alias} --force'"
    return f"{remove} takes it out" if row.newer else f"declare or add it anew, or {remove}"
