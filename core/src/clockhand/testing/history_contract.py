"""What every history is held to: `class TestMyHistory(HistoryContract): kind = MY_HISTORY`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest

from clockhand._model.entry import Entry, What
from clockhand._model.run import Outcome, Run
from clockhand._model.words import Result, Verdict
from clockhand.contracts.context import StoreContext
from clockhand.contracts.history import History, Query
from clockhand.contracts.kind import Kind
from clockhand.errors import StoreClosed
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import after, kit_codec

if TYPE_CHECKING:
    from typing import Self

ENDLESS: Final = 1_000
"""More entries than any law appends."""
HOSTILE: Final = (
    "nul \x00 escape \x1b[31m",
    "line\nfeed\r\nreturn \u2028 \u2029 \x85 next",
    'quotes \'"` {"life":"x","seq":1} \\ \\n \\u0000',
    "Grüße ☃ 🕰 \U0010ffff",
    "'; DROP TABLE entries; --",
    "x" * 200_000,
    "",
    " ",
)
"""Texts that a history must give back as they were."""


def entry(seq: int, *, at: float | None = None, life: str = "one", **fields: Any) -> Entry:
    """Return an entry of a job's pause, or of what *fields* say."""
    made = Entry(after(seq if at is None else at), What.JOB_PAUSED, "job", life=life, seq=seq)
    return attrs.evolve(made, **fields)


def ran(seq: int, job: str, verdict: Verdict) -> Entry:
    """Return the entry of a run that ended."""
    outcome = Outcome(Result(str(verdict)), "exit:75", "it broke", {"lines": ["a", "b"], "deep": {"n": 1.5}})
    run = Run(2, "ada", 7, 3, after(seq - 1), after(seq), outcome)
    return entry(
        seq, what=What.RUN_ENDED, job=job, occurrence=f"{job}@{seq}", due=after(seq), verdict=verdict, run=run
    )


