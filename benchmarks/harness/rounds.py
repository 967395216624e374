"""Rounds: all contestants of a row take turns, and who begins changes from round to round."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import attrs

from harness.child import Failed, run
from harness.rows import Entrant, Row


@attrs.define
class Outcome:
    """What a contestant measured, round by round; or why it measured nothing."""

    entrant: Entrant
    values: list[dict[str, float]] = attrs.field(factory=list)
    absent: str = ""
    failed: bool = False

    def of(self, figure: str) -> list[float]:
        """Return one figure, round by round; empty if it has none."""
        return [one[figure] for one in self.values if figure in one]


def race(row: Row, rounds: int, *, alpha: str | None, quick: bool) -> list[Outcome]:
    """Return what each contestant of *row* measured; *alpha* is the interpreter that has APScheduler 4."""
    outcomes = [Outcome(entrant) for entrant in row.entrants]
    for outcome in outcomes:
        if outcome.entrant.alpha and alpha is None:
            outcome.absent = "left out: no --apscheduler4"
    for turn in range(rounds):
        print(f"{row.name}: round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
        for outcome in _turned(outcomes, turn):
            _measure(outcome, alpha, quick=quick)
    return outcomes


def _turned(outcomes: list[Outcome], turn: int) -> Iterable[Outcome]:
    first = turn % len(outcomes)
    return [one for one in (*outcomes[first:], *outcomes[:first]) if _takes_part(one, turn)]


def _takes_part(outcome: Outcome, turn: int) -> bool:
    most = outcome.entrant.most_rounds
    return not outcome.absent and (most is None or turn < most)


def _measure(outcome: Outcome, alpha: str | None, *, quick: bool) -> None:
    python = alpha if outcome.entrant.alpha and alpha else sys.executable
    try:
        outcome.values.append(run(outcome.entrant, python, quick=quick))
    except Failed as error:
        outcome.absent, outcome.failed = str(error), True
        outcome.values.clear()
