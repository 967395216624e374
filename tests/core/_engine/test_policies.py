"""What the policies decide: overlap, catch-up, grace and priority, each as a question and its answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand import Job, at, every
from clockhand._engine.decide import decide
from clockhand.contracts import (
    DueJob,
    OpenOccurrence,
    OpenState,
    Paused,
    StoredJob,
    Verdict,
    What,
    Work,
    due_key,
    rules,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEVER = START - timedelta(days=1)


@attrs.frozen
class Nothing(Work):
    """Does nothing."""

    async def func(self, context) -> None:
        """Do nothing."""


def minute(number: int) -> datetime:
    """Return the due time of that minute."""
    return START + number * MINUTE


def key(number: int) -> str:
    """Return the key of the occurrence of that minute."""
    return due_key("job", minute(number))


def stored(cursor: datetime | None, triggers=None, **policies) -> StoredJob:
    """Return a job that is due each minute."""
    job = Job(alias="job", work=Nothing(), triggers=triggers or every(minutes=1), **policies)
    return StoredJob(job, 7, "code:test", START, cursor)


def opened(number: int, state: OpenState, **fields) -> OpenOccurrence:
    """Return an open occurrence of that minute."""
    return OpenOccurrence(key(number), "job", minute(number), state, 1, minute(number), "async", **fields)


def fired(name: str, number: int, **fields) -> OpenOccurrence:
    """Return one that was asked for by hand in that minute."""
    moment = minute(number)
    return OpenOccurrence(f"job!{name}", "job", moment, OpenState.REQUESTED, 1, moment, "async", **fields)


def ask(row: StoredJob, now: datetime, opens=(), *, since=NEVER, room=10, strays=0):
    """Return the plan."""
    return decide(DueJob(row, 40, opens), owner="me", now=now, since=since, room=room, strays=strays)


def states(plan) -> dict[str, str]:
    """Return what the plan writes."""
    return {one.key: str(one.state) for one in plan.occurrences}


def verdicts(plan) -> list[tuple]:
    """Return the verdicts that the plan gives, as (verdict, first minute, last minute, count)."""
    return [
        (
            str(entry.verdict),
            (entry.due - START) // MINUTE,
            ((entry.last or entry.due) - START) // MINUTE,
            entry.count,
        )
        for entry in plan.entries
        if entry.verdict is not None
    ]


class TestQueueOne:
    """At most one waits, and it is the latest."""

    def test_it_waits_for_the_previous(self):
        """It waits for the previous."""
        plan = ask(stored(minute(2), overlap="queue-one"), minute(2), [opened(1, OpenState.RUNNING)])
        assert states(plan) == {key(2): "queued"}
        assert verdicts(plan) == []
        assert plan.cursor == minute(3)

    def test_a_later_one_takes_the_place_of_the_one_that_waits(self):
        """A later one takes the place of the one that waits."""
        opens = [opened(1, OpenState.RUNNING), opened(2, OpenState.QUEUED)]
        plan = ask(stored(minute(3), overlap="queue-one"), minute(3), opens)
        assert states(plan) == {key(3): "queued"}
        assert plan.closed == [key(2)]
        assert verdicts(plan) == [("coalesced", 2, 2, 1)]

    def test_it_runs_when_its_wait_is_over(self):
        """It runs when its wait is over."""
        plan = ask(stored(minute(9), overlap="queue-one"), minute(3), [opened(2, OpenState.REQUESTED)])
        assert states(plan) == {key(2): "running"}
        assert plan.cursor == minute(9)

    def test_one_whose_wait_is_over_gives_way_to_one_that_is_due_now(self):
        """Somebody else runs again by the time it is decided about."""
        opens = [opened(1, OpenState.RUNNING), opened(2, OpenState.REQUESTED)]
        plan = ask(stored(minute(3), overlap="queue-one"), minute(3), opens)
        assert states(plan) == {key(3): "queued"}
        assert plan.closed == [key(2)]

    def test_of_a_paused_job_only_what_is_forced_gives_way(self):
        """What was asked for without force waits for the resume, whatever is forced meanwhile."""
        row = attrs.evolve(stored(minute(9), overlap="queue-one"), paused=Paused("", "", START))
        opens = [opened(1, OpenState.RUNNING), opened(2, OpenState.QUEUED), fired("a", 3, forced=True)]
        plan = ask(row, minute(3), opens)
        assert plan.closed == []
        assert states(plan) == {"job!a": "queued"}

    def test_by_hand_waits_too(self):
        """By hand waits too."""
        plan = ask(
            stored(minute(9), overlap="queue-one"), minute(2), [opened(1, OpenState.RUNNING), fired("a", 2)]
        )
        assert states(plan) == {"job!a": "queued"}


class TestQueueAll:
    """All wait, up to the limit."""

    def test_they_wait_in_order(self):
        """They wait in order."""
        opens = [opened(1, OpenState.RUNNING), opened(2, OpenState.QUEUED)]
        plan = ask(stored(minute(3), overlap="queue-all"), minute(3), opens)
        assert states(plan) == {key(3): "queued"}
        assert plan.closed == []

    def test_the_queue_is_bounded(self):
        """The queue is bounded."""
        opens = [opened(1, OpenState.RUNNING), opened(2, OpenState.QUEUED), opened(3, OpenState.QUEUED)]
        plan = ask(stored(minute(4), overlap="queue-all", queue_limit=2), minute(4), [*opens, fired("a", 4)])
        assert states(plan) == {}
        assert plan.closed == ["job!a"]
        assert [entry.verdict for entry in plan.entries] == [Verdict.OVERLAP_SKIPPED] * 2
        assert plan.entries[0].reason == "2 are waiting already, as many as queue_limit allows"

    def test_max_running_lets_several_run(self):
        """Max running lets several run."""
        row = stored(minute(3), overlap="queue-all", max_running=2)
        opens = [opened(1, OpenState.RUNNING)]
        assert states(ask(row, minute(3), opens)) == {key(3): "running"}
        opens.append(opened(2, OpenState.PLANNED))
        assert states(ask(row, minute(3), opens)) == {key(3): "queued"}


class TestCancelPrevious:
    """The one before is cancelled, and the new one waits until it has ended."""

    def test_the_running_one_is_cancelled_first(self):
        """The running one is cancelled first."""
        plan = ask(stored(minute(2), overlap="cancel-previous"), minute(2), [opened(1, OpenState.RUNNING)])
        assert plan.cancel == [key(1)]
        assert states(plan) == {key(2): "queued"}
        assert verdicts(plan) == []

    def test_one_that_is_being_cancelled_is_not_asked_again(self):
        """One that is being cancelled is not asked again."""
        opens = [opened(1, OpenState.RUNNING, cancel=True), opened(2, OpenState.QUEUED)]
        plan = ask(stored(minute(3), overlap="cancel-previous"), minute(3), opens)
        assert plan.cancel == []
        assert plan.closed == [key(2)]
        assert verdicts(plan) == [("coalesced", 2, 2, 1)]
        assert states(plan) == {key(3): "queued"}

    def test_one_that_waits_for_a_retry_is_closed_at_once(self):
        """One that waits for a retry is closed at once."""
        plan = ask(stored(minute(2), overlap="cancel-previous"), minute(2), [opened(1, OpenState.PLANNED)])
        assert plan.closed == [key(1)]
        assert verdicts(plan) == [("cancelled", 1, 1, 1)]
        assert states(plan) == {key(2): "running"}

    def test_only_as_many_as_must_go(self):
        """Only as many as must go."""
        opens = [opened(2, OpenState.RUNNING), opened(1, OpenState.RUNNING)]
        row = stored(minute(3), overlap="cancel-previous", max_running=2)
        plan = ask(row, minute(3), opens)
        assert plan.cancel == [key(1)]

    def test_a_stray_can_not_be_cancelled(self):
        """A stray can't be cancelled."""
        plan = ask(stored(minute(2), overlap="cancel-previous"), minute(2), strays=1)
        assert plan.cancel == []
        assert states(plan) == {key(2): "queued"}


