"""What people ask of jobs: the rule says what becomes of each, the file keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import attrs

from clockhand.contracts import Added, Changed, Entry, Job, JobFilter, StoredJob, Unreadable, rules
from clockhand_sqlite import jobs, ledger, occurrences
from clockhand_sqlite.transaction import Transaction

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
        return cls({alias: job.stored for alias, job in jobs.by_alias(tx, aliases).items()})

    def stored(self, alias: str) -> Stored | None:
        """Return the job as it is by now."""
        return self.after.get(alias) or self.before.get(alias)

    def put(self, job: Stored | None, made: Iterable[Entry]) -> None:
        """Note what a rule made of a job."""
        if isinstance(job, StoredJob):
            self.after[job.alias] = job
        self.entries += made

    def write(self, tx: Transaction) -> None:
        """Write it; definitions only where they are others than before."""
        fresh, known = [], []
        for alias, job in self.after.items():
            old = self.before.get(alias)
            if isinstance(old, StoredJob) and old.job is job.job:
                known.append(job)
            else:
                fresh.append((job, tx.codec.dump(job.job)))
        jobs.write(tx, known)
        jobs.define(tx, fresh)
        ledger.record(tx, self.entries)


def add(tx: Transaction, several: Sequence[Job], now: datetime, source: str) -> list[Added]:
    """Declare jobs as those of *source*."""
    draft = Draft.of(tx, [job.alias for job in several])
    answers = []
    for job in several:
        answer, made = rules.admit(job, draft.stored(job.alias), now, source)
        if answer.what in {"created", "updated"}:
            draft.put(answer.job, made)
        answers.append(answer)
    draft.write(tx)
    return answers


def change(tx: Transaction, asked: Sequence[tuple[str, Rule]]) -> list[Changed]:
    """Ask each rule what becomes of its job, and write it."""
    draft = Draft.of(tx, [alias for alias, _ in asked])
    answers = []
    for alias, rule in asked:
        answer = rule(draft.stored(alias), alias)
        if answer.what == "done":
            draft.put(answer.job, answer.entries)
        answers.append(answer)
    draft.write(tx)
    return answers


def remove(tx: Transaction, aliases: Sequence[str], now: datetime, source: str | None) -> list[Changed]:
    """Forget jobs; what was open gets the verdict removed."""
    stored = Draft.of(tx, aliases).before
    opened, _ = occurrences.of_jobs(tx, stored)
    answers = []
    for alias in aliases:
        answer = rules.remove(stored.get(alias), alias, opened.get(alias, ()), now, source)
        if answer.what == "done":
            del stored[alias]
        answers.append(answer)
    jobs.remove(tx, [answer.alias for answer in answers if answer.what == "done"])
    ledger.record(tx, [entry for answer in answers for entry in answer.entries])
    return answers


def listing(tx: Transaction, which: JobFilter, after: str, limit: int) -> list[Stored]:
    """Return up to *limit* jobs that *which* matches, of those whose alias sorts after *after*."""
    if which.aliases is not None:
        named = jobs.by_alias(tx, [alias for alias in which.aliases if alias > after])
        several: Iterable[Stored] = (named[alias].stored for alias in sorted(named))
    else:
        several = (job.stored for job in jobs.following(tx, after))
    found: list[Stored] = []
    for job in several:
        if len(found) >= limit:
            break
        if which.matches(job):
            found.append(job)
    return found
