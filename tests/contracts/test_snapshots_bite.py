"""The laws about what is open, and about what is put back, bite: each wrong store breaks its row."""

# ruff: noqa: D102 - what a method does is the bug of its class

import attrs
import pytest

from clockhand.contracts import Delivery, OpenState, rules
from clockhand_memory.store import MemorySilo


class Unsorted(MemorySilo):
    """Lists what is open job by job."""

    async def list_open(self, aliases=None, after="", limit=1000):
        found = await super().list_open(aliases, after, 1000)
        return sorted(found, key=lambda one: (one.job, one.key))[:limit]


class OnePage(MemorySilo):
    """Lists what is open from the beginning, whatever came before."""

    async def list_open(self, aliases=None, after="", limit=1000):
        found = await super().list_open(aliases, "", limit)
        return [one for one in found if one.key > after]


class WithItself(MemorySilo):
    """Lists the one again that the page before ended with."""

    async def list_open(self, aliases=None, after="", limit=1000):
        found = await super().list_open(aliases, "", 1000)
        return [one for one in found if one.key >= after][:limit]


class NoLimit(MemorySilo):
    """Lists more than was asked for."""

    async def list_open(self, aliases=None, after="", limit=1000):
        return await super().list_open(aliases, after, 1000)


class NoneIsAll(MemorySilo):
    """Takes no aliases for all of them."""

    async def list_open(self, aliases=None, after="", limit=1000):
        return await super().list_open(aliases or None, after, limit)


class OfAll(MemorySilo):
    """Lists what is open of all jobs, whichever were named."""

    async def list_open(self, aliases=None, after="", limit=1000):
        return await super().list_open(aliases and None, after, limit)


class TwiceNamed(MemorySilo):
    """Lists what is open of a job as often as it was named."""

    async def list_open(self, aliases=None, after="", limit=1000):
        if aliases is None:
            return await super().list_open(None, after, limit)
        found = [one for name in aliases for one in await super(TwiceNamed, self).list_open([name], after)]
        return sorted(found, key=lambda one: one.key)[:limit]


class ShowsHalf(MemorySilo):
    """Lists what is open without its tokens."""

    async def list_open(self, aliases=None, after="", limit=1000):
        return [attrs.evolve(one, token=0) for one in await super().list_open(aliases, after, limit)]


class BuriesTooEarly(MemorySilo):
    """Lists what a dead owner left as it will be when another one has it."""

    async def list_open(self, aliases=None, after="", limit=1000):
        found = await super().list_open(aliases, after, limit)
        dead = self._shelf.dead
        return [rules.died(one) if one.owner in dead else one for one in found]


class Restoring(MemorySilo):
    """Puts back what its bug makes of a snapshot."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        return await super().restore_jobs(self.jobs(jobs), self.opened(opened), now, merge=merge)

    def jobs(self, jobs):
        return jobs

    def opened(self, opened):
        return opened


class BeginsAnew(Restoring):
    """Plans what it puts back from now on, as if it were new."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        new = [attrs.evolve(one, cursor=now + one.job.timer.period, anchor=now) for one in jobs]
        return await super().restore_jobs(new, opened, now, merge=merge)


class LosesPauses(Restoring):
    """Puts paused jobs back as if they weren't."""

    def jobs(self, jobs):
        return [attrs.evolve(one, paused=None) for one in jobs]


class LosesQuarantine(Restoring):
    """Puts jobs in quarantine back as if they were well."""

    def jobs(self, jobs):
        return [attrs.evolve(one, quarantined="") for one in jobs]


class LosesVerdicts(Restoring):
    """Puts jobs back without their last verdicts."""

    def jobs(self, jobs):
        return [attrs.evolve(one, last=None, last_run=None, reached=None) for one in jobs]


class LosesCounts(Restoring):
    """Puts jobs back without their failures in a row."""

    def jobs(self, jobs):
        return [attrs.evolve(one, failed_in_row=0) for one in jobs]


class TakesThemOver(Restoring):
    """Puts jobs back as its own."""

    def jobs(self, jobs):
        return [attrs.evolve(one, source="snapshot") for one in jobs]


