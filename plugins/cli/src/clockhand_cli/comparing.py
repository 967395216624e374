"""What declaring the jobs of a configuration would do to those in its silos, with nothing written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from clockhand.contracts import StoredJob
from clockhand.contracts.rules import admit
from clockhand_cli.asking import all_jobs
from clockhand_cli.refusals import release_advice
from clockhand_cli.sources import RUNTIME, declared_by

if TYPE_CHECKING:
    from pathlib import Path

    from clockhand import Job, Scheduler
    from clockhand.contracts import Unreadable

_WORDS: Final = {"created": "new", "updated": "changed"}


@attrs.frozen
class Compared:
    """What would become of a declared job: new, changed, unchanged or refused."""

    alias: str
    silo: str
    what: str
    fields: tuple[str, ...] = ()
    """What has changed."""
    conflict: str = ""
    """Why it would be refused, and what to do."""


async def compare(
    scheduler: Scheduler, declared: Iterable[tuple[str, Job]], path: Path, now: datetime
) -> list[Compared]:
    """
    Return what declaring jobs would do at *now*, each given with its silo; nothing is written.

    *path* is the configuration that declares them.
    """
    source = scheduler.settings.source
    rows = {(info.silo, info.alias): info.row for info in await all_jobs(scheduler)}
    found = []
    for silo, job in declared:
        row = rows.get((silo, job.alias))
        answer, _ = admit(job, row, now, source)
        conflict = ""
        if answer.what == "refused" and row is not None:
            conflict = f"job {job.alias!r} of silo {silo!r} {_why(scheduler, row, path)}"
        fields = tuple(change.field for change in answer.diff)
        found.append(Compared(job.alias, silo, _WORDS.get(answer.what, answer.what), fields, conflict))
    return found


def _why(scheduler: Scheduler, row: StoredJob | Unreadable, path: Path) -> str:
    if row.source == scheduler.settings.source:
        return f"is in quarantine; {release_advice(row)}"
    if row.source == RUNTIME:
        return f"was added by hand; 'clockhand remove {row.alias}' lets the configuration have it"
    return (
        f"is declared by {declared_by(scheduler, row.source, path)}; take it out there, "
        f"or 'clockhand remove {row.alias} --force' lets the configuration have it"
    )
