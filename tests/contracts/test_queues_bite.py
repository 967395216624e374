"""The laws about queued occurrences bite: each wrong store breaks those of its row, and no others."""

# ruff: noqa: D102 - what a method does is the bug of its class

import contextlib

import attrs
import pytest

from clockhand.contracts import Cancel, ClaimReason, OpenState, Requested, rules
from clockhand_memory.store import MemorySilo


class Stuck(MemorySilo):
    """Lets nothing go, in whatever verb."""

    held = frozenset({"settle", "request", "start", "add_jobs", "modify_jobs", "restore_jobs"})

    @contextlib.contextmanager
    def _hold(self, verb):
        shelf = self._shelf
        if verb in self.held:
            shelf.let_in_line = lambda _row: None
        try:
            yield
        finally:
            vars(shelf).pop("let_in_line", None)

    async def settle(self, ends, now, entries=()):
        with self._hold("settle"):
            return await super().settle(ends, now, entries)

    async def request(self, requests, now):
        with self._hold("request"):
            return await super().request(requests, now)

    async def start(self, plans, now, entries=()):
        with self._hold("start"):
            return await super().start(plans, now, entries)

    async def add_jobs(self, jobs, now, source):
        with self._hold("add_jobs"):
            return await super().add_jobs(jobs, now, source)

    async def modify_jobs(self, changes, now, source):
        with self._hold("modify_jobs"):
            return await super().modify_jobs(changes, now, source)

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        with self._hold("restore_jobs"):
            return await super().restore_jobs(jobs, opened, now, merge=merge)


class StuckAtTheEnd(Stuck):
    """Lets nothing go when a run has ended."""

    held = frozenset({"settle"})


class StuckAtACancel(Stuck):
    """Lets nothing go when one that waited is cancelled."""

    held = frozenset({"request"})


class StuckAtAPlan(Stuck):
    """Lets nothing go when a plan is taken."""

    held = frozenset({"start"})


class StuckAtADeclaration(Stuck):
    """Lets nothing go when a job is declared anew."""

    held = frozenset({"add_jobs"})


class StuckAtAModification(Stuck):
    """Lets nothing go when a job is modified."""

    held = frozenset({"modify_jobs"})


class StuckInASnapshot(Stuck):
    """Lets nothing go of what it puts back."""

    held = frozenset({"restore_jobs"})


class Chosen(MemorySilo):
    """Chooses in its own way what it lets go."""

    async def startup(self, context):
        await super().startup(context)
        self._shelf.let_in_line = self._let_in_line

    def _let_in_line(self, row):
        for one in self.chosen(row):
            row.occurrences[one.key] = attrs.evolve(one, state=OpenState.REQUESTED)
            self._shelf.index_job(row)

    def chosen(self, row):
        return rules.next_in_line(row.stored.job, row.occurrences.values())


class LetsAllGo(Chosen):
    """Lets go of all as soon as there is a place for one."""

    def chosen(self, row):
        waiting = [one for one in row.occurrences.values() if one.state is OpenState.QUEUED]
        return waiting if super().chosen(row) else []


class OneAtATime(Chosen):
    """Lets go of one, however many places there are."""

    def chosen(self, row):
        return super().chosen(row)[:1]


class OneAVerb(Chosen):
    """Lets go of one job's occurrences once in a batch of ends, as for one end."""

    async def settle(self, ends, now, entries=()):
        self.let = set()
        try:
            return await super().settle(ends, now, entries)
        finally:
            del self.let

    def chosen(self, row):
        found = super().chosen(row)
        if found and hasattr(self, "let"):
            found = [] if row.stored.alias in self.let else found[:1]
            self.let.add(row.stored.alias)
        return found


class NewestFirst(Chosen):
    """Lets go of the youngest."""

    def chosen(self, row):
        waiting = [one for one in row.occurrences.values() if one.state is OpenState.QUEUED]
        waiting.sort(key=lambda one: (one.due, one.key), reverse=True)
        return waiting[: len(super().chosen(row))]


class FirstByKey(Chosen):
    """Takes the smallest key for the oldest."""

    def chosen(self, row):
        waiting = [one for one in row.occurrences.values() if one.state is OpenState.QUEUED]
        return sorted(waiting, key=lambda one: one.key)[: len(super().chosen(row))]


class FirstWritten(Chosen):
    """Takes the one that was written first for the oldest."""

    def chosen(self, row):
        waiting = [one for one in row.occurrences.values() if one.state is OpenState.QUEUED]
        return waiting[: len(super().chosen(row))]


