"""A file as it is sent: opened before anything goes out, and read a piece at a time in a thread."""

from __future__ import annotations

import errno
import io
import os
import stat
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from clockhand.errors import WorkFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE: Final = 64 * 1024


class SentFile:
    """
    The file at *path*, which the work names in its field *where*; a WorkFailed says what is wrong with it.

    It has the size that it had when it was opened: what is written to it afterwards isn't sent, and
    a file that gets shorter fails the run. It may be closed while a thread still reads it; that
    thread then closes it, since the number of an open file may soon be another file's.
    """

    def __init__(self, path: str, where: str) -> None:
        self.path = path
        self.size = 0
        self._where = where
        self._at = 0
        self._file: io.FileIO | None = None
        self._closed = False
        self._lock = threading.Lock()

    def open(self) -> None:
        """Open it, in a thread: a file on another machine may take its time."""
        with self._in_use(), self._named():
            self._file = opened(self.path)
            self.size = os.fstat(self._file.fileno()).st_size

    def __iter__(self) -> Iterator[bytes]:
        """Yield all of it, from the start."""
        self.seek(0)
        while piece := self.read(PIECE):
            yield piece

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        left = self.size - self._at
        with self._in_use(), self._named():
            if self._file is None:
                raise WorkFailed("network:file", f"{self._where}: {self.path!r} is closed")
            self._file.seek(self._at)
            piece = self._file.read(left if size < 0 else min(size, left))
        if left and size and not piece:
            raise WorkFailed(
                "network:file",
                f"{self._where}: {self.path!r} got shorter while it was sent, "
                f"{self._at:,} of {self.size:,} bytes are left",
            )
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, and return it."""
        self._at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence] + offset
        return self._at

    def tell(self) -> int:
        """Return the place where the next bytes are."""
        return self._at

    def close(self) -> None:
        """Close it, now or as soon as nobody is busy with it."""
        self._closed = True
        if self._lock.acquire(blocking=False):
            try:
                self._shut()
            finally:
                self._lock.release()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        finally:
            if self._closed:
                with self._lock:
                    self._shut()

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise WorkFailed("network:file", unreadable(self.path, self._where, error)) from None


def opened(path: str) -> io.FileIO:
    """Return the file at *path*, open; an OSError if it isn't one with an end: a pipe, a device, a folder."""
    file = io.FileIO(path, opener=_without_waiting)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", path)
    return file


def unreadable(path: str, where: str, error: Exception) -> str:
    """Return why the file at *path*, named in the field *where*, can't be read."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{where}: {path!r} can't be read: {why}"


def _without_waiting(path: str, flags: int) -> int:
    """Open *path* without waiting for a writer, as opening a pipe would."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