def bare(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries without their positions, which are the store's own."""
    return [attrs.evolve(one, position=0) for one in entries]


class HistoryRig:
    """A history of the kind, opened, with short words for what laws do to it."""

    def __init__(self, kind: Kind[History], options: Any) -> None:
        self._kind, self._options = kind, options
        self._stack = AsyncExitStack()
        self.history: History

    async def __aenter__(self) -> Self:
        self.history = await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def make(self) -> History:
        """Return a new handle that isn't open."""
        assert self._kind.make is not None, f"the kind {self._kind.name!r} has no make"
        return self._kind.make(self._options)

    async def open(self, *, read_only: bool = False) -> History:
        """Return a new handle, open until the law ends."""
        history = self.make()
        self._stack.push_async_callback(history.teardown)
        await history.startup(StoreContext(alias="law", codec=kit_codec(), read_only=read_only))
        return history

    async def reopen(self) -> None:
        """Close the handle and open one anew, as after a restart."""
        await self._stack.aclose()
        self.history = await self.open()

    async def all(self, query: Query | None = None, limit: int = 100) -> list[Entry]:
        """Return all entries that match, page by page, without their positions."""
        found: list[Entry] = []
        page = await self.history.read(query or Query(), None, limit)
        while page.cursor is not None:
            assert len(page.entries) == limit, "a page that isn't the last one is full"
            found += page.entries
            assert len(found) < ENDLESS, "the pages don't end"
            page = await self.history.read(query or Query(), page.cursor, limit)
        return bare([*found, *page.entries])


class HistoryContract(Contract):
    """
    All laws of `clockhand.contracts.History`, one test each.

    Name the kind, and override the fixture `options` if it has options that must be given. A kind
    whose `supports` names `durable` is held to keep its entries over a restart, and to be read beside
    who writes it.
    """

    def rig(self, options: Any) -> HistoryRig:
        """Return the opened history."""
        return HistoryRig(self.kind, options)

    @law
    async def test_entries_are_kept_in_order(self, rig: HistoryRig) -> None:
        """Entries are read in the order in which they were appended, each with a position that grows."""
        assert await rig.all() == []
        batch = [entry(seq, at=100 - seq) for seq in range(1, 6)]
        await rig.history.append(batch[:3])
        await rig.history.append([])
        await rig.history.append(batch[3:])
        page = await rig.history.read(Query())
        assert (bare(page.entries), page.cursor) == (batch, None)
        positions = [one.position for one in page.entries]
        assert positions == sorted(set(positions))
        assert positions[0] > 0

    @law
    async def test_an_entry_is_kept_once(self, rig: HistoryRig) -> None:
        """An entry of the same life and seq is left as it is: appending it again changes nothing."""
        batch = [entry(seq) for seq in range(1, 5)]
        await rig.history.append(batch[:2])
        await rig.history.append([attrs.evolve(batch[1], reason="another"), batch[2], batch[2]])
        await rig.history.append(batch)
        await rig.history.append([entry(1, life="two")])
        assert await rig.all() == [*batch, entry(1, life="two")]

    @law
    async def test_late_numbers_are_kept_too(self, rig: HistoryRig) -> None:
        """Entries that come out of the order of their numbers, or with gaps, are all kept, as they came."""
        batch = [entry(seq) for seq in (5, 3, 9, 4, 1, 7)]
        for one in batch:
            await rig.history.append([one])
        await rig.history.append(batch[::-1])
        assert await rig.all() == batch

    @law
    async def test_everything_comes_back_as_it_was(self, rig: HistoryRig) -> None:
        """Every field of an entry, and its run, survives."""
        batch = [
            ran(1, "a", Verdict.FAILED),
            entry(2, what=What.NEVER_RAN, due=after(1), last=after(9), count=None, verdict=Verdict.PAUSED),
            entry(3, what=What.NEVER_RAN, due=after(1), last=after(9), count=17, verdict=Verdict.MISSED),
            entry(4, what=What.RUN_STARTED, run=Run(1, "bob", 2**53, 1, after(0.000001)), due=after(0.25)),
            entry(5, what=What.SCHEDULER_STARTED, job=""),
            entry(2**40, at=0.123456),
        ]
        await rig.history.append(batch)
        assert await rig.all() == batch

    @law
    async def test_hostile_text_comes_back_as_it_was(self, rig: HistoryRig) -> None:
        """No character of a reason or an output ends an entry, breaks it, or makes another one."""
        batch = [ran(number, "job", Verdict.SUCCEEDED) for number in range(1, 2 * len(HOSTILE), 2)]
        for one, text in zip(batch, HOSTILE, strict=True):
            assert one.run is not None
            assert one.run.outcome is not None
            one.run.outcome.output = {"stdout": text, text: [text]}
            one.reason = text
        await rig.history.append(batch)
        assert await rig.all() == batch
        (found,) = await rig.all(Query(occurrence=batch[1].occurrence))
        assert found == batch[1]

    @law
    async def test_what_a_run_printed_comes_back(self, rig: HistoryRig) -> None:
        """The pieces of each stream, in order, and how much is missing."""
        pieces = [["stdout", "one\n"], ["stderr", ""], ["stdout", HOSTILE[0]]]
        said = entry(1, what=What.RUN_OUTPUT)
        said.output = {"attempt": 2, "pieces": pieces, "dropped": 7}
        await rig.history.append([said, entry(2)])
        assert await rig.all() == [said, entry(2)]

    @law
    async def test_filters_pick_entries(self, rig: HistoryRig) -> None:
        """Job, occurrence, what, verdict and time each narrow what is read; all that are given must hold."""
        batch = [
            entry(1, what=What.JOB_ADDED, job="a"),
            ran(2, "a", Verdict.SUCCEEDED),
            ran(3, "b", Verdict.FAILED),
            ran(4, "a", Verdict.FAILED),
            entry(5, what=What.JOB_REMOVED, job="c"),
        ]
        await rig.history.append(batch)

        async def seqs(**query: Any) -> list[int]:
            return [one.seq for one in await rig.all(Query(**query))]

        assert await seqs(jobs=frozenset({"a", "none"})) == [1, 2, 4]
        assert await seqs(occurrence="a@4") == [4]
        assert await seqs(whats=frozenset({What.JOB_ADDED, What.JOB_REMOVED})) == [1, 5]
        assert await seqs(verdicts=frozenset({Verdict.FAILED})) == [3, 4]
        assert await seqs(since=after(2), until=after(4)) == [2, 3]
        assert await seqs(since=after(1.000001)) == [2, 3, 4, 5]
        assert await seqs(jobs=frozenset({"a"}), verdicts=frozenset({Verdict.FAILED})) == [4]
        assert await seqs(jobs=frozenset({"a"}), newest_first=True) == [4, 2, 1]

    @law
    async def test_an_empty_set_matches_nothing(self, rig: HistoryRig) -> None:
        """A filter that allows nothing finds nothing, never everything."""
        await rig.history.append([ran(1, "a", Verdict.SUCCEEDED), entry(2)])
        for query in (Query(jobs=frozenset()), Query(whats=frozenset()), Query(verdicts=frozenset())):
            assert await rig.all(query) == []
        assert await rig.all(Query(occurrence="")) == [entry(2)], "one that concerns no occurrence"

    @law
    async def test_pages_follow_each_other_in_both_directions(self, rig: HistoryRig) -> None:
        """Page after page gives each matching entry once, whatever the limit, forwards and backwards."""
        batch = [ran(seq, "ab"[seq % 2], Verdict.FAILED) for seq in range(1, 24)]
        await rig.history.append(batch)
        for limit in (1, 5, 23, 24):
            assert await rig.all(limit=limit) == batch
            assert await rig.all(Query(newest_first=True), limit) == batch[::-1]
        odd = frozenset({"b"})
        assert await rig.all(Query(jobs=odd), 5) == batch[::2]
        assert await rig.all(Query(jobs=odd, newest_first=True), 4) == batch[::-2]

    @law
    async def test_pages_stand_while_entries_are_appended(self, rig: HistoryRig) -> None:
        """What is appended between two pages neither repeats nor hides an entry."""
        batch = [entry(seq) for seq in range(1, 40)]
        await rig.history.append(batch[:20])
        up = await rig.history.read(Query(), None, 8)
        down = await rig.history.read(Query(newest_first=True), None, 8)
        await rig.history.append(batch[20:30])
        seen_up, seen_down = [*up.entries], [*down.entries]
        while up.cursor is not None:
            up = await rig.history.read(Query(), up.cursor, 8)
            seen_up += up.entries
            assert len(seen_up) < ENDLESS, "the pages don't end"
        while down.cursor is not None:
            down = await rig.history.read(Query(newest_first=True), down.cursor, 8)
            seen_down += down.entries
            assert len(seen_down) < ENDLESS, "the pages don't end"
        assert bare(seen_up) == batch[:30]
        assert bare(seen_down) == batch[19::-1]

    @law
    async def test_pages_stand_while_entries_are_pruned(self, rig: HistoryRig) -> None:
        """What is pruned between two pages repeats none and hides none of those that are left."""
        batch = [entry(seq) for seq in range(1, 31)]
        await rig.history.append(batch)
        up = await rig.history.read(Query(), None, 15)
        down = await rig.history.read(Query(newest_first=True), None, 10)
        assert await rig.history.prune(after(6)) == 5
        more_up = await rig.history.read(Query(), up.cursor, 50)
        more_down = await rig.history.read(Query(newest_first=True), down.cursor, 50)
        assert bare(more_up.entries) == batch[15:]
        assert bare(more_down.entries) == batch[19:4:-1]

    @law
    async def test_what_is_no_cursor_is_refused(self, rig: HistoryRig) -> None:
        """A text that no page gave is a ValueError, not an empty page."""
        await rig.history.append([entry(1)])
        for text in ("", "nonsense", "-1", "\x00", "9" * 5_000, "1; DROP TABLE entries"):
            with pytest.raises(ValueError, match="cursor"):
                await rig.history.read(Query(), text)

    @law
    async def test_prune_drops_what_is_old(self, rig: HistoryRig) -> None:
        """Entries older than a moment go, wherever they are; the others stay in order; the count is told."""
        batch = [entry(seq, at=at) for seq, at in enumerate((1, 2, 9, 3, 10, 11), start=1)]
        await rig.history.append(batch)
        assert await rig.history.prune() == 0
        assert await rig.history.prune(after(1)) == 0
        assert await rig.history.prune(after(9)) == 3
        assert await rig.all() == [batch[2], batch[4], batch[5]]
        await rig.history.append([entry(7)])
        assert await rig.all() == [batch[2], batch[4], batch[5], entry(7)]
        assert await rig.history.prune(after(1_000)) == 4
        assert await rig.all() == []

    @law
    async def test_prune_drops_the_oldest_until_it_fits(self, rig: HistoryRig) -> None:
        """With a limit in bytes the first entries go until size() is within it; the newest stay."""
        batch = [entry(seq, reason="x" * 1_000) for seq in range(1, 101)]
        await rig.history.append(batch)
        full = await rig.history.size()
        assert await rig.history.prune(max_bytes=full) == 0
        gone = await rig.history.prune(max_bytes=full // 2)
        assert 0 < gone < 100
        assert await rig.history.size() <= full // 2
        assert await rig.all() == batch[gone:]
        assert await rig.history.prune(max_bytes=0) == 100 - gone
        assert await rig.all() == []

    @law
    async def test_size_grows_with_what_is_kept(self, rig: HistoryRig) -> None:
        """size() is about how many bytes the entries take: a long one counts for more than a short one."""
        empty = await rig.history.size()
        await rig.history.append([entry(1)])
        small = await rig.history.size()
        await rig.history.append([entry(2, reason="x" * 100_000)])
        assert empty <= small < await rig.history.size()
        assert await rig.history.size() >= 100_000

    @law(needs="durable")
    async def test_entries_survive_a_restart(self, rig: HistoryRig) -> None:
        """After a restart all entries are there, none twice, and a cursor from before still holds."""
        batch = [ran(seq, "job", Verdict.SUCCEEDED) for seq in range(1, 21)]
        await rig.history.append(batch)
        page = await rig.history.read(Query(), None, 5)
        await rig.reopen()
        assert await rig.all() == batch
        await rig.history.append([*batch[10:], entry(21)])
        assert await rig.all() == [*batch, entry(21)]
        rest = await rig.history.read(Query(), page.cursor, 100)
        assert bare(rest.entries) == [*batch[5:], entry(21)]

    @law(needs="durable")
    async def test_what_was_pruned_stays_pruned(self, rig: HistoryRig) -> None:
        """After a restart what was pruned is gone and what was left is there."""
        batch = [entry(seq) for seq in range(1, 11)]
        await rig.history.append(batch)
        await rig.history.prune(after(5))
        await rig.reopen()
        assert await rig.all() == batch[4:]

    @law(needs="durable")
    async def test_who_only_reads_is_in_nobodys_way(self, rig: HistoryRig) -> None:
        """Handles opened with read_only, beside the one that writes, see what it keeps and drops."""
        batch = [entry(seq) for seq in range(1, 11)]
        readers = [await rig.open(read_only=True)]
        await rig.history.append(batch[:6])
        readers.append(await rig.open(read_only=True))
        pages = [await one.read(Query(), None, 4) for one in (rig.history, *readers)]
        assert [bare(page.entries) for page in pages] == [batch[:4]] * 3
        await rig.history.append(batch[6:])
        assert await rig.history.prune(after(3)) == 2
        for one, page in zip((rig.history, *readers), pages, strict=True):
            assert bare((await one.read(Query(), page.cursor)).entries) == batch[4:]
            assert bare((await one.read(Query(newest_first=True))).entries) == batch[:1:-1]

    @law(needs="durable")
    async def test_what_was_kept_is_read_without_a_writer(self, rig: HistoryRig) -> None:
        """A handle opened with read_only needs none that writes, and one that writes may come later."""
        await rig.history.append([entry(1)])
        await rig.history.teardown()
        reader = await rig.open(read_only=True)
        assert bare((await reader.read(Query())).entries) == [entry(1)]
        writer = await rig.open()
        await writer.append([entry(2)])
        assert bare((await reader.read(Query())).entries) == [entry(1), entry(2)]

    @law
    async def test_a_closed_history_says_so(self, rig: HistoryRig) -> None:
        """Before startup() and after teardown() each call raises StoreClosed; teardown() may come again."""
        unopened = rig.make()
        await unopened.teardown()
        await rig.history.append([entry(1)])
        await rig.history.teardown()
        await rig.history.teardown()
        for history in (unopened, rig.history):
            with pytest.raises(StoreClosed):
                await history.append([entry(2)])
            with pytest.raises(StoreClosed):
                await history.read(Query())
            with pytest.raises(StoreClosed):
                await history.prune(after(0))
            with pytest.raises(StoreClosed):
                await history.size()
