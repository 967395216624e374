"""
The file: opened, locked, checked, appended to, pruned. Blocking; `history.py` calls it from threads.

What an append returned from is on the disk. What a crash left half written is cut off when the file
is opened again; anything that this module didn't write makes it refuse the file and leave it as it is.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from clockhand.contracts import Entry
from clockhand.errors import StoreError, StoreUnreachable
from clockhand_jsonl import lines
from clockhand_jsonl.seen import Seen


class JsonlFile:
    """One file of entries, held alone by whoever has it open."""

    def __init__(self, path: Path, logger: logging.Logger) -> None:
        self._path = Path(os.path.realpath(path))
        self._logger = logger
        self._fd = -1
        self._seen = Seen()
        self._end = 0
        """Where the last whole batch ends; what is behind it doesn't count."""
        self._moving = threading.Lock()
        """Held while the path and the end change together, so that a reader gets both of one time."""

    @property
    def end(self) -> int:
        """How many bytes of entries there are."""
        return self._end

    def open(self) -> None:
        """Open the file, making it if need be; StoreUnreachable says why it can't be used."""
        try:
            self._fd = self._locked()
            self._begin()
        except OSError as error:
            self.close()
            raise self._unreachable(f"can't be opened: {error.strerror or error}") from error
        except StoreUnreachable:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def append(self, entries: Sequence[Entry]) -> None:
        """Write the entries that aren't there, all or none of them, and wait until they are on the disk."""
        self._follow()
        fresh: dict[tuple[str, int], bytes] = {}
        for entry in entries:
            identity = (entry.life, entry.seq)
            if identity not in self._seen and identity not in fresh:
                fresh[identity] = lines.write(entry)
        if not fresh:
            return
        batch = b"".join(fresh.values())
        try:
            _write_all(self._fd, batch, self._end)
            os.fsync(self._fd)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._end)
            raise self._failed(f"can't be written: {error.strerror or error}") from error
        self._end += len(batch)
        for life, seq in fresh:
            self._seen.add(life, seq)

    def snapshot(self) -> tuple[BinaryIO, int]:
        """Return the file, opened for reading, and where it ends now; nothing that comes later moves them."""
        with self._moving:
            try:
                return self._path.open("rb"), self._end
            except OSError as error:
                raise self._failed(f"can't be read: {error.strerror or error}") from error

    def prune(self, before: datetime | None, max_bytes: int | None) -> int:
        """Drop old entries by writing the others into a new file that takes the place of this one."""
        self._follow()
        file, end = self.snapshot()
        with file:
            try:
                drops = self._drops(file, end, before, max_bytes)
                dropped = sum(drops(line) for _, line in lines.forward(file, 0, end))
                if dropped:
                    self._replace(file, end, self._drops(file, end, before, max_bytes))
            except ValueError as error:
                raise self._failed(f"can't be pruned: a line is {error}") from error
            except OSError as error:
                raise self._failed(f"can't be pruned: {error.strerror or error}") from error
        return dropped

    # Opening

    def _locked(self) -> int:
        """Return a descriptor of the file at the path, with the lock on it."""
        while True:
            if not self._path.parent.is_dir():
                raise self._unreachable("can't be made: its directory is not there; make it first")
            if self._path.exists() and not stat.S_ISREG(self._path.stat().st_mode):
                what = "is a directory" if self._path.is_dir() else "is not a regular file"
                raise self._unreachable(f"{what}; name a file")
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(fd)
                raise self._unreachable(
                    "is in use by another scheduler; give each a file of its own"
                ) from None
            # Whoever had the lock may have put another file in its place just before it let go.
            if _same(fd, self._path):
                return fd
            os.close(fd)

    def _begin(self) -> None:
        self._temporary.unlink(missing_ok=True)
        _sync_directory(self._path.parent)
        size = os.fstat(self._fd).st_size
        with self._path.open("rb") as file:
            end = self._scan(file, size)
            file.seek(end)
            torn = file.read()
        if torn:
            end = self._mend(torn, end)
        os.fsync(self._fd)
        self._end = end

    def _scan(self, file: BinaryIO, size: int) -> int:
        """Note who is there, and return where the last whole line ends."""
        end = 0
        for number, (offset, line) in enumerate(lines.forward(file, 0, size), start=1):
            try:
                life, seq, _ = lines.identify(line)
            except ValueError as error:
                raise self._unreachable(
                    f"line {number} is {error}; it was not written by clockhand"
                ) from error
            self._seen.add(life, seq)
            end = offset + len(line) + 1
        return end

    def _mend(self, torn: bytes, end: int) -> int:
        """Deal with a last line that has no end, and return where the file ends then."""
        try:
            lines.read(torn, 0)  # All of it: a piece of a line may end like a whole one.
            life, seq, _ = lines.identify(torn)
        except ValueError as error:
            if not (torn.startswith(lines.HEAD) or lines.HEAD.startswith(torn) or not torn.strip(b"\0")):
                raise self._unreachable(
                    "its last line is not an entry; it was not written by clockhand"
                ) from error
            os.ftruncate(self._fd, end)
            self._logger.warning(
                "history.jsonl: %s: cut off %d bytes that a crash left half written", self._path, len(torn)
            )
            return end
        _write_all(self._fd, b"\n", end + len(torn))
        self._seen.add(life, seq)
        return end + len(torn) + 1

    def _follow(self) -> None:
        """Open the file anew when another program moved it away or changed it, as log rotation does."""
        if _same(self._fd, self._path) and os.fstat(self._fd).st_size == self._end:
            return
        self._logger.warning(
            "history.jsonl: %s was moved or changed by another program; opened anew", self._path
        )
        self.close()
        self.open()

    # Pruning

    @property
    def _temporary(self) -> Path:
        return self._path.with_name(f"{self._path.name}.pruning")

    def _drops(
        self, file: BinaryIO, end: int, before: datetime | None, max_bytes: int | None
    ) -> Callable[[bytes], bool]:
        """Return what says, line for line from the first one on, whether it goes."""
        excess = 0
        if max_bytes is not None:
            sizes = (len(line) + 1 for _, line in lines.forward(file, 0, end) if not _older(line, before))
            excess = sum(sizes) - max_bytes

        def drops(line: bytes) -> bool:
            nonlocal excess
            if _older(line, before):
                return True
            if excess <= 0:
                return False
            excess -= len(line) + 1
            return True

        return drops

    def _replace(self, file: BinaryIO, end: int, drops: Callable[[bytes], bool]) -> None:
        fd = os.open(self._temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.fchmod(fd, stat.S_IMODE(os.fstat(self._fd).st_mode))
            size = _copy(fd, (line for _, line in lines.forward(file, 0, end) if not drops(line)))
            os.fsync(fd)
            with self._moving:
                self._temporary.replace(self._path)
                fd, self._fd, self._end = self._fd, fd, size
            _sync_directory(self._path.parent)
        finally:
            os.close(fd)
            self._temporary.unlink(missing_ok=True)

    def _unreachable(self, reason: str) -> StoreUnreachable:
        return StoreUnreachable(f"history.jsonl: {self._path} {reason}")

    def _failed(self, reason: str) -> StoreError:
        return StoreError(f"history.jsonl: {self._path} {reason}")


def _older(line: bytes, before: datetime | None) -> bool:
    return before is not None and lines.moment(line) < before


def _copy(fd: int, kept: Iterator[bytes]) -> int:
    """Write lines, and return how many bytes they took."""
    with os.fdopen(os.dup(fd), "wb", buffering=1 << 20) as file:
        return sum(file.write(line + b"\n") for line in kept)


def _same(fd: int, path: Path) -> bool:
    """Say whether *fd* is the file that is at *path*."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except OSError:
        return False


def _write_all(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def _sync_directory(path: Path) -> None:
    """Make sure that a new name in a directory survives a crash."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
