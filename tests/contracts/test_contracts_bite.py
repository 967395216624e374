"""
The contracts bite: a store with one deliberate bug breaks the law that is named for it.

Where a bug is seen by several laws all of them are named, so that a law which goes blind shows here.
"""

# ruff: noqa: D102 - what a method does is the bug of its class

from datetime import timedelta

import attrs
import pytest

from clockhand.contracts import MICROSECOND, OpenState, Page
from clockhand_memory.history import MemoryHistory
from clockhand_memory.store import MemorySilo


class TwoPlanners(MemorySilo):
    """Hands a due job to everybody who asks."""

    async def get_due_jobs(self, now, **asked):
        due = await super().get_due_jobs(now, **asked)
        for one in due.jobs:
            self._shelf.due.put(one.stored.alias, one.stored.cursor or now)
        return due


class HoldsOn(MemorySilo):
    """Lets an owner keep the rights that it isn't given anew."""

    async def get_due_jobs(self, now, **asked):
        held = [row for row in self._shelf.rows.values() if row.planner == asked["owner"]]
        due = await super().get_due_jobs(now, **asked)
        given = {one.stored.alias for one in due.jobs}
        for row in held:
            owner = self._shelf.owners.get(asked["owner"])
            if owner and row.stored.alias not in given and not row.planner:
                self._shelf.grant(row, owner, self._shelf.next_tokens())
        return due


class TokenBlind(MemorySilo):
    """Settles whatever runs, under any token."""

    async def settle(self, ends, now, entries=()):
        ends = [self._with_token(end) for end in ends]
        return await super().settle(ends, now, entries)

    def _with_token(self, end):
        row = self._shelf.rows.get(end.job)
        one = row.occurrences.get(end.key) if row else None
        return attrs.evolve(end, token=one.token) if one else end


class TalkativeConflicts(MemorySilo):
    """Writes the entries of plans that it doesn't take."""

    async def start(self, plans, now, entries=()):
        results = await super().start(plans, now, entries)
        refused = {one.alias for one in results if not hasattr(one, "occurrence")}
        self._tell(entry for plan in plans if plan.alias in refused for entry in plan.entries)
        return results


class StandingCursor(MemorySilo):
    """Leaves the cursor where it is when a plan is taken."""

    async def start(self, plans, now, entries=()):
        return await super().start([attrs.evolve(one, cursor=one.old_cursor) for one in plans], now, entries)


class NoRoom(MemorySilo):
    """Hands out occurrences without regard to room."""

    async def get_due_jobs(self, now, *, room, **asked):
        return await super().get_due_jobs(now, room=dict.fromkeys(room, 1_000), **asked)


class LostPhase(MemorySilo):
    """Begins a job anew when the same definition is added again."""

    async def add_jobs(self, jobs, now, source):
        added = await super().add_jobs(jobs, now, source)
        for one in added:
            if one.what == "unchanged":
                row = self._shelf.rows[one.alias]
                row.stored = attrs.evolve(row.stored, anchor=now, cursor=now + row.stored.job.timer.period)
        return added


class DeadHands(MemorySilo):
    """Never frees what a dead owner was running."""

    async def get_due_jobs(self, now, **asked):
        for owner in self._shelf.owners.values():
            if owner.until <= now and owner.name != asked["owner"]:
                owner.running.clear()
        return await super().get_due_jobs(now, **asked)


class Outlives(MemorySilo):
    """Lets an owner live as long as its lease once said, whatever the clock says now."""

    async def beat(self, owner, now, lease):
        answer = await super().beat(owner, now, lease)
        if owner in self._shelf.owners:
            self._shelf.owners[owner].lease = timedelta(days=1)
        return answer


class SameTokens(MemorySilo):
    """Gives a waiting occurrence the token that it had before."""

    async def get_due_jobs(self, now, **asked):
        before = {key: one.token for row in self._shelf.rows.values() for key, one in row.occurrences.items()}
        due = await super().get_due_jobs(now, **asked)
        for claim in due.claims:
            kept = attrs.evolve(claim.occurrence, token=before[claim.occurrence.key])
            self._shelf.keep(self._shelf.rows[kept.job], kept)
            claim.occurrence = kept
        return due


class SharedValues(MemorySilo):
    """Changes occurrences in place, so that those who hold one see it change."""

    async def settle(self, ends, now, entries=()):
        held = [self._shelf.held(end.job, end.key, end.token) for end in ends]
        answers = await super().settle(ends, now, entries)
        for found, end in zip(held, ends, strict=True):
            if found and end.verdict is None:
                found[1].attempt = end.attempt
        return answers


class HalfBatches(MemorySilo):
    """Writes each job of a batch by itself."""

    async def add_jobs(self, jobs, now, source):
        return [one for job in jobs for one in await super(HalfBatches, self).add_jobs([job], now, source)]