class OneOnly(Chosen):
    """Knows no limit but one."""

    def chosen(self, row):
        return rules.next_in_line(row.stored.job.modify(max_running=1), row.occurrences.values())


class OnlyRunsCount(Chosen):
    """Takes what waits for room, or for its next attempt, for gone."""

    def chosen(self, row):
        others = [one for one in row.occurrences.values() if one.state is not OpenState.PLANNED]
        return rules.next_in_line(row.stored.job, others)


class StraightOn(Chosen):
    """Plans what it lets go, past the planner."""

    def _let_in_line(self, row):
        for one in self.chosen(row):
            self._shelf.keep(row, attrs.evolve(one, state=OpenState.PLANNED))


class QueueLeaks(MemorySilo):
    """Hands out what is queued."""

    async def start(self, plans, now, entries=()):
        results = await super().start(plans, now, entries)
        for row in self._shelf.rows.values():
            for one in row.occurrences.values():
                if one.state is OpenState.QUEUED:
                    self._shelf.ready[one.executor].put((one.job, one.key), one.not_before, one.priority)
        return results


class BlindToPauses(MemorySilo):
    """Plans what was asked for although its job is paused."""

    async def get_due_jobs(self, now, **asked):
        for row in self._shelf.rows.values():
            for one in row.occurrences.values():
                if one.state is OpenState.REQUESTED:
                    self._shelf.due.put(one.job, one.not_before)
        return await super().get_due_jobs(now, **asked)


class QueuedRuns(MemorySilo):
    """Marks what is queued for cancellation, as if somebody ran it."""

    async def request(self, requests, now):
        return [
            self._marked(one) or (await super(QueuedRuns, self).request([one], now))[0] for one in requests
        ]

    def _marked(self, request):
        row = self._shelf.rows.get(request.key.split("@")[0])
        one = row.occurrences.get(request.key) if row else None
        if not isinstance(request, Cancel) or one is None or one.state is not OpenState.QUEUED:
            return None
        self._shelf.keep(row, attrs.evolve(one, cancel=True))
        return Requested("done", request.key)


class FiredByAll(MemorySilo):
    """Says of whatever a planner was asked about that somebody fired it."""

    async def start(self, plans, now, entries=()):
        asked = {
            one.key
            for row in self._shelf.rows.values()
            for one in row.occurrences.values()
            if one.state is OpenState.REQUESTED
        }
        results = await super().start(plans, now, entries)
        for one in results:
            if hasattr(one, "occurrence") and one.occurrence.key in asked:
                one.reason = ClaimReason.FIRED
        return results


class FiresAnew(MemorySilo):
    """Requests a key anew that is queued."""

    async def request(self, requests, now):
        for one in requests:
            row = self._shelf.rows.get(one.key.split("!")[0])
            if row and not isinstance(one, Cancel):
                queued = row.occurrences.get(one.key)
                if queued and queued.state is OpenState.QUEUED:
                    self._shelf.close(row, queued)
        return await super().request(requests, now)


class TooFewTokens(MemorySilo):
    """Gives a planner one token for all that was asked for."""

    async def get_due_jobs(self, now, **asked):
        due = await super().get_due_jobs(now, **asked)
        for one in due.jobs:
            self._shelf.tokens = min(self._shelf.tokens, one.token)
        return due


class RemovesInSilence(MemorySilo):
    """Forgets what is queued without a verdict when its job is removed."""

    async def remove_jobs(self, aliases, now, source=None):
        for alias in aliases:
            row = self._shelf.rows.get(alias)
            for one in tuple(row.occurrences.values()) if row else ():
                if one.state is OpenState.QUEUED:
                    self._shelf.close(row, one)
        return await super().remove_jobs(aliases, now, source)


