"""The contract of a ledger backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.words import Verdict
from clockhand.contracts import several
from clockhand.contracts.context import StoreContext


@attrs.frozen(kw_only=True)
class Query:
    """Which entries read() returns. None: any. An empty set matches nothing."""

    jobs: frozenset[str] | None = attrs.field(default=None, validator=several.names)
    occurrence: str | None = None
    whats: frozenset[What] | None = attrs.field(default=None, validator=several.names)
    verdicts: frozenset[Verdict] | None = attrs.field(default=None, validator=several.names)
    since: datetime | None = None
    """Entries at this moment or later."""
    until: datetime | None = None
    """Entries before this moment."""
    newest_first: bool = False

    def matches(self, entry: Entry) -> bool:
        """Say whether *entry* is one of them."""
        return (
            (self.jobs is None or entry.job in self.jobs)
            and (self.occurrence is None or entry.occurrence == self.occurrence)
            and (self.whats is None or entry.what in self.whats)
            and (self.verdicts is None or entry.verdict in self.verdicts)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


@attrs.frozen
class Page:
    """Some entries, and the cursor that read() takes for those after them; None: there are no more."""

    entries: tuple[Entry, ...]
    cursor: str | None = None


class History(ABC):
    """
    Keeps the ledger's entries for good. `clockhand.testing.HistoryContract` holds it to this.

    An entry is identified by (life, seq). What append() returned from survives a crash.
    """

    @property
    def location(self) -> str:
        """Where entries are kept, comparable with `Silo.location`; empty: nowhere that a silo could share."""
        return ""

    @abstractmethod
    async def startup(self, context: StoreContext) -> None:
        """
        Open it, creating or upgrading it; StoreUnreachable says why it can't be.

        With `context.read_only` it is opened beside whoever has it, only to be read: by any number of
        handles at once, without being in the way of the writer, and also if there is nothing yet.
        Then append() and prune() may raise StoreError.
        """

    @abstractmethod
    async def teardown(self) -> None:
        """Close it; called any number of times, also after a startup() that raised."""

    @abstractmethod
    async def append(self, entries: Sequence[Entry]) -> None:
        """Keep *entries*, in order, all or none; one that is there already is left as it is."""

    @abstractmethod
    async def read(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """
        Return up to *limit* entries that match, in the order they were kept (or the reverse of it).

        *cursor* is the one of the page before. Entries appended meanwhile neither repeat nor hide
        others. A cursor that isn't one is a ValueError.
        """

    @abstractmethod
    async def prune(self, before: datetime | None = None, max_bytes: int | None = None) -> int:
        """
        Drop entries older than *before*, then the oldest until size() is at most *max_bytes*.

        Returns how many were dropped.
        """

    @abstractmethod
    async def size(self) -> int:
        """Return about how many bytes the entries take."""
