"""The rig of the silo's laws: an opened silo, jobs to put into it, and a planner's hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key
from clockhand._model.opaque import Opaque
from clockhand._model.protocols import NO_FACTS, Condition, Facts, RunContext, Timer, Trigger, Work
from clockhand._model.run import Outcome, Run
from clockhand._model.stored import StoredJob
from clockhand._model.words import Result, Verdict
from clockhand._plugins.codec import JsonCodec
from clockhand.contracts.batches import Claim, Conflict, Due, DueJob, End, Plan
from clockhand.contracts.context import Codec, StoreContext
from clockhand.contracts.kind import Kind
from clockhand.contracts.rules import never_ran
from clockhand.contracts.silo import Silo
from clockhand.triggers import BUILTIN, every
from clockhand.triggers.timetable import last_due, next_due

if TYPE_CHECKING:
    from typing import Self

BEGIN: Final = datetime(2026, 3, 1, 9, tzinfo=UTC)
"""The moment 0 of each law; moments in laws are seconds after it."""
SOURCE: Final = "code:app"
ROOM: Final[Mapping[str, int]] = {"async": 10}
WORKS: Final = frozenset({"note"})
LEASE: Final = timedelta(seconds=15)
DAY: Final = timedelta(days=1)
"""A lease that doesn't pass in the course of a law."""
EVERY_TEN: Final = every(seconds=10)

Part = Timer | Condition | Opaque
"""What a job of a law may have among its triggers."""


@attrs.frozen
class Note(Work):
    """A work for laws: it is never run."""

    text: str = ""

    async def func(self, context: RunContext, /) -> None:
        """Do nothing."""


@attrs.frozen
class Brittle(Timer):
    """A timer that is due at each full second and raises ZeroDivisionError when it is asked *breaks*."""

    breaks: str = ""

    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the next full second."""
        return self._answer("next_after", moment.replace(microsecond=0) + timedelta(seconds=1))

    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last full second."""
        return self._answer("last_before", max(since, moment.replace(microsecond=0)))

    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int | None:
        """Return nothing: it isn't known."""
        return None

    def _answer(self, question: str, answer: datetime) -> datetime:
        if question == self.breaks:
            raise ZeroDivisionError(question)
        return answer


def kit_codec(*, without: str = "") -> Codec:
    """Return a codec that knows the works and triggers of the laws, but for the kind *without*."""
    works: dict[str, Kind[Work]] = {"note": Kind("note", "does nothing", Note)}
    triggers: dict[str, Kind[Trigger]] = {
        name: Kind(name, f"the trigger {name}", value)
        for name, value in {**BUILTIN, "brittle": Brittle}.items()
    }
    works.pop(without, None)
    triggers.pop(without, None)
    return JsonCodec(works, triggers)


def after(seconds: float) -> datetime:
    """Return the moment that many seconds after the beginning."""
    return BEGIN + timedelta(seconds=seconds)


def job(alias: str = "job", timer: Part | Sequence[Part] = EVERY_TEN, **fields: Any) -> Job:
    """Return a job that does nothing every ten seconds."""
    return Job(alias=alias, work=fields.pop("work", Note()), triggers=timer, **fields)


def plan(
    due: DueJob, owner: str, at: float, *, room: int = 1_000, rest: OpenState = OpenState.PLANNED
) -> Plan:
    """
    Return what a planner decides that runs the latest due time and all that was asked for.

    What comes after the first *room* of them is written as *rest*: planned or queued.
    """
    row = due.stored
    cursor, entries = row.cursor, list[Entry]()
    wanted = [attrs.evolve(one) for one in due.open if one.state is OpenState.REQUESTED]
    if row.cursor is not None and row.cursor <= after(at) and row.paused is None:
        latest, cursor, entries = _latest(row, row.cursor, at)
        key = due_key(row.alias, latest)
        one = OpenOccurrence(key, row.alias, latest, rest, 1, after(at), row.job.wanted_executor)
        one.priority = row.job.terms.priority
        wanted.insert(0, one)
    for number, one in enumerate(wanted):
        one.token, one.revision, one.state = due.token + number, row.revision, rest
        if number < room:
            one.state, one.owner, one.started = OpenState.RUNNING, owner, after(at)
            entries.append(started(one, at))
    return Plan(row.alias, owner, due.token, row.revision, row.cursor, cursor, wanted, entries=entries)


def _latest(row: StoredJob, first: datetime, at: float) -> tuple[datetime, datetime | None, list[Entry]]:
    latest = last_due(row.job, after(at), first, row.anchor) or first
    cursor = next_due(row.job, latest, row.anchor)
    before = last_due(row.job, latest - timedelta(microseconds=1), first, row.anchor)
    if before is None:
        return latest, cursor, []
    skipped = never_ran(row.job, row.anchor, first, before, Verdict.COALESCED, after(at), "run once for all")
    return latest, cursor, [skipped]


def started(one: OpenOccurrence, at: float) -> Entry:
    """Return the entry for the start of a run."""
    run = Run(one.attempt, one.owner, one.token, one.revision, after(at))
    return Entry(after(at), What.RUN_STARTED, one.job, one.key, one.due, None, run)


