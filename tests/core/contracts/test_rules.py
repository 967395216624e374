"""What a request does to one stored job."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, at, call, cron, every
from clockhand.contracts import (
    Entry,
    Fire,
    Last,
    OpenOccurrence,
    OpenState,
    Outcome,
    Paused,
    Requested,
    Result,
    Run,
    StoredJob,
    Timer,
    Unreadable,
    Verdict,
    What,
    rules,
    split_key,
)
from clockhand.triggers.timetable import next_due

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WRECK = Unreadable("a", "not JSON", b"\xff", source="runtime", revision=3)


@attrs.frozen
class _Broken(Timer):
    """A timer that raises whatever it is asked."""

    def next_after(self, moment, facts=None):
        raise ZeroDivisionError("no time")

    def last_before(self, moment, *, since, facts=None):
        raise ZeroDivisionError("no time")

    def count(self, first, last, facts=None):
        raise ZeroDivisionError("no time")


def _job(triggers=None, **fields):
    return Job(**{"alias": "a", "work": call("app:f"), "triggers": triggers or every(minutes=10), **fields})


def _added(job, now=NOON, source="runtime"):
    return rules.admit(job, None, now, source)[0].job


def _ran(row, through):
    """Return *row* as a planner leaves it that has decided about all that fell due until *through*."""
    reached = row.cursor
    while (due := next_due(row.job, reached, row.anchor)) is not None and due <= through:
        reached = due
    return attrs.evolve(row, reached=reached, cursor=next_due(row.job, reached, row.anchor))


def _changed(row, job, now):
    return rules.admit(job, row, now, row.source)[0].job


class TestAdmit:
    """Declaring a job."""

    def test_a_new_job_counts_from_the_second_it_was_added(self):
        """An interval's first due time is one period after it; the entry says whose job it is."""
        added, entries = rules.admit(_job(), None, NOON + timedelta(microseconds=999_999), "config:x")
        row = added.job
        assert (added.what, added.alias, added.diff, added.owner) == ("created", "a", (), "")
        assert (row.revision, row.source, row.anchor, row.cursor) == (1, "config:x", NOON, NOON + 10 * MINUTE)
        assert entries == (
            Entry(NOON + timedelta(microseconds=999_999), What.JOB_ADDED, "a", reason="config:x"),
        )

    def test_start_time_is_the_first_due_time_of_an_interval(self):
        """Inclusive; and with one in the past, the grid counts from it."""
        assert _added(_job(start_time=NOON + MINUTE)).cursor == NOON + MINUTE
        assert _added(_job(start_time=NOON - MINUTE)).cursor == NOON + 9 * MINUTE
        assert _added(_job(start_time=NOON)).cursor == NOON + 10 * MINUTE

    def test_end_time_is_the_last_moment_a_job_can_be_due(self):
        """Inclusive; one microsecond less and it never is."""
        assert _added(_job(end_time=NOON + 10 * MINUTE)).cursor == NOON + 10 * MINUTE
        assert _added(_job(end_time=NOON + 10 * MINUTE - timedelta(microseconds=1))).cursor is None

    def test_a_named_moment_in_the_past_is_owed(self):
        """Of several, the first; a cron owes nothing of the past."""
        assert _added(_job(at(NOON - MINUTE))).cursor == NOON - MINUTE
        assert _added(_job(at(NOON + MINUTE, NOON - 5 * MINUTE))).cursor == NOON - 5 * MINUTE
        assert _added(_job(cron("0 12 * * *"))).cursor == NOON + timedelta(days=1)

    def test_the_same_definition_is_unchanged(self):
        """Phase, pause, history and revision stay, however much later; nothing is recorded."""
        row = attrs.evolve(_ran(_added(_job()), NOON + 25 * MINUTE), paused=Paused("x", "me", NOON), open=1)
        added, entries = rules.admit(_job(), row, NOON + 10_000 * MINUTE, "runtime")
        assert (added.what, added.job, added.diff, entries) == ("unchanged", row, (), ())

    def test_an_identical_finished_one_shot_is_unchanged(self):
        """It has run: declared again at the next start of the program, it doesn't run again."""
        row = _ran(_added(_job(at(NOON))), NOON)
        assert row.finished
        assert rules.admit(_job(at(NOON)), row, NOON + 60 * MINUTE, "runtime")[0].what == "unchanged"

    def test_another_source_is_refused_and_named(self):
        """A clash is an answer, not a change."""
        row = _added(_job(), source="config:x")
        added, entries = rules.admit(_job(title="mine"), row, NOON, "runtime")
        assert (added.what, added.owner, added.job, entries) == ("refused", "config:x", row, ())

    def test_a_row_that_cannot_be_read_gives_way_to_its_own_source(self):
        """The definition of its own source takes its place, planned anew; what it held is on record."""
        added, entries = rules.admit(_job(), WRECK, NOON, "runtime")
        assert (added.what, added.job.revision, added.job.source) == ("updated", 4, "runtime")
        assert added.job.cursor > NOON
        assert [entry.what for entry in entries] == [What.JOB_RELEASED, What.JOB_UPDATED]
        assert entries[1].reason == "declared anew in place of what could not be read (not JSON): \\xff"

    def test_a_row_of_a_newer_clockhand_is_left_as_it_is(self):
        """An older clockhand must not write over what a newer one wrote."""
        newer = attrs.evolve(WRECK, newer=True)
        added, entries = rules.admit(_job(), newer, NOON, "runtime")
        assert (added.what, added.job, entries) == ("refused", newer, ())


