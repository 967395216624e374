"""Jobs and entries as JSON records: the stable keys of `--json`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from clockhand.contracts import Entry, Last, StatusWord, StoredJob, Unreadable, What, format_moment, status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clockhand.contracts import Added, Change, Codec, Job
    from clockhand.msgs import JobInfo

SHOWN_DUES: Final = 3
"""How many of its next due times are told of a job."""


def stamp(value: datetime | None) -> str | None:
    """Return *value* in UTC as `2026-03-01T09:00:00Z`, None for None."""
    return None if value is None else format_moment(value)


def next_of(info: JobInfo) -> datetime | None:
    """Return when the job is due next, None if it is not going to be: finished, paused, in quarantine."""
    return _next(info.row)


def _next(row: StoredJob | Unreadable) -> datetime | None:
    stopped = status(row).word in {StatusWord.PAUSED, StatusWord.QUARANTINED}
    return None if stopped or not isinstance(row, StoredJob) else row.cursor


def dues_of(row: StoredJob | Unreadable) -> list[datetime]:
    """Return the next due times of a job, as many as are told."""
    from clockhand.triggers.timetable import upcoming

    first = _next(row)
    if first is None or not isinstance(row, StoredJob) or row.job.missing:
        return [] if first is None else [first]
    return [first, *upcoming(row.job, first, row.anchor, _shown(row) - 1)]


def _shown(row: StoredJob) -> int:
    """Return how many due times are told: no more than may still run, where no condition has a say in it."""
    most = row.job.terms.max_runs
    if most is None or row.job.conditions:
        return SHOWN_DUES
    return min(SHOWN_DUES, max(most - row.runs, 1))


def excluded_of(info: JobInfo, tz: str) -> str | None:
    """Return in words which condition is known to exclude the job's next due time; None: none is."""
    from clockhand.triggers.explaining import excluded

    due, row = next_of(info), info.row
    if due is None or not isinstance(row, StoredJob) or row.job.missing:
        return None
    try:
        return excluded(row.job, due, tz) or None
    except Exception:  # noqa: BLE001 - a stranger's condition must not take the listing of all the others along
        return None


def words_of(info: JobInfo, tz: str) -> str:
    """Return in plain words when the job runs; empty for one that this machine can't read or run."""
    from clockhand.triggers.explaining import in_words

    row = info.row
    if not isinstance(row, StoredJob) or row.job.missing:
        return ""
    try:
        return in_words(row.job, tz)
    except Exception:  # noqa: BLE001 - a stranger's words must not take the listing of all the others along
        return ""


def delay_of(info: JobInfo) -> timedelta:
    """Return how long after its due time the job may start at the latest, by its spread and jitter."""
    from clockhand.triggers.explaining import latest_start

    return latest_start(info.row.job) if isinstance(info.row, StoredJob) else timedelta()


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


def added_record(answer: Added, silo: str, codec: Codec) -> dict[str, Any]:
    """Return what became of a job that was added."""
    row = answer.job
    return {
        "job": answer.alias,
        "what": answer.what,
        "silo": silo,
        "status": str(status(row).word),
        "diff": _difference(row.job, answer.diff, codec) if isinstance(row, StoredJob) else [],
        "upcoming": [stamp(due) for due in dues_of(row)],
    }


def _difference(job: Job, changes: Iterable[Change], codec: Codec) -> list[dict[str, Any]]:
    """Return the changes that led to *job*, their values as its silo keeps them; None: not said."""
    new = json.loads(codec.dump(job).text)
    old = json.loads(codec.dump(job.modify(**{one.field: one.old for one in changes})).text)
    return [{"field": one.field, "old": old.get(one.field), "new": new.get(one.field)} for one in changes]


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
