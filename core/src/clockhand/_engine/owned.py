"""Whether what runs here is still open in the silo: a job that was removed meanwhile took its runs along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from clockhand._engine.attempt import Attempt
from clockhand._engine.hand import Hand
from clockhand.contracts.silo import Silo

PAGE: Final = 250


class Owned:
    """Ends the runs in hand whose occurrence is gone, of those that have been here for a while."""

    def __init__(self, silo: Silo, hand: Hand) -> None:
        self._silo = silo
        self._hand = hand
        self._suspects: set[str] = set()

    def suspect(self, aliases: Iterable[str]) -> bool:
        """Look up all runs of these jobs the next time, for they may be gone; say if there are any jobs."""
        self._suspects.update(aliases)
        return bool(self._suspects)

    async def look(self) -> None:
        """Look up what was here when this was called last; raises what the silo raises."""
        suspects = frozenset(self._suspects)
        asked = self._hand.lasting(suspects)
        if asked:
            self._hand.disown(await disowned(self._silo, asked))
        self._suspects -= suspects


async def disowned(silo: Silo, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return those of *attempts* whose token no open occurrence of *silo* has; raises what it raises."""
    missing = {attempt.token: attempt for attempt in attempts}
    aliases = sorted({attempt.claim.occurrence.job for attempt in attempts})
    after = ""
    while missing and (page := await silo.list_open(aliases, after, PAGE)):
        for one in page:
            missing.pop(one.token, None)
        after = page[-1].key
    return list(missing.values())
