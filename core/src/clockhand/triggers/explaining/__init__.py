"""
`explain(...)`: what a trigger comes to, for people, before they trust it.

Its normal form, plain words, the next due times, how far apart they lie, and what clock changes and the
calendar do to it in the coming year. A timer, condition or calendar of a plugin may tell of itself: in
`words` (a text), `normal` (a text) and `warnings` (a tuple of texts), each an attribute or a property
that need not be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from clockhand._clock import SystemClock
from clockhand._model.job import Job
from clockhand._model.moments import utc
from clockhand._model.protocols import Facts, Timer, Trigger, is_condition, is_timer
from clockhand._model.zone import zone_key
from clockhand.errors import DefinitionError
from clockhand.errors import shown as cut
from clockhand.triggers import wallclock
from clockhand.triggers.explaining import shown
from clockhand.triggers.explaining.holding import Holding
from clockhand.triggers.explaining.normal import normal
from clockhand.triggers.explaining.plan import Plan
from clockhand.triggers.explaining.surprising import surprises
from clockhand.triggers.explaining.value import Explanation, Fire, Spacing, Surprise
from clockhand.triggers.explaining.warning import notes, warnings
from clockhand.triggers.explaining.words import told, told_together
from clockhand.triggers.zones import in_zones, own_zone

YEAR: Final = timedelta(days=365)
MOST: Final = 1_000
"""How many due times one explanation lists."""
_GAPS: Final = 5
"""Gaps are those of a year, and at least of so many due times: what comes each fourth year has some too."""
_LONG: Final = 60
"""A text longer than this isn't told again as an example."""


def explain(
    what: Trigger | Job,
    *,
    tz: str | None = None,
    n: int = 5,
    after: datetime | None = None,
    facts: Facts | None = None,
) -> Explanation:
    """
    Return what a timer, a condition, or a job with all its triggers comes to; `str` of it is a page.

    *tz* is the zone that it is told in, and is written into whatever names none; None: the first zone that
    it names itself, else UTC. Its next *n* due times are those after the moment *after*, None: now.
    *facts* None: as if the job were added then. It is a DefinitionError if one of these can't be, or *what*
    is none of these; Unresolved if the kind of the job's timer isn't installed here. An error that a timer
    itself raises for want of a due time is among the warnings.
    """
    key, begin = zone_key(tz), _begin(after)
    _check(n)
    if isinstance(what, Job):
        return _of_job(what, key, n, begin, facts)
    zone = key or own_zone(what) or "UTC"
    if is_timer(what) and not isinstance(what, type):
        timer = what.in_zone(key or "UTC")
        plan = Plan(timer, facts or Facts(anchor=begin))
        return _page(plan, what, told(timer, zone), zone, n, begin)
    if not is_condition(what) or isinstance(what, type):
        hint = (
            f"; write cron({what!r})" if isinstance(what, str) and " " in what and len(what) < _LONG else ""
        )
        raise DefinitionError(f"explain: neither a trigger nor a job, given {cut(what)}{hint}")
    return Explanation(normal=normal(what), words=told(what.in_zone(zone), zone), tz=zone, after=begin)


def _of_job(job: Job, key: str | None, n: int, begin: datetime, facts: Facts | None) -> Explanation:
    zone = key or own_zone(job.timer) or "UTC"
    filled = job.modify(triggers=in_zones((job.timer, *job.conditions), key or "UTC"))
    plan = Plan.of(filled, facts or Facts(anchor=job.start_time or begin, alias=job.alias))
    return _page(plan, job.timer, in_words(filled, zone), zone, n, begin)


def zone_of(what: Trigger | Job) -> str | None:
    """Return the first time zone that a trigger, or the timer of a job, names itself; None: it names none."""
    return own_zone(what.timer if isinstance(what, Job) else what)


def in_words(job: Job, tz: str = "UTC") -> str:
    """
    Return when *job* runs in plain words, for somebody who lives in *tz*.

    Its timer, its conditions, its start and end, how many runs it has, and its delays. Raises Unresolved if
    the kind of its timer isn't installed here.
    """
    return ", ".join([*told_together(in_zones((job.timer, *job.conditions), tz), tz), *_bounds(job, tz)])


def _bounds(job: Job, tz: str) -> Iterator[str]:
    if job.start_time is not None:
        yield f"not before {shown.moment(job.start_time, ZoneInfo(tz))}"
    if job.end_time is not None:
        yield f"not after {shown.moment(job.end_time, ZoneInfo(tz))}"
    most, delay = job.terms.max_runs, latest_start(job)
    if most is not None:
        yield f"at most {most:,} run{'' if most == 1 else 's'}"
    if delay:
        yield f"starts up to {shown.length(delay)} later"


def excluded(job: Job, due: datetime, tz: str = "UTC") -> str:
    """Return the words of the first condition of *job* that is known to exclude *due*; empty: none is."""
    held = Holding.of(job.conditions, job.alias).by(due)
    return "" if held is None else told(held, tz)


def latest_start(job: Job) -> timedelta:
    """Return how long after a due time the job may start at the latest, by its spread and jitter."""
    return job.terms.spread + job.terms.jitter


def _page(plan: Plan, what: Timer, words: str, zone: str, n: int, begin: datetime) -> Explanation:
    end = min(begin, wallclock.LATEST - YEAR) + YEAR
    added = plan.facts.anchor if plan.start is None else None
    doubts = list(warnings(plan.timer, begin, added and shown.local(added, ZoneInfo(zone))))
    dues: list[datetime] = []
    apart, odd = None, []
    try:
        plan = plan.bounded(begin)
        for due in plan.upcoming(begin, max(n, _GAPS)):
            dues.append(due)  # what comes before an error is told  # noqa: PERF402
        apart = plan.spacing(begin, max(end, dues[-1])) if dues else None
        found = surprises(plan.timer, plan.facts, begin, end, zone, plan.holding)
        odd = [one for one in found if plan.reaches(one.at)]
        doubts += filter(None, [plan.in_vain(begin, zone)])
    except DefinitionError as error:  # a search that came to its end, say
        doubts.append(str(error))
    if not dues and not doubts and not plan.timer.needs:
        doubts.append(f"it is not due after {shown.whole(begin)}")
    return Explanation(
        normal=normal(what),
        words=words,
        tz=zone,
        after=begin,
        fires=tuple(plan.fire(due, zone) for due in dues[:n]),
        spacing=apart,
        surprises=tuple(odd),
        warnings=tuple(doubts),
    )


def _begin(after: datetime | None) -> datetime:
    moment = SystemClock().now().replace(microsecond=0) if after is None else utc(after, "explain: after")
    return wallclock.within(moment)


def _check(n: object) -> None:
    if type(n) is not int or not 0 <= n <= MOST:
        raise DefinitionError(f"explain: n: not a whole number from 0 to {MOST:,}, given {cut(n)}")


__all__ = [
    "Explanation",
    "Fire",
    "Plan",
    "Spacing",
    "Surprise",
    "excluded",
    "explain",
    "in_words",
    "latest_start",
    "notes",
    "told",
    "zone_key",
    "zone_of",
]
