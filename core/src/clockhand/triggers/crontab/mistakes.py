"""How somebody is told what a cron expression may not say: the field, what was given, what to write."""

from __future__ import annotations

from clockhand.errors import DefinitionError, did_you_mean, shown
from clockhand.triggers.crontab.dialect import DAY, FIELDS, NICKNAMES, WEEK, WEEKDAY, Field

_NEAR = 20
"""How much of a text is compared with the words that are known."""
_FULL_NAME = 4
_YEAR = 4


def no_text(spec: object) -> DefinitionError:
    """Say that it is no text at all."""
    return DefinitionError(f"cron: not a text, given {shown(spec)}; write it like '0 9 * * mon-fri'")


def too_long(spec: str, longest: int) -> DefinitionError:
    """Say that it is longer than what is read."""
    return DefinitionError(f"cron: {len(spec):,} characters, at most {longest:,} are read")


def wrong_number(spec: str, number: int) -> DefinitionError:
    """Say that it has too few or too many fields."""
    names = " ".join(field.name for field in FIELDS)
    year = "; there is no year field" if number == len(FIELDS) + 2 else ""
    return DefinitionError(
        f"cron: {number} {'field' if number == 1 else 'fields'}, given {shown(spec)}{year}; "
        f"write five: {names}; or six, with second before them"
    )


def never(spec: object) -> DefinitionError:
    """Say that no date is like that."""
    return DefinitionError(
        f"cron: day-of-month, month and day-of-week: no such date ever comes, given {shown(spec)}"
    )


def unknown_nickname(spec: str) -> DefinitionError:
    """Say that there is no such nickname, and which trigger does what it does elsewhere."""
    if spec.startswith("@every"):
        hint = "; use every(...)"
    elif spec.lower().startswith("@reboot"):
        hint = "; use at_start()"
    else:
        hint = did_you_mean(spec[:_NEAR], NICKNAMES)
    return DefinitionError(f"cron: unknown nickname {shown(spec)}{hint}")


def not_understood(field: Field, item: str) -> DefinitionError:
    """Say that it isn't part of the dialect."""
    return _wrong(field, f"{shown(item)} is not understood{_meant(field, item)}", _grammar(field))


def _meant(field: Field, item: str) -> str:
    text = item.lower()[:_NEAR]
    if any(letter.isspace() for letter in item):
        return ", only spaces and tabs separate fields"
    if not item.isascii():
        return ", only ASCII letters and digits are"
    if text[:1] == "h" and not field.names:
        return ", there is no hashed value here"
    if (text[:1] == "r" and not field.names) or "~" in text:
        return ", there is no random value here"
    if field is DAY and text.startswith("l-"):
        return ", the only days counted from the end are L and LW"
    if not field.names:
        return ""
    if len(text) >= _FULL_NAME and text.isalpha() and text[:3] in field.names:
        return f", did you mean {text[:3]!r}?"
    return did_you_mean(text, field.names) if text.isalpha() else ""


def _grammar(field: Field) -> str:
    names = f" or {field.names[0]}-{field.names[-1]}" if field.names else ""
    written = f"{field.low}-{field.high}{names} as *, a, a-b, or one of them with a step /n"
    if field is DAY:
        return f"allowed are {written}; ?, L, LW, aW"
    if field is WEEKDAY:
        return f"allowed are {written}; ?, a#n, aL; 7 is Sunday"
    return f"allowed are {written}"


def out_of_range(field: Field, item: str) -> DefinitionError:
    """Say that a number is none of the field's."""
    sunday = ", and 7 for Sunday" if field.highest == WEEK else ""
    year = "; there is no year field" if field is WEEKDAY and len(item) == _YEAR and item.isdecimal() else ""
    return _wrong(
        field, f"{shown(item)} is out of range", f"allowed are {field.low}-{field.high}{sunday}{year}"
    )


def wrong_step(field: Field, item: str) -> DefinitionError:
    """Say that a step is zero, or longer than the field."""
    allowed = f"allowed are 1-{field.size}{field.instead}"
    return _wrong(field, f"the step of {shown(item)} is out of range", allowed)


def backwards(field: Field, item: str) -> DefinitionError:
    """Say that a range of this field doesn't wrap around: months have different ends."""
    return _wrong(field, f"the range {shown(item)} ends before it begins", "write two ranges")


def numbered_range(item: str) -> DefinitionError:
    """Say that only one weekday can be counted."""
    return _wrong(WEEKDAY, f"{shown(item)} counts a range", "write each by itself, mon#1,tue#1")


def no_such_week(item: str) -> DefinitionError:
    """Say which numbers a weekday can have in a month."""
    return _wrong(WEEKDAY, f"{shown(item)} has no such number", "allowed are #1 to #5, and aL for the last")


def which_weekday() -> DefinitionError:
    """Say that L needs a weekday here."""
    return _wrong(WEEKDAY, "'L' doesn't say which weekday", "write friL or 5L for the last Friday")


def _wrong(field: Field, what: str, instead: str) -> DefinitionError:
    return DefinitionError(f"cron: {field.name}: {what}; {instead}")
