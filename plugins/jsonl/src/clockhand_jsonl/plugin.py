"""What clockhand-jsonl offers: a history in append-only files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from clockhand.contracts import History, Kind
from clockhand.hookspecs import hookimpl
from clockhand_jsonl.options import JsonlOptions, max_bytes

ABILITIES: Final = frozenset({"durable"})


def open_history(options: JsonlOptions) -> History:
    """Return a history that is kept in one file and the closed segments beside it."""
    from clockhand_jsonl.history import JsonlHistory
    from clockhand_jsonl.rotation import Rotation

    rotation = Rotation(
        max_bytes=max_bytes(options.max_bytes),
        max_age=options.max_age,
        keep=options.keep,
        compress=options.compress,
    )
    return JsonlHistory(options.path, rotation)


HISTORY: Kind[History] = Kind(
    name="jsonl",
    summary="history in a file, one JSON object a line",
    options=JsonlOptions,
    make=open_history,
    supports=ABILITIES,
)


@hookimpl
def clockhand_histories() -> Iterable[Kind[History]]:
    """Offer the history `jsonl`."""
    return [HISTORY]
