"""What clockhand-jsonl offers: a history in an append-only file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from clockhand.contracts import History, Kind
from clockhand.hookspecs import hookimpl

ABILITIES: Final = frozenset({"durable"})


@attrs.frozen
class JsonlOptions:
    """Where the file is."""

    path: str = attrs.field(validator=attrs.validators.min_len(1))
    """`~` is understood; the file is made when it isn't there, its directory must be."""


def open_history(options: JsonlOptions) -> History:
    """Return a history that is kept in one file."""
    from clockhand_jsonl.history import JsonlHistory

    return JsonlHistory(options.path)


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
