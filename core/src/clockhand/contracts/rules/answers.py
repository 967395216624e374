"""What several rules answer alike."""

from __future__ import annotations

from clockhand._model.stored import StoredJob, Unreadable
from clockhand.contracts.batches import Changed


def declared(row: StoredJob | Unreadable) -> str:
    """Return why a job of another source is left alone."""
    return f"job {row.alias!r} is declared by {row.source!r}; change it there"


def missing(alias: str) -> Changed:
    """Return the answer about a job that is not there."""
    return Changed(alias, "missing", reason=f"no job {alias!r} in this silo")
