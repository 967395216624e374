"""How far back: the moment that `--since` means."""

from __future__ import annotations

from datetime import UTC, datetime

from clockhand_cli.exits import Misused
from clockhand_cli.moments import placed, typed

_WHERE = "--since"


def moment_of(since: str | None) -> datetime | None:
    """
    Return the moment that *since* means; naive if it is a time of the configuration's zone.

    A text that means none is a usage error.
    """
    from clockhand.contracts import parse_span
    from clockhand.errors import DefinitionError

    if since is None:
        return None
    if since[:1].isdigit() and since[-1:].isalpha() and "T" not in since and ":" not in since:
        try:
            return datetime.now(UTC) - parse_span(since, _WHERE)
        except (DefinitionError, OverflowError) as error:
            raise Misused(str(error)) from error
    try:
        return typed(since, _WHERE)
    except Misused as error:
        raise Misused(f"{error}, or like 2h for two hours ago") from error


def in_zone(since: datetime | None, tz: str) -> datetime | None:
    """Return the moment *since*, which is one of the zone *tz* if it is naive."""
    return since if since is None or since.tzinfo is not None else placed(since, tz, _WHERE)
