"""The laws about planning anew bite: each wrong store breaks those of its row, and no others."""

# ruff: noqa: D102 - what a method does is the bug of its class

import attrs
import pytest

from clockhand.contracts import Conflict, Entry, What
from clockhand_memory.store import MemorySilo


class StandsStill(MemorySilo):
    """Says that it planned anew, and did not."""

    async def replan_jobs(self, aliases, now, *, started, stepped):
        before = {alias: row.stored for alias, row in self._shelf.rows.items()}
        replies = await super().replan_jobs(aliases, now, started=started, stepped=stepped)
        for alias, row in self._shelf.rows.items():
            row.stored = before[alias]
            self._shelf.index(row)
        return replies


class NotIndexed(MemorySilo):
    """Plans anew, and looks for what is due where it was before."""

    async def replan_jobs(self, aliases, now, *, started, stepped):
        before = {alias: row.stored for alias, row in self._shelf.rows.items()}
        replies = await super().replan_jobs(aliases, now, started=started, stepped=stepped)
        for alias, row in self._shelf.rows.items():
            after, row.stored = row.stored, before[alias]
            self._shelf.index(row)
            row.stored = after
        return replies


class LeavesThem(MemorySilo):
    """Plans jobs anew, and lets what waits of them wait for the old time."""

    async def replan_jobs(self, aliases, now, *, started, stepped):
        waiting = [(row, dict(row.occurrences)) for row in self._shelf.rows.values()]
        replies = await super().replan_jobs(aliases, now, started=started, stepped=stepped)
        for row, before in waiting:
            for one in before.values():
                self._shelf.keep(row, one)
        return replies


class Talks(MemorySilo):
    """Puts each job that it is asked about on record."""

    async def replan_jobs(self, aliases, now, *, started, stepped):
        replies = await super().replan_jobs(aliases, now, started=started, stepped=stepped)
        self._tell([Entry(now, What.JOB_UPDATED, alias) for alias in aliases])
        return replies


class ForgetsEnds(MemorySilo):
    """Leaves the cursor where it was when a run has ended."""

    async def settle(self, ends, now, entries=()):
        before = {alias: row.stored.cursor for alias, row in self._shelf.rows.items()}
        answers = await super().settle(ends, now, entries)
        for end in ends:
            row = self._shelf.rows.get(end.job)
            if row is not None and row.stored.cursor != before[end.job]:
                row.stored = attrs.evolve(row.stored, cursor=before[end.job])
                self._shelf.index(row)
        return answers


class ForgetsCancels(MemorySilo):
    """Leaves the cursor where it was when what waited was cancelled."""

    async def request(self, requests, now):
        before = {alias: row.stored.cursor for alias, row in self._shelf.rows.items()}
        answers = await super().request(requests, now)
        for alias, row in self._shelf.rows.items():
            if row.stored.cursor != before[alias]:
                row.stored = attrs.evolve(row.stored, cursor=before[alias])
                self._shelf.index(row)
        return answers


class CountsEach(MemorySilo):
    """Counts what was fired by hand, too."""

    async def start(self, plans, now, entries=()):
        answers = await super().start(plans, now, entries)
        refused = {answer.alias for answer in answers if isinstance(answer, Conflict)}
        for plan in plans:
            if plan.alias in refused:
                continue
            row = self._shelf.rows[plan.alias]
            if row.stored.job.terms.max_runs and plan.old_cursor == plan.cursor:
                row.stored = attrs.evolve(row.stored, runs=row.stored.runs + len(plan.occurrences))
        return answers


BUGS = {
    StandsStill: [
        "elapsed_time_goes_on_from_a_step_back",
        "the_beginning_of_a_process_is_a_due_time",
    ],
    NotIndexed: [
        "elapsed_time_goes_on_from_a_step_back",
        "the_beginning_of_a_process_is_a_due_time",
    ],
    LeavesThem: ["what_waits_is_brought_near_after_a_step_back"],
    Talks: ["what_need_not_be_planned_anew_stays"],
    ForgetsEnds: ["the_end_of_a_run_sets_the_next_due_time"],
    ForgetsCancels: ["so_does_what_never_ran"],
    CountsEach: ["runs_are_counted_where_they_are_limited"],
}
"""By store: the law that is named for its bug, then the others that see it."""


@pytest.mark.parametrize("store", BUGS, ids=lambda store: store.__name__)
def test_a_bug_breaks_its_laws_and_no_other(store, broken_by):
    """Just the laws of the row see the bug. A new law that sees it too belongs into the row."""
    assert broken_by(store) == set(BUGS[store])
