"""What cron expressions cost: the next fire, and a timer from text."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

import attrs
from harness.command import main
from harness.rows import OURS, Entrant, Figure, Row, Size, Target

US: Final = Figure("us", "us", 2)
NUMBER: Final = Size(5_000, 200)


@attrs.frozen
class Case:
    """An expression, and the least that its next fire must be faster than with the fastest of the others."""

    name: str
    spec: str
    times: float
    apscheduler: Mapping[str, str]
    """How APScheduler says it: its numbers of weekdays begin at Monday, and it has words for the rest."""
    tz: str = "UTC"
    steps: int = 1_000
    """How many in a row; rare ones come to the end of the calendar."""

    def entrants(self, what: str, params: Mapping[str, Any]) -> list[Entrant]:
        """Return all four, each with its own way to say it."""
        told = {"spec": self.spec, "tz": self.tz, **params}
        fields = {"fields": dict(self.apscheduler), "tz": self.tz, **params}
        return [
            Entrant(OURS, f"crontabs.ours{what}", told),
            Entrant("cronsim", f"crontabs.cronsim{what}", told),
            Entrant("croniter", f"crontabs.croniter{what}", told),
            Entrant("apscheduler3", f"crontabs.apscheduler{what}", fields),
        ]

    @property
    def next(self) -> Row:
        """The row of the next fire."""
        params = {"steps": self.steps, "times": Size(max(5, 10_000 // self.steps), 2)}
        return Row(
            f"cron-next-{self.name}",
            f"the next fire of '{self.spec}' in {self.tz}, each asked for with the one before",
            self.entrants("", params),
            [US],
            [Target("us", peer, must=1 / self.times) for peer in PEERS],
        )

    @property
    def make(self) -> Row:
        """The row of making it."""
        return Row(
            f"cron-make-{self.name}",
            f"making '{self.spec}' in {self.tz} from text",
            self.entrants("_made", {"number": NUMBER}),
            [US],
            [Target("us", peer, must=1) for peer in PEERS],
        )


PEERS: Final = ("cronsim", "croniter", "apscheduler3")
CASES: Final = (
    Case("minute", "* * * * *", 2, {"minute": "*"}),
    Case("five", "*/5 * * * *", 2, {"minute": "*/5"}),
    Case("weekdays", "0 9 * * 1-5", 3, {"minute": "0", "hour": "9", "day_of_week": "mon-fri"}),
    Case("leap", "0 0 29 2 *", 3, {"minute": "0", "hour": "0", "day": "29", "month": "2"}, steps=50),
    Case("berlin", "30 2 * * *", 3, {"minute": "30", "hour": "2"}, tz="Europe/Berlin"),
    Case("third", "0 0 * * 5#3", 3, {"minute": "0", "hour": "0", "day": "3rd fri"}, steps=500),
    Case("last", "0 0 L * *", 3, {"minute": "0", "hour": "0", "day": "last"}, steps=500),
)

ROWS: Final = [*(case.next for case in CASES), *(case.make for case in CASES)]

if __name__ == "__main__":
    sys.exit(main(ROWS))
