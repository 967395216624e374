"""The SQLite history against the contract, and what is its own."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from clockhand.contracts import Entry, Outcome, Query, Result, Run, StoreContext, Verdict, What
from clockhand.errors import StoreClosed
from clockhand.testing import HistoryContract
from clockhand.testing.silo_rig import kit_codec
from clockhand_sqlite import history as module
from clockhand_sqlite.plugin import HISTORY, SqliteOptions

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


class TestSqliteHistory(HistoryContract):
    kind = HISTORY

    @pytest.fixture
    def options(self, tmp_path):
        """Options for a file in a folder of its own."""
        return SqliteOptions(path=str(tmp_path / "history.db"))


@pytest.fixture
def path(tmp_path):
    """A file that isn't there yet."""
    return tmp_path / "history.db"


@asynccontextmanager
async def opened(path):
    """Open the history at *path* for a while."""
    history = HISTORY.make(SqliteOptions(path=str(path)))
    await history.startup(StoreContext(alias="ledger", codec=kit_codec()))
    try:
        yield history
    finally:
        await history.teardown()


def entry(seq, life="life", **fields):
    """Return an entry that happened *seq* seconds after the beginning."""
    moment = BEGIN + timedelta(seconds=seq)
    fields = {"at": moment, "what": What.RUN_ENDED, "job": "job", "occurrence": f"job@{seq}"} | fields
    return Entry(**fields, life=life, seq=seq)


def test_entries_are_kept_in_the_order_in_which_they_come(path):
    """Several lives in one batch keep their order; what comes twice, in one batch too, is kept once."""
    batch = [entry(2, "b"), entry(1, "a"), entry(1, "b"), entry(2, "b"), entry(2, "a")]

    async def main():
        async with opened(path) as history:
            await history.append(batch)
            await history.append([*batch, entry(3, "a")])
            names = [(one.life, one.seq) for one in (await history.read(Query())).entries]
            assert names == [("b", 2), ("a", 1), ("b", 1), ("a", 2), ("a", 3)]

    asyncio.run(main())


def test_a_run_comes_back_as_it_was(path):
    """All of an entry, odd texts included, is read back equal."""
    run = Run(
        2, "ada", 7, 3, BEGIN, BEGIN, Outcome(Result.FAILED, "exit:1", "name-\udce9 \0 ☃", {"n": [1, None]})
    )
    kept = entry(1, due=BEGIN, verdict=Verdict.FAILED, run=run, reason="\u2028", last=BEGIN, count=None)

    async def main():
        async with opened(path) as history:
            await history.append([kept])
            (found,) = (await history.read(Query())).entries
            kept.position = found.position
            assert found == kept

    asyncio.run(main())


def test_the_size_follows_what_is_kept(path):
    """size() grows with what is appended, not with what was there, and shrinks with what is pruned."""

    async def main():
        async with opened(path) as history:
            assert await history.size() == 0
            batch = [entry(seq, reason="x" * 1_000) for seq in range(101, 201)]
            await history.append(batch)
            full = await history.size()
            assert 100_000 < full < 200_000
            await history.append(batch)
            assert await history.size() == full
            dropped = await history.prune(max_bytes=full // 2)
            assert dropped == 50
            assert full // 3 < await history.size() <= full // 2
            left = (await history.read(Query())).entries
            assert [one.seq for one in left] == list(range(151, 201))
            assert await history.prune(max_bytes=0) == 50
            assert await history.size() == 0

    asyncio.run(main())


def test_pruning_goes_in_portions(path, monkeypatch):
    """Many entries are dropped in several transactions, so that nobody else waits for all of them."""
    monkeypatch.setattr(module, "_PORTION", 7)

    async def main():
        async with opened(path) as history:
            await history.append([entry(seq) for seq in range(101, 201)])
            assert await history.prune(before=BEGIN + timedelta(seconds=151)) == 50
            assert await history.prune(max_bytes=await history.size() // 2) == 25
            assert await history.prune() == 0
            assert [one.seq for one in (await history.read(Query())).entries] == list(range(176, 201))

    asyncio.run(main())


def test_positions_are_never_used_again(path):
    """A cursor that was given out before everything was pruned hides nothing that comes after."""

    async def main():
        async with opened(path) as history:
            await history.append([entry(1), entry(2)])
            page = await history.read(Query(), limit=1)
            await history.prune(max_bytes=0)
            await history.append([entry(3)])
            rest = await history.read(Query(), cursor=page.cursor)
            assert [one.seq for one in rest.entries] == [3]

    asyncio.run(main())


def test_an_entry_that_cannot_be_read_hides_no_other(path, caplog):
    """A row that somebody spoilt is passed over, with a warning that names it."""

    async def main():
        async with opened(path) as history:
            await history.append([entry(seq) for seq in range(1, 6)])
            other = sqlite3.connect(path)
            other.execute("UPDATE history SET body = ? WHERE seq = 2", (b"\xff",))
            other.execute("UPDATE history SET body = '[]' WHERE seq = 3")
            other.execute("UPDATE history SET body = 7 WHERE seq = 4")
            other.commit()
            other.close()
            assert [one.seq for one in (await history.read(Query())).entries] == [1, 5]
            assert await history.prune(max_bytes=0) == 5

    asyncio.run(main())
    assert caplog.text.count("can't be read and is passed over") == 3


@pytest.mark.parametrize("cursor", ["", "-1", "x", "1.0", "²", "9" * 19, "9" * 5_000])
def test_a_cursor_that_is_none_is_refused(path, cursor):
    """A ValueError names what was given."""

    async def main():
        async with opened(path) as history:
            with pytest.raises(ValueError, match=r"^history.sqlite: not a cursor, given '"):
                await history.read(Query(), cursor=cursor)

    asyncio.run(main())


def test_after_teardown_it_is_closed(path):
    """Each verb says so."""

    async def main():
        async with opened(path) as history:
            pass
        with pytest.raises(StoreClosed, match=r"^history 'ledger': not open"):
            await history.append([entry(1)])

    asyncio.run(main())
