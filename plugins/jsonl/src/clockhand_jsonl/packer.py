"""The thread that compresses closed segments, so that no entry waits for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from clockhand.contracts import StoreContext
from clockhand_jsonl.log import JsonlLog
from clockhand_jsonl.segment import reason


class Packer:
    """Compresses what a log has to be compressed; the thread that writes puts each in its place."""

    def __init__(self, log: JsonlLog, writer: ThreadPoolExecutor, context: StoreContext) -> None:
        self.pool = ThreadPoolExecutor(1, "clockhand-jsonl-pack")
        self._log = log
        self._writer = writer
        self._context = context
        self._stopping = threading.Event()

    def kick(self) -> None:
        """Say that there may be something to compress; the clock is held until it is done."""
        with ExitStack() as stack:
            stack.enter_context(self._context.clock.hold())
            done = self.pool.submit(self._run)
            let_go = stack.pop_all().close
        done.add_done_callback(lambda _: let_go())

    def stop(self) -> None:
        """Begin nothing more, and give up what is being done: the next start takes it up again."""
        self._stopping.set()

    def _run(self) -> None:
        tried: set[int] = set()
        while (segment := self._log.unpacked(tried)) is not None and not self._stopping.is_set():
            tried.add(segment.number)
            try:
                if self._log.pack(segment, self._stopping.is_set):
                    self._writer.submit(self._log.adopt, segment).result()
            except Exception as error:  # noqa: BLE001 - nobody waits for this: what isn't told here never is
                self._context.logger.warning(
                    "history.jsonl: %s can't be compressed: %s; tried again when the next one is closed",
                    segment.path,
                    reason(error),
                )
