"""When jobs are due: timers say when, conditions say whether."""

from typing import Final

from clockhand.triggers.crontab import Cron, cron
from clockhand.triggers.elapsed import Every, every
from clockhand.triggers.moments import At, at
from clockhand.triggers.verdict import validate_trigger

BUILTIN: Final[dict[str, type]] = {"at": At, "every": Every, "cron": Cron}
"""The value class of each trigger that core ships, by the name of its kind."""

__all__ = ["BUILTIN", "At", "Cron", "Every", "at", "cron", "every", "validate_trigger"]