class TestLimits:
    """Max running, for the policies that don't queue."""

    @pytest.mark.parametrize("overlap", ["skip", "parallel"])
    def test_beyond_max_running_it_is_skipped(self, overlap):
        """Beyond max running it is skipped."""
        opens = [opened(1, OpenState.RUNNING), opened(2, OpenState.RUNNING)]
        row = stored(minute(3), overlap=overlap, max_running=2)
        plan = ask(row, minute(3), opens)
        assert verdicts(plan) == [("overlap-skipped", 3, 3, 1)]
        assert plan.entries[0].reason == "2 runs have not ended"
        assert states(ask(row, minute(3), opens[:1])) == {key(3): "running"}

    def test_parallel_has_no_limit_of_its_own(self):
        """Parallel has no limit of its own."""
        opens = [opened(number, OpenState.RUNNING) for number in range(1, 50)]
        assert states(ask(stored(minute(50), overlap="parallel"), minute(50), opens)) == {key(50): "running"}

    def test_priority_goes_with_the_occurrence(self):
        """Priority goes with the occurrence."""
        (one,) = ask(stored(minute(1), priority=7), minute(1)).occurrences
        assert one.priority == 7


class TestCatchUp:
    """What fell due while nobody was looking."""

    def test_none_misses_all_of_it(self):
        """None misses all of it."""
        plan = ask(stored(minute(1), catch_up="none"), minute(5) + MINUTE / 2, since=minute(5) + MINUTE / 2)
        assert states(plan) == {}
        assert verdicts(plan) == [("missed", 1, 5, 5)]
        assert plan.entries[0].reason == "it fell due while nothing was running, and catch_up is none"
        assert plan.cursor == minute(6)

    def test_none_runs_what_falls_due_while_somebody_looks(self):
        """None runs what falls due while somebody looks."""
        late = minute(5) + timedelta(seconds=3)
        plan = ask(stored(minute(1), catch_up="none"), late, since=minute(4) + MINUTE / 2)
        assert states(plan) == {key(5): "running"}
        assert verdicts(plan) == [("missed", 1, 4, 4)]

    def test_none_coalesces_what_came_too_fast(self):
        """None coalesces what came too fast."""
        plan = ask(stored(minute(1), catch_up="none"), minute(5), since=minute(3))
        assert states(plan) == {key(5): "running"}
        assert verdicts(plan) == [("missed", 1, 2, 2), ("coalesced", 3, 4, 2)]

    def test_latest_runs_one(self):
        """Latest runs one."""
        plan = ask(stored(minute(1)), minute(5), since=minute(5))
        assert states(plan) == {key(5): "running"}
        assert verdicts(plan) == [("coalesced", 1, 4, 4)]

    def test_latest_within_a_window(self):
        """Latest within a window."""
        row = stored(START, at(START, minute(60)), catch_up_window="10m")
        plan = ask(row, minute(11), since=minute(11))
        assert states(plan) == {}
        assert verdicts(plan) == [("missed", 0, 0, 1)]
        assert plan.entries[0].reason == "older than the catch_up_window of 10m, 11m late"
        assert states(ask(row, minute(9), since=minute(9))) == {due_key("job", START): "running"}

    def test_all_runs_them_one_after_another(self):
        """All runs them one after another."""
        plan = ask(stored(minute(1), catch_up="all"), minute(4), since=minute(4))
        assert states(plan) == {key(1): "running", key(2): "queued", key(3): "queued", key(4): "queued"}
        assert verdicts(plan) == []

    def test_all_at_once_where_overlap_lets_them(self):
        """All at once where overlap lets them."""
        plan = ask(stored(minute(1), catch_up="all", overlap="parallel"), minute(3), since=minute(3))
        assert list(states(plan)) == [key(1), key(2), key(3)]
        assert "queued" not in states(plan).values()

    def test_all_is_capped_by_number(self):
        """All is capped by number."""
        plan = ask(stored(minute(1), catch_up="all", catch_up_limit=2), minute(5), since=minute(5))
        assert list(states(plan)) == [key(4), key(5)]
        assert verdicts(plan) == [("missed", 1, 3, 3)]
        assert plan.entries[0].reason == "more than 2 fell due, as many as catch_up_limit allows are run"

    def test_all_is_capped_by_a_window(self):
        """All is capped by a window."""
        row = stored(minute(1), catch_up="all", catch_up_window="90s")
        plan = ask(row, minute(5), since=minute(5))
        assert list(states(plan)) == [key(4), key(5)]
        assert verdicts(plan) == [("missed", 1, 3, 3)]

    def test_all_of_a_century_is_quick_and_one_entry(self):
        """All of a century is quick and one entry."""
        begin = START - timedelta(days=36_525)
        row = stored(begin, every(seconds=1, anchor=begin), catch_up="all", catch_up_limit=3)
        plan = ask(row, START, since=START)
        assert len(plan.occurrences) == 3
        (missed,) = (entry for entry in plan.entries if entry.verdict is not None)
        assert missed.count == 36_525 * 86_400 + 1 - 3

    def test_a_cursor_of_an_older_definition_is_among_all(self):
        """A cursor of an older definition is among all."""
        row = stored(minute(1) + MINUTE / 2, catch_up="all")
        plan = ask(row, minute(3), since=minute(3))
        assert [one.due for one in plan.occurrences] == [minute(1) + MINUTE / 2, minute(2), minute(3)]


