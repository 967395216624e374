"""Who is at the terminal, for the record."""

from __future__ import annotations

import getpass


def who() -> str:
    """Return a name for the person who asks: `cli:<user>`, or `cli` where nobody knows."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, LookupError, ImportError):
        return "cli"
