"""What every verb works with inside its transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

import attrs

from clockhand.contracts import Codec
from clockhand_sqlite.definitions import Definitions
from clockhand_sqlite.known import Known


class Desk:
    """What one opening of the file keeps at hand from transaction to transaction."""

    def __init__(self, codec: Codec, life: str) -> None:
        self.codec = codec
        self.life = life
        self.definitions = Definitions(codec)
        self.known = Known()


@attrs.frozen
class Transaction:
    """The connection inside its transaction, what reads its definitions, and whose entries are written."""

    connection: sqlite3.Connection
    codec: Codec
    definitions: Definitions
    life: str
    known: Known
    """What needn't be read, for it is known already; of no use where nothing is written."""


def listed(texts: Iterable[str]) -> str:
    """Return *texts*, however many, as the one parameter of `IN (SELECT value FROM json_each(?))`."""
    return json.dumps(list(texts))
