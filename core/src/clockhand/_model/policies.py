"""The policies of a job: what is to happen when due times, runs and failures get into each other's way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import attrs

from clockhand._model.moments import parse_span, shown_span
from clockhand._model.retries import Retries, retries
from clockhand._model.words import CatchUp, Delivery, Overlap
from clockhand.errors import DefinitionError, did_you_mean, shown

if TYPE_CHECKING:
    from typing import Self

NONE: Final = "none"
"""How a policy says that there is no limit; None says nothing, so that the scheduler's default counts."""
LONGEST: Final = timedelta(days=36_500)
"""A longer span is a slip of the pen, and counted back from now it would begin before the year 1."""
MOST: Final = 10_000
"""The largest number in a policy; of a priority, also how far below zero it may be."""
QUEUE_LIMIT: Final = 100
CATCH_UP_LIMIT: Final = 100

Span = timedelta | Literal["none"] | None
Number = int | Literal["none"] | None

_Word = TypeVar("_Word", bound=StrEnum)
T = TypeVar("T")


def _limit(value: T | Literal["none"] | None) -> T | None:
    return None if value == NONE else value


def _word(kind: type[_Word], field: str, value: object) -> _Word | None:
    if value is None:
        return None
    try:
        return kind(value)  # type: ignore[arg-type]  # anything else is a ValueError
    except ValueError:
        hint = did_you_mean(value, kind) if isinstance(value, str) else f", known: {', '.join(kind)}"
        raise DefinitionError(f"{field}: unknown value {shown(value)}{hint}") from None


def _span(field: str, value: object) -> Span:
    if value is None or value == NONE:
        return value
    span = parse_span(value, field)
    given = f"given {shown_span(value)}; write 'none' for no limit"
    if span <= timedelta():
        raise DefinitionError(f"{field}: not longer than zero, {given}")
    if span > LONGEST:
        raise DefinitionError(f"{field}: longer than {LONGEST.days:,} days, {given}")
    return span


