"""Events: one for each thing that an entry tells of, all with the same base."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand._model.event import event_of, event_type_of
from clockhand.contracts import Entry, Outcome, Result, Run, Verdict, What
from clockhand.events import EVENTS, Event, OccurrenceSkipped, RunEvent, hook_of

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
RUN = Run(1, "ada", 7, 1, NOW)
TOLD_OTHERWISE = {
    What.SCHEDULER_STARTED,
    What.SCHEDULER_STOPPED,
    What.CLOCK_STEPPED,
    What.MSG_VETOED,
    What.RUN_OUTPUT,
}


def test_every_event_has_the_same_base():
    """When, which node, which silo, which job, which occurrence, why."""
    base = ("at", "node", "silo", "job", "occurrence", "reason")
    for event in EVENTS:
        assert issubclass(event, Event)
        assert tuple(field.name for field in attrs.fields(event))[: len(base)] == base
        assert event.__doc__
    assert len(set(map(hook_of, EVENTS))) == len(EVENTS)


@pytest.mark.parametrize("what", What)
def test_what_is_recorded_is_told(what):
    """Each kind of entry has its event, but for those that the scheduler tells itself."""
    outcome = Outcome(Result.SUCCEEDED)
    entry = Entry(NOW, what, "a", "a@x", NOW, Verdict.SUCCEEDED, attrs.evolve(RUN, outcome=outcome), "why")
    kind = event_type_of(entry)
    if what in TOLD_OTHERWISE:
        assert kind is None
        return
    event = event_of(entry, kind, "node-1", "default")
    assert (event.at, event.node, event.silo, event.job, event.occurrence, event.reason) == (
        NOW,
        "node-1",
        "default",
        "a",
        "a@x",
        "why",
    )


@pytest.mark.parametrize("result", Result)
def test_every_end_of_a_run_is_told(result):
    """The event is named after the outcome, and has the run."""
    run = attrs.evolve(RUN, outcome=Outcome(result))
    entry = Entry(NOW, What.RUN_ENDED, "a", "a@x", NOW, None, run)
    kind = event_type_of(entry)
    assert kind.__name__ == "Run" + "".join(part.title() for part in result.split("-"))
    event = event_of(entry, kind, "", "")
    assert isinstance(event, RunEvent)
    assert (event.due, event.run) == (NOW, run)


def test_a_range_that_never_ran():
    """First, last and how many."""
    later = NOW + timedelta(hours=1)
    entry = Entry(NOW, What.NEVER_RAN, "a", due=NOW, verdict=Verdict.COALESCED, last=later, count=None)
    event = event_of(entry, event_type_of(entry), "", "")
    assert isinstance(event, OccurrenceSkipped)
    assert (event.verdict, event.due, event.last, event.count) == (Verdict.COALESCED, NOW, later, None)
