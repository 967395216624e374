"""A silo's jobs and what is open of them, as JSON; `restoring` reads it back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import attrs

from clockhand._model.last import Last
from clockhand._model.moments import format_moment
from clockhand._model.occurrence import OpenOccurrence
from clockhand._model.stored import StoredJob, Unreadable
from clockhand.contracts.context import Codec

SCHEMA: Final = 1
"""The version of a snapshot; raised when an older clockhand could misread a newer one."""


def to_json(
    rows: Iterable[StoredJob | Unreadable], opened: Iterable[OpenOccurrence], now: datetime, codec: Codec
) -> dict[str, Any]:
    """Return the snapshot of *rows* and *opened*."""
    jobs, unreadable = [], []
    for row in rows:
        if isinstance(row, Unreadable):
            unreadable.append(_unreadable(row))
        else:
            jobs.append(_job(row, codec))
    return {
        "schema": SCHEMA,
        "made_at": format_moment(now),
        "jobs": jobs,
        "open": [_occurrence(one) for one in opened],
        "unreadable": unreadable,
    }


def _job(row: StoredJob, codec: Codec) -> dict[str, Any]:
    table: dict[str, Any] = {
        "definition": json.loads(codec.dump(row.job).text),
        "revision": row.revision,
        "source": row.source,
        "anchor": format_moment(row.anchor),
        "cursor": _moment(row.cursor),
        "reached": _moment(row.reached),
        "last": _last(row.last),
        "last_run": _last(row.last_run),
        "failed_in_row": row.failed_in_row,
        "runs": row.runs,
    }
    if row.paused is not None:
        table["paused"] = {**attrs.asdict(row.paused), "since": format_moment(row.paused.since)}
    if row.quarantined:
        table["quarantined"] = row.quarantined
    return table


def _unreadable(row: Unreadable) -> dict[str, Any]:
    raw = base64.b64encode(row.raw).decode()
    return {"alias": row.alias, "reason": row.reason, "source": row.source, "raw": raw}


_MOMENTS: Final = ("due", "not_before", "started")


def _occurrence(one: OpenOccurrence) -> dict[str, Any]:
    table = attrs.asdict(one)
    for name in _MOMENTS:
        table[name] = _moment(table[name])
    return {**table, "state": str(one.state)}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else format_moment(moment)


def _last(last: Last | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {
        "verdict": str(last.verdict),
        "due": format_moment(last.due),
        "at": format_moment(last.at),
        "reason": last.reason,
    }
