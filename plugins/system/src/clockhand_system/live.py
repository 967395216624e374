"""What a program prints, shown while it runs to whoever watches: as text, without secrets."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from clockhand.contracts import RunContext
    from clockhand.works.secrets import Secrets

LONGEST: Final = 65_536
"""How many characters are held back at most because they may be the beginning of a secret."""


class Live:
    """One stream of a program that is watched."""

    def __init__(self, stream: Literal["stdout", "stderr"], context: RunContext, secrets: Secrets) -> None:
        self._stream = stream
        self._context = context
        self._secrets = secrets
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def add(self, data: bytes, *, final: bool = False) -> None:
        """Show the next piece; what may be half a character or half a secret waits for the rest."""
        text = self._held + self._decoder.decode(data, final)
        ready = len(text) if final or len(text) > LONGEST else self._secrets.settled(text)
        self._held = text[ready:]
        if ready:
            self._context.output(self._secrets.redact(text[:ready]), self._stream)

    def close(self) -> None:
        """Show what was held back."""
        self.add(b"", final=True)
