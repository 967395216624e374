"""What a run prints, shown piece by piece as it comes, and the rest of it when the run has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from clockhand_cli import render, text

if TYPE_CHECKING:
    from clockhand.contracts import Entry

STREAMS: Final = ("stdout", "stderr")


class Live:
    """The output of one occurrence, attempt after attempt."""

    def __init__(self) -> None:
        self._shown = dict.fromkeys(STREAMS, "")
        self._dropped = 0

    def take(self, entry: Entry) -> None:
        """Show what an entry `run-output` has."""
        said = entry.output or {}
        self._dropped += said.get("dropped", 0)
        for stream, piece in said.get("pieces", ()):
            if stream in self._shown and isinstance(piece, str):
                self._show(stream, piece)

    def ended(self, output: Mapping[str, Any]) -> int:
        """
        Show what the record of the attempt has, and was not shown yet; then begin anew.

        Returns how many characters were neither shown before nor now.
        """
        printed = [stream for stream in STREAMS if stream in output]
        for stream in printed:
            whole = str(output[stream])
            shown = self._shown[stream]
            if whole.startswith(shown) and (not shown or f"{stream}_dropped" not in output):
                self._show(stream, whole[len(shown) :])
        for stream, shown in self._shown.items():
            if shown and not shown.endswith("\n"):
                self._show(stream, "\n")
        if not printed:
            _show_record(output)
        dropped, self._dropped = self._dropped, 0
        self._shown = dict.fromkeys(STREAMS, "")
        return dropped

    def _show(self, stream: str, piece: str) -> None:
        self._shown[stream] += piece
        render.piece(piece, aside=stream == "stderr")


def _show_record(output: Mapping[str, Any]) -> None:
    """Write a record that isn't a program's output as lines to stdout, a traceback to stderr."""
    for name, value in output.items():
        if name == "traceback":
            render.output(str(value), aside=True)
        else:
            render.line(f"{name}: {text.value(value)}")
    render.flush()
