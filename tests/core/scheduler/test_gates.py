"""Gates: plugins that may veto a run or a Msg."""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest

from clockhand import Job, Query, WorkFailed, at, call, hookimpl
from clockhand._engine.gates import Gate as PluginGate
from clockhand.contracts import Verdict, What
from clockhand.errors import Vetoed
from clockhand.msgs import AddJob, GetJob, Health, RemoveJob

START = datetime(2026, 1, 1, tzinfo=UTC)


async def nothing() -> None:
    """Do nothing."""


async def fail() -> None:
    """Fail."""
    raise WorkFailed("x", "no luck")


def job(alias: str, second: int = 1, **fields) -> Job:
    """Return a one-shot."""
    work = fields.pop("work", call(nothing))
    return Job(alias=alias, work=work, triggers=at(START + timedelta(seconds=second)), **fields)


class Gate:
    """A plugin that answers what it is told to, and keeps what it was asked."""

    __name__ = "doorman"

    def __init__(self, answer) -> None:
        self.answer = answer
        self.asked = []

    @hookimpl
    def clockhand_may_run(self, claim):
        """Answer."""
        self.asked.append((claim.job.alias, claim.occurrence.attempt))
        return self.answer(claim)


@pytest.fixture
def play(make, virtual):
    """Run jobs behind gates for a virtual minute and return the record as (job, what, verdict, reason)."""

    def played(gates, *jobs: Job, **options) -> list[tuple]:
        async def main() -> list[tuple]:
            scheduler = make(plugins=gates, **options)
            for one in jobs:
                scheduler.add(one)
            async with scheduler:
                await asyncio.sleep(60)
                entries = (await scheduler.read(limit=1_000)).entries
                return [(one.job, str(one.what), one.verdict, one.reason) for one in entries if one.job]

        return [one for one in virtual(main) if one[1] != "job-added"]

    return played


def test_what_it_lets_pass_runs_and_what_it_vetoes_does_not(play):
    """The verdict is vetoed, never ran, and the plugin and its reason are on record."""
    gate = Gate(lambda claim: claim.job.alias == "good" or "not today")
    record = play([gate], job("good"), job("bad"))
    assert ("bad", "never-ran", "vetoed", "doorman: not today") in record
    assert [one[:3] for one in record if one[0] == "good"] == [
        ("good", "run-started", None),
        ("good", "run-ended", "succeeded"),
    ]
    assert sorted(gate.asked) == [("bad", 1), ("good", 1)]


def shout(_claim):
    """Raise."""
    raise ZeroDivisionError("in the gate")


def leave(_claim):
    """Leave."""
    raise SystemExit(3)


class Says(str):
    """A text whose own methods raise."""

    __slots__ = ()

    def __str__(self) -> str:
        """Leave."""
        raise SystemExit(4)

    def __format__(self, spec: str) -> str:
        """Raise."""
        raise ZeroDivisionError


class Mute(Exception):
    """An error that leaves when asked what it says."""

    def __str__(self) -> str:
        """Leave."""
        raise SystemExit(5)


def keep_quiet(_claim):
    """Raise what can't be told."""
    raise Mute


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda _claim: False, "doorman: vetoed"),
        (lambda _claim: "", "doorman: vetoed, and gave an empty reason"),
        (lambda _claim: " \n", "doorman: vetoed, and gave an empty reason"),
        (lambda _claim: Says("closed"), "doorman: closed"),
        (lambda _claim: "x" * 5_000_000, f"doorman: {'x' * 499}…"),
        (lambda _claim: "one\ntwo", "doorman: one"),
        (lambda _claim: "\ud800", "doorman: ?"),
        (keep_quiet, "doorman: raised Mute"),
        (lambda _claim: 1, "doorman: answered 1, neither True, False nor a reason"),
        (shout, "doorman: raised ZeroDivisionError: in the gate"),
        (leave, "doorman: raised SystemExit: 3"),
    ],
)
def test_a_gate_that_is_broken_does_not_stand_open(answer, reason, play):
    """Raising, or answering junk, is a veto that names it."""
    assert play([Gate(answer)], job("bad")) == [("bad", "never-ran", Verdict.VETOED, reason)]


def test_all_gates_must_let_it_pass(play):
    """What one has vetoed the next isn't asked about."""
    first, second = Gate(lambda _claim: None), Gate(lambda _claim: False)
    second.__name__ = "sentry"
    third = Gate(lambda _claim: True)
    assert play([third, second, first], job("bad"))[0][3] == "sentry: vetoed"
    assert first.asked == [("bad", 1)]
    assert third.asked == []


def test_each_attempt_is_asked_about(play):
    """One that has run once already is not said never to have run: its attempt fails as vetoed."""
    gate = Gate(lambda claim: claim.occurrence.attempt == 1)
    record = play([gate], job("bad", work=call(fail), retries={"attempts": 2, "delay": 1}))
    assert [one[1:3] for one in record] == [
        ("run-started", None),
        ("run-ended", None),
        ("run-ended", "failed"),
    ]


