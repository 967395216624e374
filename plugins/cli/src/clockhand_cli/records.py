"""Jobs and entries as JSON records: the stable keys of `--json`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clockhand.contracts import Entry, Last, StatusWord, StoredJob, What, format_moment

if TYPE_CHECKING:
    from clockhand.contracts import Codec
    from clockhand.msgs import JobInfo


def stamp(value: datetime | None) -> str | None:
    """Return *value* in UTC as `2026-03-01T09:00:00Z`, None for None."""
    return None if value is None else format_moment(value)


def next_of(info: JobInfo) -> datetime | None:
    """Return when the job is due next, None if it is not going to be: finished, paused, in quarantine."""
    row = info.row
    stopped = info.status.word in {StatusWord.PAUSED, StatusWord.QUARANTINED}
    return None if stopped or not isinstance(row, StoredJob) else row.cursor


def last_of(info: JobInfo) -> Last | None:
    """Return the latest verdict of the job, if there is one."""
    return info.row.last if isinstance(info.row, StoredJob) else None


def job_record(info: JobInfo, codec: Codec) -> dict[str, Any]:
    """Return what a listing says of a job."""
    row = info.row
    job = row.job if isinstance(row, StoredJob) else None
    return {
        "alias": info.alias,
        "title": job.title if job else "",
        "silo": info.silo,
        "status": str(info.status.word),
        "reason": info.status.reason,
        "next": stamp(next_of(info)),
        "last": _last_record(last_of(info)),
        "work": codec.dump(job).work if job else "",
        "executor": job.wanted_executor if job else "",
        "source": row.source,
        "open": info.status.open,
        "unresolved": info.unresolved,
        "tags": sorted(job.tags) if job else [],
    }


def full_record(info: JobInfo, codec: Codec) -> dict[str, Any]:
    """Return everything about a job; its definition as its silo keeps it, secrets as their placeholders."""
    record = job_record(info, codec)
    row = info.row
    if isinstance(row, StoredJob):
        paused = row.paused
        record |= {
            "revision": row.revision,
            "anchor": stamp(row.anchor),
            "cursor": stamp(row.cursor),
            "open": row.open,
            "paused": paused and {"reason": paused.reason, "by": paused.by, "since": stamp(paused.since)},
            "last_run": _last_record(row.last_run),
            "definition": json.loads(codec.dump(row.job).text),
        }
    else:
        record |= {"revision": row.revision, "definition": None, "bytes": len(row.raw)}
    return record


def _last_record(last: Last | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {
        "verdict": str(last.verdict),
        "due": stamp(last.due),
        "at": stamp(last.at),
        "reason": last.reason,
    }


def run_record(entry: Entry) -> dict[str, Any]:
    """Return what a listing says of an attempt, or of a range of due times that never ran."""
    if entry.what is What.NEVER_RAN:
        return {
            "what": "never-ran",
            "job": entry.job,
            "occurrence": entry.occurrence,
            "due": stamp(entry.due),
            "last": stamp(entry.last or entry.due),
            "count": entry.count,
            "verdict": str(entry.verdict),
            "reason": entry.reason,
            "at": stamp(entry.at),
        }
    run = entry.run
    outcome = run.outcome if run else None
    return {
        "what": "run",
        "job": entry.job,
        "occurrence": entry.occurrence,
        "due": stamp(entry.due),
        "attempt": run.attempt if run else None,
        "started": stamp(run.started if run else None),
        "ended": stamp(run.ended if run else None),
        "seconds": (run.ended - run.started).total_seconds() if run and run.ended else None,
        "outcome": str(outcome.result) if outcome else "running",
        "verdict": str(entry.verdict) if entry.verdict else None,
        "code": outcome.code if outcome else "",
        "reason": outcome.reason if outcome else "",
        "output": outcome.output if outcome else None,
        "owner": run.owner if run else "",
        "token": run.token if run else None,
        "revision": run.revision if run else None,
    }
