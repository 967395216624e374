"""What the demonstration shows while it runs: a table that lives, or a line for each thing that happens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from clockhand.events import Event, OccurrenceSkipped, RunEvent, RunStarted
from clockhand_cli import render, text

if TYPE_CHECKING:
    from rich.table import Table

HEADS = ("job", "kind", "running", "ended", "skipped", "last")


@attrs.define
class _Score:
    kind: str
    running: int = 0
    ended: int = 0
    skipped: int = 0
    last: str = "-"


class Board:
    """Hears events and keeps the score of each job; `line` gets one text for each that matters."""

    def __init__(self, kinds: Iterable[tuple[str, str]], line: Callable[[str], None] | None) -> None:
        self._scores = {alias: _Score(kind) for alias, kind in kinds}
        self._line = line

    def hear(self, event: Event) -> None:
        """Take *event* in."""
        score = self._scores.get(event.job)
        if score is None:
            return
        if isinstance(event, RunStarted):
            score.running += 1
            return
        if isinstance(event, RunEvent):
            score.running -= 1
            score.ended += 1
            score.last = _ended(event)
        elif isinstance(event, OccurrenceSkipped):
            score.skipped += event.count or 1
            score.last = str(event.verdict)
        else:
            return
        if self._line is not None:
            self._line(f"{event.at:%H:%M:%S}  {event.job.ljust(max(map(len, self._scores)))}  {score.last}")

    def table(self) -> Table:
        """Return the score as a table for a terminal."""
        rows = [
            (alias, one.kind, str(one.running), str(one.ended), str(one.skipped), one.last)
            for alias, one in self._scores.items()
        ]
        return render.rich_table(HEADS, rows)


def _ended(event: RunEvent) -> str:
    run = event.run
    if run.outcome is None or run.ended is None:
        return "-"
    why = f": {run.outcome.reason}" if run.outcome.reason else ""
    return f"{run.outcome.result} in {text.span(run.ended - run.started)}{why}"


@contextlib.contextmanager
def showing(kinds: Iterable[tuple[str, str]]) -> Iterator[tuple[Board, Callable[[], None]]]:
    """Show a board meanwhile; yield it, and what brings the terminal up to date."""
    if not render.on_terminal():
        yield Board(kinds, render.line), lambda: None
        return
    from rich.console import Console
    from rich.live import Live

    board = Board(kinds, None)
    with Live(board.table(), console=Console(highlight=False), auto_refresh=False) as live:
        yield board, lambda: live.update(board.table(), refresh=True)
