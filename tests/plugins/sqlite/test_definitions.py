"""What was written down here needn't be read to be run, and is read to be compared."""

import asyncio

from clockhand.testing.silo_rig import SiloRig, job, kit_codec
from clockhand_sqlite import definitions
from clockhand_sqlite.definitions import Definitions
from clockhand_sqlite.plugin import SILO, SqliteOptions


def test_what_was_written_is_remembered():
    """Its text stands for the very job; other texts are read."""
    codec = kit_codec()
    remembered = Definitions(codec)
    mine = job("mine", title="x")
    text = remembered.dump(mine).text.encode()
    assert remembered.load(text) is mine
    other = codec.dump(job("other")).text.encode()
    assert remembered.load(other) == job("other")


def test_the_latest_are_remembered(monkeypatch):
    """Not more than there is room for; an older one is read again."""
    monkeypatch.setattr(definitions, "MOST", 2)
    remembered = Definitions(kit_codec())
    jobs = [job(name) for name in "abc"]
    texts = [remembered.dump(one).text.encode() for one in jobs]
    assert [remembered.load(text) is one for text, one in zip(texts, jobs, strict=True)] == [
        False,
        True,
        True,
    ]
    assert remembered.load(texts[0]) == jobs[0]


def test_a_job_that_was_changed_behind_our_back_is_compared_with_what_was_written(tmp_path):
    """A job is frozen, but what its metadata holds isn't: what counts is the text."""

    async def main():
        async with SiloRig(SILO, SqliteOptions(path=str(tmp_path / "jobs.db"))) as rig:
            mine = job(metadata={"levels": [1]})
            await rig.add(mine)
            mine.metadata["levels"].append(2)
            assert (await rig.row()).job.metadata == {"levels": [1]}
            assert await rig.add(mine) == ["updated"]
            assert (await rig.row()).job.metadata == {"levels": [1, 2]}

    asyncio.run(main())
