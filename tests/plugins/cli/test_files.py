"""Files: whole or not at all, and for their owner only."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from clockhand.errors import ConfigError
from clockhand_cli import files


def test_what_is_written_is_private(tmp_path: Path) -> None:
    """Whatever the umask and whatever was there before, only the owner reads it."""
    path = tmp_path / "x.json"
    path.write_text("old")
    path.chmod(0o666)
    before = os.umask(0)
    try:
        files.write_private(path, "größe")
    finally:
        os.umask(before)
    assert path.read_text("utf-8") == "größe"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """Half a file is never seen, and nothing is left over."""
    path = tmp_path / "x.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        files.write_private(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """What is no ordinary file isn't replaced by one."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(path.read_text()))
    reader.start()
    files.write_private(path, "through")
    reader.join(30)
    assert got == ["through"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    """The error names the file and the reason."""
    with pytest.raises(ConfigError, match=r"^x\.json: can't be read: No such file or directory"):
        files.read(tmp_path / "x.json")
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        files.read(tmp_path)