class TestRedefined:
    """A changed definition takes effect from the last due time."""

    def test_what_has_nothing_to_do_with_time_keeps_the_phase(self):
        """Revision up, cursor and anchor as they were; the answer and the entry name the fields."""
        row = _ran(_added(_job()), NOON + 25 * MINUTE)
        added, entries = rules.admit(_job(title="new", tags=["x"]), row, NOON + 27 * MINUTE, "runtime")
        assert added.what == "updated"
        assert [(one.field, one.old, one.new) for one in added.diff] == [
            ("title", "", "new"),
            ("tags", frozenset(), frozenset("x")),
        ]
        kept = attrs.evolve(row, job=added.job.job, revision=2)
        assert added.job == kept
        assert entries == (Entry(NOON + 27 * MINUTE, What.JOB_UPDATED, "a", reason="changed: title, tags"),)

    @pytest.mark.parametrize(
        ("old", "new"), [(1, True), (False, 0), ([{"a": 1}], [{"a": True}]), (0.0, False)]
    )
    def test_true_is_not_one(self, old, new):
        """They are equal to Python and two things to a job: the change is seen."""
        row = _added(_job(work=call("app:f", old), metadata={"x": old}))
        assert [
            one.field for one in rules.difference(row.job, _job(work=call("app:f", new), metadata={"x": old}))
        ] == ["work"]
        assert (
            rules.admit(_job(work=call("app:f", old), metadata={"x": new}), row, NOON, "runtime")[0].what
            == "updated"
        )
        assert rules.difference(row.job, _job(work=call("app:f", old), metadata={"x": old})) == ()

    def test_a_changed_interval_counts_from_the_last_due_time(self):
        """Every 10 min, last due at 12:20, becomes every 7 min: 12:27, whenever it is changed before that."""
        row = _ran(_added(_job()), NOON + 25 * MINUTE)
        changed = _changed(row, _job(every(minutes=7)), NOON + 22 * MINUTE)
        assert (changed.anchor, changed.cursor) == (NOON + 20 * MINUTE, NOON + 27 * MINUTE)
        assert changed.reached == NOON + 20 * MINUTE

    def test_a_shorter_interval_is_due_strictly_after_now(self):
        """Every 10 min becomes every 2 min at 12:25: 12:26, and nothing is owed for 12:22 and 12:24."""
        row = _ran(_added(_job()), NOON + 25 * MINUTE)
        assert _changed(row, _job(every(minutes=2)), NOON + 25 * MINUTE).cursor == NOON + 26 * MINUTE
        assert _changed(row, _job(every(minutes=5)), NOON + 25 * MINUTE).cursor == NOON + 30 * MINUTE

    @pytest.mark.parametrize(
        ("timer", "minutes"),
        [(every(minutes=7), 27), (every(minutes=5, anchor=NOON), 25), (cron("* * * * *"), 21)],
        ids=["an interval", "an anchored one", "cron"],
    )
    def test_a_clock_set_back_brings_nothing_back(self, timer, minutes):
        """Changed at 12:16 by a clock that has shown 12:22: what was reached at 12:20 isn't due again."""
        row = _ran(_added(_job()), NOON + 22 * MINUTE)
        assert _changed(row, _job(timer), NOON + 16 * MINUTE).cursor == NOON + minutes * MINUTE

    def test_one_that_never_fired_counts_from_when_it_was_added(self):
        """Restarted again and again with another period it still comes to its turn."""
        row = _added(_job(every(seconds=20)))
        changed = _changed(row, _job(every(seconds=30)), NOON + timedelta(seconds=12))
        assert (changed.anchor, changed.cursor) == (NOON, NOON + timedelta(seconds=30))

    def test_an_overdue_cursor_is_kept_and_the_new_times_count_from_it(self):
        """It is owed a verdict; what comes after it is one new period later."""
        row = _added(_job())
        changed = _changed(row, _job(every(minutes=7)), NOON + 11 * MINUTE)
        assert changed.cursor == NOON + 10 * MINUTE
        assert next_due(changed.job, changed.cursor, changed.anchor) == NOON + 17 * MINUTE

    def test_a_due_time_at_this_very_moment_is_overdue(self):
        """Not later than now is due: it isn't moved away."""
        row = _added(_job())
        assert _changed(row, _job(cron("0 0 * * *")), NOON + 10 * MINUTE).cursor == NOON + 10 * MINUTE

    def test_start_time_is_the_new_zero(self):
        """Given or changed, an interval counts from it."""
        row = _ran(_added(_job()), NOON + 25 * MINUTE)
        changed = _changed(row, _job(start_time=NOON + 33 * MINUTE), NOON + 22 * MINUTE)
        assert (changed.anchor, changed.cursor) == (NOON + 33 * MINUTE, NOON + 33 * MINUTE)

    def test_end_time_ends_it_and_without_it_it_goes_on(self):
        """Finished by an end_time in the past; alive again when that is taken away."""
        row = _ran(_added(_job()), NOON + 25 * MINUTE)
        ended = _changed(row, _job(end_time=NOON + 25 * MINUTE), NOON + 22 * MINUTE)
        assert ended.finished
        assert _changed(ended, _job(), NOON + 62 * MINUTE).cursor == NOON + 70 * MINUTE

    def test_a_paused_job_stays_paused(self):
        """Pause is state, a definition doesn't change it."""
        row = attrs.evolve(_added(_job()), paused=Paused("x", "me", NOON))
        assert _changed(row, _job(every(minutes=7)), NOON + MINUTE).paused == row.paused

    def test_a_moment_that_has_run_is_not_due_again(self):
        """Of 9:00, 10:00, 11:00 two have run; with a fourth moment the next is 11:00, not 9:00."""
        hours = [NOON + timedelta(hours=hour) for hour in range(4)]
        row = _ran(_added(_job(at(*hours[:3]))), hours[1])
        assert row.cursor == hours[2]
        assert _changed(row, _job(at(*hours)), hours[1] + MINUTE).cursor == hours[2]
        done = _ran(row, hours[2])
        assert _changed(done, _job(at(*hours)), hours[2] + MINUTE).cursor == hours[3]
        assert _changed(done, _job(at(hours[0])), hours[2] + MINUTE).cursor is None

    def test_a_finished_one_shot_with_a_later_moment_in_the_past_is_due(self):
        """It is another occurrence, and a one-shot has no limit of lateness; an earlier one is history."""
        row = _ran(_added(_job(at(NOON))), NOON)
        assert _changed(row, _job(at(NOON + MINUTE)), NOON + 2 * MINUTE).cursor == NOON + MINUTE
        assert _changed(row, _job(at(NOON - MINUTE)), NOON + 2 * MINUTE).cursor is None
        assert _changed(_added(_job()), _job(at(NOON - MINUTE)), NOON + MINUTE).cursor == NOON - MINUTE
        assert _changed(row, _job(at(NOON), title="x"), NOON + 2 * MINUTE).cursor is None

    def test_from_named_moments_to_an_interval_and_back(self):
        """An interval never reaches into the past; a moment that was due under it isn't due again."""
        row = _ran(_added(_job(at(NOON))), NOON)
        beating = _changed(row, _job(), NOON + 33 * MINUTE)
        assert (beating.anchor, beating.cursor) == (NOON, NOON + 40 * MINUTE)
        beaten = _ran(beating, NOON + 45 * MINUTE)
        assert _changed(beaten, _job(at(NOON + 40 * MINUTE)), NOON + 45 * MINUTE).cursor is None
        assert _changed(beaten, _job(at(NOON + 41 * MINUTE)), NOON + 45 * MINUTE).cursor == NOON + 41 * MINUTE