class TestGrace:
    """How late an occurrence may be taken up."""

    def test_beyond_its_grace_it_is_missed_with_its_lateness(self):
        """Beyond its grace it is missed with its lateness."""
        plan = ask(stored(minute(1), grace="30s"), minute(1) + timedelta(seconds=31))
        assert verdicts(plan) == [("missed", 1, 1, 1)]
        assert plan.entries[0].reason == "taken up later than its grace of 30s allows, 31s late"

    def test_within_its_grace_it_runs(self):
        """Within its grace it runs."""
        plan = ask(stored(minute(1), grace="30s"), minute(1) + timedelta(seconds=30))
        assert states(plan) == {key(1): "running"}

    def test_waiting_for_a_worker_is_not_late(self):
        """No room: it is planned, and grace is not asked again when it is claimed."""
        plan = ask(stored(minute(1), grace="30s"), minute(1), room=0)
        assert states(plan) == {key(1): "planned"}


@given(
    overlap=st.sampled_from(["skip", "queue-one", "queue-all", "cancel-previous", "parallel"]),
    catch_up=st.sampled_from(["none", "latest", "all"]),
    window=st.none() | st.integers(1, 500),
    grace=st.none() | st.integers(1, 500),
    limit=st.integers(1, 5),
    most=st.none() | st.integers(1, 3),
    late=st.integers(0, 1_000),
    down=st.integers(0, 1_000),
    room=st.integers(0, 3),
    strays=st.integers(0, 2),
    opens=st.lists(
        st.tuples(st.integers(-9, -1), st.sampled_from(list(OpenState))), max_size=4, unique_by=lambda x: x[0]
    ),
)
def test_every_due_time_is_covered_once(
    *, overlap, catch_up, window, grace, limit, most, late, down, room, strays, opens
):
    """Whatever is asked: each due time is in one entry or one occurrence, and limits hold."""
    if catch_up == "all" and overlap in {"queue-one", "cancel-previous"}:
        overlap = "queue-all"
    policies = {
        "catch_up_window": window and window * 10,
        "grace": grace and grace * 10,
        "max_running": most,
        "queue_limit": limit,
        "catch_up_limit": limit,
    }
    row = stored(minute(1), every(seconds=10, anchor=START), overlap=overlap, catch_up=catch_up, **policies)
    now = minute(1) + timedelta(seconds=late)
    before = [opened(number, state) for number, state in opens]
    plan = ask(row, now, before, since=now - timedelta(seconds=down), room=room, strays=strays)

    covered = [
        (entry.due, entry.last or entry.due, entry.count)
        for entry in plan.entries
        if entry.what is What.NEVER_RAN and entry.occurrence not in plan.closed
    ]
    old = {one.key for one in before}
    covered += [(one.due, one.due, 1) for one in plan.occurrences if one.key not in old]
    step, expected = timedelta(seconds=10), minute(1)
    for first, last, count in sorted(covered):
        assert first == expected
        assert count == (last - first) // step + 1
        expected = last + step
    assert expected == plan.cursor > now

    assert len(set(plan.closed)) == len(plan.closed)
    after = {one.key: one for one in before if one.key not in plan.closed}
    after |= {one.key: one for one in plan.occurrences}
    assert all(one.state is not OpenState.REQUESTED for one in after.values())
    begun = [one for one in plan.occurrences if one.state is OpenState.RUNNING]
    assert len(begun) <= room
    assert len({one.token for one in begun}) == len(begun)
    assert all(
        40 <= one.token <= 40 + sum(state is OpenState.REQUESTED for _, state in opens) for one in begun
    )
    limit_of_job = row.job.terms.max_running
    busy = [one for one in after.values() if one.state in {OpenState.RUNNING, OpenState.PLANNED}]
    was = sum(one.state in {OpenState.RUNNING, OpenState.PLANNED} for one in before)
    if limit_of_job is not None:
        assert len(busy) <= max(was, limit_of_job)
        if strays + len(busy) < limit_of_job:
            assert not any(one.state is OpenState.QUEUED and one.key not in old for one in after.values())
    if overlap == "queue-one":
        waits = [one for one in after.values() if one.state is OpenState.QUEUED]
        assert len(waits) <= max(1, sum(one.state is OpenState.QUEUED for one in before))
    assert rules.recorded(row, plan.entries).alias == "job"
