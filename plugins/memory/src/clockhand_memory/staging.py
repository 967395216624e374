"""Staging: what a verb is about to write. Nothing of it is written before all of it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from clockhand.contracts import Codec, Definition, Entry, StoredJob, Unreadable
from clockhand_memory.row import Row


@attrs.define(eq=False)
class Staging:
    """Jobs as a verb leaves them, and its entries; a later item of a batch sees the earlier ones."""

    rows: Mapping[str, Row]
    codec: Codec
    jobs: dict[str, StoredJob] = attrs.field(factory=dict)
    definitions: dict[str, Definition] = attrs.field(factory=dict)
    """Of the jobs whose definition is new."""
    entries: list[Entry] = attrs.field(factory=list)

    def stored(self, alias: str) -> StoredJob | None:
        """Return the job of that alias as it is by now, or None."""
        if alias in self.jobs:
            return self.jobs[alias]
        row = self.rows.get(alias)
        return row.shown() if row is not None else None

    def put(self, job: StoredJob | Unreadable | None, entries: Iterable[Entry]) -> None:
        """Stage what a rule made of a job. A DefinitionError names a field that can't be written."""
        assert isinstance(job, StoredJob), "nothing here is unreadable: there are no bytes"  # noqa: S101
        before = self.stored(job.alias)
        if before is None or before.job is not job.job:
            self.definitions[job.alias] = self.codec.dump(job.job)
        self.jobs[job.alias] = job
        self.entries += entries
