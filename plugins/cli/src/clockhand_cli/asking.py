"""What commands ask an attached scheduler: all jobs, one job, the latest runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

import attrs

from clockhand.contracts import Entry, Query, Result, Verdict, What
from clockhand.errors import JobNotFound, JobRefused, StateError, StoreMissing, did_you_mean
from clockhand.msgs import GetJob, JobInfo, ListJobs, Msg
from clockhand_cli.refusals import with_advice
from clockhand_cli.silos import in_several

if TYPE_CHECKING:
    from clockhand import Scheduler
    from clockhand_cli.following import Seen

R = TypeVar("R")

PAGE: Final = 500
REMEMBERED: Final = 1_000
"""How many entries are enough to tell what comes later from what was there."""
FEW: Final = 8
"""So many names can stand in a message."""
FAILED: Final = frozenset({Result.FAILED, Result.TIMED_OUT, Result.LOST})
_RUNS: Final = frozenset({What.RUN_STARTED, What.RUN_ENDED, What.NEVER_RAN})


async def all_jobs(scheduler: Scheduler, *silos: str) -> list[JobInfo]:
    """Return every job of *silos*, of all that are there if none is named, ordered by alias."""
    found: list[JobInfo] = []
    for silo in silos or scheduler.settings.silos_or_default():
        with contextlib.suppress(*() if silos else (StoreMissing,)):
            found += await _jobs_of(scheduler, silo)
    return sorted(found, key=lambda info: info.alias)


async def _jobs_of(scheduler: Scheduler, silo: str) -> list[JobInfo]:
    found: list[JobInfo] = []
    after = ""
    while page := await scheduler.act(ListJobs(silo=silo, after=after, limit=PAGE)):
        found += page
        after = page[-1].alias
    return found


async def ask(scheduler: Scheduler, alias: str, msg: Msg[R], silo: str | None = None) -> R:
    """
    Do what *msg* asks of the job *alias* in *silo*, None: in the one that has it.

    A JobNotFound says which alias comes near, a JobRefused what helps; Misused if several silos have it.
    """
    try:
        return await scheduler.act(msg)
    except JobNotFound as error:
        raise JobNotFound(f"{error}{await _hint(scheduler, alias)}") from error
    except StateError as error:
        several = [info.silo for info in await all_jobs(scheduler) if info.alias == alias]
        if silo is not None or len(several) < 2:  # noqa: PLR2004 - one is not several
            raise
        raise in_several(alias, several) from error
    except JobRefused as error:
        raise with_advice(error, msg, await job_named(scheduler, alias, silo)) from error


async def job_named(scheduler: Scheduler, alias: str, silo: str | None) -> JobInfo:
    """Return the job *alias*; JobNotFound says which one comes near."""
    return await ask(scheduler, alias, GetJob(alias, silo), silo)


async def _hint(scheduler: Scheduler, alias: str) -> str:
    found = await all_jobs(scheduler)
    elsewhere = [info.silo for info in found if info.alias == alias]
    if elsewhere:
        return f"; silo {', '.join(map(repr, elsewhere))} has it"
    names = {info.alias for info in found}
    if any(one.job.alias == alias for one in scheduler.declared):
        return "; it is declared, and 'clockhand run' or 'clockhand reload' puts it there"
    hint = did_you_mean(alias, names)
    return hint if "did you mean" in hint or len(names) <= FEW else "; 'clockhand jobs' lists them"


def runs_query(
    job: str | None = None,
    since: datetime | None = None,
    verdicts: Iterable[str] | None = None,
    *,
    failed: bool = False,
) -> tuple[Query, Callable[[Entry], bool]]:
    """
    Return what to ask a history for, and what says of each entry whether it is wanted.

    The wanted ones are attempts and ranges that never ran; with *failed* attempts that failed, with
    *verdicts* what closed its occurrence with one of them.
    """
    query = Query(
        jobs=None if job is None else frozenset({job}),
        whats=frozenset({What.RUN_ENDED}) if failed else _RUNS,
        verdicts=None if verdicts is None else frozenset(map(Verdict, verdicts)),
        since=since,
    )

    def keep(entry: Entry) -> bool:
        run = entry.run
        return not failed or (run is not None and run.outcome is not None and run.outcome.result in FAILED)

    return query, keep


async def latest_runs(
    scheduler: Scheduler,
    wanted: int,
    query: Query,
    keep: Callable[[Entry], bool],
    seen: Seen | None = None,
) -> list[Entry]:
    """
    Return up to *wanted* of the entries that *query* asks for and *keep* keeps, newest first.

    A start is among them only if its end isn't on record. All that was read is added to *seen*.
    """
    newest_first = attrs.evolve(query, newest_first=True)
    ended: set[tuple[str, int]] = set()
    read: list[Entry] = []
    found: list[Entry] = []
    cursor: str | None = None
    while len(found) < wanted:
        page = await scheduler.read(newest_first, cursor, PAGE)
        if len(read) < REMEMBERED:
            read += page.entries
        found.extend(entry for entry in page.entries if _is_news(entry, ended) and keep(entry))
        cursor = page.cursor
        if cursor is None:
            break
    if seen is not None:
        seen.add(reversed(read))
    return found[:wanted]


def _is_news(entry: Entry, ended: set[tuple[str, int]]) -> bool:
    """Say, asked newest first, whether *entry* isn't the start of an attempt that has *ended*."""
    run = entry.run
    if run is None:
        return True
    attempt = (entry.occurrence, run.attempt)
    if entry.what is What.RUN_STARTED:
        return attempt not in ended
    ended.add(attempt)
    return True
