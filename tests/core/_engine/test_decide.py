"""Decisions: pure, so each is a question and its answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand import Job, at, every
from clockhand._engine.decide import decide
from clockhand.contracts import (
    NO_FACTS,
    Condition,
    ConditionContext,
    DueJob,
    Last,
    OpenOccurrence,
    OpenState,
    Paused,
    StoredJob,
    Timer,
    Verdict,
    What,
    Work,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EACH_MINUTE = every(minutes=1)


@attrs.frozen
class Nothing(Work):
    """Does nothing."""

    async def func(self, context) -> None:
        """Do nothing."""


@attrs.frozen
class Answers(Condition):
    """Passes or not, as it is told; raises when told neither."""

    answer: bool | None
    error: type[BaseException] = attrs.field(default=LookupError, repr=False)
    reads = frozenset({"other"})

    def passes(self, context: ConditionContext) -> bool:
        """Answer."""
        if self.answer is None:
            raise self.error("no answer")
        return self.answer and context.last["other"].verdict == "succeeded"


def stored(triggers=EACH_MINUTE, cursor=START + MINUTE, **fields) -> StoredJob:
    """Return a job as a silo has it, due each minute unless told otherwise."""
    row = {name: fields.pop(name) for name in ("paused",) if name in fields}
    job = Job(alias="job", work=Nothing(), triggers=triggers, **fields)
    return StoredJob(job, 7, "code:test", START, cursor, **row)


def opened(state: OpenState, key="job@2026-01-01T00:00:00Z", *, forced=False) -> OpenOccurrence:
    """Return an open occurrence."""
    return OpenOccurrence(key, "job", START, state, 1, START, "async", forced)


def ask(row: StoredJob, *, now, since=START, room=10, strays=0, opens=(), last=None):
    """Ask for the plan of a job."""
    due = DueJob(row, 40, opens)
    return decide(due, owner="me", now=now, since=since, room=room, strays=strays, last=last)


def shape(plan):
    """Return the plan's entries as (what, verdict, due, last, count)."""
    return [(entry.what, entry.verdict, entry.due, entry.last, entry.count) for entry in plan.entries]


def test_what_is_due_now_starts():
    """One due time and room for it: one run, and the cursor goes to the next."""
    plan = ask(stored(), now=START + MINUTE)
    (one,) = plan.occurrences
    assert (one.key, one.state, one.attempt, one.token) == ("job@2026-01-01T00:01:00Z", "running", 1, 40)
    assert (one.owner, one.revision, one.started) == ("me", 7, START + MINUTE)
    assert (plan.old_cursor, plan.cursor) == (START + MINUTE, START + 2 * MINUTE)
    assert shape(plan) == [(What.RUN_STARTED, None, START + MINUTE, None, 1)]


def test_without_room_it_is_planned():
    """No room: the occurrence is planned and waits; nothing is recorded as started, nothing as missed."""
    plan = ask(stored(), now=START + MINUTE, room=0)
    assert [one.state for one in plan.occurrences] == ["planned"]
    assert plan.entries == []
    assert plan.cursor == START + 2 * MINUTE


def test_a_backlog_is_one_range_and_one_run():
    """A week of minutes: the latest runs, the rest are one entry with their count, in no time."""
    plan = ask(stored(), now=START + timedelta(days=7))
    assert shape(plan) == [
        (
            What.NEVER_RAN,
            Verdict.COALESCED,
            START + MINUTE,
            START + timedelta(days=7) - MINUTE,
            7 * 24 * 60 - 1,
        ),
        (What.RUN_STARTED, None, START + timedelta(days=7), None, 1),
    ]


def test_what_is_open_skips_the_next():
    """Overlap skip: planned and running ones count, and so do strays."""
    for busy in (
        {"opens": [opened(OpenState.RUNNING)]},
        {"opens": [opened(OpenState.PLANNED)]},
        {"strays": 1},
    ):
        plan = ask(stored(), now=START + MINUTE, **busy)
        assert not plan.occurrences
        assert shape(plan) == [(What.NEVER_RAN, Verdict.OVERLAP_SKIPPED, START + MINUTE, None, 1)]
        assert plan.cursor == START + 2 * MINUTE


def test_parallel_does_not_skip():
    """Overlap parallel runs beside whatever is open."""
    plan = ask(stored(overlap="parallel"), now=START + MINUTE, opens=[opened(OpenState.RUNNING)])
    assert [one.state for one in plan.occurrences] == ["running"]


def test_a_fired_one_comes_in_by_the_same_door():
    """A requested occurrence runs if nothing is open; the cursor doesn't move for it."""
    fired = opened(OpenState.REQUESTED, "job!1")
    plan = ask(stored(cursor=START + MINUTE), now=START, opens=[fired])
    assert [(one.key, one.state, one.token) for one in plan.occurrences] == [("job!1", "running", 40)]
    assert plan.cursor == START + MINUTE
    assert fired.state is OpenState.REQUESTED


def test_fired_twice_runs_once():
    """Of two requested ones the first runs, and the second is skipped, on record."""
    fired = [opened(OpenState.REQUESTED, "job!1"), opened(OpenState.REQUESTED, "job!2")]
    plan = ask(stored(), now=START, opens=fired)
    assert [one.key for one in plan.occurrences] == ["job!1"]
    assert plan.closed == ["job!2"]
    assert plan.entries[-1].verdict is Verdict.OVERLAP_SKIPPED
    assert plan.entries[-1].occurrence == "job!2"