class TestAmend:
    """Modifying a job that was added at run time."""

    def test_it_is_changed(self):
        """One revision on, with an entry."""
        row = _added(_job())
        changed = rules.amend(row, "a", 1, _job(title="x"), NOON, "runtime")
        assert (changed.what, changed.job.revision, changed.job.job.title) == ("done", 2, "x")
        assert [entry.what for entry in changed.entries] == [What.JOB_UPDATED]

    def test_the_same_is_unchanged(self):
        """No new revision, nothing recorded."""
        row = _added(_job())
        changed = rules.amend(row, "a", 1, _job(), NOON, "runtime")
        assert (changed.what, changed.job, changed.entries) == ("unchanged", row, ())

    @pytest.mark.parametrize(
        ("existing", "job", "revision", "source", "what", "reason"),
        [
            (None, _job(), 1, "runtime", "missing", "no job 'a' in this silo"),
            (WRECK, _job(), 3, "runtime", "refused", "job 'a' is in quarantine: not JSON"),
            (
                _added(_job()),
                _job(title="x"),
                2,
                "runtime",
                "refused",
                "job 'a' has changed: it is at revision 1, you had 2",
            ),
            (
                _added(_job()),
                _job(alias="b"),
                1,
                "runtime",
                "refused",
                "alias: job 'a' can't be renamed to 'b'",
            ),
            (
                _added(_job(), source="config:jobs.toml"),
                _job(title="x"),
                1,
                "runtime",
                "refused",
                "job 'a' is declared by 'config:jobs.toml'; change it there",
            ),
        ],
    )
    def test_it_is_refused(self, existing, job, revision, source, what, reason):
        """With the rule, and nothing changed."""
        changed = rules.amend(existing, "a", revision, job, NOON, source)
        assert (changed.what, changed.reason, changed.job, changed.entries) == (what, reason, existing, ())


