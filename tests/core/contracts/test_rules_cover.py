"""Each due time is covered exactly once, whatever sequence of requests a job lives through."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from clockhand import Job, at, call, cron, every
from clockhand.contracts import MICROSECOND, Verdict, rules
from clockhand.triggers.timetable import last_due, next_due

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = 3600

minutes = st.integers(0, 3 * 60)
moments = minutes.map(lambda offset: NOON + timedelta(minutes=offset - 60))
timers = st.one_of(
    st.integers(1, 90 * 60).map(every),
    st.builds(lambda period, anchor: every(period, anchor=anchor), st.integers(60, HOUR), moments),
    st.sampled_from(["* * * * *", "*/7 * * * *", "0 * * * *", "15,45 13 * * *"]).map(cron),
    st.lists(moments, min_size=1, max_size=4).map(lambda several: at(*several)),
)
windows = st.fixed_dictionaries({}, optional={"start_time": moments, "end_time": moments}).filter(
    lambda window: window.get("start_time", NOON) <= window.get("end_time", window.get("start_time", NOON))
)
jobs = st.builds(
    lambda timer, window: Job(alias="a", work=call("app:f"), triggers=timer, **window), timers, windows
)
waits = st.integers(0, 40 * 60).map(lambda seconds: timedelta(seconds=seconds))
steps_of_the_clock = st.integers(-40 * 60, 0).map(lambda seconds: timedelta(seconds=seconds))
asked = st.sampled_from(["plan", "plan", "pause", "resume", "latest", "declare", "retitle"])


class _Life:
    """One job's row and clock, and how often each of its due times was covered."""

    def __init__(self, job):
        self.now = NOON
        self.covered = Counter()
        self.row = rules.admit(job, None, NOON, "runtime")[0].job

    def cover(self, first, last):
        due = first
        while due is not None and due <= last:
            self.covered[due] += 1
            due = next_due(self.row.job, due, self.row.anchor)

    def plan(self):
        """Decide as the engine does: the latest is run, those before it are coalesced."""
        row = self.row
        if row.cursor is None or row.cursor > self.now or row.paused:
            return
        latest = last_due(row.job, self.now, row.cursor, row.anchor) or row.cursor
        if latest > row.cursor:
            before = last_due(row.job, latest - MICROSECOND, row.cursor, row.anchor) or row.cursor
            entry = rules.never_ran(row.job, row.anchor, row.cursor, before, Verdict.COALESCED, self.now, "")
            self.take(entry)
        self.cover(latest, latest)
        self.row = attrs.evolve(row, cursor=next_due(row.job, latest, row.anchor), reached=latest)

    def take(self, entry):
        """Take a never-ran entry: it covers from its due time to its last, and says how many that are."""
        had = self.covered.total()
        self.cover(entry.due, entry.last or entry.due)
        assert entry.count == self.covered.total() - had

    def act(self, what):
        """Do one thing to the job."""
        row = self.row
        if what == "plan":
            self.plan()
        elif what == "pause":
            self.row = rules.pause(row, "a", self.now, "", "").job
        elif what in {"resume", "latest"}:
            changed = rules.resume(row, "a", self.now, "latest" if what == "latest" else None)
            for entry in changed.entries:
                if entry.verdict:
                    self.take(entry)
            self.row = changed.job
        else:
            job = row.job if what == "declare" else row.job.modify(title=f"{self.now}")
            self.define(job)

    def define(self, job):
        """Declare the job anew."""
        self.row = rules.admit(job, self.row, self.now, "runtime")[0].job


def _all_due(job, anchor, until):
    """Return each due time of a job that was added at noon, told one by one."""
    found = []
    due = next_due(job, NOON - timedelta(hours=2), anchor)
    while due is not None and due <= until:
        if due > NOON or job.timer.keeps_past:
            found.append(due)
        due = next_due(job, due, anchor)
    return found


@given(jobs, st.lists(st.tuples(waits, asked), max_size=12))
def test_each_due_time_is_covered_exactly_once(job, steps):
    """Planned, paused over, or run after a pause: none is lost and none is there twice."""
    life = _Life(job)
    anchor = life.row.anchor
    for wait, what in steps:
        life.now += wait
        life.act(what)
    life.act("resume")
    life.act("plan")
    assert life.covered == Counter(_all_due(job, anchor, life.now))
    assert life.row.cursor is None or life.row.cursor > life.now


@given(jobs, st.lists(st.tuples(waits | steps_of_the_clock, asked | jobs), max_size=12))
def test_no_due_time_is_covered_twice_whatever_the_job_becomes(job, steps):
    """
    Redefined at any moment, also by a clock that was set back: an occurrence has one verdict.

    And what was owed is not lost.
    """
    life = _Life(job)
    for wait, what in steps:
        life.now += wait
        if isinstance(what, str):
            life.act(what)
            continue
        owed = life.row.cursor
        life.define(what)
        if owed is not None and owed <= life.now:
            assert life.row.cursor == owed
        elif not what.timer.keeps_past:
            assert life.row.cursor is None or life.row.cursor > life.now or life.row.job == job
    life.act("resume")
    life.act("plan")
    assert max(life.covered.values(), default=1) == 1
