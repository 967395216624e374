"""Conditions: whether a due occurrence runs, by what other jobs have done."""

from __future__ import annotations

from datetime import timedelta

import attrs

from clockhand._model.alias import checked_alias
from clockhand._model.moments import format_span, parse_span, shown_span
from clockhand._model.policies import LONGEST
from clockhand._model.protocols import Condition, ConditionContext
from clockhand._model.words import Verdict
from clockhand.errors import DefinitionError, did_you_mean, shown

_ENDS = tuple(verdict for verdict in Verdict if verdict.ran)


def _job(value: object) -> str:
    return checked_alias(value, "if_last")


def _verdict(value: object) -> Verdict:
    for verdict in _ENDS:
        if value == verdict:
            return verdict
    names = [str(verdict) for verdict in _ENDS]
    hint = did_you_mean(value, names) if isinstance(value, str) else f", known: {', '.join(names)}"
    raise DefinitionError(f"if_last: not the verdict of a run, given {shown(value)}{hint}")


def _within(value: object) -> timedelta | None:
    if value is None:
        return None
    span = parse_span(value, "if_last.within")
    if span <= timedelta():
        raise DefinitionError(f"if_last.within: not longer than zero, given {shown_span(value)}")
    if span > LONGEST:
        raise DefinitionError(
            f"if_last.within: longer than {LONGEST.days:,} days, given {shown_span(value)}; "
            "leave it out for no limit"
        )
    return span


@attrs.frozen(repr=False)
class IfLast(Condition):
    """
    A condition on another job: its most recently ended run got that *verdict*.

    With *within* that end lies no further back. A job that never ran, or that isn't in the same silo,
    does not pass.
    """

    job: str = attrs.field(converter=_job)
    verdict: Verdict = attrs.field(default=Verdict.SUCCEEDED, converter=_verdict)
    within: timedelta | None = attrs.field(default=None, converter=_within)

    reads: frozenset[str] = attrs.field(init=False, eq=False)

    @reads.default
    def _reads(self) -> frozenset[str]:
        return frozenset({self.job})

    def __repr__(self) -> str:
        """Return it as it is written in Python; the history has that as the reason of what is excluded."""
        within = "" if self.within is None else f", within={format_span(self.within)!r}"
        return f"if_last({self.job!r}, {str(self.verdict)!r}{within})"

    def passes(self, context: ConditionContext) -> bool:
        """Say whether the other job's last run ended so."""
        last = context.last.get(self.job)
        if last is None or last.verdict is not self.verdict:
            return False
        return self.within is None or context.now - last.at <= self.within


def if_last(
    job: str, verdict: Verdict | str = Verdict.SUCCEEDED, within: timedelta | float | str | None = None
) -> IfLast:
    """
    Return a condition that passes if the most recently ended run of *job* got *verdict*.

    *within* is a timedelta, seconds, or a text such as `1h`: how long ago the end may be. A
    DefinitionError names what can't be.
    """
    return IfLast(job, verdict, within)