def test_one_that_hangs_is_given_up_on(play, monkeypatch):
    """It has a moment; then it counts as a veto, and until it answers so does whatever else it is asked."""
    monkeypatch.setattr("clockhand._engine.gates.PATIENCE", 0.05)
    free = threading.Event()
    gate = Gate(lambda _claim: free.wait(60))
    try:
        record = play([gate], job("first", 1), job("second", 30))
    finally:
        free.set()
    assert record == [
        ("first", "never-ran", "vetoed", "doorman: no answer within 0.05 s"),
        ("second", "never-ran", "vetoed", "doorman: still busy with an earlier question"),
    ]


def test_after_a_text_that_raises_the_next_question_is_answered(play):
    """What a gate answers is read where its faults end nothing: its thread lives on."""
    gate = Gate(lambda claim: Says("closed") if claim.job.alias == "bad" else None)
    record = play([gate], job("bad", 1), job("good", 30))
    assert ("good", "run-ended", "succeeded", "") in record


def test_one_that_hangs_is_named_by_health_and_once_in_the_log(make, virtual, monkeypatch, caplog):
    """As long as it gives no answer; when it does, that is told too."""
    monkeypatch.setattr("clockhand._engine.gates.PATIENCE", 0.05)
    caplog.set_level(logging.INFO, "clockhand.gates")
    free, ends = threading.Event(), threading.Event()

    def wait(claim) -> bool:
        if claim.job.alias != "third":
            free.wait(60)
        return True

    async def main() -> tuple:
        scheduler = make(plugins=[Gate(wait)])
        for alias, second in (("first", 1), ("second", 10), ("third", 50)):
            scheduler.add(job(alias, second))
        async with scheduler:
            await asyncio.sleep(30)
            hung = await scheduler.health()
            free.set()
            assert await asyncio.to_thread(ends.wait, 60)
            await asyncio.sleep(30)
            return hung, await scheduler.health(), await scheduler.get_job("third")

    class Ends(logging.Handler):
        def emit(self, record) -> None:
            if "answers again" in record.getMessage():
                ends.set()

    logging.getLogger("clockhand.gates").addHandler(handler := Ends())
    try:
        hung, well, third = virtual(main)
    finally:
        free.set()
        logging.getLogger("clockhand.gates").removeHandler(handler)
    assert hung.hanging_gates == ("doorman",)
    assert hung.problems == ("gate of doorman gives no answer; what it is asked is vetoed",)
    assert (well.ok, well.hanging_gates) == (True, ())
    assert third.row.last.verdict is Verdict.SUCCEEDED
    assert [one.getMessage() for one in caplog.records if one.name == "clockhand.gates"] == [
        "gate of doorman: no answer within 0.05 s; vetoes all until it answers",
        "gate of doorman: answers again",
    ]


def test_who_asks_a_gate_beside_another_waits_for_its_turn():
    """A gate that is busy with what another silo's loop asked is not one that hangs."""
    free = threading.Event()
    gate = PluginGate("doorman", lambda _question: free.wait(60))
    answers: list[str] = []
    askers = [threading.Thread(target=lambda: answers.extend(gate.answers(["?"]))) for _ in range(2)]
    for asker in askers:
        asker.start()
    askers[1].join(0.1)
    free.set()
    for asker in askers:
        asker.join()
    assert answers == ["", ""]


class MsgGate:
    """A plugin that lets nobody remove a job."""

    __name__ = "guard"

    @hookimpl
    def clockhand_may_act(self, msg):
        """Veto."""
        return "jobs stay" if isinstance(msg, RemoveJob) else None


def test_a_msg_can_be_vetoed(make, virtual):
    """The caller hears who and why, nothing is done, and it is on record."""

    async def main() -> list:
        scheduler = make(plugins=[MsgGate()])
        async with scheduler:
            await scheduler.act(AddJob(job("job", 1_000)))
            with pytest.raises(Vetoed, match="RemoveJob: guard: jobs stay"):
                await scheduler.act(RemoveJob("job"))
            assert (await scheduler.act(GetJob("job"))).alias == "job"
            assert (await scheduler.act(Health())).ok
            await asyncio.sleep(1)
            return (await scheduler.read(Query(whats=frozenset({What.MSG_VETOED})))).entries

    (entry,) = virtual(main)
    assert (entry.job, entry.reason) == ("job", "RemoveJob: guard: jobs stay")


class Later:
    """A plugin with a gate that nobody could ask."""

    @hookimpl
    async def clockhand_may_run(self, claim):
        """Answer too late."""


def test_an_async_gate_is_refused(make):
    """It would never be awaited, and so stand open."""
    scheduler = make(plugins=[Later()])
    (broken,) = (one for one in scheduler.catalog.broken if "may_run" in one.reason)
    assert broken.reason == "clockhand_may_run: an async def gate would never be awaited; write def"