class PauseLeaks(MemorySilo):
    """Hands out what waits although its job is paused."""

    async def pause_jobs(self, aliases, now, reason="", by=""):
        replies = await super().pause_jobs(aliases, now, reason, by)
        for alias in aliases:
            row = self._shelf.rows.get(alias)
            for one in row.occurrences.values() if row else ():
                if one.state is OpenState.PLANNED:
                    self._shelf.ready[one.executor].put((alias, one.key), one.not_before, one.priority)
        return replies


class EmptyIsAll(MemorySilo):
    """Takes an empty filter for no filter."""

    async def list_jobs(self, which, after="", limit=1000):
        which = attrs.evolve(which, aliases=which.aliases or None, tags=which.tags or None)
        return await super().list_jobs(which, after, limit)


class GapsInNumbers(MemorySilo):
    """Numbers what it refused."""

    async def add_jobs(self, jobs, now, source):
        added = await super().add_jobs(jobs, now, source)
        self._seq += sum(one.what == "refused" for one in added)
        return added


class Risen(MemorySilo):
    """Lets the dead come back with a beat."""

    async def beat(self, owner, now, lease):
        self._shelf.dead.discard(owner)
        return await super().beat(owner, now, lease)


class OpenDoor(MemorySilo):
    """Answers after it was closed."""

    async def next_due(self, after=None):
        return self._shelf.next_due(after)


class AwakeForEver(MemorySilo):
    """Names what is due already, however often it was seen."""

    async def next_due(self, after=None):
        return await super().next_due()


class SeesItAgain(MemorySilo):
    """Names the moment itself that was asked for what comes after it."""

    async def next_due(self, after=None):
        return await super().next_due(after and after - MICROSECOND)


class WaitsForTheBest(MemorySilo):
    """Names the moment of the highest priority."""

    async def next_due(self, after=None):
        rows = self._shelf.rows.values()
        waiting = [one for row in rows for one in row.occurrences.values() if one.state is OpenState.PLANNED]
        best = max(waiting, key=lambda one: one.priority, default=None)
        if after is None and best is not None and best.priority > 0:
            return best.not_before
        return await super().next_due(after)


class LooksAway(MemorySilo):
    """Forgets, when it hands a run out, that somebody watches it."""

    async def get_due_jobs(self, now, **asked):
        due = await super().get_due_jobs(now, **asked)
        for claim in due.claims:
            claim.occurrence.watched = False
        return due


class Mute(MemoryHistory):
    """Keeps nothing of what a run printed while it ran."""

    async def append(self, entries):
        await super().append([attrs.evolve(entry, output=None) for entry in entries])


class Forgetful(MemoryHistory):
    """Keeps what it is given again once more."""

    async def append(self, entries):
        for entry in entries:
            self._lives.clear()
            await super().append([entry])


class CountingCursor(MemoryHistory):
    """Takes a cursor for how many entries were read, counted from the newest of now."""

    async def read(self, query, cursor=None, limit=100):
        if not query.newest_first:
            return await super().read(query, cursor, limit)
        passed = int(cursor or 0)
        page = await super().read(query, None, passed + limit)
        return Page(page.entries[passed:], str(passed + limit) if page.cursor else None)


class KeepsTheFirst(MemoryHistory):
    """Prunes the newest entries instead of the oldest."""

    async def prune(self, before=None, max_bytes=None):
        self._check()
        if max_bytes is None:
            return await super().prune(before)
        self._entries.reverse()
        gone = await super().prune(before, max_bytes)
        self._entries.reverse()
        return gone


