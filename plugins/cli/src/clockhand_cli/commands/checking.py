"""`clockhand check`: is the configuration right, and when would its jobs run; nothing is opened."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clockhand_cli import config as configuration
from clockhand_cli import logs, render
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, Json

if TYPE_CHECKING:
    from clockhand import Job, Scheduler

SHOWN_DUES: Final = 3


def check(*, config: Config = None, as_json: Json = False) -> int:
    """
    Check the configuration, and show when its jobs would run.

    Nothing is opened and nothing runs. A configuration that is wrong ends
    with exit code 3; a broken plugin that it doesn't need is a warning. Due
    times are those of jobs that would be added now.
    """
    logs.brief()
    path = configuration.chosen(config)
    scheduler = configuration.scheduler(path)
    now = datetime.now(UTC)
    jobs = [_record(scheduler, declared, now) for declared in scheduler.check()]
    warnings = [f"plugin {one.name} is broken: {one.reason}" for one in scheduler.catalog.broken]
    warnings += [f"job {job['alias']}: it will never be due" for job in jobs if not job["upcoming"]]
    if as_json:
        render.document({"config": str(path), "ok": True, "jobs": jobs, "warnings": warnings})
        return Exit.OK
    _print(path, jobs, warnings, scheduler.settings.timezone)
    return Exit.OK


def _record(scheduler: Scheduler, declared: Any, now: datetime) -> dict[str, Any]:
    from clockhand.errors import ConfigError
    from clockhand_cli.records import stamp

    job, codec = declared.job, scheduler.catalog.codec()
    try:
        dues = _upcoming(job, now)
    except Exception as error:
        raise ConfigError(
            f"jobs.{job.alias}.triggers: a trigger raised {type(error).__name__}: {error}"
        ) from error
    return {
        "alias": job.alias,
        "title": job.title,
        "silo": declared.silo,
        "work": codec.dump(job).work,
        "executor": job.wanted_executor,
        "upcoming": [stamp(due) for due in dues],
    }


def _upcoming(job: Job, now: datetime) -> list[datetime]:
    """Return the first due times that the job would have if it were added at *now*."""
    from clockhand.triggers.timetable import anchor_of, first_due, upcoming

    anchor = anchor_of(job, now)
    first = first_due(job, now, anchor)
    return [] if first is None else [first, *upcoming(job, first, anchor, SHOWN_DUES - 1)]


def _print(path: Path, jobs: list[dict[str, Any]], warnings: list[str], zone: str) -> None:
    rows = [
        (
            job["alias"],
            job["work"],
            job["executor"],
            job["silo"],
            ", ".join(render.moment(datetime.fromisoformat(due), zone) for due in job["upcoming"]),
        )
        for job in jobs
    ]
    if rows:
        render.table(("job", "work", "executor", "silo", "next"), rows)
    for warning in warnings:
        render.aside(f"warning: {warning}")
    render.line(f"{path}: ok, {len(jobs)} {'job' if len(jobs) == 1 else 'jobs'}")