class TestPauseAndResume:
    """A paused job's cursor stands still; resuming accounts for what fell due meanwhile."""

    def test_pausing(self):
        """Why, by whom, since when; the cursor stays."""
        row = _added(_job())
        changed = rules.pause(row, "a", NOON + MINUTE, "for lunch", "me")
        assert changed.what == "done"
        assert changed.job == attrs.evolve(row, paused=Paused("for lunch", "me", NOON + MINUTE))
        assert changed.entries == (Entry(NOON + MINUTE, What.JOB_PAUSED, "a", reason="for lunch"),)
        again = rules.pause(changed.job, "a", NOON + 2 * MINUTE, "other", "you")
        assert (again.what, again.job, again.entries) == ("unchanged", changed.job, ())

    @pytest.mark.parametrize(
        ("run", "cursor", "first", "last", "count"),
        [(None, 50, 10, 40, 4), ("latest", 40, 10, 30, 3)],
    )
    def test_resuming_covers_the_pause_with_one_range(self, run, cursor, first, last, count):
        """First, last and how many; with run="latest" the last is left to be run now."""
        row = attrs.evolve(_added(_job()), paused=Paused("", "", NOON))
        now = NOON + 45 * MINUTE
        changed = rules.resume(row, "a", now, run)
        resumed, skipped = changed.entries
        assert (resumed.what, skipped.what, skipped.verdict) == (
            What.JOB_RESUMED,
            What.NEVER_RAN,
            Verdict.PAUSED,
        )
        assert (skipped.due, skipped.last, skipped.count) == (
            NOON + first * MINUTE,
            NOON + last * MINUTE,
            count,
        )
        assert (skipped.occurrence, skipped.reason) == ("", "the job was paused")
        made = changed.job
        assert (made.paused, made.cursor, made.reached) == (
            None,
            NOON + cursor * MINUTE,
            NOON + last * MINUTE,
        )
        assert made.last == Last(Verdict.PAUSED, NOON + last * MINUTE, now, "the job was paused")
        assert made.last_run is None

    def test_a_single_due_time_is_named_by_its_key(self):
        """One occurrence, no range."""
        row = attrs.evolve(_added(_job()), paused=Paused("", "", NOON))
        _, skipped = rules.resume(row, "a", NOON + 10 * MINUTE, None).entries
        assert (skipped.occurrence, skipped.due, skipped.last, skipped.count) == (
            "a@2026-03-01T12:10:00Z",
            NOON + 10 * MINUTE,
            None,
            1,
        )

    def test_a_single_due_time_may_be_run_now(self):
        """Then nothing was skipped: only the resumption is on record."""
        row = attrs.evolve(_added(_job()), paused=Paused("", "", NOON))
        changed = rules.resume(row, "a", NOON + 19 * MINUTE, "latest")
        assert [entry.what for entry in changed.entries] == [What.JOB_RESUMED]
        assert (changed.job.cursor, changed.job.reached) == (NOON + 10 * MINUTE, None)

    @pytest.mark.parametrize("run", [None, "latest"])
    def test_nothing_fell_due(self, run):
        """The cursor is where it was."""
        row = attrs.evolve(_added(_job()), paused=Paused("", "", NOON))
        changed = rules.resume(row, "a", NOON + 9 * MINUTE, run)
        assert changed.job == attrs.evolve(row, paused=None)
        assert [entry.what for entry in changed.entries] == [What.JOB_RESUMED]

    def test_a_paused_one_shot_is_over_when_it_is_resumed_late(self):
        """Unless it is asked for; either way it has its verdict or its run."""
        row = attrs.evolve(_added(_job(at(NOON + MINUTE))), paused=Paused("", "", NOON))
        over = rules.resume(row, "a", NOON + 2 * MINUTE, None)
        assert over.job.finished
        assert over.entries[1].occurrence == "a@2026-03-01T12:01:00Z"
        assert rules.resume(row, "a", NOON + 2 * MINUTE, "latest").job.cursor == NOON + MINUTE

    def test_what_isnt_paused_is_unchanged(self):
        """And nothing is recorded."""
        row = _added(_job())
        changed = rules.resume(row, "a", NOON + 60 * MINUTE, None)
        assert (changed.what, changed.job, changed.entries) == ("unchanged", row, ())


