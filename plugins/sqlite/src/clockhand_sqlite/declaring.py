"""What people ask of jobs: the rule says what becomes of each, the file keeps it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import attrs

from clockhand.contracts import (
    Added,
    Changed,
    Entry,
    Job,
    JobFilter,
    OpenOccurrence,
    StoredJob,
    Unreadable,
    rules,
)
from clockhand_sqlite import jobs, ledger, occurrences
from clockhand_sqlite.transaction import Transaction
from clockhand_sqlite.writes import Writes

Stored = StoredJob | Unreadable
Rule = Callable[[Stored | None, str], Changed]


@attrs.define
class Draft:
    """Jobs as a verb is going to leave them; a later item of a batch sees the earlier ones."""

    before: dict[str, Stored]
    after: dict[str, StoredJob] = attrs.field(factory=dict)
    entries: list[Entry] = attrs.field(factory=list)

    @classmethod
    def of(cls, tx: Transaction, aliases: Iterable[str]) -> Draft:
        """Return a draft in which nothing has changed yet."""
        return cls(jobs.by_alias(tx, aliases))

    def stored(self, alias: str) -> Stored | None:
        """Return the job as it is by now."""
        return self.after.get(alias) or self.before.get(alias)

    def put(self, job: Stored | None, made: Iterable[Entry]) -> None:
        """Note what a rule made of a job."""
        if isinstance(job, StoredJob):
            self.after[job.alias] = job
        self.entries += made

    def write(self, tx: Transaction, now: datetime) -> None:
        """Write it; definitions only where they are others than before."""
        known: list[StoredJob] = []
        defined = []
        for alias, job in self.after.items():
            old = self.before.get(alias)
            if isinstance(old, StoredJob) and old.job is job.job:
                known.append(job)
            else:
                defined.append((job, tx.definitions.dump(job.job)))
        again = [item for item in defined if item[0].alias in self.before]
        jobs.write(tx, known)
        jobs.create(tx, [item for item in defined if item[0].alias not in self.before])
        jobs.redefine(tx, again)
        ledger.record(tx, self.entries)
        if again and (waiting := occurrences.queued(tx, [job.alias for job, _ in again])):
            writes = Writes(tx, now)
            for one in jobs.load(tx, waiting).values():
                writes.let_in_line(one)
            writes.write()


def add(tx: Transaction, several: Sequence[Job], now: datetime, source: str) -> list[Added]:
    """Declare jobs as those of *source*."""
    draft = Draft.of(tx, [job.alias for job in several])
    answers = []
    for job in several:
        answer, made = rules.admit(job, draft.stored(job.alias), now, source)
        if answer.what in {"created", "updated"}:
            draft.put(answer.job, made)
        answers.append(answer)
    draft.write(tx, now)
    return answers


def change(tx: Transaction, asked: Sequence[tuple[str, Rule]], now: datetime) -> list[Changed]:
    """Ask each rule what becomes of its job, and write it."""
    draft = Draft.of(tx, [alias for alias, _ in asked])
    answers = []
    for alias, rule in asked:
        answer = rule(draft.stored(alias), alias)
        if answer.what == "done":
            draft.put(answer.job, answer.entries)
        answers.append(answer)
    draft.write(tx, now)
    return answers


def remove(tx: Transaction, aliases: Sequence[str], now: datetime, source: str | None) -> list[Changed]:
    """Forget jobs; what was open gets the verdict removed."""
    found = jobs.load(tx, aliases)
    answers = []
    for alias in aliases:
        job = found.get(alias)
        stored, opened = (job.shown(), job.opened.values()) if job else (None, ())
        answer = rules.remove(stored, alias, tuple(opened), now, source)
        if answer.what == "done":
            del found[alias]
        answers.append(answer)
    jobs.remove(tx, [answer.alias for answer in answers if answer.what == "done"])
    ledger.record(tx, [entry for answer in answers for entry in answer.entries])
    return answers


def restore(
    tx: Transaction,
    several: Sequence[StoredJob],
    opened: Sequence[OpenOccurrence],
    now: datetime,
    *,
    merge: bool,
) -> list[Added]:
    """Put jobs of a snapshot back, and what was open of them."""
    draft = Draft.of(tx, [job.alias for job in several])
    group: defaultdict[str, list[OpenOccurrence]] = defaultdict(list)
    for one in opened:
        group[one.job].append(one)
    answers, again = [], dict[str, Sequence[OpenOccurrence]]()
    for job in several:
        answer, made, entries = rules.restore(
            job, group[job.alias], draft.stored(job.alias), now, merge=merge
        )
        if answer.what == "created":
            draft.put(answer.job, entries)
            again |= {job.alias: made} if made else {}
        answers.append(answer)
    draft.write(tx, now)
    writes = Writes(tx, now)
    for alias, kept in jobs.load(tx, again).items():
        for one in again[alias]:
            writes.open(kept, kept.placed(one))
        writes.let_in_line(kept)
    writes.write()
    return answers


def listing(tx: Transaction, which: JobFilter, after: str, limit: int) -> list[Stored]:
    """Return up to *limit* jobs that *which* matches, of those whose alias sorts after *after*."""
    if which.aliases is not None:
        named = jobs.by_alias(tx, [alias for alias in which.aliases if alias > after])
        several: Iterable[Stored] = (named[alias] for alias in sorted(named))
    else:
        several = jobs.following(tx, after)
    found: list[Stored] = []
    for job in several:
        if len(found) >= limit:
            break
        if which.matches(job):
            found.append(job)
    return found