def end(
    claim: Claim,
    at: float,
    verdict: Verdict | None = Verdict.SUCCEEDED,
    *,
    again_at: float | None = None,
    quarantine: str = "",
    failures: int = 0,
) -> End:
    """Return the end of a claim with a verdict; with None it is to be tried again at *again_at*."""
    one = claim.occurrence
    result = Result.FAILED if verdict is None else Result(str(verdict))
    run = Run(one.attempt, one.owner, one.token, one.revision, after(at), after(at), Outcome(result))
    entry = Entry(after(at), What.RUN_ENDED, one.job, one.key, one.due, verdict, run)
    if verdict is None:
        moment = None if again_at is None else after(again_at)
        number = one.attempt + 1
        return End(one.job, one.key, one.token, None, [entry], number, moment, quarantine, failures)
    return End(one.job, one.key, one.token, verdict, [entry], quarantine=quarantine)


class SiloRig:
    """A silo of the kind, opened, with short words for what laws do to it."""

    def __init__(self, kind: Kind[Silo], options: Any) -> None:
        self._kind, self._options = kind, options
        self._stack = AsyncExitStack()
        self.silo: Silo
        self.codec = kit_codec()

    async def __aenter__(self) -> Self:
        self.silo = await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def make(self) -> Silo:
        """Return a new handle that isn't open."""
        assert self._kind.make is not None, f"the kind {self._kind.name!r} has no make"
        return self._kind.make(self._options)

    async def open(self, codec: Codec | None = None, life: str | None = None) -> Silo:
        """Return a new handle, open until the law ends."""
        silo = self.make()
        self._stack.push_async_callback(silo.teardown)
        context = StoreContext(alias="law", codec=codec or self.codec)
        await silo.startup(context if life is None else attrs.evolve(context, life=life))
        return silo

    async def reopen(self, codec: Codec | None = None, life: str | None = None) -> None:
        """Close all handles and open one anew, as after a restart."""
        await self._stack.aclose()
        self.silo = await self.open(codec, life)

    async def add(self, *jobs: Job, at: float = 0, source: str = SOURCE) -> list[str]:
        """Add jobs; return what became of each."""
        return [added.what for added in await self.silo.add_jobs(jobs, after(at), source)]

    async def row(self, alias: str = "job") -> StoredJob:
        """Return a job that must be there and be readable."""
        (row,) = await self.silo.get_jobs([alias])
        assert isinstance(row, StoredJob), f"{row!r} can't be read"
        return row

    async def rows(self, *aliases: str) -> list[StoredJob]:
        """Return jobs that must be there and be readable."""
        return [await self.row(alias) for alias in aliases]

    async def enlist(self, *owners: str, at: float = 0, lease: timedelta = LEASE) -> None:
        """Let owners beat."""
        for owner in owners:
            assert (await self.silo.beat(owner, after(at), lease)).alive, f"owner {owner!r} isn't alive"

    async def due(
        self,
        owner: str,
        at: float,
        *,
        room: Mapping[str, int] = ROOM,
        works: frozenset[str] = WORKS,
        limit: int = 100,
    ) -> Due:
        """Ask what is due."""
        return await self.silo.get_due_jobs(after(at), owner=owner, room=room, works=works, limit=limit)

    async def right(self, owner: str, at: float, alias: str = "job") -> DueJob:
        """Get the right to plan a job that must be due; nothing that waits is claimed on the way."""
        due = await self.due(owner, at, room=dict.fromkeys(ROOM, 0))
        found = [one for one in due.jobs if one.stored.alias == alias]
        assert found, f"job {alias!r} is not handed to {owner!r} at {at} s"
        return found[0]

    async def take(self, plan: Plan, at: float) -> list[Claim]:
        """Start a plan that must be taken."""
        taken = await self.silo.start([plan], after(at))
        claims = [one for one in taken if isinstance(one, Claim)]
        assert len(claims) == len(taken), f"a good plan was not taken: {taken!r}"
        return claims

    async def run(self, owner: str, at: float, alias: str = "job") -> Claim:
        """Plan a due job and start its run."""
        (claim,) = await self.take(plan(await self.right(owner, at, alias), owner, at), at)
        return claim

    async def queue(self, owner: str, at: float, alias: str = "job") -> None:
        """Plan a due job whose run has to wait for room."""
        await self.take(plan(await self.right(owner, at, alias), owner, at, room=0), at)

    async def line_up(self, owner: str, at: float, alias: str = "job") -> None:
        """Plan a due job whose run has to wait for others of the job."""
        made = plan(await self.right(owner, at, alias), owner, at, room=0, rest=OpenState.QUEUED)
        await self.take(made, at)

    async def opened(self, *aliases: str) -> list[OpenOccurrence]:
        """Return the open occurrences of these jobs, or of all, by due time."""
        found = await self.silo.list_open(aliases or None)
        return sorted(found, key=lambda one: (one.due, one.key))

    async def states(self, alias: str = "job") -> list[OpenState]:
        """Return where the open occurrences of a job are, by due time."""
        return [one.state for one in await self.opened(alias)]

    async def told(self) -> list[Entry]:
        """Return all entries in the outbox."""
        return await self.silo.outbox(0, 10_000)

    async def hush(self) -> None:
        """Empty the outbox."""
        entries = await self.told()
        if entries:
            await self.silo.ack(entries[-1].position)


def conflicts(results: Sequence[Claim | Conflict]) -> list[str]:
    """Return the aliases of the plans that were not taken."""
    return [one.alias for one in results if isinstance(one, Conflict)]
