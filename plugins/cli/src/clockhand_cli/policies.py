"""The policies of a job as options of a command, made from the class that defines them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

import attrs
from cyclopts import Group, Parameter

from clockhand.contracts import Policies

_GROUP: Final = Group("Policies (none said: the defaults of the configuration)", sort_key=8)
HELP: Final = {
    "overlap": ("WORD", "What becomes of a due time while as many runs are open as may be:"),
    "max_running": ("N", "How many runs may be open at once, or none for no limit."),
    "queue_limit": ("N", "How many may wait with --overlap queue-all."),
    "catch_up": ("WORD", "Which due times that passed while nothing was running are run:"),
    "catch_up_window": ("SPAN", "How far back --catch-up looks: 2d, or none."),
    "catch_up_limit": ("N", "How many --catch-up all runs at most."),
    "grace": ("SPAN", "How late a due time may be taken up: 5m, or none."),
    "retries": (
        "N|TABLE",
        'Further attempts after a failure: 3, or \'{attempts = 4, delay = "30s", on = ["exit:75"]}\'.',
    ),
    "timeout": ("SPAN", "How long an attempt may take: 90s, or none."),
    "delivery": ("WORD", "What becomes of a run whose process died:"),
    "priority": ("N", "Who goes first when an executor is full, the highest: -10000 to 10000."),
    "pause_after": ("N", "Pause the job after so many failures in a row, or none."),
    "warn_after": ("SPAN", "Warn when a run takes longer: 10m, or none."),
    "max_runs": ("N", "After so many runs the timetable is over; none for no end."),
    "spread": ("SPAN", "Start up to so much after the due time, always the same for a job: 5m, or none."),
    "jitter": ("SPAN", "Start up to so much after the due time, each time another: 30s, or none."),
}
"""What stands for its value, and what each is for; a test holds the names to those of the class."""


def _option(name: str, hint: Any) -> Any:
    words = next((one for one in get_args(hint) if isinstance(one, type) and issubclass(one, StrEnum)), None)
    metavar, told = HELP.get(name, ("VALUE", "See the policies of a job."))
    if words is not None:
        kind: Any = Literal[tuple(map(str, words))]
        return Annotated[kind | None, Parameter(help=told, metavar=metavar)]
    return Annotated[str | None, Parameter(help=told, metavar=metavar, allow_leading_hyphen=True)]


_HINTS: Final = get_type_hints(Policies)
_GIVEN: Final = attrs.make_class(
    "GivenPolicies",
    {
        field.name: attrs.field(default=None, type=_option(field.name, _HINTS[field.name]))
        for field in attrs.fields(Policies)
    },
    frozen=True,
    kw_only=True,
)

GivenPolicies = Annotated[_GIVEN | None, Parameter(name="*", group=_GROUP)]  # type: ignore[valid-type]
"""The policies that somebody gave, each a text or None."""


def table_of(given: Any) -> dict[str, str]:
    """Return the policies that were given, by name."""
    return {} if given is None else attrs.asdict(given, filter=lambda _, value: value is not None)
