"""What commands ask an attached scheduler: all jobs, one job, the latest runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from clockhand.contracts import Entry, Query, Result, What
from clockhand.errors import JobNotFound, did_you_mean
from clockhand.msgs import GetJob, JobInfo, ListJobs, Msg

if TYPE_CHECKING:
    from clockhand import Scheduler

R = TypeVar("R")

PAGE: Final = 500
FEW: Final = 8
"""So many names can stand in a message."""
FAILED: Final = frozenset({Result.FAILED, Result.TIMED_OUT, Result.LOST})
_RUNS: Final = frozenset({What.RUN_STARTED, What.RUN_ENDED, What.NEVER_RAN})


async def all_jobs(scheduler: Scheduler) -> list[JobInfo]:
    """Return every job of every silo, ordered by alias."""
    found: list[JobInfo] = []
    for silo in scheduler.settings.silos or ("default",):
        after = ""
        while page := await scheduler.act(ListJobs(silo=silo, after=after, limit=PAGE)):
            found.extend(page)
            after = page[-1].alias
    return sorted(found, key=lambda info: info.alias)


async def ask(scheduler: Scheduler, alias: str, msg: Msg[R]) -> R:
    """Do what *msg* asks of the job *alias*; a JobNotFound says which alias comes near."""
    try:
        return await scheduler.act(msg)
    except JobNotFound as error:
        raise JobNotFound(f"{error}{await _hint(scheduler, alias)}") from error


async def job_named(scheduler: Scheduler, alias: str, silo: str | None) -> JobInfo:
    """Return the job *alias*; JobNotFound says which one comes near."""
    return await ask(scheduler, alias, GetJob(alias, silo))


async def _hint(scheduler: Scheduler, alias: str) -> str:
    names = {info.alias for info in await all_jobs(scheduler)}
    declared = {one.job.alias for one in scheduler.declared}
    if alias in declared - names:
        return "; it is declared, 'clockhand run' puts it there"
    hint = did_you_mean(alias, names)
    return hint if "did you mean" in hint or len(names) <= FEW else "; 'clockhand jobs' lists them"


async def latest_runs(
    scheduler: Scheduler,
    wanted: int,
    *,
    job: str | None = None,
    since: datetime | None = None,
    failed: bool = False,
) -> list[Entry]:
    """Return up to *wanted* attempts and ranges that never ran, newest first; a start only while it runs."""
    query = Query(
        jobs=None if job is None else frozenset({job}),
        whats=frozenset({What.RUN_ENDED}) if failed else _RUNS,
        since=since,
        newest_first=True,
    )
    keep = _keeper(failed=failed)
    found: list[Entry] = []
    cursor: str | None = None
    while len(found) < wanted:
        page = await scheduler.read(query, cursor, PAGE)
        found.extend(filter(keep, page.entries))
        cursor = page.cursor
        if cursor is None:
            break
    return found[:wanted]


def _keeper(*, failed: bool) -> Callable[[Entry], bool]:
    """Return what says, asked newest first, whether an entry is shown: a start only if it has no end."""
    ended: set[tuple[str, int]] = set()

    def keep(entry: Entry) -> bool:
        run = entry.run
        if run is None:
            return True
        attempt = (entry.occurrence, run.attempt)
        if entry.what is What.RUN_STARTED:
            return attempt not in ended
        ended.add(attempt)
        return not failed or (run.outcome is not None and run.outcome.result in FAILED)

    return keep
