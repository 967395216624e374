"""The laws about failures bite: each wrong store breaks those of its row, and no others."""

# ruff: noqa: D102 - what a method does is the bug of its class

import attrs
import pytest

from clockhand.contracts import OpenState, Verdict, What
from clockhand_memory.store import MemorySilo


class Counting(MemorySilo):
    """Settles, and then puts a count of its own into each job."""

    async def settle(self, ends, now, entries=()):
        before = {alias: row.stored for alias, row in self._shelf.rows.items()}
        answers = await super().settle(ends, now, entries)
        for end, answer in zip(ends, answers, strict=True):
            row = self._shelf.rows.get(end.job)
            if row is not None:
                row.stored = self.counted(before[end.job], row.stored, end, answer)
        return answers

    def counted(self, before, after, end, answer):
        raise NotImplementedError


class CountsNothing(Counting):
    """Counts no failures."""

    def counted(self, _before, after, _end, _answer):
        return attrs.evolve(after, failed_in_row=0)


class CountsForEver(Counting):
    """Goes on counting after a success."""

    def counted(self, before, after, end, _answer):
        return attrs.evolve(after, failed_in_row=before.failed_in_row + (end.verdict is Verdict.FAILED))


class CountsCancelled(Counting):
    """Takes a cancelled run for a failure."""

    def counted(self, before, after, end, _answer):
        if end.verdict is not Verdict.CANCELLED:
            return after
        return attrs.evolve(after, failed_in_row=before.failed_in_row + 1)


class ForgivesLost(Counting):
    """Begins to count anew when a run is lost."""

    def counted(self, _before, after, end, _answer):
        return attrs.evolve(after, failed_in_row=0) if end.verdict is Verdict.LOST else after


class CountsAttempts(Counting):
    """Counts each attempt that failed."""

    def counted(self, before, after, end, _answer):
        if end.verdict is not None:
            return after
        return attrs.evolve(after, failed_in_row=before.failed_in_row + 1)


class CountsTheStale(Counting):
    """Counts a failure that it didn't take."""

    def counted(self, before, after, end, answer):
        if answer is not None or end.verdict is not Verdict.FAILED:
            return after
        return attrs.evolve(after, failed_in_row=before.failed_in_row + 1)


class CountsByBatch(Counting):
    """Counts one failure a batch."""

    def counted(self, before, after, _end, _answer):
        return attrs.evolve(after, failed_in_row=min(after.failed_in_row, before.failed_in_row + 1))


class NeverPauses(Counting):
    """Pauses no job by itself."""

    def counted(self, before, after, _end, _answer):
        return attrs.evolve(after, paused=before.paused)


class NamesNobody(Counting):
    """Doesn't say who paused a job."""

    def counted(self, _before, after, _end, _answer):
        return attrs.evolve(after, paused=attrs.evolve(after.paused, by="")) if after.paused else after


class PausesAfterOne(MemorySilo):
    """Pauses a job after the first failure."""

    async def settle(self, ends, now, entries=()):
        rows = {end.job: self._shelf.rows[end.job] for end in ends if end.job in self._shelf.rows}
        for row in rows.values():
            job = row.stored.job
            if job.terms.pause_after:
                row.stored = attrs.evolve(row.stored, job=job.modify(pause_after=1))
        return await super().settle(ends, now, entries)


class KeepsItToItself(MemorySilo):
    """Doesn't answer that it has paused a job."""

    async def settle(self, ends, now, entries=()):
        answers = await super().settle(ends, now, entries)
        return [None if more is None else () for more in answers]


class RepeatsTheEnd(MemorySilo):
    """Answers with the entries of the end that are known already."""

    async def settle(self, ends, now, entries=()):
        answers = await super().settle(ends, now, entries)
        return [more and (*end.entries, *more) for end, more in zip(ends, answers, strict=True)]


class PausesInSilence(MemorySilo):
    """Pauses a job without an entry in the outbox."""

    async def settle(self, ends, now, entries=()):
        answers = await super().settle(ends, now, entries)
        told = [
            entry for entry in self._outbox if entry.what is What.JOB_PAUSED and "in a row" in entry.reason
        ]
        for entry in told:
            self._outbox.remove(entry)
        return answers


class PausesFirst(MemorySilo):
    """Tells of the pause before the end that led to it."""

    async def settle(self, ends, now, entries=()):
        answers = await super().settle(ends, now, entries)
        for place, entry in enumerate(self._outbox):
            if entry.what is What.JOB_PAUSED and place and any(answers):
                before = self._outbox[place - 1]
                before.position, entry.position = entry.position, before.position
                self._outbox[place - 1], self._outbox[place] = entry, before
        return answers


class PausesOver(Counting):
    """Pauses a job that is paused already."""

    def counted(self, before, after, end, _answer):
        failed = before.paused and after.job.terms.pause_after and end.verdict is Verdict.FAILED
        return attrs.evolve(after, paused=attrs.evolve(after.paused, by="scheduler")) if failed else after


class RemembersAfterResume(MemorySilo):
    """Goes on counting failures where it stood before the pause."""

    async def resume_jobs(self, aliases, now, run=None):
        before = {alias: self._shelf.rows[alias].stored for alias in aliases if alias in self._shelf.rows}
        answers = await super().resume_jobs(aliases, now, run)
        for alias, stored in before.items():
            row = self._shelf.rows[alias]
            row.stored = attrs.evolve(row.stored, failed_in_row=stored.failed_in_row)
        return answers