class TestRemove:
    """Removal closes what is open and what is owed."""

    def test_open_occurrences_get_their_verdict(self):
        """Running, planned or requested; then the job's own entry."""
        row = _added(_job())
        due = NOON + 10 * MINUTE
        opened = [
            OpenOccurrence(key, "a", due, state, 1, due, "thread")
            for key, state in [("a@2026-03-01T12:10:00Z", OpenState.RUNNING), ("a!1", OpenState.REQUESTED)]
        ]
        changed = rules.remove(row, "a", opened, NOON + MINUTE, "runtime")
        assert changed.what == "done"
        assert [(one.what, one.occurrence, one.verdict) for one in changed.entries] == [
            (What.RUN_ENDED, "a@2026-03-01T12:10:00Z", Verdict.REMOVED),
            (What.NEVER_RAN, "a!1", Verdict.REMOVED),
            (What.JOB_REMOVED, "", None),
        ]

    def test_what_fell_due_without_being_decided_about_is_on_record(self):
        """A paused job, or one of a scheduler that was down, owes a verdict for each due time."""
        row = attrs.evolve(_added(_job()), paused=Paused("", "", NOON))
        removed, gone = rules.remove(row, "a", [], NOON + 45 * MINUTE, None).entries
        assert (removed.verdict, removed.due, removed.last, removed.count) == (
            Verdict.REMOVED,
            NOON + 10 * MINUTE,
            NOON + 40 * MINUTE,
            4,
        )
        assert gone.what is What.JOB_REMOVED

    def test_a_timer_that_raises_keeps_nobody_from_removing_its_job(self):
        """What it can't tell is on record as unknown."""
        row = StoredJob(_job(_Broken()), 1, "runtime", NOON, NOON)
        removed, _ = rules.remove(row, "a", [], NOON + MINUTE, None).entries
        assert (removed.verdict, removed.due, removed.last, removed.count) == (
            Verdict.REMOVED,
            NOON,
            NOON + MINUTE,
            None,
        )

    def test_whose_it_is(self):
        """Another source's job stays, unless nobody asks whose it is; a wreck can be removed."""
        row = _added(_job(), source="code:app")
        refused = rules.remove(row, "a", [], NOON, "runtime")
        assert (refused.what, refused.reason) == (
            "refused",
            "job 'a' is declared by 'code:app'; change it there",
        )
        assert rules.remove(row, "a", [], NOON, None).what == "done"
        assert rules.remove(WRECK, "a", [], NOON, "runtime").what == "done"