def test_due_and_fired_at_once_get_tokens_of_their_own():
    """Tokens of one plan differ, so that each run can be told apart."""
    plan = ask(
        stored(overlap="parallel"),
        now=START + MINUTE,
        opens=[opened(OpenState.REQUESTED, "job!1"), opened(OpenState.REQUESTED, "job!2")],
    )
    assert [one.token for one in plan.occurrences] == [40, 41, 42]


def test_a_paused_job_only_does_what_was_forced():
    """Of a paused job the cursor stands still; what was asked for with force runs."""
    row = stored(paused=Paused("", "", START))
    asked = [opened(OpenState.REQUESTED, "job!1"), opened(OpenState.REQUESTED, "job!2", forced=True)]
    plan = ask(row, now=START + 5 * MINUTE, opens=asked)
    assert [one.key for one in plan.occurrences] == ["job!2"]
    assert plan.closed == []
    assert plan.cursor == START + MINUTE


def test_a_condition_excludes():
    """A condition that does not pass: excluded, and it is named."""
    good = {"other": Last(Verdict.SUCCEEDED, START, START)}
    row = stored([every(minutes=1), Answers(answer=False)])
    plan = ask(row, now=START + MINUTE, last=good)
    assert shape(plan) == [(What.NEVER_RAN, Verdict.EXCLUDED, START + MINUTE, None, 1)]
    assert plan.entries[0].reason == "condition Answers(answer=False) did not pass"
    row = stored([every(minutes=1), Answers(answer=True)])
    assert [one.state for one in ask(row, now=START + MINUTE, last=good).occurrences] == ["running"]


@pytest.mark.parametrize("error", [LookupError, SystemExit])
def test_a_condition_that_raises_pauses(error):
    """A condition that raises: the plan pauses the job, and leaves its cursor where it was."""
    plan = ask(stored([every(minutes=1), Answers(answer=None, error=error)]), now=START + MINUTE)
    assert plan.pause == f"a trigger raised {error.__name__}: no answer; paused until you resume it"
    assert (plan.cursor, plan.occurrences, plan.closed) == (START + MINUTE, (), ())
    assert [entry.what for entry in plan.entries] == [What.JOB_PAUSED]


def test_a_one_shot_has_no_next():
    """After a one-shot there is no cursor."""
    plan = ask(stored(at(START), cursor=START), now=START + timedelta(days=400))
    assert plan.cursor is None
    assert [one.due for one in plan.occurrences] == [START]


def test_the_end_time_is_the_last():
    """Nothing falls due after end_time; what fell due before it is still owed its verdict."""
    row = stored(end_time=START + 3 * MINUTE)
    plan = ask(row, now=START + timedelta(hours=1))
    assert plan.cursor is None
    assert [one.due for one in plan.occurrences] == [START + 3 * MINUTE]
    assert shape(plan)[0] == (
        What.NEVER_RAN,
        Verdict.COALESCED,
        START + MINUTE,
        START + 2 * MINUTE,
        2,
    )


def test_a_cursor_that_the_timer_no_longer_knows_is_still_owed():
    """An overdue cursor of an older definition runs, although the new timer wouldn't be due then."""
    overdue = START + timedelta(seconds=90)
    plan = ask(stored(cursor=overdue), now=START + timedelta(seconds=100))
    assert [one.due for one in plan.occurrences] == [overdue]
    assert plan.cursor == START + 2 * MINUTE


@given(
    period=st.integers(1, 10_000),
    late=st.integers(0, 10**9),
    room=st.integers(0, 3),
    busy=st.integers(0, 2),
    overlap=st.sampled_from(["skip", "parallel"]),
)
def test_every_due_time_is_covered_once(period, late, room, busy, overlap):
    """Whatever is asked: each due time up to now is in exactly one entry or occurrence, none beyond."""
    step = timedelta(seconds=period)
    row = stored(every(step), cursor=START + step, overlap=overlap)
    now = START + step + timedelta(seconds=late)
    plan = ask(row, now=now, room=room, strays=busy)
    ranges = [
        (entry.due, entry.last or entry.due, entry.count)
        for entry in plan.entries
        if entry.what is What.NEVER_RAN
    ]
    ranges += [(one.due, one.due, 1) for one in plan.occurrences]
    expected = START + step
    for first, last, count in sorted(ranges):
        assert first == expected
        assert count == (last - first) // step + 1
        expected = last + step
    assert expected == plan.cursor
    assert plan.cursor > now


@attrs.frozen
class Junk(Timer):
    """A timer that answers what its author didn't mean."""

    answer: object

    def next_after(self, moment, facts=NO_FACTS):
        """Answer."""
        return self.answer

    def last_before(self, moment, *, since, facts=NO_FACTS):
        """Answer."""
        return self.answer

    def count(self, first, last, facts=NO_FACTS):
        """Answer nothing."""


@pytest.mark.parametrize(
    "answer",
    ["x", 5, START, datetime(2027, 1, 1), START - MINUTE],
    ids=["text", "number", "same", "naive", "past"],
)
def test_a_timer_that_answers_junk_pauses(answer):
    """What can't be a due time pauses the job with the reason; no other job hears of it."""
    plan = ask(stored(Junk(answer)), now=START + MINUTE)
    assert plan.pause.startswith("a trigger raised ")
    assert plan.cursor == START + MINUTE
