"""What is asked of the disk: whole writes, names that outlast a crash, and which name is which file."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from pathlib import Path


def write_all(fd: int, data: bytes, offset: int) -> None:
    """Write *data* at *offset*; an OSError leaves some of it there."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def sync_directory(path: Path) -> None:
    """Make sure that the names in a directory survive a crash."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def same(fd: int, path: Path) -> bool:
    """Say whether *fd* is the file that is at *path*."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except OSError:
        return False


def lock(fd: int) -> None:
    """Take the file for this process alone, until *fd* is closed; BlockingIOError: another one has it."""
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def new(path: Path, mode: int) -> int:
    """
    Return a descriptor of an empty file at *path*, with the permissions of *mode*.

    What was there is gone, not written to: it might be a link that somebody has laid.
    """
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(fd, stat.S_IMODE(mode))
    except OSError:
        os.close(fd)
        raise
    return fd


def discard(path: Path) -> None:
    """Take away a file of ours that isn't needed; one that can't be is taken away at the next start."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
