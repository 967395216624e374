"""The laws about what plans close and cancel, and about who goes first, bite: a row a wrong store."""

# ruff: noqa: D102 - what a method does is the bug of its class

from collections import defaultdict

import attrs
import pytest

from clockhand.contracts import EPOCH, Claim, ClaimReason, Conflict, OpenState
from clockhand_memory.line import Line
from clockhand_memory.store import MemorySilo

WAITING = (OpenState.REQUESTED, OpenState.QUEUED, OpenState.PLANNED)


class Planner(MemorySilo):
    """Takes each plan as its bug makes it."""

    async def start(self, plans, now, entries=()):
        return await super().start([self.made(plan) for plan in plans], now, entries)

    def opened(self, plan):
        """Return the job's open occurrences by key."""
        row = self._shelf.rows.get(plan.alias)
        return row.occurrences if row else {}

    def made(self, plan):
        raise NotImplementedError


class ClosesRequestsOnly(Planner):
    """Leaves open what is planned or queued although a plan closes it."""

    def made(self, plan):
        opened = self.opened(plan)
        kept = [key for key in plan.closed if key not in opened or opened[key].state in WAITING[1:]]
        return attrs.evolve(plan, closed=[key for key in plan.closed if key not in kept])


class ClosesAll(Planner):
    """Closes all that waits, named or not, when a plan closes anything."""

    def made(self, plan):
        if not plan.closed:
            return plan
        waiting = [key for key, one in self.opened(plan).items() if one.state in WAITING]
        return attrs.evolve(plan, closed=[*plan.closed, *(key for key in waiting if key not in plan.closed)])


class ClosesWhatRuns(Planner):
    """Takes a plan that closes what runs: it is closed."""

    def made(self, plan):
        opened = self.opened(plan)
        for key in plan.closed:
            if key in opened and opened[key].state is OpenState.RUNNING:
                self._shelf.close(self._shelf.rows[plan.alias], opened[key])
        return attrs.evolve(plan, closed=[key for key in plan.closed if key in opened])


class ClosesWhatIsGone(Planner):
    """Takes a plan that closes what isn't there any more."""

    def made(self, plan):
        opened = self.opened(plan)
        return attrs.evolve(plan, closed=[key for key in plan.closed if key in opened])


class KeepsPlansSecret(Planner):
    """Cancels nothing that a plan cancels."""

    def made(self, plan):
        return attrs.evolve(plan, cancel=())


class CancelsAtOnce(Planner):
    """Closes what a plan cancels, as if its owner had ended it."""

    def made(self, plan):
        for key in plan.cancel:
            if key in self.opened(plan):
                self._shelf.close(self._shelf.rows[plan.alias], self.opened(plan)[key])
        return plan


class CancelsWhatWaits(Planner):
    """Marks whatever a plan cancels, running or not."""

    def made(self, plan):
        for key in plan.cancel:
            if key in self.opened(plan):
                row = self._shelf.rows[plan.alias]
                row.occurrences[key] = attrs.evolve(row.occurrences[key], cancel=True)
        return plan


class RefusesWhatHasEnded(MemorySilo):
    """Takes a plan for a conflict when what it cancels has ended."""

    async def start(self, plans, now, entries=()):
        rows = self._shelf.rows
        good = [
            one
            for one in plans
            if one.alias not in rows or all(key in rows[one.alias].occurrences for key in one.cancel)
        ]
        bad = [Conflict(one.alias, "it has ended") for one in plans if one not in good]
        return [*await super().start(good, now, entries), *bad]


class CancelsInConflicts(MemorySilo):
    """Cancels what a plan cancels, taken or not."""

    async def start(self, plans, now, entries=()):
        results = await super().start(plans, now, entries)
        for plan in plans:
            row = self._shelf.rows.get(plan.alias)
            for key in plan.cancel:
                one = row.occurrences.get(key) if row else None
                if one and one.state is OpenState.RUNNING:
                    self._shelf.keep(row, attrs.evolve(one, cancel=True))
        return results


