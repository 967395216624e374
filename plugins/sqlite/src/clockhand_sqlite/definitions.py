"""Definitions by their texts: a job that was written down here needn't be read again to be run."""

from __future__ import annotations

from typing import Final

from clockhand.contracts import Codec, Definition, Job

MOST: Final = 8_192
"""How many jobs are remembered, the latest ones."""


class Definitions:
    """
    A codec, and the jobs that it wrote last.

    Only for what plans and runs jobs. What compares definitions reads the texts: a job that its author
    changed behind our back is not what was written.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._written: dict[bytes, Job] = {}

    def dump(self, job: Job) -> Definition:
        """Return *job* as text; a DefinitionError names the field that can't be written."""
        definition = self._codec.dump(job)
        if len(self._written) >= MOST:
            del self._written[next(iter(self._written))]
        self._written[definition.text.encode()] = job
        return definition

    def load(self, text: bytes) -> Job:
        """Return the job that *text* says; raises what the codec raises if it doesn't say one."""
        found = self._written.get(text)
        return self._codec.load(text) if found is None else found
