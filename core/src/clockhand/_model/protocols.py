"""What a user's own triggers and works look like to clockhand: protocols, called, never opened."""

from __future__ import annotations

import inspect
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    Protocol,
    TypeAlias,
    TypeGuard,
    TypeVar,
    runtime_checkable,
)

import attrs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta
    from logging import Logger, LoggerAdapter
    from typing import Self

    from clockhand._model.last import Last


@attrs.define(kw_only=True)
class Facts:
    """What a timer may know besides the moment it is asked about; all of it is the same on every host."""

    anchor: datetime | None = None
    """The job's zero: start_time, else when it was first added, floored to the second."""
    alias: str = ""
    process_started: datetime | None = None
    """When this process began to run the job's silo; None where nothing runs, as in a command."""
    last_end: datetime | None = None
    """When the job's last run ended; None before the first."""


NO_FACTS = Facts()

PASSING: Final = frozenset({"process_started", "last_end"})
"""The facts that change while a job stays as it is; a timer says in `needs` which of them it reads."""

T = TypeVar("T")


def zoned(trigger: T, tz: str) -> T:
    """Return *trigger* with *tz* in its field of that name, if it has one and that is None."""
    return attrs.evolve(trigger, tz=tz) if getattr(trigger, "tz", "") is None else trigger  # type: ignore[misc]


@runtime_checkable
class Timer(Protocol):
    """
    Says when a job is due. Pure: the same question has the same answer.

    All moments are aware; answers are in UTC. A timer is a frozen attrs value whose fields are JSON
    with the converters of `clockhand.contracts`.
    """

    @property
    def keeps_past(self) -> bool:
        """Whether moments before the job was added are due too (a named moment is; a recurring one isn't)."""
        return False

    @property
    def needs(self) -> frozenset[str]:
        """
        The passing facts that its answers depend on, by name: `process_started`, `last_end`.

        When one of them changes, the job's next due time may; who keeps a cursor asks again then.
        """
        return frozenset()

    def in_zone(self, tz: str) -> Self:
        """Return it with *tz* wherever it left its time zone open; a field `tz` that is None is open."""
        return zoned(self, tz)

    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the first due time strictly later than *moment*, or None if there is none."""
        ...

    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last due time in the closed range from *since* to *moment*, or None."""
        ...

    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int | None:
        """Return how many due times lie in the closed range, or None where that can't be told cheaply."""
        ...


@attrs.frozen(kw_only=True)
class ConditionContext:
    """What a condition may know: the occurrence in question, and the last verdicts that it reads."""

    job: str
    due: datetime
    now: datetime
    last: Mapping[str, Last] = attrs.field(factory=dict)
    """By alias, for each alias in the condition's `reads` that exists and has ended at least once."""


@runtime_checkable
class Condition(Protocol):
    """Says whether a due occurrence runs. Pure, no I/O: what it reads is fetched before it is asked."""

    reads: frozenset[str]
    """The aliases of jobs whose last verdict must be in the context."""

    def in_zone(self, tz: str) -> Self:
        """Return it with *tz* wherever it left its time zone open; a field `tz` that is None is open."""
        return zoned(self, tz)

    def passes(self, context: ConditionContext) -> bool:
        """Return True to let the occurrence run; False gives it the verdict excluded."""
        ...


Trigger: TypeAlias = Timer | Condition


@runtime_checkable
class Calendar(Protocol):
    """
    Says which moments are in it: days of the week, holidays, a shutdown. Pure, as a timer is.

    A calendar is no trigger by itself but a part of one: `but_not(timer, calendar)`, `on(calendar)`.
    It is a frozen attrs value, and is offered by the hook `clockhand_triggers` as they are.
    """

    def covers(self, moment: datetime) -> bool:
        """Say whether *moment* is in the calendar."""
        ...

    def next_change(self, moment: datetime) -> datetime | None:
        """
        Return a moment strictly later than *moment* up to which, and without it, `covers` stays the same.

        None: for ever. The longer the stretch, the fewer steps a search takes; it need not be the longest.
        """
        ...

    def last_change(self, moment: datetime) -> datetime | None:
        """Return a moment not later than *moment* since which `covers` has been the same; None: for ever."""
        ...

    def in_zone(self, tz: str) -> Self:
        """Return it with *tz* wherever it left its time zone open; a field `tz` that is None is open."""
        return zoned(self, tz)


