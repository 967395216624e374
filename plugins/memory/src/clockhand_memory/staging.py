"""Staging: what a verb is about to write. Nothing of it is written before all of it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from clockhand.contracts import Codec, Entry, StoredJob, Unreadable
from clockhand_memory.row import Row


@attrs.define(eq=False)
class Staging:
    """Jobs as a verb leaves them, and its entries; a later item of a batch sees the earlier ones."""

    rows: Mapping[str, Row]
    codec: Codec
    made: dict[str, Row] = attrs.field(factory=dict)
    """Rows for jobs that weren't there."""
    jobs: dict[str, StoredJob] = attrs.field(factory=dict)
    """The others, as they will be."""
    works: dict[str, str] = attrs.field(factory=dict)
    """Of those whose definition is new, the work keys."""
    entries: list[Entry] = attrs.field(factory=list)

    def stored(self, alias: str) -> StoredJob | None:
        """Return the job of that alias as it is by now, or None."""
        if alias in self.jobs:
            return self.jobs[alias]
        row = self.made.get(alias) or self.rows.get(alias)
        return row.shown() if row is not None else None

    def put(self, job: StoredJob | Unreadable | None, entries: Iterable[Entry]) -> None:
        """Stage what a rule made of a job. A DefinitionError names a field that can't be written."""
        assert isinstance(job, StoredJob), "nothing here is unreadable: there are no bytes"  # noqa: S101
        alias, definition = job.alias, job.job
        if alias in self.made or alias not in self.rows:
            key = self.codec.check(definition)
            self.made[alias] = Row(job, key, definition.wanted_executor, bool(definition.missing))
        else:
            before = self.jobs.get(alias) or self.rows[alias].stored
            if before.job is not definition:
                self.works[alias] = self.codec.check(definition)
            self.jobs[alias] = job
        self.entries += entries