class KeepsRevisions(MemorySilo):
    """Puts jobs back at the revision that they had."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        answers = await super().restore_jobs(jobs, opened, now, merge=merge)
        for answer, job in zip(answers, jobs, strict=True):
            row = self._shelf.rows[job.alias]
            if answer.what == "created":
                row.stored = attrs.evolve(row.stored, revision=job.revision)
        return answers


class ClosesDoors(Restoring):
    """Puts back nothing of what was open."""

    def opened(self, _opened):
        return []


class LosesTheLine(Restoring):
    """Puts back what waited for others as what waits for room."""

    def opened(self, opened):
        return [
            attrs.evolve(one, state=OpenState.PLANNED) if one.state is OpenState.QUEUED else one
            for one in opened
        ]


class RunsOn(MemorySilo):
    """Puts back what ran as running still."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        answers = await super().restore_jobs(jobs, opened, now, merge=merge)
        created = {one.alias for one in answers if one.what == "created"}
        for one in opened:
            row = self._shelf.rows.get(one.job)
            if one.job in created and one.state is OpenState.RUNNING and one.key in row.occurrences:
                self._shelf.keep(row, one)
        return answers


class ForgetsDeaths(Restoring):
    """Puts back what ran as if it had never begun."""

    def opened(self, opened):
        return [
            attrs.evolve(one, state=OpenState.PLANNED) if one.state is OpenState.RUNNING else one
            for one in opened
        ]


class RunsTwice(Restoring):
    """Tries again what is to be run at most once."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        again = [
            rules.died(one) if one.state is OpenState.RUNNING and _at_most_once(jobs, one.job) else one
            for one in opened
        ]
        return await super().restore_jobs(jobs, again, now, merge=merge)


def _at_most_once(jobs, alias):
    return any(one.alias == alias and one.job.delivery is Delivery.AT_MOST_ONCE for one in jobs)


class OldPlaces(MemorySilo):
    """Lets what it puts back wait where and how it waited in the snapshot."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        answers = await super().restore_jobs(jobs, opened, now, merge=merge)
        for one in opened:
            row = self._shelf.rows.get(one.job)
            if row and one.key in row.occurrences:
                row.occurrences[one.key] = attrs.evolve(
                    row.occurrences[one.key], executor=one.executor, priority=one.priority
                )
        return answers


class Overwrites(MemorySilo):
    """Puts the job of the snapshot in place of the one that is here."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        for job in jobs:
            if job.alias in self._shelf.rows:
                self._shelf.remove(self._shelf.rows[job.alias])
        return await super().restore_jobs(jobs, opened, now, merge=merge)


class AddsToWhatIsHere(MemorySilo):
    """Opens what a snapshot has of a job that is here."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        here = set(self._shelf.rows)
        answers = await super().restore_jobs(jobs, opened, now, merge=merge)
        for one in opened:
            if one.job in here and one.state is OpenState.PLANNED:
                self._shelf.keep(self._shelf.rows[one.job], one)
        return answers


class AlwaysMerges(MemorySilo):
    """Merges, asked or not."""

    async def restore_jobs(self, jobs, opened, now, *, merge=True):
        return await super().restore_jobs(jobs, opened, now, merge=True)


class NeverMerges(MemorySilo):
    """Refuses what is here, asked to merge or not."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        return await super().restore_jobs(jobs, opened, now, merge=False)


class StopsAtTheFirst(MemorySilo):
    """Puts nothing back when one of the jobs is here."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        if any(job.alias in self._shelf.rows for job in jobs):
            jobs = [job for job in jobs if job.alias in self._shelf.rows]
        return await super().restore_jobs(jobs, opened, now, merge=merge)


class RestoresInSilence(MemorySilo):
    """Puts jobs back without an entry."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        tell, self._tell = self._tell, lambda _entries: None
        try:
            return await super().restore_jobs(jobs, opened, now, merge=merge)
        finally:
            self._tell = tell


class HalfASnapshot(MemorySilo):
    """Puts back each job by itself."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        self._opened()
        verb = super().restore_jobs
        return [answer for job in jobs for answer in await verb([job], opened, now, merge=merge)]


