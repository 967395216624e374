"""An entry of the history as one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clockhand.contracts import What
from clockhand_cli import text
from clockhand_cli.outcomes import reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clockhand.contracts import Entry

LINE: Final = 200
"""How many characters of what a run printed stand in a line."""
_WIDTH: Final = max(map(len, What))


def entry_line(entry: Entry, zone: str) -> str:
    """Return when it was, what it was, of what, and how it went."""
    subject = entry.occurrence or entry.job
    parts = (text.moment(entry.at, zone), str(entry.what).ljust(_WIDTH), subject, _details(entry, zone))
    return text.plain("  ".join(part for part in parts if part))


def _details(entry: Entry, zone: str) -> str:
    if entry.what is What.RUN_STARTED:
        return "" if entry.run is None else f"attempt {entry.run.attempt}"
    if entry.what is What.RUN_ENDED:
        return ended(entry)
    if entry.what is What.NEVER_RAN:
        return _why(f"{entry.verdict}{_range(entry, zone)}", entry.reason)
    if entry.what is What.RUN_OUTPUT:
        return _printed(entry.output or {})
    return entry.reason


def _printed(output: Mapping[str, Any]) -> str:
    """Return the last line of what was printed, and how much is missing."""
    lines = "".join(str(text) for _, text in output.get("pieces", ())).strip().splitlines()
    dropped = output.get("dropped", 0)
    missing = f"{dropped:,} characters are missing" if dropped else ""
    return "; ".join(part for part in (lines[-1][:LINE] if lines else "", missing) if part)


def ended(entry: Entry) -> str:
    """Return how an attempt ended: `failed after 2s: exit:3: no such file; will be tried again`."""
    run = entry.run
    if run is None or run.outcome is None:
        return str(entry.verdict or "ended")
    took = "" if run.ended is None else f" after {text.span(run.ended - run.started)}"
    verdict = "" if str(entry.verdict) == str(run.outcome.result) else f", so {entry.verdict}"
    more = "; will be tried again" if entry.verdict is None else verdict
    return _why(f"{run.outcome.result}{took}", *reasons(run.outcome)) + more


def _range(entry: Entry, zone: str) -> str:
    if entry.last is None:
        return ""
    count = "an unknown number of times" if entry.count is None else f"{entry.count:,} times"
    return f" {count} from {text.moment(entry.due, zone)} to {text.moment(entry.last, zone)}"


def _why(what: str, *reasons: str) -> str:
    return ": ".join(part for part in (what, *reasons) if part)
