"""Tables: plain lines for programs, and cells that are text whatever they hold."""

from __future__ import annotations

import io
import json

import pytest

from clockhand_cli import render


def test_plain_lines_keep_columns_and_cut_nothing() -> None:
    """Columns are two spaces apart, however long a cell is, and nothing trails."""
    lines = render.plain_lines(("job", "notes"), [("a", "x" * 300), ("long-name", "")])
    assert lines == ["JOB        NOTES", "a          " + "x" * 300, "long-name  -"]


def test_a_table_without_rows_has_its_heads() -> None:
    """Nothing to list still says what would be listed."""
    assert render.plain_lines(("job", "next"), []) == ["JOB  NEXT"]


def test_cells_on_a_terminal_are_text() -> None:
    """Markup and escape sequences in a cell are shown, not obeyed."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system=None)
    console.print(render.rich_table(("title",), [("[bold]x[/bold] \x1b[31m",)]))
    assert "[bold]x[/bold] \\x1b[31m" in out.getvalue()


def test_a_document_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON is in ASCII, so that no character in it can steer a terminal either."""
    render.document({"title": "\u202eä\x9b"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"title": "\u202eä\x9b"}


@pytest.mark.parametrize(("cell", "style"), [("failed", "red"), ("succeeded 09:00Z", "green"), ("odd", "")])
def test_the_first_word_gives_the_colour(cell: str, style: str) -> None:
    """A cell is coloured by the word that it begins with."""
    assert render.style_of(cell) == style