class OpensStrangers(MemorySilo):
    """Puts back whatever a snapshot has open, with the first job that it finds."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        answers = await super().restore_jobs(jobs, opened, now, merge=merge)
        for one in opened:
            if one.job not in self._shelf.rows and self._shelf.rows:
                self._shelf.keep(next(iter(self._shelf.rows.values())), one)
        return answers


class OpenList(MemorySilo):
    """Lists what is open although it is closed itself."""

    async def list_open(self, aliases=None, after="", limit=1000):
        return await super().list_open(aliases, after, limit) if self._context else []


class OpenShelf(MemorySilo):
    """Puts back nothing, when it is closed, and says nothing."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        return await super().restore_jobs(jobs, opened, now, merge=merge) if self._context else []


BUGS = {
    Unsorted: ["open_occurrences_are_listed_in_pages"],
    OnePage: ["open_occurrences_are_listed_in_pages", "the_open_occurrences_of_some_jobs"],
    WithItself: ["open_occurrences_are_listed_in_pages", "the_open_occurrences_of_some_jobs"],
    NoLimit: ["open_occurrences_are_listed_in_pages", "the_open_occurrences_of_some_jobs"],
    NoneIsAll: ["the_open_occurrences_of_some_jobs"],
    OfAll: [
        "the_open_occurrences_of_some_jobs",
        "what_runs_by_now_is_not_closed",
        "what_does_not_run_is_not_cancelled_by_a_plan",
        "what_waits_follows_its_definition",
        "what_waited_waits_again",
        "what_waits_is_brought_near_after_a_step_back",
    ],
    TwiceNamed: ["the_open_occurrences_of_some_jobs"],
    ShowsHalf: ["each_is_listed_as_it_is", "what_a_dead_owner_left_is_listed_as_running"],
    BuriesTooEarly: [
        "what_a_dead_owner_left_is_listed_as_running",
        "what_ends_without_a_verdict_lets_nobody_go",
    ],
    BeginsAnew: ["a_job_is_put_back_as_it_was"],
    LosesPauses: ["a_job_is_put_back_as_it_was"],
    LosesQuarantine: ["a_job_is_put_back_as_it_was"],
    LosesVerdicts: ["a_job_is_put_back_as_it_was"],
    LosesCounts: ["a_job_is_put_back_as_it_was"],
    TakesThemOver: ["a_job_is_put_back_as_it_was"],
    KeepsRevisions: ["a_job_is_put_back_as_it_was", "what_is_put_back_waits_as_its_job_says"],
    ClosesDoors: [
        "what_waited_waits_again",
        "what_ran_is_run_again",
        "what_is_put_back_waits_as_its_job_says",
        "what_runs_at_most_once_is_lost",
        "a_job_that_is_here_wins",
        "only_what_belongs_to_a_job_is_put_back",
        "what_is_queued_behind_nothing_is_let_go",
    ],
    LosesTheLine: [
        "what_waited_waits_again",
        "what_ran_is_run_again",
        "what_runs_at_most_once_is_lost",
        "what_is_queued_behind_nothing_is_let_go",
    ],
    RunsOn: ["what_ran_is_run_again", "what_is_put_back_waits_as_its_job_says"],
    ForgetsDeaths: ["what_ran_is_run_again", "what_runs_at_most_once_is_lost"],
    RunsTwice: ["what_runs_at_most_once_is_lost"],
    OldPlaces: ["what_is_put_back_waits_as_its_job_says"],
    Overwrites: ["a_job_that_is_here_wins"],
    AddsToWhatIsHere: ["a_job_that_is_here_wins"],
    AlwaysMerges: ["a_job_that_is_here_wins", "only_what_belongs_to_a_job_is_put_back"],
    NeverMerges: ["a_job_that_is_here_wins"],
    StopsAtTheFirst: ["a_job_that_is_here_wins"],
    RestoresInSilence: [
        "a_job_is_put_back_as_it_was",
        "what_runs_at_most_once_is_lost",
        "a_job_that_is_here_wins",
    ],
    HalfASnapshot: ["a_snapshot_is_put_back_whole_or_not_at_all"],
    OpensStrangers: ["only_what_belongs_to_a_job_is_put_back"],
    OpenList: ["a_closed_silo_says_so"],
    OpenShelf: ["a_closed_silo_says_so"],
}
"""By store: the laws that see its bug, the one that is named for it first."""


@pytest.mark.parametrize("store", BUGS, ids=lambda store: store.__name__)
def test_a_bug_breaks_its_laws_and_no_other(store, broken_by):
    """Just the laws of the row see the bug."""
    assert broken_by(store) == set(BUGS[store])
