"""`clockhand plugins` and `clockhand version`: what is installed here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from clockhand_cli import files, logs, render, toml
from clockhand_cli.config import chosen
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config, Json

if TYPE_CHECKING:
    from clockhand.plugins import Catalog


def plugins(*, config: Config = None, as_json: Json = False) -> int:
    """
    List the installed plugins and what they offer.

    Broken plugins are listed with the reason, and so are names that two
    plugins offer; either ends with exit code 1. Where there is a
    configuration, its block and only count.
    """
    from clockhand.plugins import installed

    logs.brief()
    block, only = _let_in(config)
    catalog = installed(block=block, only=only)
    if as_json:
        render.document(_record(catalog))
    else:
        _print(catalog)
    return Exit.FAILED if catalog.broken or catalog.clashes else Exit.OK


def _let_in(given: Path | None) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Return `block` and `only` of the configuration; one that can't be read counts only if it was named."""
    from clockhand.errors import ConfigError

    try:
        path = chosen(given)
        return _names(toml.document(files.read(path), files.name(path)), files.name(path))
    except ConfigError:
        if given is None:
            return (), None
        raise


def _names(found: Mapping[str, Any], where: str) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    from clockhand.errors import ConfigError, shown

    table = found.get("plugins", {})
    try:
        only = table.get("only")
        return tuple(table.get("block", ())), None if only is None else tuple(only)
    except (AttributeError, TypeError):
        raise ConfigError(f"{where}: plugins: not a table of lists, given {shown(table)}") from None


def _record(catalog: Catalog) -> dict[str, Any]:
    return {
        "plugins": [
            {"name": one.name, "dist": one.dist, "version": one.version, "offers": list(one.offers)}
            for one in catalog.loaded
        ],
        "broken": [
            {"name": one.name, "dist": one.dist, "version": one.version, "reason": one.reason}
            for one in catalog.broken
        ],
        "clashes": list(catalog.clashes),
    }


def _print(catalog: Catalog) -> None:
    rows = [(one.name, one.dist, one.version, ", ".join(one.offers)) for one in catalog.loaded]
    rows += [(one.name, one.dist, one.version, f"broken: {one.reason}") for one in catalog.broken]
    render.table(("plugin", "dist", "version", "offers"), rows)
    for clash in catalog.clashes:
        render.line(f"clash: {clash}")


def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish"], Parameter(name="SHELL", help="bash, zsh or fish.", show_choices=False)
    ],
    /,
) -> int:
    """
    Print what lets a shell complete commands, options and jobs.

    For bash, put eval "$(clockhand completion bash)" into ~/.bashrc; for
    zsh, write it to a file _clockhand in a folder of $fpath; for fish, to
    ~/.config/fish/completions/clockhand.fish.
    """
    script = Path(__file__).parents[1] / "shells" / f"completion.{shell}"
    render.script(script.read_text("utf-8"))
    return Exit.OK


def version(*, as_json: Json = False) -> int:
    """Show the versions of clockhand and its plugins."""
    import platform

    from clockhand.plugins import installed

    logs.brief()
    found = {"clockhand-cli": _version_of("clockhand-cli"), "clockhand-core": _version_of("clockhand-core")}
    for plugin in installed().loaded:
        if plugin.dist and plugin.version:
            found[plugin.dist] = plugin.version
    record = {"clockhand": _version_of("clockhand") or found["clockhand-core"], **dict(sorted(found.items()))}
    record["python"] = platform.python_version()
    if as_json:
        render.document(record)
    else:
        for name, number in record.items():
            render.line(f"{name} {number}")
    return Exit.OK


def _version_of(dist: str) -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    try:
        return version_of(dist)
    except PackageNotFoundError:
        return ""
