"""`clockhand check`: is the configuration right, when would its jobs run, and what would run do with them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

from cyclopts import Parameter

from clockhand_cli import config as configuration
from clockhand_cli import logs, render
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, Json

if TYPE_CHECKING:
    from clockhand import Job, Scheduler

SHOWN_DUES: Final = 3


def check(
    *,
    compare: Annotated[
        bool,
        Parameter(
            name="--open", negative="", help="Open the silos too, and compare with the jobs that are there."
        ),
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Check the configuration, and show when its jobs would run.

    Nothing is opened and nothing runs. A configuration that is wrong ends
    with exit code 3; a broken plugin that it doesn't need is a warning, and
    so is a condition on a job that isn't declared. Of each job there are the
    next three due times, as if it were added now, but for those that a
    condition is known to exclude, and when it runs in words. A note says what
    in a timetable may not be meant; explain --job tells more. With --open the
    silos are asked what run and reload would do: which jobs are new, which
    have changed and which they would refuse, for somebody else declares them;
    that ends with exit code 1.
    """
    path = configuration.chosen(config)
    with logs.collected() as warnings:
        scheduler = configuration.scheduler(path)
        declared = _declared(scheduler, path)
        now = datetime.now(UTC)
        looks = [_look(scheduler, one, now, path) for one in declared]
        jobs = [one.record for one in looks]
        warnings += [*(one.never for one in looks if one.never), *_unread(declared)]
        notes = [note for one in looks for note in one.notes]
        conflicts = asyncio.run(_compare(scheduler, declared, path, jobs)) if compare else []
    if as_json:
        said = {"warnings": warnings, "notes": notes}
        record = {"config": str(path), "ok": not conflicts, "jobs": jobs, **said}
        render.document(record | ({"conflicts": conflicts} if compare else {}))
    else:
        asides = [*(f"warning: {one}" for one in warnings), *(f"note: {one}" for one in notes)]
        _print(path, jobs, asides, conflicts, scheduler.settings.timezone)
    return Exit.FAILED if conflicts else Exit.OK


def _declared(scheduler: Scheduler, path: Path) -> tuple[Any, ...]:
    """Return the jobs as they would be added; a ConfigError names the file, and the job that can't be."""
    from clockhand.errors import ConfigError, DefinitionError

    try:
        return scheduler.check()
    except DefinitionError as error:
        place = re.sub(r"^job '([^']+)': ", r"jobs.\1: ", str(error))
        raise ConfigError(f"{path}: {place}") from error


async def _compare(
    scheduler: Scheduler, declared: Iterable[Any], path: Path, jobs: Iterable[dict[str, Any]]
) -> list[str]:
    """Write into *jobs* what would become of each, and return why some would be refused."""
    from clockhand_cli.comparing import compare

    async with scheduler.attach(create=False) as opened:
        pairs = [(one.silo, one.job) for one in declared]
        found = await compare(opened, pairs, path, datetime.now(UTC))
    for job, one in zip(jobs, found, strict=True):
        job["there"] = one.what
        job["changed"] = list(one.fields)
    return [one.conflict for one in found if one.conflict]


class _Look(NamedTuple):
    """What a look at one job found: its record, why it would never run, and what may not be meant."""

    record: dict[str, Any]
    never: str
    notes: list[str]


def _look(scheduler: Scheduler, declared: Any, now: datetime, path: Path) -> _Look:
    from clockhand.errors import ConfigError
    from clockhand.triggers.explaining import in_words, notes
    from clockhand_cli.records import stamp

    job, codec, zone = declared.job, scheduler.catalog.codec(), scheduler.settings.timezone
    try:
        dues, never = _upcoming(job, now, zone)
        words, said = in_words(job, zone), list(notes(job.timer))
    except Exception as error:
        raise ConfigError(
            f"{path}: jobs.{job.alias}.triggers: a trigger raised {type(error).__name__}: {error}"
        ) from error
    record = {
        "alias": job.alias,
        "title": job.title,
        "silo": declared.silo,
        "work": codec.dump(job).work,
        "executor": job.wanted_executor,
        "upcoming": [stamp(due) for due in dues],
        "words": words,
    }
    about = f"job {job.alias}: "
    return _Look(record, never and about + never, [about + one for one in said])


def _upcoming(job: Job, now: datetime, zone: str) -> tuple[list[datetime], str]:
    """Return the next due times that the job may run at if it were added at *now*; or why there are none."""
    from clockhand.triggers.explaining import Plan
    from clockhand.triggers.timetable import anchor_of, facts

    plan = Plan.of(job, facts(job, anchor_of(job, now)))
    begin = plan.begin(now)
    dues = plan.ahead(begin, SHOWN_DUES)
    if dues or job.timer.needs:
        return dues, ""
    return [], plan.in_vain(begin, zone) or "it will never be due"


def _unread(declared: Iterable[Any]) -> Iterable[str]:
    """Yield where a condition reads a job that isn't declared beside its own, or its own."""
    there = {(one.silo, one.job.alias) for one in declared}
    for one in declared:
        for condition in one.job.conditions:
            for other in sorted(condition.reads):
                what = f"job {one.job.alias}: {condition!r} reads the last run of"
                if other == one.job.alias:
                    yield f"{what} the job itself, and before the first one there is none"
                elif (one.silo, other) not in there:
                    yield f"{what} job {other!r}, which isn't declared in silo {one.silo!r}"


def _print(
    path: Path, jobs: list[dict[str, Any]], asides: list[str], conflicts: list[str], zone: str
) -> None:
    heads: tuple[str, ...] = ("job", "work", "executor", "silo", "next")
    rows = [_row(job, zone) for job in jobs]
    if any("there" in job for job in jobs):
        heads = (*heads, "there")
        rows = [(*row, _there(job)) for row, job in zip(rows, jobs, strict=True)]
    heads = (*heads, "when")
    rows = [(*row, job["words"]) for row, job in zip(rows, jobs, strict=True)]
    if rows:
        render.table(heads, rows)
    for aside in asides:
        render.aside(aside)
    for conflict in conflicts:
        render.line(f"conflict: {conflict}")
    what = "refused" if conflicts else "ok"
    render.line(f"{path}: {what}, {len(jobs)} {'job' if len(jobs) == 1 else 'jobs'}")


def _row(job: dict[str, Any], zone: str) -> tuple[str, ...]:
    dues = ", ".join(render.moment(datetime.fromisoformat(due), zone) for due in job["upcoming"])
    return (job["alias"], job["work"], job["executor"], job["silo"], dues)


def _there(job: dict[str, Any]) -> str:
    return f"{job['there']}: {', '.join(job['changed'])}" if job["changed"] else str(job["there"])
