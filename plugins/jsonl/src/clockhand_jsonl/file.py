"""
The file that is written to: opened, locked, checked, appended to.

What a write returned from is on the disk. What a crash left half written is cut off when the file is
opened again; anything that this package didn't write makes it refuse the file and leave it as it is.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from clockhand.contracts import Entry
from clockhand.errors import StoreUnreachable
from clockhand_jsonl import lines
from clockhand_jsonl.contents import Contents, survey
from clockhand_jsonl.disk import lock, same, write_all
from clockhand_jsonl.gaps import Gaps


class JsonlFile:
    """One file of entries, held alone by whoever has it open."""

    def __init__(self, path: Path, fd: int, contents: Contents, gaps: Gaps | None = None) -> None:
        self.path = path
        self.fd = fd
        self.contents = contents
        self.gaps = gaps or Gaps()
        self.end = contents.length
        """Where the last whole batch ends; what is behind it doesn't count."""
        self._torn = False
        """Whether something may be behind the end that couldn't be cut off."""

    @property
    def untouched(self) -> bool:
        """Whether it still is the file at its path, and as long as this process left it."""
        if self._torn:
            self._cut()
        return same(self.fd, self.path) and os.fstat(self.fd).st_size == self.end

    def write(self, batch: Sequence[tuple[Entry, bytes]]) -> None:
        """Write entries and their lines, all or none of them, and wait until they are on the disk."""
        data = b"".join(line for _, line in batch)
        try:
            write_all(self.fd, data, self.end)
            os.fsync(self.fd)
        except OSError:
            self._torn = True
            self._cut()
            raise
        for entry, line in batch:
            self.contents.add(entry.life, entry.seq, entry.at, len(line))
        self.end += len(data)

    def empty(self) -> None:
        """Take back all that was written to it since it was made."""
        self.contents, self.end, self._torn = Contents(), 0, True
        self._cut()

    def close(self) -> None:
        """Let go of the file."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self.fd, self.end)
            self._torn = False


def opened(path: Path, logger: logging.Logger) -> JsonlFile:
    """Return the file at *path*, made if need be, with the lock on it; StoreUnreachable says why it can't."""
    fd = -1
    try:
        fd = _locked(path)
        return JsonlFile(path, fd, _checked(path, fd, logger))
    except OSError as error:
        _close(fd)
        raise _unreachable(path, f"can't be opened: {error.strerror or error}") from error
    except StoreUnreachable:
        _close(fd)
        raise


def refuse_unfit(path: Path) -> None:
    """Raise StoreUnreachable if no file can be at *path*."""
    if not path.parent.is_dir():
        raise _unreachable(path, "can't be made: its directory is not there; make it first")
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        what = "is a directory" if path.is_dir() else "is not a regular file"
        raise _unreachable(path, f"{what}; name a file")


def _close(fd: int) -> None:
    if fd >= 0:
        os.close(fd)


def _locked(path: Path) -> int:
    """Return a descriptor of the file at the path, with the lock on it."""
    while True:
        refuse_unfit(path)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            lock(fd)
        except OSError as error:
            os.close(fd)
            if isinstance(error, BlockingIOError):
                raise _unreachable(
                    path, "is in use by another scheduler; give each a file of its own"
                ) from None
            raise
        # Whoever had the lock may have put another file in its place just before it let go.
        if same(fd, path):
            return fd
        os.close(fd)


def _checked(path: Path, fd: int, logger: logging.Logger) -> Contents:
    """Return what is in the file, whose last line is whole then, and on the disk."""
    with path.open("rb") as file:
        try:
            contents = survey(file, os.fstat(fd).st_size)
        except ValueError as error:
            raise _unreachable(path, f"{error}; it was not written by clockhand") from error
        file.seek(contents.length)
        torn = file.read()
    if torn:
        _mend(path, fd, contents, torn, logger)
    os.fsync(fd)
    return contents


def _mend(path: Path, fd: int, contents: Contents, torn: bytes, logger: logging.Logger) -> None:
    """Deal with a last line that has no end: give it one, or cut it off."""
    try:
        lines.read(torn, 0)  # All of it: a piece of a line may end like a whole one.
        life, seq, at = lines.identify(torn)
    except ValueError as error:
        if not (torn.startswith(lines.HEAD) or lines.HEAD.startswith(torn) or not torn.strip(b"\0")):
            raise _unreachable(
                path, "its last line is not an entry; it was not written by clockhand"
            ) from error
        os.ftruncate(fd, contents.length)
        logger.warning("history.jsonl: %s: cut off %d bytes that a crash left half written", path, len(torn))
        return
    write_all(fd, b"\n", contents.length + len(torn))
    contents.add(life, seq, at, len(torn) + 1)


def _unreachable(path: Path, reason: str) -> StoreUnreachable:
    return StoreUnreachable(f"history.jsonl: {path} {reason}")