BUGS = {
    TwoPlanners: [
        "one_owner_may_plan_a_due_job",
        "who_beats_in_time_keeps_its_work",
        "what_runs_by_now_is_not_closed",
        "who_asks_again_lets_go_of_the_rights_of_before",
    ],
    HoldsOn: ["who_asks_again_lets_go_of_the_rights_of_before"],
    TokenBlind: [
        "settle_wants_the_current_token",
        "entries_without_an_end_are_always_written",
        "a_retry_is_planned_again",
        "a_lease_of_zero_frees_at_once",
        "each_end_of_a_batch_lets_one_go",
        "an_attempt_is_no_failure_of_the_job",
        "what_ran_is_run_again",
    ],
    TalkativeConflicts: [
        "a_conflict_leaves_no_trace",
        "entries_without_a_plan_are_always_written",
        "what_runs_by_now_is_not_closed",
    ],
    StandingCursor: [
        "a_start_writes_all_of_a_plan",
        "a_plan_that_changes_nothing_but_the_cursor",
        "an_unchanged_job_keeps_all_it_has",
        "removal_closes_what_is_open_and_frees_the_alias",
        "a_changed_job_is_updated_with_the_difference",
        "a_paused_job_is_left_alone",
        "next_due_is_the_earliest_of_all",
        "settle_gives_the_verdict",
        "quarantine_holds_a_job_until_it_is_released",
        "a_dead_owners_work_goes_to_another",
        "a_lease_of_zero_frees_at_once",
        "force_passes_a_pause",
        "each_verb_has_its_entry",
        "a_plan_may_close_whatever_waits",
        "what_runs_by_now_is_not_closed",
        "a_plan_may_cancel_what_runs",
        "what_does_not_run_is_not_cancelled_by_a_plan",
        "what_is_queued_is_not_handed_out",
        "an_end_lets_the_oldest_go",
        "the_oldest_is_the_first_by_due_time_then_by_key",
        "each_end_of_a_batch_lets_one_go",
        "cancel_closes_what_is_queued",
        "a_plan_that_leaves_nothing_open_lets_go",
        "a_larger_limit_lets_go",
        "a_queued_key_is_fired_once",
        "a_job_is_put_back_as_it_was",
        "the_beginning_of_a_process_is_a_due_time",
        "the_end_of_a_run_sets_the_next_due_time",
        "so_does_what_never_ran",
        "runs_are_counted_where_they_are_limited",
    ],
    NoRoom: [
        "claims_fit_the_room",
        "rights_do_not_depend_on_room",
        "the_dead_stay_dead",
        "a_dead_owners_runs_fit_the_room",
        "a_plan_may_close_whatever_waits",
        "what_is_not_closed_stays_open",
        "what_runs_by_now_is_not_closed",
        "what_the_dead_leave_is_ordered_alike",
        "what_waits_follows_its_definition",
        "a_cancelled_wait_lets_the_next_one_go",
        "a_plan_that_leaves_nothing_open_lets_go",
        "a_paused_job_is_not_tried_again",
        "each_is_listed_as_it_is",
        "what_a_dead_owner_left_is_listed_as_running",
        "next_due_may_look_past_what_is_due",
    ],
    LostPhase: ["an_unchanged_job_keeps_all_it_has"],
    DeadHands: [
        "a_death_is_not_forgotten",
        "a_dead_owners_work_goes_to_another",
        "the_dead_stay_dead",
        "a_clock_set_back_keeps_nobody_alive",
        "each_death_is_counted",
        "a_dead_owners_runs_fit_the_room",
        "a_cancel_outlives_the_owner",
        "what_the_dead_leave_is_ordered_alike",
        "what_a_dead_owner_left_is_listed_as_running",
    ],
    Outlives: ["a_clock_set_back_keeps_nobody_alive"],
    SameTokens: [
        "tokens_grow",
        "a_retry_is_planned_again",
        "what_is_handed_back_keeps_its_attempt",
        "a_dead_owners_work_goes_to_another",
        "a_lease_of_zero_frees_at_once",
        "an_attempt_is_no_failure_of_the_job",
        "what_waited_waits_again",
        "what_ran_is_run_again",
    ],
    SharedValues: ["what_was_handed_out_does_not_change"],
    HalfBatches: ["a_rule_that_raises_leaves_nothing"],
    PauseLeaks: ["a_paused_job_is_left_alone", "a_waiting_occurrence_goes_on_after_a_pause"],
    EmptyIsAll: ["no_aliases_no_jobs"],
    GapsInNumbers: ["entries_are_numbered_without_a_gap"],
    Risen: ["the_dead_stay_dead", "a_lease_of_zero_frees_at_once"],
    AwakeForEver: ["next_due_may_look_past_what_is_due"],
    SeesItAgain: ["next_due_may_look_past_what_is_due"],
    WaitsForTheBest: ["next_due_may_look_past_what_is_due", "whose_time_has_not_come_holds_nobody_up"],
    OpenDoor: ["a_closed_silo_says_so"],
    LooksAway: ["what_is_watched_stays_so"],
    Mute: ["what_a_run_printed_comes_back"],
    Forgetful: ["an_entry_is_kept_once", "late_numbers_are_kept_too"],
    CountingCursor: ["pages_stand_while_entries_are_appended"],
    KeepsTheFirst: ["prune_drops_the_oldest_until_it_fits"],
}
"""By store: the law that is named for its bug, then the others that see it."""


@pytest.mark.parametrize("store", BUGS, ids=lambda store: store.__name__)
def test_a_bug_breaks_its_laws_and_no_other(store, broken_by):
    """Just the laws of the row see the bug. A new law that sees it too belongs into the row."""
    assert broken_by(store) == set(BUGS[store])


@pytest.mark.parametrize("store", [MemorySilo, MemoryHistory])
def test_the_right_stores_break_none(store, broken_by):
    """The stores that the wrong ones are made of are right."""
    assert broken_by(store) == set()