_fulfilled: Final[dict[tuple[type, type], bool]] = {}


def _fulfils(value: object, protocol: type) -> bool:
    """Say whether *value* is a *protocol*; found out once per class, for Python takes 20 us to find out."""
    known = (type(value), protocol)
    if known not in _fulfilled:
        _fulfilled[known] = isinstance(value, protocol)
    return _fulfilled[known]


def is_timer(value: object) -> TypeGuard[Timer]:
    """Say whether *value* is a Timer."""
    return _fulfils(value, Timer)


def is_condition(value: object) -> TypeGuard[Condition]:
    """Say whether *value* is a Condition."""
    return _fulfils(value, Condition)


def is_calendar(value: object) -> TypeGuard[Calendar]:
    """Say whether *value* is a Calendar."""
    return _fulfils(value, Calendar)


def is_work(value: object) -> TypeGuard[Work]:
    """Say whether *value* is a Work."""
    return _fulfils(value, Work)


class RunContext(Protocol):
    """What a running Work knows of its run, and says about it."""

    @property
    def job(self) -> str:
        """The alias of the job."""
        ...

    @property
    def due(self) -> datetime:
        """The nominal due time, in UTC; for a run fired by hand, when it was asked for."""
        ...

    @property
    def occurrence(self) -> str:
        """The key of the occurrence, the same for each attempt: an idempotency key."""
        ...

    @property
    def attempt(self) -> int:
        """Which try this is, from 1."""
        ...

    @property
    def token(self) -> int:
        """The fencing token: larger than that of any earlier attempt at any occurrence of this silo."""
        ...

    @property
    def node(self) -> str:
        """A name for this process, for people; not unique."""
        ...

    @property
    def logger(self) -> Logger | LoggerAdapter[Logger]:
        """A logger whose records carry job, occurrence and attempt."""
        ...

    @property
    def shared(self) -> Any:
        """What the kind's `share` opened for this scheduler, or None."""
        ...

    @property
    def cancelled(self) -> bool:
        """Whether the run was asked to end: by its timeout, by a person, or by a stop."""
        ...

    def hold(self) -> AbstractContextManager[None]:
        """
        Return a context manager: virtual time stands still while the work is inside.

        For what the event loop can't see, an answer over the network or the end of a program. It does
        nothing to real time.
        """
        ...

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        """Tell listeners how far the run is; may be called from any thread."""
        ...

    @property
    def watched(self) -> bool:
        """Whether somebody waits to see what the run prints while it runs."""
        ...

    def output(self, text: str, stream: Literal["stdout", "stderr"] = "stdout") -> None:
        """
        Show *text* to whoever watches the run; it goes nowhere if nobody does. For any thread.

        Of very much, some is dropped and counted: what must stay goes into `record`. To take secrets
        out is up to you. A *stream* that is neither is a DefinitionError.
        """
        ...

    def record(self, **fields: Any) -> None:
        """Add *fields* (JSON) to the run's record in the ledger; a later value replaces an earlier one."""
        ...


@runtime_checkable
class Work(Protocol):
    """
    What a job does. A frozen attrs value: its fields are the payload, kept as JSON.

    Per attempt: startup, func, teardown, each once and in the executor; teardown always, also when
    startup raised. Each may be `def` or `async def`. What `func` returns is kept in the run's record
    if it is JSON; raise WorkFailed for a failure with a code, anything else counts as `exc:<name>`.
    """

    def startup(self, context: RunContext, /) -> Awaitable[None] | None:
        """Prepare; the default does nothing."""
        return None

    def func(self, context: RunContext, /) -> Any:
        """Do it, and return what should stand in the run's record."""
        ...

    def teardown(self, context: RunContext, /) -> Awaitable[None] | None:
        """Clean up; called always, the default does nothing."""
        return None

    @property
    def proposed_executor(self) -> str:
        """The executor for a job that names none: `async` when func is `async def`, else `thread`."""
        return "async" if inspect.iscoroutinefunction(self.func) else "thread"

    @property
    def proposed_timeout(self) -> timedelta | None:
        """The timeout for a job that gives none; None: no limit."""
        return None

    @property
    def target(self) -> str:
        """
        The one thing besides its kind that this work needs on a node, such as a function's name.

        Jobs whose target a node doesn't have are left to others. Empty: the kind is enough.
        """
        return ""
