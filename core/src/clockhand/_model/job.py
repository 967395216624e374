"""A job: what should happen, when, and under which policies, as its author writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand._model.alias import checked_alias
from clockhand._model.moments import utc
from clockhand._model.opaque import Opaque
from clockhand._model.policies import NONE, Policies
from clockhand._model.protocols import Condition, Timer, Trigger, Work, is_condition, is_timer, is_work
from clockhand._model.use import Use
from clockhand.errors import DefinitionError, did_you_mean, shown

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Self

TITLE_LENGTH: Final = 1_000


def _start_time(value: object) -> datetime | None:
    return None if value is None else utc(value, "start_time")


def _end_time(value: object) -> datetime | None:
    return None if value is None else utc(value, "end_time")


def _executor(value: object) -> str | None:
    return None if value is None else checked_alias(value, "executor")


def _title(value: object) -> str:
    if not isinstance(value, str):
        raise DefinitionError(f"title: not a text, given {shown(value)}")
    if len(value) > TITLE_LENGTH:
        raise DefinitionError(f"title: {len(value):,} characters, at most {TITLE_LENGTH:,} are allowed")
    return value


_NO_TAGS: Final[frozenset[str]] = frozenset()
"""One for all jobs: each that is made anew takes 216 bytes."""


def _tags(value: object) -> frozenset[str]:
    if value == _NO_TAGS:
        return _NO_TAGS
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise DefinitionError(f"tags: not a list of texts, given {shown(value)}")
    return frozenset(checked_alias(tag, "tags") for tag in value)


def _metadata(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise DefinitionError(f"metadata: not a table with text keys, given {shown(value)}")
    return checked_json(dict(value), "metadata") if value else {}


def _text_keys(value: object) -> bool:
    """Say whether every table in *value* has texts as keys; json would quietly turn others into texts."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _text_keys(one) for key, one in value.items())
    return not isinstance(value, list | tuple) or all(map(_text_keys, value))


def checked_json(value: Any, where: str) -> Any:
    """Return *value* as JSON would give it back (tuples become lists), or raise a DefinitionError."""
    try:
        if _text_keys(value):
            return json.loads(json.dumps(value, allow_nan=False))
    except RecursionError:
        raise DefinitionError(f"{where}: nested too deeply for JSON") from None
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"{where}: not JSON ({error}), given {shown(value)}") from None
    raise DefinitionError(f"{where}: not JSON (only texts can be keys), given {shown(value)}")


def _is_trigger(value: object) -> bool:
    return is_timer(value) or is_condition(value) or isinstance(value, Opaque)


def _triggers(value: object) -> tuple[Trigger, ...]:
    one = _is_trigger(value) or isinstance(value, str | Mapping) or not isinstance(value, Iterable)
    triggers: tuple[Any, ...] = (value,) if one else tuple(value)  # type: ignore[arg-type]
    for trigger in triggers:
        if isinstance(trigger, type):
            raise DefinitionError(f"triggers: {trigger.__name__} is a class, give a value of it")
        if not _is_trigger(trigger):
            raise DefinitionError(f"triggers: {shown(trigger)} is neither a timer nor a condition")
    return triggers


def _one_timer(job: Job, _field: object, triggers: tuple[Trigger, ...]) -> None:
    timers = sum(map(is_timer, triggers))
    if timers > 1:
        raise DefinitionError(
            f"triggers: job {job.alias!r} has {timers} timers, give it one; "
            "any_of(...) makes one timer of several, all_of(...) asks for all of them at once"
        )
    if not timers and not any(isinstance(trigger, Opaque) for trigger in triggers):
        raise DefinitionError(
            f"triggers: job {job.alias!r} has no timer, give it at(...), every(...), cron(...)"
        )


def _works(_job: Job, _field: object, work: Work) -> None:
    if isinstance(work, type):
        raise DefinitionError(f"work: {work.__name__} is a class, give a value of it: {work.__name__}(...)")
    if isinstance(work, Use):
        raise DefinitionError(
            f"work: use({work.kind!r}, ...) chooses a silo, a history or an executor; give the work itself, "
            "as clockhand_system.System(...), or call(function)"
        )
    if not is_work(work):
        raise DefinitionError(
            f"work: {shown(work)} is not a Work; for a function write call(function), "
            "for a type of your own inherit from clockhand.contracts.Work"
        )


