"""The contract of a job store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from clockhand._model.entry import Entry
from clockhand._model.job import Job
from clockhand._model.occurrence import OpenOccurrence
from clockhand._model.stored import StoredJob, Unreadable
from clockhand.contracts.batches import (
    Added,
    Beat,
    Cancel,
    Changed,
    Claim,
    Conflict,
    Due,
    End,
    Fire,
    JobFilter,
    Plan,
    Requested,
)
from clockhand.contracts.context import StoreContext


class Silo(ABC):
    """
    Keeps jobs and their open occurrences. Every verb is a batch, one transaction, `now` passed in.

    A verb either did all it says or, when it raises, nothing. The rules of what a request does to a
    job are pure functions in `clockhand.contracts.rules`: a silo reads rows, asks the rule, writes
    rows. Every entry that a verb makes or is given goes to the outbox in the same transaction,
    stamped with the context's life and the next seq. After teardown() each verb raises StoreClosed.
    `clockhand.testing.SiloContract` holds an implementation to all of this.
    """

    @property
    def location(self) -> str:
        """
        Where the outbox is kept, in words that a History can compare with its own `location`.

        When both name the same place the outbox is the history: nothing is drained or acked. Empty:
        nowhere that a History could share.
        """
        return ""

    @abstractmethod
    async def startup(self, context: StoreContext) -> None:
        """Open the store, creating or upgrading it; StoreUnreachable says why it can't be."""

    @abstractmethod
    async def teardown(self) -> None:
        """Close it; called any number of times, also after a startup() that raised."""

    @abstractmethod
    async def add_jobs(self, jobs: Sequence[Job], now: datetime, source: str) -> list[Added]:
        """Declare *jobs* as those of *source*; see `rules.admit`. One answer a job, in order."""

    @abstractmethod
    async def get_jobs(self, aliases: Sequence[str]) -> list[StoredJob | Unreadable]:
        """Return the jobs of these aliases that exist, ordered by alias; no aliases, no jobs."""

    @abstractmethod
    async def list_jobs(
        self, which: JobFilter, after: str = "", limit: int = 1000
    ) -> list[StoredJob | Unreadable]:
        """Return up to *limit* jobs whose alias sorts after *after* (by code point), ordered by alias."""

    @abstractmethod
    async def modify_jobs(
        self, changes: Sequence[tuple[str, int, Job]], now: datetime, source: str
    ) -> list[Changed]:
        """
        Replace definitions: (alias, expected revision, new job); see `rules.amend`.

        What waits of such a job does so as the new definition says: for its executor, by its priority.
        """

    @abstractmethod
    async def pause_jobs(
        self, aliases: Sequence[str], now: datetime, reason: str = "", by: str = ""
    ) -> list[Changed]:
        """Pause jobs: their cursors stand still and nothing of them is handed out; see `rules.pause`."""

    @abstractmethod
    async def resume_jobs(
        self, aliases: Sequence[str], now: datetime, run: Literal["latest"] | None = None
    ) -> list[Changed]:
        """Go on with paused jobs; what fell due meanwhile becomes one paused range, see `rules.resume`."""

    @abstractmethod
    async def replan_jobs(
        self, aliases: Sequence[str], now: datetime, *, started: bool, stepped: timedelta
    ) -> list[Changed]:
        """
        Plan jobs anew whose next due time is another by now: a process begins, the clock was set back.

        *stepped* is by how much; see `rules.replan`. If it is above zero, what waits of these jobs does so
        as `rules.brought_near` says. Nothing goes on record.
        """

    @abstractmethod
    async def remove_jobs(
        self, aliases: Sequence[str], now: datetime, source: str | None = None
    ) -> list[Changed]:
        """
        Forget jobs; their open occurrences get the verdict removed, see `rules.remove`.

        With a *source*, a job of another source is refused; None removes whosesoever it is.
        """

    @abstractmethod
    async def release_jobs(self, aliases: Sequence[str], now: datetime) -> list[Changed]:
        """Take jobs out of quarantine, see `rules.release`; a row that is still unreadable is refused."""

    @abstractmethod
    async def get_due_jobs(
        self,
        now: datetime,
        *,
        owner: str,
        room: Mapping[str, int],
        works: frozenset[str],
        limit: int,
    ) -> Due:
        """
        Hand *owner* what it may plan and run now, earliest first, at most *limit* of each.

        Whoever asks again gives up the rights to plan that it had.

        `Due.jobs`: jobs whose cursor is not later than *now*, or that have a requested occurrence.
        One owner gets the right to plan a job, until its plan is taken by start(), it asks again
        (the right is given anew with a larger token) or it is dead. How full executors are doesn't
        matter here: verdicts must not depend on it. `DueJob.open` has all that is open, paused or not.

        `Due.claims`: planned occurrences whose not_before is not later than *now*, and running ones
        whose owner is dead (attempt and deaths then count one more, and `lost` is the run that
        died); at most room[executor] of each executor, those of the highest priority first, then the
        earliest; already written as running under *owner*, started now, with a new token.

        Only jobs whose work key is in *works*, whose executor is a key of *room* and that miss no
        trigger kind; never a quarantined job; of a paused one only what was asked for with force.
        A row that can't be decoded is quarantined on the way, with an entry, which is in
        `Due.entries` too. An owner whose lease has passed is dead from the moment another one calls
        this. An owner that never beat, or is dead, gets nothing.
        """

    @abstractmethod
    async def start(
        self, plans: Sequence[Plan], now: datetime, entries: Sequence[Entry] = ()
    ) -> list[Claim | Conflict]:
        """
        Take plans: cursors move, occurrences and entries are written, planning rights are given back.

        A plan is a Conflict, and leaves no trace, unless its planning token is the current one, its
        owner is alive, the job's revision and cursor are as the plan says, what it closes is still
        waiting, and the job is neither quarantined nor (but for forced occurrences) paused; see
        `plans.outdated`. What it cancels and is running is marked, as request() marks it. *entries*
        belong to no plan and are always written. Returns, for each plan in order, a Claim for each
        RUNNING occurrence, or one Conflict.

        This verb, and each other that opens, closes or redefines anything of a job, lets go of what
        is queued behind nothing any more, see `rules.next_in_line`.
        """

    @abstractmethod
    async def settle(
        self, ends: Sequence[End], now: datetime, entries: Sequence[Entry] = ()
    ) -> list[Sequence[Entry] | None]:
        """
        Close claims or plan them again; see `plans.ended` for what becomes of their jobs.

        Returns, for each end in order, what was put on record besides its own entries, mostly an empty
        tuple; None: its token isn't the current one, and nothing was written. *entries* belong to
        no end and are always written.
        """

    @abstractmethod
    async def hand_back(self, claims: Sequence[Claim], now: datetime) -> None:
        """
        Undo claims that were not begun: planned again, the same attempt; stale tokens are ignored.

        One that was owner-died comes out as owner-died again, with what was lost.
        """

    @abstractmethod
    async def request(self, requests: Sequence[Fire | Cancel], now: datetime) -> list[Requested]:
        """
        Ask for runs, or for their end; one answer a request, in order.

        Fire writes a requested occurrence; a paused job without force, a quarantined one and an
        unknown one are refused or missing. Cancel marks a running occurrence; one that waits gets its
        verdict, cancelled, at once.
        """

    @abstractmethod
    async def list_open(
        self, aliases: Sequence[str] | None = None, after: str = "", limit: int = 1000
    ) -> list[OpenOccurrence]:
        """
        Return up to *limit* occurrences without a verdict whose key sorts after *after*, ordered by key.

        Those of the jobs *aliases*; None: of all. One whose owner is dead, and that nobody else has
        yet, is running still.
        """

    @abstractmethod
    async def restore_jobs(
        self,
        jobs: Sequence[StoredJob],
        opened: Sequence[OpenOccurrence],
        now: datetime,
        *,
        merge: bool = False,
    ) -> list[Added]:
        """
        Put *jobs* of a snapshot, and what was *opened* of them, back as they were; see `rules.restore`.

        One answer a job, in order: created; or, where its alias is here already, unchanged with
        *merge* and refused without.
        """

    @abstractmethod
    async def next_due(self, after: datetime | None = None) -> datetime | None:
        """
        Return the earliest moment at which anything here falls due, perhaps past; None: nothing will.

        A due time that nobody has planned yet, or when an occurrence that waits may start. With
        *after* the earliest that is later: what fell due before the asker has seen, and what it could
        not do about must neither keep it awake nor make it late for the next.
        """

    @abstractmethod
    async def beat(self, owner: str, now: datetime, lease: timedelta) -> Beat:
        """
        Renew *owner*'s lease until now + *lease*; the first beat of a name enlists it.

        Not alive: others have taken over its work, and the name is dead for good. A lease of zero
        gives it up: its work is free at once. When the clock is set back, by more than a lease, an
        owner that doesn't beat again is dead a lease after somebody next asks for work.
        """

    async def clock(self) -> datetime | None:
        """Return the store's own time if it is the authority for its users; the default, None: it isn't."""
        return None

    @abstractmethod
    async def outbox(self, after: int, limit: int) -> list[Entry]:
        """Return up to *limit* entries that aren't acked, with position larger than *after*, in order."""

    @abstractmethod
    async def ack(self, through: int) -> None:
        """Forget entries up to position *through*: a History has them."""
