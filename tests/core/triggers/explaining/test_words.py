"""Triggers and calendars in plain words, and in their normal form, which makes the same again."""

from datetime import date, datetime

import pytest

import clockhand
from clockhand import Job, explain
from clockhand.triggers import (
    after_completion,
    all_of,
    any_of,
    at,
    at_start,
    between,
    blackout,
    but_not,
    cron,
    date_range,
    dates,
    every,
    if_last,
    next_business_day,
    on,
    weekdays,
)
from clockhand.triggers.explaining import in_words, told
from clockhand.triggers.explaining.normal import written
from clockhand.works import call

WORDS = [
    (cron("0 9 * * 1-5"), "at 09:00 on Monday to Friday"),
    (cron("0 9 * * *", tz="Asia/Tokyo"), "at 09:00 in Asia/Tokyo"),
    (every("1s"), "every second"),
    (every("0.25s"), "every 0.25 seconds"),
    (every(hours=1), "every hour"),
    (every("1h30m"), "every 1 hour 30 minutes"),
    (every(hours=48), "every 2 days of elapsed time"),
    (
        every("5m", anchor="2026-01-01T00:02:00Z"),
        "every 5 minutes, counted from 1 Jan 2026 00:02 UTC",
    ),
    (every(days=1, at="09:00"), "every day at 09:00"),
    (every(days=3), "every 3 days at the time of day of its anchor"),
    (every(weeks=2, at="09:00", anchor="2026-01-05"), "every 2 weeks at 09:00, counted from 5 Jan 2026"),
    (
        every(days=1, at="02:30", tz="Europe/Paris", gap="skip"),
        "every day at 02:30 in Europe/Paris, not where a clock change skips that",
    ),
    (every(months=3, at="09:00", anchor="2026-01-05"), "every 3 months at 09:00, counted from 5 Jan 2026"),
    (
        every(years=1, at="09:00", month_end="skip"),
        "every year at 09:00, not in a month without that day",
    ),
    (at("2026-12-01T09:00:30Z"), "once, at 1 Dec 2026 09:00:30 UTC"),
    (
        at(*(f"2026-12-0{day}T09:00:00Z" for day in (1, 2, 3, 4))),
        "at 4 moments from 1 Dec 2026 09:00 UTC to 4 Dec 2026 09:00 UTC",
    ),
    (at_start(), "each time a scheduler starts"),
    (after_completion(0), "as soon as the last run has ended, the first time when it is added"),
    (after_completion("1h"), "1 hour after the last run has ended, the first time when it is added"),
    (any_of(every("1h"), cron("0 9 * * *")), "every hour; or at 09:00"),
    (
        any_of(every("1h"), but_not(cron("0 9 * * *"), weekdays("sat-mon"))),
        "every hour; or (at 09:00, but not on Monday, Saturday or Sunday)",
    ),
    (all_of(every("1h")), "every hour"),
    (all_of(every("1h"), every("7m")), "when all of these meet: every hour; every 7 minutes"),
    (
        next_business_day(every(months=1, at="09:00", anchor="2026-01-01"), weekdays("fri")),
        "every month at 09:00, counted from 1 Jan 2026; what falls on Friday comes on the next open day",
    ),
    (dates("2026-12-25", "2026-12-26"), "on 25 Dec 2026 or 26 Dec 2026"),
    (
        dates(*(f"2026-12-0{day}" for day in (1, 2, 3, 4)), tz="Asia/Tokyo"),
        "on 4 days from 1 Dec 2026 to 4 Dec 2026 in Asia/Tokyo",
    ),
    (date_range("2026-12-24", "2027-01-01"), "from 24 Dec 2026 to 1 Jan 2027"),
    (
        blackout("2026-03-01T22:00:00Z", "2026-03-02T04:00:00Z"),
        "from 1 Mar 2026 22:00 UTC up to 2 Mar 2026 04:00 UTC",
    ),
    (if_last("backup"), "if the last run of 'backup' ended as succeeded"),
    (
        if_last("backup", "failed", "90m"),
        "if the last run of 'backup' ended as failed, no longer ago than 1 hour 30 minutes",
    ),
    (between("22:00", "06:00"), "if that is from 22:00 up to 06:00"),
    (between("22:00", "06:00", "Asia/Tokyo"), "if that is from 22:00 up to 06:00 in Asia/Tokyo"),
    (
        on(weekdays("mon,wed-fri"), dates("2026-12-25")),
        "if that is on Monday or Wednesday to Friday or on 25 Dec 2026",
    ),
]


@pytest.mark.parametrize(("trigger", "words"), WORDS, ids=[words for _, words in WORDS])
def test_the_words_of_a_trigger(trigger, words):
    """What it says, for somebody who lives in UTC."""
    assert told(trigger) == words


@pytest.mark.parametrize("trigger", [trigger for trigger, _ in WORDS], ids=repr)
def test_the_normal_form_makes_the_same_again(trigger):
    """It is Python as one would write it: evaluated, it is an equal value."""
    names = {name: getattr(clockhand, name) for name in clockhand.__all__}
    assert eval(written(trigger), names) == trigger