class TestFire:
    """Asking for a run by hand."""

    def test_an_occurrence_is_requested(self):
        """With a key of its own, for now, in the job's executor; the cursor has nothing to do with it."""
        row = _added(_job())
        answer, one = rules.fire(row, Fire("a"), NOON + MINUTE)
        assert (answer.what, answer.key) == ("done", one.key)
        assert split_key(one.key) == ("a", None)
        assert (one.state, one.due, one.not_before, one.attempt, one.forced) == (
            OpenState.REQUESTED,
            NOON + MINUTE,
            NOON + MINUTE,
            1,
            False,
        )
        assert one.executor == "thread"

    def test_a_key_of_ones_own(self):
        """The same key twice is one occurrence."""
        row = _added(_job())
        assert rules.fire(row, Fire("a", key="a!deploy-7"), NOON)[0].key == "a!deploy-7"

    @pytest.mark.parametrize(
        "key", ["a", "a@2026-03-01T12:10:00Z", "b!x", "a!", "a!x y", "a!" + "x" * 129, "a!x\n", "A!x"]
    )
    def test_a_key_that_is_not_one(self, key):
        """A due time's own key belongs to the timetable."""
        answer, one = rules.fire(_added(_job()), Fire("a", key=key), NOON)
        assert (answer.what, one) == ("refused", None)
        assert answer.reason.startswith("occurrence: not a key to fire job 'a' by, given ")
        assert answer.reason.endswith("; write a!<name>")

    @pytest.mark.parametrize("force", [True, False])
    def test_a_paused_job_is_only_fired_with_force(self, force):
        """The reason says so."""
        row = attrs.evolve(_added(_job()), paused=Paused("", "", NOON))
        answer, one = rules.fire(row, Fire("a", force=force), NOON)
        if force:
            assert one.forced
        else:
            assert answer == Requested("refused", reason="job 'a' is paused; resume it, or fire with force")

    @pytest.mark.parametrize(
        ("row", "answer"),
        [
            (None, Requested("missing", reason="no job 'a' in this silo")),
            (WRECK, Requested("refused", reason="job 'a' is in quarantine: not JSON")),
            (
                attrs.evolve(_added(_job()), quarantined="5 owners died"),
                Requested("refused", reason="job 'a' is in quarantine: 5 owners died"),
            ),
        ],
    )
    def test_not_even_with_force(self, row, answer):
        """What isn't there or isn't well."""
        assert rules.fire(row, Fire("a", force=True), NOON) == (answer, None)


