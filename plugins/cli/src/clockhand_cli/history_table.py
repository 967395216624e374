"""Runs and ranges that never ran as a table: one line for each."""

from __future__ import annotations

from collections.abc import Sequence

from clockhand.contracts import Entry, What
from clockhand_cli import render, text
from clockhand_cli.outcomes import reasons

HEADS = ("job", "due", "started", "took", "outcome", "details")
WIDTHS = (16, 24, 24, 6, 12, 0)
TERMINAL_WIDTHS = (16, 17, 17, 6, 12, 0)
"""How wide the columns are, at least, where lines come one after another; a terminal gets short moments."""


def run_table(entries: Sequence[Entry], zone: str, *, with_job: bool = True) -> None:
    """Write the table of *entries* to stdout."""
    rows = [run_row(entry, zone) for entry in entries]
    if with_job:
        render.table(HEADS, rows)
    else:
        render.table(HEADS[1:], [row[1:] for row in rows])


def run_row(entry: Entry, zone: str) -> tuple[str, str, str, str, str, str]:
    """Return the cells of one entry."""
    if entry.what is What.NEVER_RAN or entry.run is None:
        return (entry.job, _range(entry, zone), "-", "-", str(entry.verdict or "-"), _never(entry))
    run = entry.run
    took = "-" if run.ended is None else text.span(run.ended - run.started)
    return (
        entry.job,
        render.moment(entry.due, zone),
        render.moment(run.started, zone),
        took,
        _outcome(entry),
        _details(entry),
    )


def run_line(entry: Entry | None, zone: str) -> str:
    """Return one entry as a line of a table that has no end; None: its heads."""
    cells = [head.upper() for head in HEADS] if entry is None else run_row(entry, zone)
    shown = (text.plain(cell) or "-" for cell in cells)
    widths = TERMINAL_WIDTHS if render.on_terminal() else WIDTHS
    return "  ".join(cell.ljust(width) for cell, width in zip(shown, widths, strict=True)).rstrip()


def _range(entry: Entry, zone: str) -> str:
    first = render.moment(entry.due, zone)
    return first if entry.last is None else f"{first} to {render.moment(entry.last, zone)}"


def _never(entry: Entry) -> str:
    if entry.last is None:
        return entry.reason
    count = "an unknown number of times" if entry.count is None else f"{entry.count:,} times"
    return f"{count}; {entry.reason}" if entry.reason else count


def _outcome(entry: Entry) -> str:
    if entry.run is None or entry.run.outcome is None:
        return "running"
    result = str(entry.run.outcome.result)
    if entry.verdict is None:
        return f"{result}, will be tried again"
    return result if result == str(entry.verdict) else f"{result}, so {entry.verdict}"


def _details(entry: Entry) -> str:
    run = entry.run
    attempt = f"attempt {run.attempt}" if run and run.attempt > 1 else ""
    fired = "fired by hand" if "!" in entry.occurrence else ""
    parts = (attempt, fired, *(reasons(run.outcome) if run and run.outcome else ()))
    return "; ".join(part for part in parts if part)
