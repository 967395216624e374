"""Retries: how often, how soon and after which failures an occurrence is tried again."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Final

import attrs

from clockhand._model.moments import parse_span
from clockhand.errors import DefinitionError, did_you_mean, shown

MOST_ATTEMPTS: Final = 1_000
MOST_WAIT: Final = timedelta(days=30)
LONGEST_PATTERN: Final = 200


def _attempts(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_ATTEMPTS:
        raise DefinitionError(
            f"retries.attempts: not a whole number from 1 to {MOST_ATTEMPTS:,}, given {shown(value)}; "
            "the first attempt counts"
        )
    return value


def _wait(value: object, field: str) -> timedelta:
    span = parse_span(value, f"retries.{field}")
    if not timedelta() <= span <= MOST_WAIT:
        raise DefinitionError(f"retries.{field}: not between 0s and {MOST_WAIT.days}d, given {shown(value)}")
    return span


def _delay(value: object) -> timedelta:
    return _wait(value, "delay")


def _max_delay(value: object) -> timedelta:
    return _wait(value, "max_delay")


def _fraction(value: object, field: str, least: float, most: float) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not least <= value <= most:  # type: ignore[operator]  # it is a number
        raise DefinitionError(
            f"retries.{field}: not a number from {least:g} to {most:g}, given {shown(value)}"
        )
    return float(value)  # type: ignore[arg-type]  # likewise


def _factor(value: object) -> float:
    return _fraction(value, "factor", 1, 100)


def _jitter(value: object) -> float:
    return _fraction(value, "jitter", 0, 1)


def _on(value: object) -> tuple[str, ...]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise DefinitionError(
            f"retries.on: not a list of failure codes, given {shown(value)}; "
            "write it like ['http:5*', 'timeout']"
        )
    patterns = tuple(sorted(value) if isinstance(value, AbstractSet) else value)
    for pattern in patterns:
        if not isinstance(pattern, str) or not 0 < len(pattern) <= LONGEST_PATTERN:
            raise DefinitionError(
                f"retries.on: not a failure code, given {shown(pattern)}; write it like 'exit:75' or 'exc:*'"
            )
    return patterns


@attrs.frozen(kw_only=True)
class Retries:
    """
    When a failed occurrence is tried again.

    The wait before attempt n + 1 is `delay` x `factor` to the power of n - 1, at most `max_delay`,
    and less by a random part of up to `jitter` of it, so that what failed together doesn't come back
    together. A wait that the other side asked for (Retry-After) is kept, even beyond `max_delay`.
    """

    attempts: int = attrs.field(converter=_attempts)
    """How many attempts there are at most, the first one counted."""
    delay: timedelta = attrs.field(default=timedelta(seconds=10), converter=_delay)
    factor: float = attrs.field(default=2.0, converter=_factor)
    max_delay: timedelta = attrs.field(default=timedelta(hours=1), converter=_max_delay)
    jitter: float = attrs.field(default=0.1, converter=_jitter)
    on: tuple[str, ...] = attrs.field(default=(), converter=_on)
    """Failure codes to try again after, `*` stands for anything; empty: after any."""

    def covers(self, code: str, failures: int) -> bool:
        """Say whether another attempt follows a failure of *code*, the *failures*th of its occurrence."""
        return failures < self.attempts and (
            not self.on or any(fnmatchcase(code, _only_stars(pattern)) for pattern in self.on)
        )

    def wait(self, key: str, failures: int, asked: timedelta | None = None) -> timedelta:
        """
        Return how long to wait after the *failures*th failure of the occurrence *key*.

        *asked* is what the other side asked for. The random part is drawn from the key and the number,
        so that the same question has the same answer.
        """
        try:
            wait = min(self.delay * self.factor ** (failures - 1), self.max_delay)
        except OverflowError:
            wait = self.max_delay if self.delay else timedelta()
        wait -= wait * (self.jitter * random.Random(f"{key} {failures}").random())  # noqa: S311 - no secret
        return max(wait, min(asked or timedelta(), MOST_WAIT))


def _only_stars(pattern: str) -> str:
    """Return *pattern* as fnmatch takes it, where more than `*` stands for something."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


_FIELDS: Final = tuple(field.name for field in attrs.fields(Retries))


def retries(value: object) -> Retries | None:
    """Return the Retries that *value* says: one, a number of further attempts, or a table of the fields."""
    if value is None or isinstance(value, Retries):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < MOST_ATTEMPTS:
            raise DefinitionError(
                f"retries: not a whole number from 0 to {MOST_ATTEMPTS - 1:,}, given {shown(value)}"
            )
        return Retries(attempts=value + 1)
    if isinstance(value, Mapping):
        return _from_table(value)
    raise DefinitionError(
        f"retries: not a number of further attempts, given {shown(value)}; "
        "write 3, or {attempts = 4, delay = '30s'}"
    )


def _from_table(table: Mapping[Any, Any]) -> Retries:
    for key in table:
        if key not in _FIELDS:
            raise DefinitionError(f"retries: unknown option {shown(key)}{did_you_mean(str(key), _FIELDS)}")
    if "attempts" not in table:
        raise DefinitionError(
            "retries.attempts: missing; say how many attempts there are, the first one counted"
        )
    return Retries(**table)