NEW_YORK, CAIRO = "America/New_York", "Africa/Cairo"


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (
            but_not(cron("0 9 * * *", tz=CAIRO), weekdays("fri", tz=NEW_YORK)),
            "at 09:00 in Africa/Cairo, but not on Friday in America/New_York",
        ),
        (
            but_not(cron("0 9 * * *", tz=NEW_YORK), weekdays("fri", tz=NEW_YORK)),
            "at 09:00, but not on Friday",
        ),
        (but_not(every("1h"), weekdays("fri", tz=NEW_YORK)), "every hour, but not on Friday"),
        (
            any_of(cron("30 1 * * *", tz=NEW_YORK), cron("30 1 * * *", tz=CAIRO)),
            "at 01:30 in America/New_York; or at 01:30 in Africa/Cairo",
        ),
        (
            next_business_day(cron("0 9 1 * *", tz=CAIRO), weekdays("fri", tz=NEW_YORK), tz=NEW_YORK),
            (
                "at 09:00 on day 1 of the month in Africa/Cairo; "
                "what falls on Friday in America/New_York comes on the next open day"
            ),
        ),
        (
            on(weekdays("fri", tz=NEW_YORK), dates("2026-12-25", tz=CAIRO)),
            "if that is on Friday in America/New_York or on 25 Dec 2026 in Africa/Cairo",
        ),
    ],
)
def test_a_sentence_with_another_zone_names_them_all(trigger, words):
    """Nobody has to guess which one goes without saying; where all are the reader's own, none is named."""
    assert told(trigger, NEW_YORK) == words


def test_a_job_is_one_sentence():
    """Its condition names its zone beside a timer of another one, and the timer beside such a condition."""
    job = Job(
        alias="a",
        work=call(print),
        triggers=[cron("30 22 * * *", tz=CAIRO), between("22:00", "23:00", "UTC")],
    )
    assert in_words(job) == "at 22:30 in Africa/Cairo, if that is from 22:00 up to 23:00 in UTC"
    assert explain(job).words == in_words(job)
    plain = Job(alias="a", work=call(print), triggers=[cron("30 22 * * *"), between("22:00", "23:00")])
    assert in_words(plain, CAIRO) == "at 22:30, if that is from 22:00 up to 23:00"


def test_a_job_tells_its_bounds():
    """From when to when it runs, both included, and how often."""
    job = Job(
        alias="a",
        work=call(print),
        triggers=cron("0 9 * * *"),
        start_time=datetime.fromisoformat("2026-12-01T00:00Z"),
        end_time=datetime.fromisoformat("2026-12-02T23:00Z"),
        max_runs=2,
    )
    assert in_words(job, CAIRO) == (
        "at 09:00, not before 1 Dec 2026 02:00 +02:00, not after 3 Dec 2026 01:00 +02:00, at most 2 runs"
    )
    assert in_words(job.modify(start_time=None, end_time=None, max_runs=1)) == "at 09:00, at most 1 run"


@pytest.mark.parametrize(
    ("timer", "words", "normal"),
    [
        (
            cron("30 1 * * *", gap="skip", overlap="both"),
            "at 01:30, not where a clock change skips that, both times where a clock change repeats that",
            "cron('30 1 * * *', gap='skip', overlap='both')",
        ),
        (cron("30 1 * * *", gap="after", overlap="first"), "at 01:30", "30 1 * * *"),
        (
            cron("*/30 * * * *", gap="after", overlap="first"),
            (
                "every 30 minutes, right after a clock change that skips that, "
                "the first time only where a clock change repeats that"
            ),
            "cron('*/30 * * * *', gap='after', overlap='first')",
        ),
        (cron("*/30 * * * *", gap="skip", overlap="both"), "every 30 minutes", "*/30 * * * *"),
    ],
)
def test_what_is_chosen_for_clock_changes_is_told(timer, words, normal):
    """Where the expression would do otherwise by itself."""
    page = explain(timer)
    assert (page.words, page.normal) == (words, normal)


def test_a_moment_is_told_in_the_zone_of_who_asks():
    """With its offset from UTC."""
    assert told(at("2026-12-01T09:00:00Z"), "Asia/Tokyo") == "once, at 1 Dec 2026 18:00 +09:00"


def test_a_condition_is_explained_in_words():
    """It has no due times of its own."""
    page = explain(between("22:00", "06:00"), tz="Europe/Berlin")
    assert (page.words, page.fires, page.normal) == (
        "if that is from 22:00 up to 06:00",
        (),
        "between('22:00', '06:00')",
    )


def test_dates_of_an_anchor_in_the_short_months_need_no_words():
    """An anchor up to the 28th is in each month."""
    assert told(every(months=1, at="09:00", anchor=date(2026, 1, 28))).endswith("28 Jan 2026")
    assert told(every(months=1, at="09:00", anchor=datetime.fromisoformat("2026-01-05T09:00Z"))).endswith(
        "UTC"
    )
