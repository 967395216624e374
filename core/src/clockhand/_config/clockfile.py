"""The clockfile: one Python file of hooks and functions, loaded with no packaging around it."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Final

from clockhand.errors import ConfigError, told

CLOCKFILE: Final = "clockfile"
"""The module name, and the plugin name, of the clockfile."""


def import_clockfile(path: Path, where: str) -> ModuleType:
    """Return the module in the file at *path*; ConfigError names *where* and the line that raised."""
    spec = importlib.util.spec_from_file_location(CLOCKFILE, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError(f"{where}: no Python file, given {str(path)!r}")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(CLOCKFILE)
    sys.modules[CLOCKFILE] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        if before is None:
            del sys.modules[CLOCKFILE]
        else:
            sys.modules[CLOCKFILE] = before
        if isinstance(error, KeyboardInterrupt):
            raise
        raise ConfigError(f"{where}: {path.name}{_line(error, path)}: {told(error)}") from error
    return module


def _line(error: BaseException, path: Path) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f", line {lines[-1]}" if lines else ""
