"""A program under way: its process group, its streams, its end."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clockhand.errors import WorkFailed
from clockhand_system import group
from clockhand_system.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STEP: Final = 0.02
LONGEST_STEP: Final = 0.16
"""How often, in seconds, a group that is being ended is looked at: ever less."""
LAST_WORDS: Final = 0.2
"""How many seconds the streams of a process that is gone are still read."""
REAPED: Final = 5.0
"""How many seconds after KILL a process may take to be gone; longer only if the kernel holds it."""


class Process(asyncio.SubprocessProtocol):
    """
    A program in a session, and so a process group, of its own.

    What it prints is taken as it comes. asyncio's own `wait()` isn't used: in some versions it
    waits for the pipes too, which a grandchild may hold for ever.
    """

    def __init__(self, watchers: Mapping[int, Callable[[bytes], None]]) -> None:
        loop = asyncio.get_running_loop()
        self.stdout, self.stderr = Output(), Output()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.drained: asyncio.Future[None] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        self._open = {1, 2}
        self._watchers = watchers
        self._transport: asyncio.SubprocessTransport | None = None

    @classmethod
    async def start(
        cls,
        argv: Sequence[str],
        *,
        cwd: str | None,
        env: Mapping[str, str],
        stdin: bytes,
        watchers: Mapping[int, Callable[[bytes], None]],
    ) -> Process:
        """
        Start a program; a WorkFailed says why it can't be.

        *watchers* are called, by the number of the stream, with each piece of what it prints.
        """
        loop = asyncio.get_running_loop()
        try:
            _, process = await loop.subprocess_exec(
                lambda: cls(watchers),
                *argv,
                cwd=cwd,
                env=env,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise _not_started(error, argv[0], cwd) from None
        process.feed(stdin)
        return process

    @property
    def pid(self) -> int:
        """The process's id, and its group's."""
        return self._started().get_pid()

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._started().get_returncode()

    @property
    def has_group(self) -> bool:
        """Whether anybody in the group still runs."""
        return group.is_alive(self.pid)

    async def end(self, kill_after: float) -> None:
        """End the group: TERM, after *kill_after* seconds KILL; cancelled meanwhile, KILL at once."""
        loop = asyncio.get_running_loop()
        deadline, step, alive = loop.time() + kill_after, STEP, True
        try:
            alive = group.send(self.pid, signal.SIGTERM)
            while (alive or not self.exited.done()) and loop.time() < deadline:
                await asyncio.sleep(step)
                step = min(2 * step, LONGEST_STEP)
                alive = not self.exited.done() or self.has_group
        finally:
            if alive or not self.exited.done():
                group.send(self.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Take what is still coming, let go of the streams, and wait until the process is gone for good."""
        try:
            await asyncio.wait({self.exited}, timeout=REAPED)
            await asyncio.wait({self.drained}, timeout=LAST_WORDS)
        finally:
            self._started().close()
        await asyncio.wait({self._gone}, timeout=REAPED)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.SubprocessTransport):
            self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take what was printed."""
        (self.stdout if fd == 1 else self.stderr).add(data)
        if fd in self._watchers:
            self._watchers[fd](data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Note that a stream has ended."""
        self._open.discard(fd)
        if not self._open:
            _done(self.drained)

    def process_exited(self) -> None:
        """Note that the process has ended."""
        _done(self.exited)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that nothing is left."""
        _done(self._gone)

    def feed(self, stdin: bytes) -> None:
        """Give the program all that it is to read."""
        pipe = self._started().get_pipe_transport(0)
        if isinstance(pipe, asyncio.WriteTransport):
            pipe.write(stdin)
            pipe.close()

    def _started(self) -> asyncio.SubprocessTransport:
        if self._transport is None:  # pragma: no cover - start() returns after connection_made()
            raise RuntimeError("the process isn't started")
        return self._transport


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _not_started(error: OSError, program: str, cwd: str | None) -> WorkFailed:
    if cwd is not None and not Path(cwd).is_dir():
        return WorkFailed("system:cwd", f"cwd {cwd!r}: there is no such directory")
    if cwd is not None and not os.access(cwd, os.X_OK):
        return WorkFailed("system:cwd", f"cwd {cwd!r}: not allowed to enter it")
    if isinstance(error, FileNotFoundError):
        if os.sep in program and Path(cwd or ".", program).exists():
            reason = f"program {program!r}: the interpreter in its first line isn't there"
            return WorkFailed("system:not-found", reason)
        return WorkFailed("system:not-found", f"program {program!r}: not found")
    if isinstance(error, PermissionError | NotADirectoryError) or error.errno == errno.ENOEXEC:
        return WorkFailed(
            "system:not-executable", f"program {program!r}: can't be executed, {error.strerror}"
        )
    if error.errno == errno.E2BIG:
        return WorkFailed("system:too-long", f"program {program!r}: arguments and environment are too long")
    return WorkFailed("system:no-process", f"program {program!r}: no new process, {error.strerror or error}")
