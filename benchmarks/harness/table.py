"""The table, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from harness.results import Judged, Result, Spread
from harness.rounds import Outcome
from harness.rows import OURS, Figure

_WORDS = {True: "met", False: "MISSED", None: "not measured"}


def text(result: Result) -> str:
    """Return one row as text: its contestants figure by figure, then its targets."""
    lines = [
        f"{result.row.name}: {result.row.shown_title(quick=result.quick)}; median of {result.rounds}",
    ]
    for figure in result.row.figures:
        head = f"  {figure.unit}"
        lines.append(f"{head:<46}{'median':>12}{'least':>12}{'most':>12}   {OURS} / it (least..most)")
        lines += [_line(result, outcome, figure) for outcome in result.outcomes]
    for outcome in result.outcomes:
        if outcome.absent:
            lines.append(f"  {outcome.entrant.name}: {outcome.absent}")
    lines += [_target(judged) for judged in result.judged()]
    return "\n".join(lines)


def _line(result: Result, outcome: Outcome, figure: Figure) -> str:
    notes = [outcome.entrant.shown_note(quick=result.quick)]
    if 0 < len(outcome.values) < result.rounds:
        notes.append(f"{len(outcome.values)} rounds")
    note = ", ".join(filter(None, notes))
    spread = result.spread(outcome, figure.key)
    start = f"    {outcome.entrant.name}" + (f" ({note})" if note else "")
    if spread is None:
        return f"{start:<46}{'-':>12}"
    numbers = "".join(f"{value:>12,.{figure.digits}f}" for value in attrs.astuple(spread))
    ratio = result.ratio(outcome, figure.key) if outcome is not result.outcomes[0] else None
    return f"{start:<46}{numbers}" + (f"   {_ratio(ratio)}" if ratio else "")


def _ratio(ratio: Spread) -> str:
    return f"{ratio.median:.2f} x ({ratio.least:.2f}..{ratio.most:.2f})"


def _target(judged: Judged) -> str:
    sign = ">=" if judged.figure.more_is_better else "<="
    target, reached = judged.target, judged.reached
    if target.versus and not target.difference:
        wanted = f"{judged.figure.unit} {sign} {judged.bound:g} x {target.versus}"
        shown = _ratio(reached) if reached else "-"
    else:
        above = f" more than {target.versus}" if target.versus else ""
        wanted = f"{judged.figure.unit} {sign} {judged.bound:g}{above}"
        shown = f"{reached.median:,.{judged.figure.digits}f}" if reached else "-"
    rounds = len(judged.values)
    steady = judged.times in {0, rounds}
    return f"  {judged.degree}  {wanted:<56}{shown:<26}{_WORDS[judged.met]}" + (
        "" if steady else f" (met in {judged.times} of {rounds} rounds)"
    )


def summary(results: Iterable[Result]) -> str:
    """Return how many targets are met."""
    judged = [one for result in results for one in result.judged()]
    parts = []
    for degree in ("must", "want"):
        ours = [one for one in judged if one.degree == degree]
        parts.append(f"{sum(one.met is True for one in ours)} of {len(ours)} '{degree}' targets met")
    return ", ".join(parts)


def as_json(results: Iterable[Result], machine: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that was measured, round by round, and what was made of it."""
    return {"machine": dict(machine), "rows": [_row(result) for result in results]}


def _row(result: Result) -> dict[str, Any]:
    return {
        "name": result.row.name,
        "title": result.row.shown_title(quick=result.quick),
        "rounds": result.rounds,
        "contestants": [_contestant(result, outcome) for outcome in result.outcomes],
        "targets": [_judged(judged) for judged in result.judged()],
    }


def _contestant(result: Result, outcome: Outcome) -> dict[str, Any]:
    entrant = outcome.entrant
    return {
        "name": entrant.name,
        "note": entrant.shown_note(quick=result.quick),
        "arguments": entrant.arguments(quick=result.quick),
        "absent": outcome.absent,
        "rounds": outcome.values,
        "figures": {
            figure.key: {
                "unit": figure.unit,
                "spread": _spread(result.spread(outcome, figure.key)),
                "ratio": _spread(result.ratio(outcome, figure.key)),
            }
            for figure in result.row.figures
        },
    }


def _spread(spread: Spread | None) -> dict[str, float] | None:
    return None if spread is None else attrs.asdict(spread)


def _judged(judged: Judged) -> dict[str, Any]:
    return {
        "figure": judged.figure.key,
        "versus": judged.target.versus,
        "difference": judged.target.difference,
        "degree": judged.degree,
        "bound": judged.bound,
        "reached": _spread(judged.reached),
        "met": judged.met,
        "times": judged.times,
    }
