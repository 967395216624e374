"""What the rounds say: medians, ratios of the same round, and which targets are met."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

import attrs

from harness.rounds import Outcome
from harness.rows import Figure, Row, Target


@attrs.frozen
class Spread:
    """A median, and between what it lies."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Return the spread of *values*, None if there are none."""
        return cls(statistics.median(values), min(values), max(values)) if values else None


@attrs.frozen
class Judged:
    """A target and what was reached, round by round; nothing, if nothing was measured."""

    figure: Figure
    target: Target
    degree: str
    """`must` or `want`."""
    bound: float
    values: Sequence[float]

    @property
    def reached(self) -> Spread | None:
        """What was reached, None where nothing was measured."""
        return Spread.of(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median meets it; None where nothing was measured."""
        return None if self.reached is None else self._meets(self.reached.median)

    @property
    def times(self) -> int:
        """In how many rounds it was met."""
        return sum(map(self._meets, self.values))

    def _meets(self, value: float) -> bool:
        return value >= self.bound if self.figure.more_is_better else value <= self.bound


@attrs.frozen
class Result:
    """A row, and what came of it."""

    row: Row
    rounds: int
    quick: bool
    outcomes: Sequence[Outcome]

    def spread(self, outcome: Outcome, figure: str) -> Spread | None:
        """Return one figure of one contestant."""
        return Spread.of(outcome.of(figure))

    def ratio(self, outcome: Outcome, figure: str) -> Spread | None:
        """Return ours over the contestant's: the median over the rounds of the ratio within each."""
        return Spread.of(self._ratios(outcome, figure))

    def _ratios(self, outcome: Outcome, figure: str) -> list[float]:
        return [one / other for one, other in self._pairs(outcome, figure) if other]

    def _pairs(self, outcome: Outcome, figure: str) -> Iterator[tuple[float, float]]:
        """Return ours beside the contestant's, round by round; empty if one of the two has none."""
        return zip(self.outcomes[0].of(figure), outcome.of(figure), strict=False)

    def judged(self) -> Iterator[Judged]:
        """Yield each target with what was reached."""
        for target in self.row.targets:
            values = self._values(target)
            figure = next(one for one in self.row.figures if one.key == target.figure)
            for degree in ("must", "want"):
                bound = getattr(target, degree)
                if bound is not None:
                    yield Judged(figure, target, degree, bound, values)

    def _values(self, target: Target) -> list[float]:
        if not target.versus:
            return self.outcomes[0].of(target.figure)
        other = next(one for one in self.outcomes if one.entrant.name == target.versus)
        if target.difference:
            return [one - theirs for one, theirs in self._pairs(other, target.figure)]
        return self._ratios(other, target.figure)