def _number(field: str, least: int, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST:
        raise DefinitionError(f"{field}: not a whole number from {least:,} to {MOST:,}, given {shown(value)}")
    return value


def _limited(field: str, value: object) -> Number:
    if value == NONE:
        return NONE
    try:
        return _number(field, 1, value)
    except DefinitionError as error:
        raise DefinitionError(f"{error}; write 'none' for no limit") from None


def _overlap(value: object) -> Overlap | None:
    return _word(Overlap, "overlap", value)


def _max_running(value: object) -> Number:
    return _limited("max_running", value)


def _queue_limit(value: object) -> int | None:
    return _number("queue_limit", 1, value)


def _catch_up(value: object) -> CatchUp | None:
    return _word(CatchUp, "catch_up", value)


def _catch_up_window(value: object) -> Span:
    return _span("catch_up_window", value)


def _catch_up_limit(value: object) -> int | None:
    return _number("catch_up_limit", 1, value)


def _grace(value: object) -> Span:
    return _span("grace", value)


def _timeout(value: object) -> Span:
    return _span("timeout", value)


def _delivery(value: object) -> Delivery | None:
    return _word(Delivery, "delivery", value)


def _priority(value: object) -> int | None:
    return _number("priority", -MOST, value)


def _pause_after(value: object) -> Number:
    return _limited("pause_after", value)


def _warn_after(value: object) -> Span:
    return _span("warn_after", value)


def _max_runs(value: object) -> Number:
    return _limited("max_runs", value)


def _spread(value: object) -> Span:
    return _span("spread", value)


def _jitter(value: object) -> Span:
    return _span("jitter", value)


@attrs.frozen
class Terms:
    """The policies in force, nothing left open. Lengths of time and numbers that are None have no limit."""

    overlap: Overlap
    max_running: int | None
    queue_limit: int
    catch_up: CatchUp
    catch_up_window: timedelta | None
    catch_up_limit: int
    grace: timedelta | None
    retries: Retries | None
    delivery: Delivery
    priority: int
    pause_after: int | None
    warn_after: timedelta | None
    max_runs: int | None
    spread: timedelta
    jitter: timedelta
    plain: bool
    """Whether nothing here may keep a due time from being run at once, or puts the run off."""


@attrs.frozen(kw_only=True)
class Policies:
    """
    Policies as somebody gives them: to a job, or to a scheduler as the defaults of its jobs.

    None: nothing is said, so that the scheduler's default counts, else what is said here. Where
    "none" is allowed it means that there is no limit. Whatever is wrong raises a DefinitionError that
    names the field.
    """

    overlap: Overlap | None = attrs.field(default=None, converter=_overlap)
    """What becomes of a due time, or a fire by hand, while `max_running` runs are open: by default skip."""
    max_running: Number = attrs.field(default=None, converter=_max_running)
    """How many runs of the job may be open at once: by default one, with overlap parallel any number."""
    queue_limit: int | None = attrs.field(default=None, converter=_queue_limit)
    """How many may wait with overlap queue-all: by default 100. What comes then is skipped."""
    catch_up: CatchUp | None = attrs.field(default=None, converter=_catch_up)
    """Which due times that passed while nothing was running are run: by default the latest one."""
    catch_up_window: Span = attrs.field(default=None, converter=_catch_up_window)
    """How far back catch_up looks: by default without limit. What is older is missed."""
    catch_up_limit: int | None = attrs.field(default=None, converter=_catch_up_limit)
    """How many catch_up all runs at most, the latest ones: by default 100. The others are missed."""
    grace: Span = attrs.field(default=None, converter=_grace)
    """
    How late a due time may be taken up, whatever made it late: by default without limit.

    Waiting for a free worker is never late.
    """
    retries: Retries | None = attrs.field(default=None, converter=retries)
    """Further attempts after a failure: a number of them, or a `Retries`; by default none."""
    timeout: Span = attrs.field(default=None, converter=_timeout)
    """How long an attempt may take: by default what its work proposes."""
    delivery: Delivery | None = attrs.field(default=None, converter=_delivery)
    """What becomes of a run whose owner died: by default at-least-once, it is started again."""
    priority: int | None = attrs.field(default=None, converter=_priority)
    """Who goes first when an executor is full, the highest: by default 0."""
    pause_after: Number = attrs.field(default=None, converter=_pause_after)
    """After so many failed occurrences in a row the job is paused: by default never."""
    warn_after: Span = attrs.field(default=None, converter=_warn_after)
    """A run that takes longer makes the event RunSlow: by default never."""
    max_runs: Number = attrs.field(default=None, converter=_max_runs)
    """After so many runs the timetable is over: by default never. What is fired by hand doesn't count."""
    spread: Span = attrs.field(default=None, converter=_spread)
    """Each run starts up to so much after its due time, always the same for an alias. Not by default."""
    jitter: Span = attrs.field(default=None, converter=_jitter)
    """Each run starts up to so much after its due time, by chance: each time another. Not by default."""

    def __attrs_post_init__(self) -> None:
        if self.catch_up is CatchUp.ALL and self.overlap in {Overlap.QUEUE_ONE, Overlap.CANCEL_PREVIOUS}:
            raise DefinitionError(
                f"catch_up: 'all' contradicts overlap {str(self.overlap)!r}, which keeps only the latest; "
                "write overlap = 'queue-all' to run them one after another"
            )

    @cached_property
    def terms(self) -> Terms:
        """The policies in force where nobody says anything else."""
        given = tuple([getattr(self, name) for name in POLICIES])
        return DEFAULT_TERMS if given == _NOTHING else _terms(given)

    def policies(self) -> Mapping[str, Any]:
        """Return the policies that are given, by name."""
        given = ((name, getattr(self, name)) for name in POLICIES)
        return {name: value for name, value in given if value is not None}

    def with_defaults(self, defaults: Policies) -> Self:
        """Return a copy in which *defaults* fill what is not given; DefinitionError if they contradict it."""
        if defaults.terms is DEFAULT_TERMS and defaults.timeout is None:
            return self
        given = self.policies()
        missing = {name: value for name, value in defaults.policies().items() if name not in given}
        if not missing:
            return self
        try:
            return attrs.evolve(self, **missing)
        except DefinitionError as error:
            raise DefinitionError(f"{error} (given {', '.join(sorted(missing))} by the defaults)") from error


POLICIES: Final = tuple(field.name for field in attrs.fields(Policies))
"""The names of all policies."""
_NOTHING: Final = (None,) * len(POLICIES)


@lru_cache(1_000)
def _terms(given: tuple[Any, ...]) -> Terms:
    """Return the policies in force, the same value for the same policies: a million jobs share a few."""
    said = dict(zip(POLICIES, given, strict=True))
    overlap = said["overlap"] or Overlap.SKIP
    retries = said["retries"]
    grace, window, max_runs = (_limit(said[name]) for name in ("grace", "catch_up_window", "max_runs"))
    spread, jitter = (_limit(said[name]) or timedelta() for name in ("spread", "jitter"))
    return Terms(
        overlap,
        _limit(said["max_running"] or (NONE if overlap is Overlap.PARALLEL else 1)),
        said["queue_limit"] or QUEUE_LIMIT,
        said["catch_up"] or CatchUp.LATEST,
        window,
        said["catch_up_limit"] or CATCH_UP_LIMIT,
        grace,
        retries if retries is not None and retries.attempts > 1 else None,
        said["delivery"] or Delivery.AT_LEAST_ONCE,
        said["priority"] or 0,
        _limit(said["pause_after"]),
        _limit(said["warn_after"]),
        max_runs,
        spread,
        jitter,
        plain=grace is None and window is None and max_runs is None and not spread and not jitter,
    )


DEFAULT_TERMS: Final = _terms(_NOTHING)
