"""Timers made of timers against their meaning: sets of moments, worked out one by one."""

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from clockhand.contracts import Facts
from clockhand.triggers import at, cron, every
from clockhand.triggers.search import COUNTED, Exhausted

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
FACTS = Facts(anchor=datetime(2025, 12, 31, 22, 10, tzinfo=UTC))
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/St_Johns", "Asia/Tokyo"]
BEGINNINGS = [
    datetime(2026, 3, 6, 5, tzinfo=UTC),  # New York goes forward on the 8th
    datetime(2026, 3, 27, tzinfo=UTC),  # Berlin on the 29th
    datetime(2026, 10, 23, tzinfo=UTC),  # Berlin back on the 25th
    datetime(2026, 10, 30, 3, tzinfo=UTC),  # New York on 1 November
    datetime(2026, 9, 4, 1, tzinfo=UTC),  # Santiago forward over midnight of the 6th
    datetime(2010, 11, 5, tzinfo=UTC),  # St John's back over midnight of the 7th
    datetime(2028, 2, 26, tzinfo=UTC),  # a leap day
]
WINDOW = 9 * DAY

zones = st.sampled_from(ZONES)
clocks = st.sampled_from(
    ["0 9 * * *", "30 2 * * *", "*/30 * * * *", "15 1,23 * * *", "0 0 * * sun", "45 23 * * *"]
)
simple = st.one_of(
    st.builds(lambda spec, tz: cron(spec, tz=tz), clocks, zones),
    st.builds(
        lambda days, time, tz: every(days=days, at=time, tz=tz),
        st.integers(1, 3),
        st.sampled_from(["00:10", "02:30", "09:00", "23:45"]),
        zones,
    ),
    st.builds(lambda hours: every(hours=hours), st.sampled_from([1, 2, 7, 24])),
    st.builds(
        lambda numbers: at(*(BEGINNINGS[place % 7] + place * timedelta(minutes=17) for place in numbers)),
        st.lists(st.integers(0, 400), min_size=1, max_size=5),
    ),
)
beginnings = st.builds(
    lambda begin, offset: begin + offset,
    st.sampled_from(BEGINNINGS),
    st.timedeltas(timedelta(), timedelta(hours=20)).map(lambda span: span - span % timedelta(minutes=5)),
)


def listed(timer, first, last):
    """
    Return all that is due in the closed range, asked for one after the other.

    A search that finds nothing in a hundred years says so: its parts never agree from there on.
    """
    found, due = [], first - TICK
    with contextlib.suppress(Exhausted):
        while (due := timer.next_after(due, FACTS)) is not None and due <= last:
            found.append(due)
    return found


def never_again(timer, moment):
    """Say whether a search for what follows *moment* goes on for too long."""
    try:
        timer.next_after(moment, FACTS)
    except Exhausted:
        return True
    return False


def agrees(timer, dues, begin, end, moment):
    """Hold the three answers of *timer* against *dues*, all that is due from *begin* to *end*."""
    assert listed(timer, begin, end) == dues
    upto = [due for due in dues if due <= moment]
    assert timer.last_before(moment, since=begin, facts=FACTS) == (upto[-1] if upto else None)
    counted = timer.count(begin, moment, FACTS)
    assert counted in {len(upto), None}
    if counted is None:
        most = timer.at_most(begin, moment, FACTS)
        assert most is None or most > COUNTED or len(upto) > 100 or never_again(timer, moment)
    for due in dues[:3]:
        assert timer.last_before(due, since=due, facts=FACTS) == due


def local(moment, tz):
    """Return the wall clock of *tz*, naive."""
    return moment.astimezone(ZoneInfo(tz)).replace(tzinfo=None)
