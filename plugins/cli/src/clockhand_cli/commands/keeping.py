"""`clockhand reload`, `snapshot` and `restore`: a silo's jobs against a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import attrs
from cyclopts import Parameter

from clockhand_cli import files, render, text
from clockhand_cli.config import attached, chosen
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, Json, OneSilo
from clockhand_cli.silos import only_one

if TYPE_CHECKING:
    from clockhand.msgs import Reloaded

FEW = 8
"""How many aliases a line names."""


def reload(
    *,
    retire: Annotated[
        bool, Parameter(negative="", help="Take out the jobs that the configuration no longer declares.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Declare the jobs as the configuration says now.

    Prints what became of each. A running scheduler takes them up within its
    poll interval. What stands in other tables, and functions that are new to
    it, it takes up when it reads the file itself: on SIGHUP, or when it is
    started again.
    """
    reloaded = asyncio.run(_reload(config, retire=retire))
    record = {name: list(aliases) for name, aliases in attrs.asdict(reloaded).items()}
    if as_json:
        render.document(record)
        return Exit.OK
    for what in ("created", "updated", "retired"):
        for alias in record[what]:
            render.line(f"{alias}: {what}")
    render.line(f"{len(record['unchanged'])} unchanged")
    if record["left"]:
        render.aside(
            f"no longer declared, and going on as before: {text.few(record['left'], FEW)}; "
            "--retire takes them out"
        )
    return Exit.OK


async def _reload(config: Path | None, *, retire: bool) -> Reloaded:
    from clockhand.errors import JobRefused
    from clockhand_cli.comparing import compare

    async with attached(config, create=True) as scheduler:
        pairs = [(one.silo, one.job) for one in scheduler.declared]
        found = await compare(scheduler, pairs, chosen(config), datetime.now(UTC))
        if conflicts := [one.conflict for one in found if one.conflict]:
            others = f"; so are {len(conflicts) - 1:,} more, which 'clockhand check --open' shows"
            raise JobRefused(f"{conflicts[0]}{others if conflicts[1:] else ''}; nothing has changed")
        return await scheduler.reload(retire=retire)


def snapshot(
    *,
    output: Annotated[
        Path | None,
        Parameter(
            name=("--output", "-o"),
            help="Write it to this file, whole or not at all, readable by its owner only; else to stdout.",
        ),
    ] = None,
    silo: OneSilo = None,
    config: Config = None,
) -> int:
    """
    Write all that a silo has as JSON.

    Its jobs with their state, and what is open of them; not the history.
    Secrets stay ${env:NAME}. Jobs whose rows can't be read are in it byte for
    byte, and restore leaves them out.
    """
    data = asyncio.run(_snapshot(config, silo))
    if output is None or output == files.STREAM:
        render.document(data)
        return Exit.OK
    files.write_private(output, json.dumps(data, indent=2) + "\n")
    jobs, unreadable = len(data["jobs"]), len(data["unreadable"])
    more = f", and {unreadable:,} that can't be read" if unreadable else ""
    render.aside(f"{output}: {jobs:,} {'job' if jobs == 1 else 'jobs'}, {len(data['open']):,} open{more}")
    return Exit.OK


async def _snapshot(config: Path | None, silo: str | None) -> dict[str, Any]:
    async with attached(config, silo) as scheduler:
        return await scheduler.snapshot(only_one(scheduler, silo))


def restore(
    file: Annotated[
        Path, Parameter(name="FILE", help="What snapshot wrote; - for stdin.", allow_leading_hyphen=True)
    ],
    /,
    *,
    merge: Annotated[
        bool, Parameter(negative="", help="Into a silo that has jobs already; those stay as they are.")
    ] = False,
    dry_run: Annotated[bool, Parameter(negative="", help="Say what would be done, and do nothing.")] = False,
    silo: OneSilo = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Put the jobs of a snapshot into a silo.

    The silo must be empty, or else --merge leaves what it has. What ran when
    the snapshot was made comes again as another attempt, or is lost if it is
    to run at most once.
    """
    data = _read(file)
    done = asyncio.run(_restore(config, data, silo, merge=merge, dry_run=dry_run))
    left_out = [str(one.get("alias", "")) for one in data.get("unreadable", ()) if isinstance(one, Mapping)]
    record = {**done, "unreadable": left_out}
    if as_json:
        render.document(record)
        return Exit.OK
    would = "would be " if dry_run else ""
    render.line(f"{record['created']:,} {would}created, {record['opened']:,} {would}open again")
    if record["kept"]:
        render.line(
            f"{len(record['kept']):,} here already, and left as they are: {text.few(record['kept'], FEW)}"
        )
    if left_out:
        render.aside(f"left out, for they can't be read: {text.few(left_out, FEW)}")
    return Exit.OK


def _read(file: Path) -> Mapping[str, Any]:
    from clockhand.errors import DefinitionError, shown

    where, found = files.name(file), files.read(file)
    try:
        data = json.loads(found)
    except RecursionError:
        raise DefinitionError(f"{where}: nested too deeply") from None
    except ValueError as error:
        raise DefinitionError(f"{where}: not JSON: {error}") from None
    if not isinstance(data, Mapping):
        raise DefinitionError(f"{where}: not a snapshot, given {shown(data)}")
    return data


async def _restore(
    config: Path | None, data: Mapping[str, Any], silo: str | None, *, merge: bool, dry_run: bool
) -> dict[str, Any]:
    from clockhand_cli.rehearsal import refuse_full, rehearse

    async with attached(config, silo, create=not dry_run) as scheduler:
        name = only_one(scheduler, silo)
        if dry_run:
            return await rehearse(scheduler, data, name, merge=merge)
        if not merge:
            await refuse_full(scheduler, name)
        restored = await scheduler.restore(data, silo=name, merge=merge)
    return {"created": restored.created, "kept": list(restored.kept), "opened": restored.opened}