BUGS = {
    Stuck: [
        "an_end_lets_the_oldest_go",
        "a_plan_may_cancel_what_runs",
        "what_does_not_run_is_not_cancelled_by_a_plan",
        "the_oldest_is_the_first_by_due_time_then_by_key",
        "each_end_of_a_batch_lets_one_go",
        "what_ends_without_a_verdict_lets_nobody_go",
        "a_cancelled_wait_lets_the_next_one_go",
        "nobody_is_queued_behind_what_has_ended",
        "a_plan_that_leaves_nothing_open_lets_go",
        "a_larger_limit_lets_go",
        "a_pause_holds_what_is_let_go",
        "what_waited_waits_again",
        "what_runs_at_most_once_is_lost",
        "what_is_queued_behind_nothing_is_let_go",
    ],
    StuckAtTheEnd: [
        "an_end_lets_the_oldest_go",
        "a_plan_may_cancel_what_runs",
        "the_oldest_is_the_first_by_due_time_then_by_key",
        "each_end_of_a_batch_lets_one_go",
        "what_ends_without_a_verdict_lets_nobody_go",
        "a_pause_holds_what_is_let_go",
        "what_waited_waits_again",
    ],
    StuckAtACancel: ["a_cancelled_wait_lets_the_next_one_go"],
    StuckAtAPlan: [
        "nobody_is_queued_behind_what_has_ended",
        "what_does_not_run_is_not_cancelled_by_a_plan",
        "a_plan_that_leaves_nothing_open_lets_go",
    ],
    StuckAtADeclaration: ["a_larger_limit_lets_go"],
    StuckAtAModification: ["a_larger_limit_lets_go"],
    StuckInASnapshot: ["what_is_queued_behind_nothing_is_let_go", "what_runs_at_most_once_is_lost"],
    LetsAllGo: [
        "an_end_lets_the_oldest_go",
        "the_oldest_is_the_first_by_due_time_then_by_key",
        "each_end_of_a_batch_lets_one_go",
        "a_cancelled_wait_lets_the_next_one_go",
        "a_plan_that_leaves_nothing_open_lets_go",
        "a_larger_limit_lets_go",
        "what_is_queued_behind_nothing_is_let_go",
    ],
    OneAtATime: ["a_larger_limit_lets_go"],
    OneAVerb: ["each_end_of_a_batch_lets_one_go"],
    NewestFirst: [
        "an_end_lets_the_oldest_go",
        "the_oldest_is_the_first_by_due_time_then_by_key",
        "each_end_of_a_batch_lets_one_go",
        "a_cancelled_wait_lets_the_next_one_go",
        "a_plan_that_leaves_nothing_open_lets_go",
        "a_larger_limit_lets_go",
        "what_is_queued_behind_nothing_is_let_go",
    ],
    FirstByKey: ["the_oldest_is_the_first_by_due_time_then_by_key"],
    FirstWritten: ["the_oldest_is_the_first_by_due_time_then_by_key"],
    OneOnly: ["each_end_of_a_batch_lets_one_go", "a_larger_limit_lets_go"],
    OnlyRunsCount: [
        "what_ends_without_a_verdict_lets_nobody_go",
        "what_is_not_closed_stays_open",
        "what_does_not_run_is_not_cancelled_by_a_plan",
        "each_end_of_a_batch_lets_one_go",
        "what_ran_is_run_again",
    ],
    StraightOn: [
        "an_end_lets_the_oldest_go",
        "a_plan_may_cancel_what_runs",
        "what_does_not_run_is_not_cancelled_by_a_plan",
        "the_oldest_is_the_first_by_due_time_then_by_key",
        "each_end_of_a_batch_lets_one_go",
        "what_ends_without_a_verdict_lets_nobody_go",
        "a_cancelled_wait_lets_the_next_one_go",
        "nobody_is_queued_behind_what_has_ended",
        "a_plan_that_leaves_nothing_open_lets_go",
        "a_larger_limit_lets_go",
        "a_pause_holds_what_is_let_go",
        "what_waited_waits_again",
        "what_runs_at_most_once_is_lost",
        "what_is_queued_behind_nothing_is_let_go",
    ],
    QueueLeaks: [
        "what_is_queued_is_not_handed_out",
        "what_does_not_run_is_not_cancelled_by_a_plan",
        "an_end_lets_the_oldest_go",
        "what_ends_without_a_verdict_lets_nobody_go",
    ],
    BlindToPauses: ["a_pause_holds_what_is_let_go", "a_pause_holds_what_was_not_forced"],
    QueuedRuns: ["cancel_closes_what_is_queued"],
    FiredByAll: ["an_end_lets_the_oldest_go", "the_oldest_is_the_first_by_due_time_then_by_key"],
    FiresAnew: ["a_queued_key_is_fired_once"],
    RemovesInSilence: ["what_is_queued_is_removed_with_its_job"],
    TooFewTokens: ["each_end_of_a_batch_lets_one_go", "tokens_grow"],
}
"""By store: the laws that see its bug, the one that is named for it first."""


@pytest.mark.parametrize("store", BUGS, ids=lambda store: store.__name__)
def test_a_bug_breaks_its_laws_and_no_other(store, broken_by):
    """Just the laws of the row see the bug."""
    assert broken_by(store) == set(BUGS[store])
