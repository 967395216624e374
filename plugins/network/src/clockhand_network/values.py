"""The values that one run took from the environment, and the texts that were made of them."""

from __future__ import annotations

import os
from base64 import b64encode
from collections import ChainMap
from typing import TYPE_CHECKING, Final

from clockhand.works.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST: Final = 8
"""How many letters of base64 are enough to be taken for a value, and not for anything else."""


class Values(Secrets):
    """Secrets that also take out what was made of a value."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}
        super().__init__(ChainMap(self._made, os.environ))

    def hide(self, text: str) -> None:
        """Take *text* out of whatever goes into the record, too."""
        if text:
            name = f"made {len(self._made)}"  # the space: no job can name it
            self._made[name] = text
            self.resolve(f"${{env:{name}}}")

    def hide_encoded(self, value: str) -> None:
        """
        Take *value* out where it was encoded on its way.

        That is its base64, what the base64 of anything has of it that it stands in, and its UTF-8 read
        as Latin-1, which is what many servers take a header for.
        """
        data = value.encode("utf-8", "surrogateescape")
        self.hide(data.decode("latin-1"))
        for text in _base64_forms(data):
            self.hide(text)


def _base64_forms(data: bytes) -> Iterator[str]:
    """
    Yield *data* as base64, then the letters that are its own alone where 0, 1 or 2 bytes stand before it.

    Three bytes are four letters, so that what comes before and after has a part in the letters at
    the edges and in no other.
    """
    whole = b64encode(data).decode()
    inner = [
        b64encode(bytes(before) + data).decode()[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        for before in range(3)
    ]
    for text in (whole, *inner):
        if len(text) >= SHORTEST:
            yield text
            yield text.replace("+", "-").replace("/", "_")
