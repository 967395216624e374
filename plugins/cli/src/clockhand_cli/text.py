"""Values in words, for people: what comes from data can't steer the terminal, moments and spans read well."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u200c\u200d")
"""Formatting characters that scripts and emoji need, and that can't hide anything."""
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def plain(text: object) -> str:
    r"""
    Return *text* on one line, with every character that could steer a terminal written out.

    Control characters, escape sequences, overrides of the writing direction and line separators
    become `\x1b`, `\u202e` and so on.
    """
    given = str(text)
    if given.isascii() and given.isprintable():
        return given
    return "".join(map(_shown, given))


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _UNSAFE or char in _JOINERS:
        return char
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code < 0x100:  # noqa: PLR2004 - what two hexadecimal digits can say
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - likewise, four


def cut(text: str, most: int = 200) -> str:
    """Return *text*, or the beginning of one that is longer than *most* and how long it is."""
    return text if len(text) <= most else f"{text[: most - 1]}… ({len(text):,} characters)"


def few(names: Sequence[str], most: int) -> str:
    """Return the first *most* of *names*, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """Return *value* to the millisecond in *zone*, as `2026-03-01T09:00:00Z`; `-` for None."""
    if value is None:
        return "-"
    timespec = "milliseconds" if value.microsecond else "seconds"
    return _zoned(value, zone).isoformat(timespec=timespec).replace("+00:00", "Z")


def clock_time(value: datetime | None, zone: str = "UTC") -> str:
    """Return *value* as short as it can be told today: `09:00:00Z`, or `2026-03-01 09:00Z` on another day."""
    if value is None:
        return "-"
    there = _zoned(value, zone)
    today = there.date() == datetime.now(there.tzinfo).date()
    shown = f"{there:%H:%M:%S}" if today else f"{there:%Y-%m-%d %H:%M}"
    return shown + there.isoformat()[-6:].replace("+00:00", "Z")


def _zoned(value: datetime, zone: str) -> datetime:
    if zone == "UTC":
        return value.astimezone(UTC)
    from zoneinfo import ZoneInfo

    return value.astimezone(ZoneInfo(zone))


def span(value: timedelta) -> str:
    """Return about how long *value* is, in at most two units: `3d 4h`, `12m 5s`, `0.25s`."""
    if value < timedelta():
        return f"-{span(-value)}"
    seconds = value.total_seconds()
    if seconds < 10:  # noqa: PLR2004 - below that, fractions tell something
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
    parts: list[str] = []
    left = round(seconds)
    for unit, size in _UNITS:
        amount, left = divmod(left, size)
        if amount or parts:
            parts.append(f"{amount}{unit}" if amount else "")
    return " ".join(part for part in parts[:2] if part)


def value(thing: Any) -> str:
    """Return a JSON *thing* on one line: a text as it is, anything else as JSON."""
    return plain(thing) if isinstance(thing, str) else plain(json.dumps(thing, ensure_ascii=False))
