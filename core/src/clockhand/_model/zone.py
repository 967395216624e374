"""The name of a time zone: checked, with the nearest one for who mistyped it."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, timezone
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from clockhand.errors import DefinitionError, shown

LONGEST: Final = 40
"""How many characters of a name are compared with those that there are."""
MACHINES: Final = frozenset({"localtime", "posixrules", "Factory"})
"""Names that mean another zone on each machine: a stored job would move with them."""

_PLACE: Final = "a place, like 'Europe/Berlin'"
_OFFSET: Final = re.compile(r"(?:Etc/)?(?:UTC|GMT)? ?([+-])(\d{1,2})(?::?(\d\d))?", re.ASCII | re.IGNORECASE)
_ABBREVIATION: Final = re.compile(r"[A-Z]{3,4}|[a-z]{3,4}", re.ASCII)
_SHORT: Final = 4
"""Names as short as this come near others by chance, hours away."""
_EASTMOST: Final = 14
_WESTMOST: Final = 12


def zone_key(value: object, where: str = "tz") -> str | None:
    """
    Return the name of the IANA zone that *value* is or names; None stays None, else a DefinitionError.

    A ZoneInfo has its name; of other tzinfos only `datetime.UTC` has one.
    """
    if value is None:
        return None
    if isinstance(value, ZoneInfo) and value.key is not None:
        value = value.key
    elif isinstance(value, timezone):
        value = "UTC" if value == UTC else str(timezone(value.utcoffset(None)))
    if not isinstance(value, str):
        raise DefinitionError(
            f"{where}: not a time zone, given {shown(value)}; write it like 'Europe/Berlin'"
        )
    if value in MACHINES:
        raise DefinitionError(
            f"{where}: {value!r} is another time zone on each machine; name one, like 'Europe/Berlin'"
        )
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise DefinitionError(f"{where}: unknown time zone {shown(value)}{_hint(value)}") from None


def _hint(name: str) -> str:
    """Return what to write instead of *name*, which is no zone: nothing that is hours off."""
    if offset := _OFFSET.fullmatch(name):
        return f", an offset; {_fixed(offset[1], int(offset[2]), int(offset[3] or 0))}"
    names = available_timezones() - MACHINES
    near = [one for one in names if one.lower() == name.lower()]
    if not near and _ABBREVIATION.fullmatch(name):
        return "; abbreviations are ambiguous, write a place, like 'America/Los_Angeles'"
    if not near and len(name) > _SHORT:
        near = difflib.get_close_matches(name[:LONGEST], names, n=1)
    return f", did you mean {near[0]!r}?" if near else "; write it like 'Europe/Berlin'"


def _fixed(sign: str, hours: int, minutes: int) -> str:
    """Return what to write for an offset from UTC: a zone's name has the sign the other way round."""
    if minutes or hours > (_EASTMOST if sign == "+" else _WESTMOST):
        return f"no zone is named after this one, write {_PLACE}"
    if not hours:
        return f"write 'UTC', or {_PLACE}"
    turned = "-" if sign == "+" else "+"
    return (
        f"write {_PLACE}, or 'Etc/GMT{turned}{hours}', which is UTC{sign}{hours} all year: "
        "its sign is the other way round"
    )
