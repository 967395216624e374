"""What a row of the table is made of: contestants, figures, and the targets that ours has to meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

OURS: Final = "clockhand"
"""The name of the contestant that is compared with all others, the first of each row."""


@attrs.frozen
class Size:
    """A number that differs between a full run and a quick look."""

    full: float
    quick: float

    def of(self, *, quick: bool) -> float:
        """Return the one that is wanted."""
        return self.quick if quick else self.full


@attrs.frozen
class Entrant:
    """One contestant of a row: what to call with which arguments, and what it keeps on record."""

    name: str
    what: str
    """`module.function` in `contestants`."""
    params: Mapping[str, Any] = attrs.field(factory=dict)
    """Arguments; each may be a Size."""
    note: str = ""
    """What makes it differ from the others; may name arguments: `{number}`."""
    alpha: bool = False
    """Whether it needs the environment that has APScheduler 4."""
    most_rounds: int | None = None
    """Where it takes long and no target is about it: in how many rounds it takes part."""

    def arguments(self, *, quick: bool) -> dict[str, Any]:
        """Return the arguments of a full run, or of a quick one."""
        return {
            name: value.of(quick=quick) if isinstance(value, Size) else value
            for name, value in self.params.items()
        }

    def told(self, text: str, *, quick: bool) -> str:
        """Return *text* with the arguments that it names."""
        arguments = self.arguments(quick=quick)
        return text.format(
            **{name: f"{value:,}" for name, value in arguments.items() if isinstance(value, int | float)}
        )

    def shown_note(self, *, quick: bool) -> str:
        """Return the note with its numbers."""
        return self.told(self.note, quick=quick)


@attrs.frozen
class Figure:
    """One number that each contestant of a row gives."""

    key: str
    unit: str
    digits: int = 0
    more_is_better: bool = False


@attrs.frozen
class Target:
    """
    What ours has to reach: a ratio to another contestant, or where *versus* is empty a number.

    It is a floor for a figure of which more is better, else a ceiling.
    """

    figure: str
    versus: str = ""
    must: float | None = None
    want: float | None = None
    difference: bool = False
    """Whether it is about how much ours is above the other one, instead of the ratio."""


@attrs.frozen
class Row:
    """One question: contestants take turns, and their figures are held against the targets."""

    name: str
    title: str
    """May name arguments of ours: `{number}`."""
    entrants: Sequence[Entrant]
    figures: Sequence[Figure]
    targets: Sequence[Target] = ()
    most_rounds: int | None = None
    """Where a round is long and says the same each time: how many are enough."""

    def shown_title(self, *, quick: bool) -> str:
        """Return the title with its numbers."""
        return self.entrants[0].told(self.title, quick=quick)

    def rounds(self, wanted: int) -> int:
        """Return how many rounds it gets when *wanted* are asked for."""
        return wanted if self.most_rounds is None else min(wanted, self.most_rounds)
