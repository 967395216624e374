"""The bytes of a TOML file into a table, whatever the path turns out to be."""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path
from typing import Any, Final

from clockhand.errors import ConfigError

MAX_BYTES: Final = 4 * 1024 * 1024
"""More than anybody writes by hand; a log or a database given by mistake is told apart quickly."""
_MARKS: Final = {
    codecs.BOM_UTF8: "begins with a byte order mark, which TOML has none of; save it as UTF-8 without one",
    codecs.BOM_UTF16_LE: "UTF-16, and TOML is UTF-8; save it as that",
    codecs.BOM_UTF16_BE: "UTF-16, and TOML is UTF-8; save it as that",
}
"""What some editors put before the first line, and can't be seen there."""


def read_table(path: Path) -> dict[str, Any]:
    """Return the table in the file at *path*; ConfigError names the file and says why there is none."""
    where = path.name
    try:
        data = _bytes(path)
        _refuse_mark(data, where)
        table = tomllib.loads(data.decode())
    except OSError as error:
        raise ConfigError(f"{where}: can't be read: {error.strerror}, given {str(path)!r}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: not UTF-8, at byte {error.start:,}") from error
    except RecursionError:
        raise ConfigError(f"{where}: nested too deeply") from None
    except ValueError as error:
        raise (
            error if isinstance(error, ConfigError) else ConfigError(f"{where}: not TOML: {error}")
        ) from error
    if not table:
        raise ConfigError(f"{where}: empty; it needs at least one [jobs.<alias>] or a [silo.default]")
    return table


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise ConfigError(f"{path.name}: a folder, not a TOML file")
    with path.open("rb") as file:
        found = file.read(MAX_BYTES + 1)  # a pipe or a device doesn't say its size before
    if len(found) > MAX_BYTES:
        raise ConfigError(f"{path.name}: more than {MAX_BYTES:,} bytes, which no configuration has")
    return found


def _refuse_mark(data: bytes, where: str) -> None:
    for mark, what in _MARKS.items():
        if data.startswith(mark):
            raise ConfigError(f"{where}: {what}")
