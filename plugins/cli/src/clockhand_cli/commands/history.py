"""`clockhand runs`: what ran, what did not, and how it ended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from clockhand_cli import render
from clockhand_cli.config import attached
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, Json


def runs(
    job: Annotated[str | None, Parameter(name="JOB", help="Only this job's.")] = None,
    /,
    *,
    number: Annotated[
        int, Parameter(name=("--number", "-n"), validator=Number(gte=1), help="How many, 20 if not given.")
    ] = 20,
    failed: Annotated[
        bool, Parameter(negative="", help="Only attempts that failed, timed out or were lost.")
    ] = False,
    since: Annotated[
        str | None,
        Parameter(help="Not before this moment (2026-03-01T09:00:00Z), or this long ago (2h, 7d)."),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    List what ran and what did not, newest first.

    One line for each attempt, and one for each due time, or range of them,
    that never ran.
    """
    asyncio.run(_runs(config, job, number, _moment(since), failed=failed, as_json=as_json))
    return Exit.OK


def _moment(since: str | None) -> datetime | None:
    """Return the moment that *since* means; a text that means none is a usage error."""
    from clockhand.contracts import parse_moment, parse_span
    from clockhand.errors import DefinitionError
    from clockhand_cli.exits import Misused

    if since is None:
        return None
    if since[:1].isdigit() and since[-1:].isalpha() and "T" not in since and ":" not in since:
        try:
            return datetime.now(UTC) - parse_span(since, "--since")
        except (DefinitionError, OverflowError) as error:
            raise Misused(str(error)) from error
    try:
        return parse_moment(since, "--since")
    except DefinitionError as error:
        raise Misused(f"{error}, or like 2h for two hours ago") from error


async def _runs(
    config: Path | None, job: str | None, number: int, since: datetime | None, *, failed: bool, as_json: bool
) -> None:
    from clockhand_cli.asking import job_named, latest_runs
    from clockhand_cli.history_table import run_table
    from clockhand_cli.records import run_record

    async with attached(config) as scheduler:
        found = await latest_runs(scheduler, number, job=job, since=since, failed=failed)
        if job is not None and not found:
            await job_named(scheduler, job, None)
        zone = scheduler.settings.timezone
    if as_json:
        render.document([run_record(entry) for entry in found])
        return
    run_table(found, zone)
    if not found:
        render.aside("nothing on record that matches")
