"""The options that commands share, each told once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Config = Annotated[Path | None, Parameter(parse=False)]
"""The configuration file; read before the command, so that it may stand in front of it too."""
Json = Annotated[bool, Parameter(name="--json", negative="", help="Write one JSON document.")]
JobName = Annotated[str, Parameter(name="JOB", help="The alias of the job.")]
AnyJob = Annotated[str | None, Parameter(name="JOB", help="Only this job's.")]
Occurrences = Annotated[str, Parameter(name="JOB|KEY", help="The alias of the job, or one occurrence's key.")]
Follow = Annotated[
    bool,
    Parameter(
        name=("--follow", "-f"),
        negative="",
        help="Go on with what comes, until Ctrl-C; with --json one line for each.",
    ),
]
Since = Annotated[
    str | None,
    Parameter(
        metavar="WHEN",
        help="Not before this moment, a time of the zone or with an offset, or this long ago (2h, 7d).",
    ),
]
SiloName = Annotated[
    str | None,
    Parameter(
        name="--silo",
        metavar="SILO",
        help="The silo to look in; needed when several have a job of that alias.",
    ),
]
OneSilo = Annotated[
    str | None,
    Parameter(name="--silo", metavar="SILO", help="Which silo; needed when there are several."),
]