class TestRelease:
    """Back from quarantine, by hand."""

    def test_it_goes_on_where_it_was(self):
        """The cursor stays: what fell due meanwhile is caught up with."""
        row = attrs.evolve(_added(_job()), quarantined="5 owners died")
        changed = rules.release(row, "a", NOON + 60 * MINUTE)
        assert changed.job == attrs.evolve(row, quarantined="")
        assert [one.what for one in changed.entries] == [What.JOB_RELEASED]
        assert rules.release(changed.job, "a", NOON).what == "unchanged"

    def test_what_still_cannot_be_read_is_refused(self):
        """With the reason."""
        changed = rules.release(WRECK, "a", NOON)
        assert (changed.what, changed.reason) == ("refused", "job 'a' still can't be read: not JSON")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: rules.pause(None, "a", NOON, "", ""),
        lambda: rules.resume(None, "a", NOON, None),
        lambda: rules.remove(None, "a", [], NOON, None),
        lambda: rules.release(None, "a", NOON),
    ],
)
def test_a_job_that_is_not_there_is_missing(ask):
    """An answer with the alias, no error."""
    changed = ask()
    assert (changed.what, changed.reason, changed.job) == ("missing", "no job 'a' in this silo", None)


@pytest.mark.parametrize(
    "ask", [lambda: rules.pause(WRECK, "a", NOON, "", ""), lambda: rules.resume(WRECK, "a", NOON, None)]
)
def test_a_wreck_is_neither_paused_nor_resumed(ask):
    """It is in quarantine, with the reason."""
    changed = ask()
    assert (changed.what, changed.reason) == ("refused", "job 'a' is in quarantine: not JSON")


def test_the_last_verdict_and_the_last_that_ran():
    """A never-ran verdict moves the one, a run's verdict both; entries of other jobs and retries neither."""
    row = _added(_job())
    run = Run(1, "ada", 1, 1, NOON, NOON, Outcome(Result.FAILED, "exit:1", "it broke"))
    won = Entry(NOON, What.RUN_ENDED, "a", "a@1", NOON, Verdict.FAILED, run)
    skipped = Entry(
        NOON + MINUTE, What.NEVER_RAN, "a", "", NOON, Verdict.COALESCED, None, "late", NOON + MINUTE, 2
    )
    retried = Entry(NOON, What.RUN_ENDED, "a", "a@1", NOON, None, run)
    other = Entry(NOON, What.NEVER_RAN, "b", "b@1", NOON, Verdict.MISSED)
    made = rules.recorded(row, [won, skipped, retried, other])
    assert made.last == Last(Verdict.COALESCED, NOON + MINUTE, NOON + MINUTE, "late")
    assert made.last_run == Last(Verdict.FAILED, NOON, NOON, "it broke")
    assert rules.recorded(row, [retried, other]) == row


def test_a_dead_owner_leaves_its_occurrence_free():
    """One attempt and one death on; nobody owns it; the run that died is known."""
    one = OpenOccurrence(
        "a@1",
        "a",
        NOON,
        OpenState.RUNNING,
        2,
        NOON,
        "thread",
        owner="ada",
        token=9,
        revision=4,
        deaths=1,
        started=NOON,
    )
    freed = rules.died(one)
    assert (freed.state, freed.attempt, freed.deaths, freed.owner, freed.started) == (
        OpenState.PLANNED,
        3,
        2,
        "",
        None,
    )
    assert (one.state, one.owner) == (OpenState.RUNNING, "ada"), "the original must not be touched"
    assert rules.lost_run(one) == Run(2, "ada", 9, 4, NOON)


def test_what_was_cancelled_before_it_started():
    """An end with the verdict, and by whom."""
    one = OpenOccurrence("a!1", "a", NOON, OpenState.PLANNED, 1, NOON, "thread")
    entry = rules.cancelled(one, NOON + MINUTE, "me")
    assert (entry.what, entry.occurrence, entry.verdict) == (What.RUN_ENDED, "a!1", Verdict.CANCELLED)
    assert entry.run.outcome.reason == "cancelled by me before it started"
    assert rules.cancelled(one, NOON, "").run.outcome.reason == "cancelled by request before it started"
