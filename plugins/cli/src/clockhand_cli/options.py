"""The options that commands share, each told once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Config = Annotated[Path | None, Parameter(parse=False)]
"""The configuration file; read before the command, so that it may stand in front of it too."""
Json = Annotated[bool, Parameter(name="--json", negative="", help="Write one JSON document.")]
JobName = Annotated[str, Parameter(name="JOB", help="The alias of the job.")]
SiloName = Annotated[
    str | None,
    Parameter(name="--silo", help="The silo to look in; needed when several have a job of that alias."),
]