class DropsCancels(MemorySilo):
    """Forgets who was cancelled when another owner takes it over."""

    async def get_due_jobs(self, now, **asked):
        due = await super().get_due_jobs(now, **asked)
        for claim in due.claims:
            claim.occurrence = attrs.evolve(claim.occurrence, cancel=False)
            self._shelf.keep(self._shelf.rows[claim.job.alias], claim.occurrence)
        return due


class HidesWhatIsHeld(MemorySilo):
    """Shows planners only what the pause of a job doesn't hold."""

    async def get_due_jobs(self, now, **asked):
        due = await super().get_due_jobs(now, **asked)
        for one in due.jobs:
            one.open = [each for each in one.open if self._shelf.rows[one.stored.alias].lets(each)]
        return due


class OneForAll(MemorySilo):
    """Lets all that was asked for pass a pause with the first that is forced."""

    async def start(self, plans, now, entries=()):
        forced = [attrs.evolve(plan, occurrences=[*map(self._forced, plan.occurrences)]) for plan in plans]
        mixed = [any(one.forced for one in plan.occurrences) for plan in plans]
        taken = [new if both else old for new, old, both in zip(forced, plans, mixed, strict=True)]
        return await super().start(taken, now, entries)

    def _forced(self, one):
        return attrs.evolve(one, forced=True)


class FiredByName(MemorySilo):
    """Says of a claim by hand that its time has come."""

    async def start(self, plans, now, entries=()):
        results = await super().start(plans, now, entries)
        for one in results:
            if isinstance(one, Claim):
                one.reason = ClaimReason.DUE
        return results


class Lined(MemorySilo):
    """Lets what waits stand in lines of its own kind."""

    line = Line

    def __init__(self):
        super().__init__()
        self._shelf.ready = defaultdict(self.line)


class FlatLine(Line):
    """Knows no priority."""

    def put(self, place, moment, _priority):
        super().put(place, moment, 0)


class NoPriorities(Lined):
    """Hands out what is the earliest, whatever its priority."""

    line = FlatLine


class LineByName(Line):
    """Lets those of the same priority go by their names."""

    def put(self, place, moment, priority):
        super().put(place, moment, priority)
        self._ranks[place] = (-priority, EPOCH, place)


class EqualsByName(Lined):
    """Hands out jobs of the same priority by name."""

    line = LineByName


class StrictLine(Line):
    """Lets nobody pass one of a higher priority, even if that one can't go yet."""

    def take(self, now):
        if min(self._ranks.values(), default=(0, now))[1] > now:
            return None
        return super().take(now)


class HoldsUp(Lined):
    """Lets everybody wait for the highest priority."""

    line = StrictLine


class DeadLast(MemorySilo):
    """Lets what a dead owner left wait until nothing else does."""

    def __init__(self):
        super().__init__()
        self._index_open = self._shelf.index_open
        self._shelf.index_open = self._index

    def _index(self, row, one):
        self._index_open(row, one)
        line = self._shelf.ready[row.executor]
        if one.state is OpenState.RUNNING and (one.job, one.key) in line._ranks:
            line.put((one.job, one.key), one.not_before, -10_000)


class Settled(MemorySilo):
    """Keeps what waits as it was, when its job gets another definition."""

    places = ("executor", "priority")

    async def add_jobs(self, jobs, now, source):
        before = self._waiting()
        answers = await super().add_jobs(jobs, now, source)
        self._back(before)
        return answers

    async def modify_jobs(self, changes, now, source):
        before = self._waiting()
        answers = await super().modify_jobs(changes, now, source)
        self._back(before)
        return answers

    def _waiting(self):
        opened = (one for row in self._shelf.rows.values() for one in row.occurrences.values())
        return [one for one in opened if one.state in WAITING]

    def _back(self, before):
        for one in before:
            row = self._shelf.rows[one.job]
            place = {name: getattr(one, name) for name in self.places}
            row.occurrences[one.key] = attrs.evolve(row.occurrences[one.key], **place)


