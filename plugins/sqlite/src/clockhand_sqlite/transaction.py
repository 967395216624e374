"""What every verb works with inside its transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

import attrs

from clockhand.contracts import Codec


@attrs.frozen
class Transaction:
    """The connection inside its transaction, what reads its definitions, and whose entries are written."""

    connection: sqlite3.Connection
    codec: Codec
    life: str


def listed(texts: Iterable[str]) -> str:
    """Return *texts*, however many, as the one parameter of `IN (SELECT value FROM json_each(?))`."""
    return json.dumps(list(texts))
