"""TOML and JSON that somebody typed, as a value or as a file."""

from __future__ import annotations

import codecs
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from clockhand_cli.exits import Misused

WORK: Final = '{use = "system", program = "date"}'
DAYS: Final = '{days = 1, at = "09:00"}'
TRIGGER: Final = '{every = "5m"}'
"""What one may look like: the table of a work, of an interval, and of a trigger."""

_WHOLE: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def value(text: str, where: str) -> Any:
    """Return the whole number or the table that *text* is, else *text* itself; Misused names *where*."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return table(text, where) if text.startswith("{") else text


def table(text: str, where: str, like: str = WORK) -> Mapping[str, Any]:
    """Return the table that *text* is in JSON, or inline in TOML; Misused names *where*, and one to write."""
    from clockhand.errors import shown

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        try:
            read = tomllib.loads(f"it = {text}")
        except (ValueError, RecursionError) as error:
            raise Misused(
                f"{where}: neither JSON nor a table of TOML ({error}), given {shown(text)}; "
                f"{'a } is missing' if text.count('{') > text.count('}') else f'write it like {like}'}"
            ) from None
        found = read["it"] if len(read) == 1 else None
    if not isinstance(found, Mapping):
        raise Misused(f"{where}: not a table, given {shown(text)}")
    return found


def every(text: str, where: str) -> Any:
    """Return the table that an interval is, `{days = 1}` or `days=1 at=09:00`, else *text* itself."""
    if text.startswith("{"):
        return table(text, where, like=DAYS)
    parts = [part.partition("=") for part in text.split()]
    if not parts or not all(name.isidentifier() and given for name, _, given in parts):
        return text
    return {name: value(given, where) for name, _, given in parts}


def document(data: bytes, where: str) -> dict[str, Any]:
    """Return the document that *data* is; ConfigError names *where* and says why it is none."""
    from clockhand.errors import ConfigError

    if data.startswith(codecs.BOM_UTF8):
        raise ConfigError(f"{where}: begins with a byte order mark; save it as UTF-8 without one")
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: not UTF-8, at byte {error.start:,}") from error
    except RecursionError:
        raise ConfigError(f"{where}: nested too deeply") from None
    except ValueError as error:
        raise ConfigError(f"{where}: not TOML: {error}") from error


def arguments(given: Iterable[str], where: str) -> dict[str, Any]:
    """Return the values by name of texts such as `month=5`; the values are JSON. Misused names *where*."""
    from clockhand.errors import shown

    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise Misused(f"{where}: not name=json, given {shown(text)}; write it like {where} month=5")
        if name in found:
            raise Misused(f"{where} {name}: given twice")
        try:
            found[name] = json.loads(value)
        except (ValueError, RecursionError):
            raise Misused(
                f"{where} {name}: not JSON, given {shown(value)}; "
                f"a text needs quotes: {where} '{name}=\"...\"'"
            ) from None
    return found
