"""What restoring a snapshot would do, with nothing written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from clockhand.contracts import Delivery, OpenState
from clockhand.errors import ClockhandError, DefinitionError, JobRefused, StoreMissing, shown
from clockhand_cli.asking import all_jobs

if TYPE_CHECKING:
    from clockhand import Job, Scheduler
    from clockhand.contracts import Codec

SCHEMA: Final = 1
"""The version of snapshots that is understood."""


async def rehearse(
    scheduler: Scheduler, data: Mapping[str, Any], silo: str, *, merge: bool
) -> dict[str, Any]:
    """
    Return how many jobs would be created, which are here already, how many occurrences would be open.

    Raises what a restore would raise of the definitions, and of a silo that isn't empty.
    """
    _check_schema(data)
    codec = scheduler.catalog.codec()
    jobs = {job.alias: job for job in (_job(*one, codec) for one in enumerate(_listed(data, "jobs")))}
    here = await _here(scheduler, silo)
    if here and not merge:
        raise _full(silo)
    new = {alias: job for alias, job in jobs.items() if alias not in here}
    opened = [one for one in _listed(data, "open") if _comes_again(one, new)]
    return {"created": len(new), "kept": sorted(jobs.keys() & here), "opened": len(opened)}


async def refuse_full(scheduler: Scheduler, silo: str) -> None:
    """Raise JobRefused if *silo* has a job: what it has is left alone only when somebody says --merge."""
    if await scheduler.list_jobs(silo=silo, limit=1):
        raise _full(silo)


def _full(silo: str) -> JobRefused:
    return JobRefused(f"silo {silo!r} is not empty; restore with --merge to keep what it has")


async def _here(scheduler: Scheduler, silo: str) -> set[str]:
    """Return the aliases of the jobs of *silo*; one that isn't there yet has none."""
    try:
        return {info.alias for info in await all_jobs(scheduler, silo)}
    except StoreMissing:
        return set()


def _check_schema(data: Mapping[str, Any]) -> None:
    if "schema" not in data:
        raise DefinitionError("snapshot: not one; it is a table with 'schema' and 'jobs'")
    schema = data["schema"]
    if type(schema) is not int or not 0 < schema <= SCHEMA:
        raise DefinitionError(f"snapshot.schema: {shown(schema)}, this clockhand reads up to {SCHEMA}")


def _listed(data: Mapping[str, Any], name: str) -> list[Any]:
    listed = data.get(name, [])
    if not isinstance(listed, list):
        raise DefinitionError(f"snapshot.{name}: not a list, given {shown(listed)}")
    return listed


def _job(place: int, table: Any, codec: Codec) -> Job:
    where = f"snapshot.jobs[{place}]"
    if not isinstance(table, Mapping) or "definition" not in table:
        raise DefinitionError(f"{where}: not a job with its definition, given {shown(table)}")
    try:
        return codec.load(json.dumps(table["definition"]))
    except ClockhandError as error:
        raise DefinitionError(f"{where}: {error}") from error


def _comes_again(one: Any, jobs: Mapping[str, Job]) -> bool:
    """Say whether an open occurrence would be open again: one that ran, at most once, would be lost."""
    if not isinstance(one, Mapping) or one.get("job") not in jobs:
        return False
    running = one.get("state") == OpenState.RUNNING
    return not running or jobs[one["job"]].terms.delivery is Delivery.AT_LEAST_ONCE
