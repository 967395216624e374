"""`clockhand init`: a configuration to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from clockhand_cli import render
from clockhand_cli.config import DEFAULT
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config


def init(
    path: Annotated[
        Path | None, Parameter(name="PATH", help=f"The file to write, or a folder for {DEFAULT}.")
    ] = None,
    /,
    *,
    force: Annotated[bool, Parameter(negative="", help="Over a file that is there already.")] = False,
    config: Config = None,
) -> int:
    """
    Write a configuration to start from.

    It has one job and comments that show what else there is. A file that is
    there already is left alone.
    """
    chosen = path or config or Path(DEFAULT)
    if chosen.is_dir():
        chosen /= DEFAULT
    template = Path(__file__).parent.with_name("template.toml").read_text("utf-8")
    try:
        with chosen.open("w" if force else "x", encoding="utf-8") as file:
            file.write(template)
    except FileExistsError:
        from clockhand.errors import ConfigError

        raise ConfigError(f"{chosen}: there is a file already; --force writes over it") from None
    render.line(f"{chosen}: written")
    option = "" if chosen == Path(DEFAULT) else f" -c {chosen}"
    render.aside(f"next: clockhand check{option}, then clockhand run{option}")
    return Exit.OK
