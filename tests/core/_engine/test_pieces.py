"""What watched runs print goes on record while they run: in order, bounded, what is missing counted."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_lane import Faulty, raises

from clockhand import Job, RunContext, Timing, call, every, use
from clockhand._engine.pieces import IN_ALL, PENDING, Pieces, Voice
from clockhand._model.run import STREAMS
from clockhand.contracts import Query, What
from clockhand.errors import DefinitionError
from clockhand.testing.works import claim_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def nothing():
    """Do nothing."""


def voices(number=1):
    """Return pieces, the list that tells when they wait, and voices of runs."""
    waiting = []
    claim = claim_of(call(nothing))
    return Pieces(lambda: waiting.append(1)), waiting, [Voice(claim) for _ in range(number)]


def said(entries):
    """Return what the entries say: the text of each stream, and how much is missing."""
    texts, dropped = {"stdout": "", "stderr": ""}, 0
    for entry in entries:
        for stream, text in entry.output["pieces"]:
            texts[stream] += text
        dropped += entry.output.get("dropped", 0)
    return texts, dropped


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=20), st.booleans())))
def test_nothing_is_lost_of_little(told):
    """Whatever is said between one look and the next comes back in its order, stream by stream."""
    pieces, waiting, (voice,) = voices()
    entries = []
    for stream, text, look in told:
        pieces.say(voice, stream, text)
        if look:
            assert waiting
            entries += pieces.take(NOW)
            waiting.clear()
    entries += pieces.take(NOW)
    whole = {name: "".join(text for stream, text, _ in told if stream == name) for name in STREAMS}
    assert said(entries) == (whole, 0)
    assert not pieces


def test_of_much_the_rest_is_counted():
    """So much waits at most, so much goes on record in all, and the next piece says what was dropped."""
    pieces, _, (voice,) = voices()
    pieces.say(voice, "stdout", "a" * (PENDING + 5))
    pieces.say(voice, "stderr", "b")
    (entry,) = pieces.take(NOW)
    assert entry.output == {"attempt": 1, "pieces": [["stdout", "a" * PENDING]], "dropped": 6}
    for _ in range(2 * IN_ALL // PENDING):
        pieces.say(voice, "stdout", "c" * PENDING)
        pieces.take(NOW)
    pieces.say(voice, "stdout", "d")
    (entry,) = pieces.take(NOW)
    assert entry.output == {"attempt": 1, "pieces": [], "dropped": 1}


def test_what_the_silo_may_not_have_taken_is_missing():
    """Twice would be worse: the next piece says how much is not there."""
    pieces, _, (one, two) = voices(2)
    pieces.say(one, "stdout", "abc")
    pieces.say(two, "stdout", "de")
    pieces.take(NOW)
    pieces.lost()
    pieces.say(one, "stdout", "x")
    (entry,) = pieces.take(NOW)
    assert (entry.output["pieces"], entry.output["dropped"]) == ([["stdout", "x"]], 3)


def test_threads_talk_at_once():
    """From any number of threads, nothing is lost and no look is forgotten."""
    pieces, waiting, made = voices(4)
    entries = []

    def talk(voice):
        for _ in range(500):
            pieces.say(voice, "stdout", "x")

    threads = [threading.Thread(target=talk, args=(voice,)) for voice in made for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        entries += pieces.take(NOW)
    entries += pieces.take(NOW)
    assert waiting
    assert said(entries) == ({"stdout": "x" * 4_000, "stderr": ""}, 0)


async def counts(context: RunContext) -> None:
    """Print three numbers, half a second apart."""
    assert context.watched == ("!" in context.occurrence)
    for number in range(3):
        context.output(f"{number}\n")
        context.output(f"!{number}\n", "stderr")
        await asyncio.sleep(0.5)
    with pytest.raises(DefinitionError, match="stream: not one of stdout, stderr, given 'stdlog'"):
        context.output("", "stdlog")  # type: ignore[arg-type]


@pytest.fixture
def plugin():
    """A plugin whose silo the test spoils."""
    return Faulty()


@pytest.fixture
def scheduler(make, plugin):
    """A scheduler with a job that prints."""
    made = make(
        silo=use("faulty"), history=use("memory"), plugins=[plugin], timing=Timing(poll="1s", patience="3s")
    )
    made.add(Job(alias="counts", work=call(counts), triggers=every(hours=1)))
    return made


@pytest.mark.parametrize("watch", [True, False])
def test_it_is_on_record_while_the_run_goes_on(scheduler, virtual, watch):
    """Within a moment of being printed, before the end of the run, and only if somebody watches."""

    async def main():
        async with scheduler:
            key = (await scheduler.fire_job("counts", watch=watch)).key
            await asyncio.sleep(0.3)
            early = (await scheduler.read(Query(occurrence=key))).entries
            await asyncio.sleep(5)
            return early, (await scheduler.read(Query(occurrence=key))).entries

    early, entries = virtual(main)
    whats = [entry.what for entry in entries]
    if not watch:
        assert whats == [What.RUN_STARTED, What.RUN_ENDED]
        return
    assert said(early[1:]) == ({"stdout": "0\n", "stderr": "!0\n"}, 0)
    assert whats == [What.RUN_STARTED, *[What.RUN_OUTPUT] * 3, What.RUN_ENDED]
    assert entries[1].output == {"attempt": 1, "pieces": [["stdout", "0\n"], ["stderr", "!0\n"]]}
    assert said(entries[1:-1]) == ({"stdout": "0\n1\n2\n", "stderr": "!0\n!1\n!2\n"}, 0)


def test_nobody_watches_a_due_time(scheduler, virtual):
    """What is due by its timetable leaves its start and its end, and no more."""

    async def main():
        async with scheduler:
            await asyncio.sleep(3_700)
            return (await scheduler.read(Query(jobs=frozenset({"counts"})))).entries

    entries = virtual(main)
    assert [entry.what for entry in entries] == [What.JOB_ADDED, What.RUN_STARTED, What.RUN_ENDED]


def test_a_silo_that_fails_costs_pieces_and_no_verdict(scheduler, plugin, virtual):
    """What was printed meanwhile is counted as missing; the run ends as it would have."""

    async def main():
        async with scheduler:
            key = (await scheduler.fire_job("counts", watch=True)).key
            await asyncio.sleep(0.3)
            plugin.silo.before["settle"] = raises
            await asyncio.sleep(0.6)
            plugin.silo.before.clear()
            await asyncio.sleep(20)
            return (await scheduler.read(Query(occurrence=key))).entries

    entries = virtual(main)
    texts, dropped = said(entry for entry in entries if entry.what is What.RUN_OUTPUT)
    assert texts["stdout"].startswith("0\n")
    assert len(texts["stdout"]) + len(texts["stderr"]) + dropped == 15
    assert dropped > 0
    assert str(entries[-1].verdict) == "succeeded"


def test_an_entry_comes_back_with_its_output():
    """As JSON and back."""
    pieces, _, (voice,) = voices()
    pieces.say(voice, "stdout", "a\0\ud800\n")
    (entry,) = pieces.take(NOW)
    entry = attrs.evolve(entry, life="x", seq=1)
    assert type(entry).from_json(entry.to_json()) == entry
