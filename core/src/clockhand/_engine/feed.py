"""Appending to a history that may refuse one entry for good, and must get all the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from clockhand._engine.patience import Patience
from clockhand._model.entry import Entry
from clockhand._model.run import Outcome
from clockhand.contracts.history import History
from clockhand.errors import told

DOUBTS: Final = 3
"""After so many failures in a row of a batch as a whole its entries are tried apart."""
REFUSALS: Final = 8
"""After so many refusals an entry is kept without what can be the reason for them."""
FRUITLESS: Final = 64
"""So many failures in a row, while entries are tried apart, may be those of a history that has failed."""
STRIDE: Final = 379
"""A prime: how far apart the entries are that show, from try to try, whether any is taken."""
BASE: Final = 300
"""About how many bytes an entry takes without its texts."""
LEFT_OUT: Final = "left out, for the history refused it"


@attrs.define
class Refused:
    """An entry that the history did not take although it took others."""

    entry: Entry
    why: str
    times: int = 1


class Feed:
    """
    Appends entries to one history, and finds out which it refuses while it takes others.

    *refused* hears of each that is kept without its reason and its output, and why.
    """

    def __init__(self, history: History, patience: float, refused: Callable[[Entry, str], None]) -> None:
        self.history = history
        self._patience = Patience(patience, _time)
        self._refused = refused
        self._failures = 0

    async def append(self, entries: Sequence[Entry]) -> list[Refused]:
        """
        Keep *entries*, and return those that are refused although others are taken.

        Raises what the history raises when it takes none, or when that can't be told yet; then all of
        them may be given again.
        """
        try:
            await self._append(entries)
        except TimeoutError:
            raise
        except Exception:
            self._failures += 1
            if self._failures < DOUBTS or len(entries) == 1:
                raise
            await self._probe(entries)
            refused = await self._sift(entries)
        else:
            refused = []
        self._failures = 0
        return refused

    async def retry(self, held: Sequence[Refused]) -> list[Refused]:
        """
        Try refused entries again, one by one, and return those that are refused still.

        One that is refused time and again is kept without its reason and output, if that is taken.
        """
        left = []
        for one in held:
            try:
                await self._append([one.entry])
            except TimeoutError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it raises, it does not take the entry
                one.times, one.why = one.times + 1, told(error)
                if one.times < REFUSALS or not await self._reduced(one.entry, one.why):
                    left.append(one)
        return left

    async def _append(self, entries: Sequence[Entry]) -> None:
        with self._patience:
            await self.history.append(entries)

    async def _probe(self, entries: Sequence[Entry]) -> None:
        """Raise what the history raises, unless it takes the least of them or one that is chosen anew."""
        try:
            await self._append([min(entries, key=weight)])
        except TimeoutError:
            raise
        except Exception:  # noqa: BLE001 - the second one says what is wrong
            await self._append([entries[self._failures * STRIDE % len(entries)]])

    async def _sift(self, entries: Sequence[Entry]) -> list[Refused]:
        """Keep what is taken, by halves, in order; return the entries that are not."""
        refused, parts, fruitless = list[Refused](), [entries], 0
        while parts:
            part = parts.pop()
            try:
                await self._append(part)
            except TimeoutError:
                raise
            except Exception as error:
                fruitless += 1
                if len(part) > 1:
                    half = len(part) // 2
                    parts += [part[half:], part[:half]]
                elif fruitless < FRUITLESS:
                    refused.append(Refused(part[0], told(error)))
                elif await self._reduced(part[0], told(error)):
                    fruitless = 0  # it lives, and there are that many that it refuses
                else:
                    raise
            else:
                fruitless = 0
        return refused

    async def _reduced(self, entry: Entry, why: str) -> bool:
        """Keep *entry* without what may be too long or too strange; return whether it was taken so."""
        try:
            await self._append([reduced(entry)])
        except TimeoutError:
            raise
        except Exception:  # noqa: BLE001 - then it refuses the entry whatever is in it, or has failed
            return False
        self._refused(entry, why)
        return True


def _time() -> float:
    return asyncio.get_running_loop().time()


def reduced(entry: Entry) -> Entry:
    """Return *entry* with its verdict and all that identifies it, and without the texts of its run."""
    run = entry.run
    if run is not None and run.outcome is not None:
        run = attrs.evolve(run, outcome=Outcome(run.outcome.result))
    return attrs.evolve(entry, reason=LEFT_OUT, run=run, output=None)


def weight(entry: Entry) -> int:
    """Return about how many bytes an entry takes; to write it out and count them would cost too much."""
    output = entry.run.outcome.output if entry.run and entry.run.outcome else entry.output
    texts = len(entry.job) + len(entry.occurrence) + len(entry.reason)
    return BASE + texts + (len(repr(output)) if output else 0)
