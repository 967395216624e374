"""What goes to stdout: tables that fit a terminal, plain lines where there is none, or one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from clockhand_cli.text import clock_time, plain
from clockhand_cli.text import moment as whole_moment

if TYPE_CHECKING:
    from rich.table import Table

_STYLES: Final = {
    "succeeded": "green",
    "success": "green",
    "running": "cyan",
    "failed": "red",
    "failure": "red",
    "timed-out": "red",
    "lost": "red",
    "quarantined": "red",
    "broken": "red",
    "clash": "red",
    "paused": "yellow",
    "overlap-skipped": "yellow",
    "coalesced": "yellow",
    "missed": "yellow",
    "excluded": "yellow",
    "cancelled": "yellow",
    "finished": "dim",
}
_SENTENCE: Final = 24
"""How wide the last column is at least, however narrow the terminal."""
_BETWEEN: Final = 3
"""How wide the room between two columns is."""


def on_terminal() -> bool:
    """Say whether stdout is a terminal."""
    return sys.stdout.isatty()


def moment(value: datetime | None, zone: str) -> str:
    """Return *value* for a cell: short on a terminal, whole for a program that reads along."""
    return clock_time(value, zone) if on_terminal() else whole_moment(value, zone)


def line(text: object = "") -> None:
    """Write one line to stdout, made safe."""
    sys.stdout.write(plain(text) + "\n")


def aside(text: object) -> None:
    """Write one line to stderr, made safe: a hint for the person, never part of the answer."""
    sys.stdout.flush()
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()


def script(text: str) -> None:
    """Write *text*, which is ours and has lines of its own, to stdout as it is."""
    sys.stdout.write(text)


def output(text: str, *, aside: bool = False) -> None:
    """Write what a run printed, line by line and made safe, to stdout or, *aside*, to stderr."""
    stream = sys.stderr if aside else sys.stdout
    for one in text.removesuffix("\n").split("\n") if text else ():
        stream.write("\t".join(plain(part) for part in one.removesuffix("\r").split("\t")) + "\n")
    stream.flush()


def piece(text: str, *, aside: bool = False) -> None:
    """Write a part of what a run printed, made safe, to stdout or, *aside*, to stderr; lines may be open."""
    stream = sys.stderr if aside else sys.stdout
    lines = text.replace("\r\n", "\n").split("\n")
    stream.write("\n".join("\t".join(plain(part) for part in one.split("\t")) for one in lines))
    stream.flush()


def document(value: Any) -> None:
    """Write *value* to stdout as one JSON document, in ASCII."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def json_line(value: Any) -> None:
    """Write *value* to stdout as JSON on one line, in ASCII."""
    sys.stdout.write(json.dumps(value) + "\n")


def flush() -> None:
    """Let what was written be seen now."""
    sys.stdout.flush()


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table to stdout: for a terminal as wide as it is, else in plain lines that are never cut."""
    if not on_terminal():
        for text in plain_lines(heads, rows):
            sys.stdout.write(text + "\n")
        return
    from rich.console import Console

    console = Console(highlight=False)
    console.size = (max(console.width, _least(heads, rows)), console.height)
    console.print(rich_table(heads, rows), soft_wrap=True)


def _least(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return how wide a table must be to break no cell but those of the last column, which are sentences."""
    from rich.cells import cell_len

    columns = zip(heads, *rows, strict=True)
    *widths, last = (max(cell_len(plain(cell)) for cell in column) for column in columns)
    return sum(widths) + min(last, _SENTENCE) + _BETWEEN * len(heads)


def plain_lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the table as lines, columns two spaces apart, an empty cell as `-`."""
    cells = [[head.upper() for head in heads], *([plain(cell) or "-" for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def rich_table(heads: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> Table:
    """Return the table for a terminal; what is in a cell is text, never markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for head in heads:
        made.add_column(head, overflow="fold", no_wrap=head != heads[-1])
    for row in rows:
        made.add_row(*(Text(plain(cell), style=style_of(cell)) for cell in row))
    return made


def style_of(cell: str) -> str:
    """Return the colour of a cell that begins with a word that has one."""
    return _STYLES.get(cell.partition(" ")[0], "")
