"""What clockhand-sqlite offers; heavy things load when they are chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs

from clockhand.contracts import History, Kind, Silo
from clockhand.errors import ConfigError, shown
from clockhand.hookspecs import hookimpl

MAX_TIMEOUT: Final = 3_600
"""The longest timeout, in seconds."""
ABILITIES: Final = frozenset({"durable", "shared"})
"""What is kept outlives the process, and several processes may use the file at once."""


def _file(_options: object, _field: object, path: Any) -> None:
    if not isinstance(path, str) or not path or "\0" in path:
        raise ConfigError(f"path: {shown(path)} is not the name of a file")
    if path.startswith((":memory:", "file:")):
        raise ConfigError(f"path: {shown(path)} is not a plain path; to keep nothing use the silo 'memory'")


def _seconds(_options: object, _field: object, timeout: Any) -> None:
    number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not number or not 0 < timeout <= MAX_TIMEOUT:
        raise ConfigError(f"timeout: not above 0 and at most {MAX_TIMEOUT:,} seconds, given {shown(timeout)}")


@attrs.frozen(kw_only=True)
class SqliteOptions:
    """Which file, and how many seconds to wait while another process is writing to it."""

    path: str = attrs.field(validator=_file)
    timeout: float = attrs.field(default=5.0, validator=_seconds)


def open_silo(options: SqliteOptions) -> Silo:
    """Return the silo in the file of *options*; it touches nothing before its startup()."""
    from clockhand_sqlite.store import SqliteSilo

    return SqliteSilo(options.path, options.timeout)


def open_history(options: SqliteOptions) -> History:
    """Return the history in the file of *options*; it touches nothing before its startup()."""
    from clockhand_sqlite.history import SqliteHistory

    return SqliteHistory(options.path, options.timeout)


SILO: Kind[Silo] = Kind(
    name="sqlite",
    summary="jobs in one SQLite file",
    options=SqliteOptions,
    make=open_silo,
    supports=ABILITIES,
)
HISTORY: Kind[History] = Kind(
    name="sqlite",
    summary="history in one SQLite file, shared with the jobs if it is the same file",
    options=SqliteOptions,
    make=open_history,
    supports=ABILITIES,
)


@hookimpl
def clockhand_silos() -> Iterable[Kind[Any]]:
    """Return the silo `sqlite`."""
    return [SILO]


@hookimpl
def clockhand_histories() -> Iterable[Kind[Any]]:
    """Return the history `sqlite`."""
    return [HISTORY]