@attrs.frozen(kw_only=True, repr=False)
class Job(Policies):
    """
    A job as its author writes it; compared by value.

    `triggers` takes one trigger or several: exactly one timer, any number of conditions.
    `start_time` and `end_time` are inclusive. `executor` None: what the work proposes. The policies
    are those of `Policies`; None: what the scheduler's defaults say. Whatever is wrong raises a
    DefinitionError that names the field.
    """

    alias: str = attrs.field(converter=checked_alias)
    work: Work = attrs.field(hash=False, validator=_works)
    triggers: tuple[Trigger, ...] = attrs.field(hash=False, converter=_triggers, validator=_one_timer)
    title: str = attrs.field(default="", converter=_title)
    executor: str | None = attrs.field(default=None, converter=_executor)
    start_time: datetime | None = attrs.field(default=None, converter=_start_time)
    end_time: datetime | None = attrs.field(default=None, converter=_end_time)
    tags: frozenset[str] = attrs.field(default=frozenset(), converter=_tags)
    metadata: Mapping[str, Any] = attrs.field(factory=dict, hash=False, converter=_metadata)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        # Found out now, once: the first look at a cached property costs more than all later ones.
        _ = self.terms, self.conditions, self.missing or self.timer
        if self.start_time and self.end_time and self.end_time < self.start_time:
            raise DefinitionError(
                f"end_time: {self.end_time.isoformat()} is before start_time {self.start_time.isoformat()}"
            )

    @cached_property
    def timer(self) -> Timer:
        """The trigger that says when. Raises Unresolved when this process doesn't have its kind."""
        for trigger in self.triggers:
            if is_timer(trigger):
                return trigger
        missing = next(trigger for trigger in self.triggers if isinstance(trigger, Opaque))
        raise missing.unresolved()

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The triggers that say whether."""
        return tuple(trigger for trigger in self.triggers if is_condition(trigger))

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The kinds that this process doesn't have, as `work 'blink'`; empty when it has all."""
        return tuple(str(part) for part in (self.work, *self.triggers) if isinstance(part, Opaque))

    @property
    def wanted_executor(self) -> str:
        """The alias of the executor that the job runs in: its own, else the one its work proposes."""
        return self.executor or self.work.proposed_executor

    @property
    def limit(self) -> timedelta | None:
        """How long an attempt may take: the job's own timeout, else the work's; None: no limit."""
        if self.timeout is None:
            return self.work.proposed_timeout
        return None if self.timeout == NONE else self.timeout

    def __repr__(self) -> str:
        """Show what differs from the defaults, the alias first."""
        fields = (field for field in attrs.fields(type(self)) if field.name not in {"alias", "metadata"})
        given = (
            (one.name, getattr(self, one.name)) for one in fields if getattr(self, one.name) != one.default
        )
        parts = [f"alias={self.alias!r}", *(f"{name}={value!r}" for name, value in given)]
        if self.metadata:
            parts.append(f"metadata={self.metadata!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def modify(self, **changes: Any) -> Self:
        """Return a copy with *changes*; an unknown field is a DefinitionError with the nearest name."""
        known = [field.name for field in attrs.fields(type(self))]
        for name in changes:
            if name not in known:
                raise DefinitionError(
                    f"job {self.alias!r}: unknown field {name!r}{did_you_mean(name, known)}"
                )
        return attrs.evolve(self, **changes)

    def placed(self, executor: str) -> Self:
        """
        Return a copy that names *executor*, the alias of one.

        All else was checked when this one was made, and isn't again: many jobs are declared at a time.
        """
        made = object.__new__(type(self))
        for name in _KEPT:
            object.__setattr__(made, name, getattr(self, name))
        object.__setattr__(made, "executor", executor)
        return made

    def add_trigger(self, trigger: Trigger) -> Self:
        """Return a copy with one more trigger."""
        return attrs.evolve(self, triggers=(*self.triggers, trigger))

    def remove_trigger(self, trigger: Trigger) -> Self:
        """Return a copy without *trigger*; a DefinitionError if the job doesn't have it."""
        if trigger not in self.triggers:
            raise DefinitionError(f"triggers: job {self.alias!r} has no {shown(trigger)}")
        return attrs.evolve(self, triggers=tuple(other for other in self.triggers if other != trigger))


_KEPT: Final = (
    *(field.name for field in attrs.fields(Job)),
    "terms",
    "conditions",
    "missing",
    "timer",
)
"""What a copy that differs in its executor alone has from the first."""
