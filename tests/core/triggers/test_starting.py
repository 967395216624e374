"""at_start() and after_completion(...): one due time, as the facts have it."""

from datetime import UTC, datetime, timedelta

import pytest

from clockhand.contracts import EPOCH, Facts
from clockhand.errors import DefinitionError
from clockhand.triggers import AfterCompletion, AtStart, after_completion, at_start, every

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def answers(timer, facts):
    """Return what the timer says before, at and after noon."""
    return [
        timer.next_after(NOON - TICK, facts),
        timer.next_after(NOON, facts),
        timer.last_before(NOON, since=NOON, facts=facts),
        timer.last_before(NOON - TICK, since=EPOCH, facts=facts),
        timer.count(EPOCH, NOON, facts),
        timer.count(NOON + TICK, NOON + timedelta(days=1), facts),
    ]


def test_at_start_is_due_when_the_process_started():
    """Once: nothing before it, nothing after it, and nothing where nothing runs."""
    assert answers(at_start(), Facts(process_started=NOON)) == [NOON, None, NOON, None, 1, 0]
    assert answers(at_start(), Facts(anchor=EPOCH)) == [None, None, None, None, 0, 0]
    assert at_start() == AtStart()


def test_after_completion_follows_the_end_of_the_last_run():
    """The anchor counts until there was one; an end before the delay is the first due time after it."""
    timer = after_completion("90s")
    ended = Facts(anchor=EPOCH, last_end=NOON - timedelta(seconds=90))
    assert answers(timer, ended) == [NOON, None, NOON, None, 1, 0]
    assert answers(timer, Facts(anchor=NOON)) == [NOON, None, NOON, None, 1, 0]
    assert timer.next_after(NOON) is None
    assert timer == AfterCompletion(timedelta(seconds=90))


def test_they_say_what_they_need():
    """So that whoever keeps a cursor asks again when that changes."""
    assert at_start().needs == {"process_started"}
    assert after_completion(0).needs == {"last_end"}
    assert every(5).needs == frozenset()
    assert (at_start().keeps_past, after_completion(0).keeps_past) == (False, True)


def test_the_end_of_the_calendar():
    """A delay that ends after it is never over."""
    late = NOON.replace(year=9999)
    assert after_completion(timedelta(days=36_500)).next_after(NOON, Facts(last_end=late)) is None


@pytest.mark.parametrize(
    ("delay", "message"),
    [
        (-1, "after_completion: shorter than zero, given -1"),
        ("1000000000h", "after_completion: longer than 36,500 days, given '1000000000h'"),
        ("soon", "after_completion: not a length of time, given 'soon'; write it like '90s' or '1h30m'"),
    ],
)
def test_what_can_not_be(delay, message):
    """The field is named."""
    with pytest.raises(DefinitionError) as caught:
        after_completion(delay)
    assert str(caught.value) == message
