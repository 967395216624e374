"""What goes into and comes out of a silo's verbs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

import attrs

from clockhand._model.entry import Entry
from clockhand._model.job import Job
from clockhand._model.occurrence import OpenOccurrence
from clockhand._model.run import Run
from clockhand._model.stored import Change, StoredJob, Unreadable
from clockhand._model.words import Verdict
from clockhand.contracts import several


@attrs.define
class Added:
    """What became of one job in add_jobs; `diff` for updated, `owner` for refused: whose it is."""

    alias: str
    what: Literal["created", "unchanged", "updated", "refused"]
    job: StoredJob | Unreadable
    diff: tuple[Change, ...] = ()
    owner: str = ""


@attrs.frozen
class Changed:
    """What became of one job in modify, pause, resume, remove or release; `reason` when not done."""

    alias: str
    what: Literal["done", "unchanged", "missing", "refused"]
    job: StoredJob | Unreadable | None = None
    reason: str = ""
    entries: tuple[Entry, ...] = ()


@attrs.frozen(kw_only=True)
class JobFilter:
    """Which jobs list_jobs returns. None: any. An empty set matches nothing."""

    aliases: frozenset[str] | None = attrs.field(default=None, validator=several.names)
    tags: frozenset[str] | None = attrs.field(default=None, validator=several.names)
    """Jobs that have at least one of them."""
    source: str | None = None
    paused: bool | None = None
    quarantined: bool | None = None

    def matches(self, row: StoredJob | Unreadable) -> bool:
        """Say whether *row* is one of them."""
        if isinstance(row, Unreadable):
            tags, paused, quarantined = frozenset[str](), False, True
        else:
            tags, paused, quarantined = row.job.tags, row.paused is not None, bool(row.quarantined)
        return (
            (self.aliases is None or row.alias in self.aliases)
            and (self.tags is None or bool(self.tags & tags))
            and (self.source is None or row.source == self.source)
            and (self.paused is None or self.paused == paused)
            and (self.quarantined is None or self.quarantined == quarantined)
        )


class ClaimReason(StrEnum):
    """Why an occurrence is handed out now."""

    DUE = "due"
    FIRED = "fired"
    QUEUED = "queued"
    """It was planned and had to wait."""
    OWNER_DIED = "owner-died"


@attrs.define
class Claim:
    """An occurrence that one owner is to run: named by its key, guarded by its token."""

    stored: StoredJob
    occurrence: OpenOccurrence
    reason: ClaimReason
    lost: Run | None = None
    """With owner-died: the run that its owner didn't end."""

    @property
    def job(self) -> Job:
        """The job's definition, as it is at this start."""
        return self.stored.job


@attrs.define
class DueJob:
    """
    A job of which this owner, and no one else, may plan what is due now.

    `open` are all its occurrences without a verdict. The tokens from `token` on, one for the
    occurrence at the cursor and one for each requested one, belong to the plan.
    """

    stored: StoredJob
    token: int
    open: Sequence[OpenOccurrence] = ()


@attrs.define
class Due:
    """What get_due_jobs hands to one owner; `entries` are those it put on record on the way."""

    jobs: Sequence[DueJob] = ()
    claims: Sequence[Claim] = ()
    entries: Sequence[Entry] = ()


@attrs.define
class Plan:
    """
    What a planner decided about one DueJob; taken whole or, as a Conflict, not at all.

    `occurrences` are written: with state RUNNING under the plan's owner and their own token, PLANNED,
    or QUEUED behind others of the job. `closed` are keys of open occurrences that got a verdict
    without being started; none of them may be running. `cancel` are keys of running ones whose owners
    are to end them; one that waits for its next attempt by then goes on waiting. `entries` go to the
    outbox in the same transaction. A `pause` reason pauses the job; then the cursor stays.
    """

    alias: str
    owner: str
    token: int
    revision: int
    old_cursor: datetime | None
    cursor: datetime | None
    occurrences: Sequence[OpenOccurrence] = ()
    closed: Sequence[str] = ()
    cancel: Sequence[str] = ()
    entries: Sequence[Entry] = ()
    pause: str = ""
    anchor: datetime | None = None
    """A new anchor for the job, when its timer was re-anchored."""


@attrs.define
class Conflict:
    """A plan that was not taken: the right was lost, the job changed, or it is gone."""

    alias: str
    reason: str


@attrs.define
class End:
    """
    How an owner's claim ends: with a verdict, or planned again (verdict None).

    `entries` go to the outbox in the same transaction. A `quarantine` reason puts the job there.
    """

    job: str
    key: str
    token: int
    verdict: Verdict | None
    entries: Sequence[Entry] = ()
    attempt: int = 0
    """With verdict None: the attempt that comes next."""
    not_before: datetime | None = None
    """With verdict None: when it may start."""
    quarantine: str = ""
    failures: int = 0
    """With verdict None: how many attempts have failed by now."""


@attrs.frozen
class Fire:
    """Ask for one run by hand. The cursor doesn't move; `force` ignores that the job is paused."""

    alias: str
    force: bool = False
    by: str = ""
    key: str = ""
    """The occurrence's key; empty: a new one is made. The same key twice is one occurrence."""
    watch: bool = False
    """Put what the run prints on record while it runs."""


@attrs.frozen
class Cancel:
    """Ask for the end of the open occurrence *key*: its owner learns it at the next beat."""

    key: str
    by: str = ""


@attrs.frozen
class Requested:
    """What became of one request; `key` names the occurrence when it was taken."""

    what: Literal["done", "missing", "refused"]
    key: str = ""
    reason: str = ""


@attrs.frozen
class Beat:
    """What an owner hears back: whether it is alive still, and which of its tokens to cancel."""

    alive: bool
    cancel: frozenset[int] = frozenset()