class OldPriorities(Settled):
    """Keeps the priority of what waits."""

    places = ("priority",)


class OldExecutors(Settled):
    """Keeps the executor of what waits."""

    places = ("executor",)


class FiresWithoutPriority(MemorySilo):
    """Gives what is asked for by hand no priority."""

    async def request(self, requests, now):
        answers = await super().request(requests, now)
        for row in self._shelf.rows.values():
            for key, one in row.occurrences.items():
                if one.state is OpenState.REQUESTED:
                    row.occurrences[key] = attrs.evolve(one, priority=0)
        return answers


class HandsBackAsItWas(MemorySilo):
    """Lets what is handed back wait where it ran."""

    async def hand_back(self, claims, now):
        await super().hand_back(claims, now)
        for claim in claims:
            row = self._shelf.rows.get(claim.job.alias)
            one = row.occurrences.get(claim.occurrence.key) if row else None
            if one and one.state is OpenState.PLANNED:
                row.occurrences[one.key] = attrs.evolve(one, executor=claim.occurrence.executor)


BUGS = {
    ClosesRequestsOnly: [
        "a_plan_may_close_whatever_waits",
        "what_is_not_closed_stays_open",
        "what_runs_by_now_is_not_closed",
        "a_plan_that_leaves_nothing_open_lets_go",
    ],
    ClosesAll: ["what_is_not_closed_stays_open", "a_plan_that_leaves_nothing_open_lets_go"],
    ClosesWhatRuns: ["what_runs_by_now_is_not_closed"],
    ClosesWhatIsGone: ["what_runs_by_now_is_not_closed"],
    KeepsPlansSecret: ["a_plan_may_cancel_what_runs"],
    CancelsAtOnce: ["a_plan_may_cancel_what_runs", "what_does_not_run_is_not_cancelled_by_a_plan"],
    CancelsWhatWaits: ["what_does_not_run_is_not_cancelled_by_a_plan", "a_conflict_cancels_nothing"],
    RefusesWhatHasEnded: ["what_does_not_run_is_not_cancelled_by_a_plan"],
    CancelsInConflicts: ["a_conflict_cancels_nothing"],
    DropsCancels: ["a_cancel_outlives_the_owner"],
    HidesWhatIsHeld: ["a_pause_holds_what_was_not_forced"],
    OneForAll: ["a_pause_holds_what_was_not_forced"],
    FiredByName: ["fire_asks_the_planner"],
    NoPriorities: [
        "the_highest_priority_goes_first",
        "a_limit_takes_the_first",
        "whose_time_has_not_come_holds_nobody_up",
        "what_the_dead_leave_is_ordered_alike",
        "what_waits_follows_its_definition",
    ],
    EqualsByName: ["the_highest_priority_goes_first"],
    HoldsUp: ["whose_time_has_not_come_holds_nobody_up"],
    DeadLast: ["what_the_dead_leave_is_ordered_alike"],
    Settled: ["what_waits_follows_its_definition", "a_fired_run_has_the_priority_of_its_job"],
    OldPriorities: ["what_waits_follows_its_definition", "a_fired_run_has_the_priority_of_its_job"],
    OldExecutors: ["what_waits_follows_its_definition"],
    FiresWithoutPriority: ["a_fired_run_has_the_priority_of_its_job"],
    HandsBackAsItWas: ["what_waits_follows_its_definition"],
}
"""By store: the laws that see its bug, the one that is named for it first."""


@pytest.mark.parametrize("store", BUGS, ids=lambda store: store.__name__)
def test_a_bug_breaks_its_laws_and_no_other(store, broken_by):
    """Just the laws of the row see the bug."""
    assert broken_by(store) == set(BUGS[store])
