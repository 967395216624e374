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
_EXECUTORS: Final = ("async", "thread")
"""Those that every scheduler has."""


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
    _check_stores(scheduler)
    now = datetime.now(UTC)
    jobs = [_record(scheduler, declared, now) for declared in scheduler.declared]
    warnings = [f"plugin {one.name} is broken: {one.reason}" for one in scheduler.catalog.broken]
    warnings += [f"job {job['alias']}: it will never be due" for job in jobs if not job["upcoming"]]
    if as_json:
        render.document({"config": str(path), "ok": True, "jobs": jobs, "warnings": warnings})
        return Exit.OK
    _print(path, jobs, warnings, scheduler.settings.timezone)
    return Exit.OK


def _check_stores(scheduler: Scheduler) -> None:
    """Let each kind that is named read its table; a kind's make() opens nothing before its startup()."""
    from clockhand import use
    from clockhand.errors import ConfigError

    settings, catalog = scheduler.settings, scheduler.catalog
    silos = dict(settings.silos) or {"default": use("memory")}
    for alias, chosen in silos.items():
        catalog.open("silos", chosen.kind, chosen.table, f"silo.{alias}")
    for alias, chosen in settings.executors.items():
        catalog.open("executors", chosen.kind, chosen.table, f"executor.{alias}")
    if settings.history is not None:
        catalog.open("histories", settings.history.kind, settings.history.table, "history")
        return
    first = silos.get("default") or next(iter(silos.values()))
    if first.kind not in catalog.kinds("histories"):
        raise ConfigError(f"history: silo kind {first.kind!r} brings no history of its own; name one")


def _record(scheduler: Scheduler, declared: Any, now: datetime) -> dict[str, Any]:
    from clockhand.errors import ConfigError
    from clockhand_cli.records import stamp

    job, codec = _zoned(declared.job, scheduler.settings.timezone), scheduler.catalog.codec()
    _check_places(scheduler, job, declared.silo)
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


def _check_places(scheduler: Scheduler, job: Job, silo: str) -> None:
    """Let the job's silo and executor be there, and the executor be one that can run its work."""
    from clockhand.errors import ConfigError, UnknownName, did_you_mean
    from clockhand.works import problem_with_executor

    where = f"jobs.{job.alias}"
    silos = scheduler.settings.silos or ("default",)
    if silo not in silos:
        raise UnknownName(f"{where}.silo: unknown silo {silo!r}{did_you_mean(silo, silos)}")
    executors = {alias: alias for alias in _EXECUTORS}
    executors |= {alias: chosen.kind for alias, chosen in scheduler.settings.executors.items()}
    wanted = job.wanted_executor
    if wanted not in executors:
        raise UnknownName(f"{where}.executor: unknown executor {wanted!r}{did_you_mean(wanted, executors)}")
    if problem := problem_with_executor(job.work, executors[wanted]):
        raise ConfigError(f"{where}.executor: {problem}")


def _zoned(job: Job, zone: str) -> Job:
    """Return *job* with the scheduler's zone where a trigger names none, as it would be added."""
    import attrs

    def zoned(trigger: Any) -> Any:
        return attrs.evolve(trigger, tz=zone) if getattr(trigger, "tz", "") is None else trigger

    return job.modify(triggers=[zoned(trigger) for trigger in job.triggers])


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