class TriesAgainAnyhow(MemorySilo):
    """Hands out what waits for its next attempt although failures have paused the job."""

    async def settle(self, ends, now, entries=()):
        answers = await super().settle(ends, now, entries)
        for row in self._shelf.rows.values():
            for one in row.occurrences.values():
                if (
                    row.stored.paused
                    and row.stored.paused.by == "scheduler"
                    and one.state is OpenState.PLANNED
                ):
                    line = self._shelf.ready[row.executor]
                    line.put((one.job, one.key), one.not_before, one.priority)
        return answers


class TakesPlansOfThePaused(MemorySilo):
    """Takes a plan although its job was paused meanwhile by failures."""

    async def start(self, plans, now, entries=()):
        paused = {}
        for plan in plans:
            row = self._shelf.rows.get(plan.alias)
            if row and row.stored.paused and row.stored.paused.by == "scheduler":
                paused[plan.alias] = row.stored.paused
                row.stored = attrs.evolve(row.stored, paused=None)
        results = await super().start(plans, now, entries)
        for alias, why in paused.items():
            row = self._shelf.rows[alias]
            row.stored = attrs.evolve(row.stored, paused=why)
            self._shelf.index(row)
        return results


class ForgetsFailures(MemorySilo):
    """Forgets how many attempts have failed."""

    async def settle(self, ends, now, entries=()):
        return await super().settle([attrs.evolve(end, failures=0) for end in ends], now, entries)


class CountsDeaths(MemorySilo):
    """Takes an attempt whose owner died for one that failed."""

    async def get_due_jobs(self, now, **asked):
        due = await super().get_due_jobs(now, **asked)
        for claim in due.claims:
            if claim.lost:
                one = claim.occurrence = attrs.evolve(
                    claim.occurrence, failures=claim.occurrence.failures + 1
                )
                self._shelf.keep(self._shelf.rows[one.job], one)
        return due


class ForgivesWhatIsHandedBack(MemorySilo):
    """Forgets the failed attempts of what is handed back."""

    async def hand_back(self, claims, now):
        await super().hand_back(claims, now)
        for claim in claims:
            row = self._shelf.rows.get(claim.job.alias)
            one = row.occurrences.get(claim.occurrence.key) if row else None
            if one and one.state is OpenState.PLANNED:
                row.occurrences[one.key] = attrs.evolve(one, failures=0)


class AddsFailures(MemorySilo):
    """Counts the failed attempts itself, past what the end says."""

    async def settle(self, ends, now, entries=()):
        counted = []
        for end in ends:
            held = self._shelf.held(end.job, end.key, end.token)
            counted.append(attrs.evolve(end, failures=held[1].failures + 1) if held else end)
        return await super().settle(counted, now, entries)


BUGS = {
    CountsNothing: [
        "failures_in_a_row_are_counted",
        "a_job_is_paused_after_failures_in_a_row",
        "resume_begins_to_count_anew",
        "a_batch_pauses_a_job_once",
        "a_job_is_put_back_as_it_was",
    ],
    CountsForEver: [
        "failures_in_a_row_are_counted",
        "an_attempt_is_no_failure_of_the_job",
        "a_batch_pauses_a_job_once",
    ],
    CountsCancelled: ["failures_in_a_row_are_counted"],
    ForgivesLost: ["failures_in_a_row_are_counted"],
    CountsAttempts: ["an_attempt_is_no_failure_of_the_job"],
    CountsTheStale: ["an_attempt_is_no_failure_of_the_job"],
    CountsByBatch: ["a_batch_pauses_a_job_once"],
    NeverPauses: [
        "a_job_is_paused_after_failures_in_a_row",
        "resume_begins_to_count_anew",
        "a_paused_job_is_not_tried_again",
    ],
    NamesNobody: ["a_job_is_paused_after_failures_in_a_row", "a_batch_pauses_a_job_once"],
    PausesAfterOne: [
        "a_job_is_paused_after_failures_in_a_row",
        "resume_begins_to_count_anew",
        "a_batch_pauses_a_job_once",
    ],
    KeepsItToItself: [
        "a_job_is_paused_after_failures_in_a_row",
        "resume_begins_to_count_anew",
        "a_batch_pauses_a_job_once",
    ],
    RepeatsTheEnd: ["a_job_is_paused_after_failures_in_a_row", "a_batch_pauses_a_job_once"],
    PausesInSilence: ["a_job_is_paused_after_failures_in_a_row", "a_batch_pauses_a_job_once"],
    PausesFirst: ["a_job_is_paused_after_failures_in_a_row", "a_batch_pauses_a_job_once"],
    PausesOver: ["a_batch_pauses_a_job_once"],
    RemembersAfterResume: ["resume_begins_to_count_anew"],
    TriesAgainAnyhow: ["a_paused_job_is_not_tried_again"],
    TakesPlansOfThePaused: ["a_paused_job_is_not_tried_again"],
    ForgetsFailures: [
        "the_failures_of_an_occurrence_are_kept",
        "what_waited_waits_again",
        "what_waits_is_brought_near_after_a_step_back",
    ],
    CountsDeaths: ["the_failures_of_an_occurrence_are_kept"],
    ForgivesWhatIsHandedBack: ["the_failures_of_an_occurrence_are_kept"],
    AddsFailures: ["the_failures_of_an_occurrence_are_kept"],
}
"""By store: the laws that see its bug, the one that is named for it first."""


@pytest.mark.parametrize("store", BUGS, ids=lambda store: store.__name__)
def test_a_bug_breaks_its_laws_and_no_other(store, broken_by):
    """Just the laws of the row see the bug."""
    assert broken_by(store) == set(BUGS[store])
