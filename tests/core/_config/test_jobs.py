"""A job's table: its sugar, and every wrong value with the file, the path, what was given and what to do."""

from datetime import UTC, datetime, timedelta

import pytest

from clockhand.triggers import any_of, at, at_start, but_not, cron, dates, every, weekdays

PLAIN = 'work = {use = "system", program = "true"}\n'


def _job(toml, text):
    (declared,) = toml.load(f"[jobs.a]\n{PLAIN}{text}").settings.jobs
    return declared.job


@pytest.mark.parametrize(
    ("text", "timer"),
    [
        ('every = "5m"', every(minutes=5)),
        ("every = 90", every(seconds=90)),
        ("every = 0.5", every(milliseconds=500)),
        ("every = {hours = 1, minutes = 30}", every("1h30m")),
        (
            'every = {period = "1h", anchor = "2026-01-01T00:00:00Z"}',
            every("1h", anchor="2026-01-01T00:00:00Z"),
        ),
        ("every = {minutes = 5, anchor = 2026-01-01T00:00:00Z}", every("5m", anchor="2026-01-01T00:00:00Z")),
        ('every = {days = 1, at = "09:00"}', every(days=1, at="09:00")),
        ("every = {days = 1, at = 09:00:30}", every(days=1, at="09:00:30")),
        ('every = {days = 1}\ntz = "Europe/Berlin"', every(days=1, tz="Europe/Berlin")),
        ("every = {months = 1, anchor = 2026-01-31}", every(months=1, anchor="2026-01-31")),
        (
            'triggers = [{use = "calendar_interval", months = 1, anchor = 2026-01-31, at = 09:00:00}]',
            every(months=1, anchor="2026-01-31", at="09:00"),
        ),
        ('triggers = [{every = {weeks = 2}, tz = "UTC"}]', every(weeks=2, tz="UTC")),
        (
            'triggers = [{cron = "30 1 * * *", overlap = "both", gap = "skip", tz = "UTC"}]',
            cron("30 1 * * *", overlap="both", gap="skip", tz="UTC"),
        ),
        (
            'triggers = [{use = "any_of", timers = [{cron = "@daily", gap = "after"}, {every = "5m"}]}]',
            any_of(cron("@daily", gap="after"), every("5m")),
        ),
        (
            'triggers = [{every = {months = 1}, anchor = 2026-01-31, month_end = "skip", gap = "skip"}]',
            every(months=1, anchor="2026-01-31", month_end="skip", gap="skip"),
        ),
        (
            'triggers = [{every = "5m", anchor = 2026-01-01T00:00:00Z}]',
            every("5m", anchor="2026-01-01T00:00:00Z"),
        ),
        (
            'triggers = [{use = "any_of", timers = [{cron = "@daily"}, {every = "5m"}, {use = "at_start"}]}]',
            any_of(cron("@daily"), every("5m"), at_start()),
        ),
        (
            """
            [[jobs.a.triggers]]
            use = "but_not"
            timer = {cron = "0 9 * * *", tz = "Europe/Berlin"}
            calendars = [{use = "weekdays", days = "sat-sun"}, {use = "dates", dates = [2026-12-25]}]
            """,
            but_not(cron("0 9 * * *", tz="Europe/Berlin"), weekdays("sat-sun"), dates("2026-12-25")),
        ),
        ("at = 2026-03-01T09:00:00+01:00", at("2026-03-01T08:00:00Z")),
        ('at = "2026-03-01T09:00:00Z"', at("2026-03-01T09:00:00Z")),
        (
            'at = [2026-03-01T09:00:00Z, "2026-03-02T09:00:00Z"]',
            at("2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z"),
        ),
        ('cron = "30 2 * * *"', cron("30 2 * * *")),
        ('cron = "@daily"\ntz = "Europe/Berlin"', cron("@daily", tz="Europe/Berlin")),
        ('triggers = [{use = "cron", spec = "30 2 * * *", tz = "UTC"}]', cron("30 2 * * *", tz="UTC")),
        ('triggers = [{use = "every", period = "5m"}]', every("5m")),
        ('triggers = [{use = "at", moments = ["2026-03-01T09:00:00Z"]}]', at("2026-03-01T09:00:00Z")),
    ],
)
def test_when(toml, text, timer):
    """Sugar for one trigger, or its table: the same job."""
    assert _job(toml, text).timer == timer


def test_a_whole_job(toml):
    """Each field by the name that it has in Python."""
    job = _job(
        toml,
        """
        every = "5m"
        title = "Nightly"
        executor = "async"
        start_time = 2026-03-01T09:00:00+01:00
        end_time = 2027-03-01T09:00:00Z
        overlap = "parallel"
        catch_up = "latest"
        delivery = "at-most-once"
        timeout = "90s"
        tags = ["a", "b"]
        metadata = {team = "x", pager = {level = [1, 2]}}
        """,
    )
    assert (job.alias, job.title, job.executor) == ("a", "Nightly", "async")
    assert (job.start_time, job.end_time) == (
        datetime(2026, 3, 1, 8, tzinfo=UTC),
        datetime(2027, 3, 1, 9, tzinfo=UTC),
    )
    assert (job.overlap, job.catch_up, job.delivery) == ("parallel", "latest", "at-most-once")
    assert (job.timeout, job.tags) == (timedelta(seconds=90), {"a", "b"})
    assert job.metadata == {"team": "x", "pager": {"level": [1, 2]}}


ONCE = 'every = "5m"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ".triggers: job 'a' has no timer, give it at(...), every(...), cron(...)"),
        ('everyy = "5m"', ": unknown option 'everyy', did you mean 'every'?"),
        ('args = ["x"]', ": unknown option 'args'; it belongs into the table of the work"),
        (
            'alias = "b"',
            ": unknown option 'alias'; the alias of a job is the name of its table, [jobs.<alias>]",
        ),
        ("colour = 1", ": unknown option 'colour', known: at, catch_up"),
        # every
        ("every = 0", ".every: a period must be 1 ms or longer, given 0"),
        ("every = -5", ".every: a period must be 1 ms or longer, given -5"),
        ('every = "-5m"', ".every: a period must be 1 ms or longer, given '-5m'"),
        ('every = ""', ".every: not a length of time, given ''; write it like '90s' or '1h30m'"),
        ('every = "soon"', ".every: not a length of time, given 'soon'; write it like '90s' or '1h30m'"),
        ("every = true", ".every: not a length of time, given True; write it like"),
        ("every = nan", ".every: not a length of time, given nan; write it like"),
        ("every = inf", ".every: too long, given inf"),
        ("every = [5]", ".every: not a length of time, given [5]; write it like"),
        ("every = {minuets = 5}", ".every: unknown argument 'minuets', did you mean 'minutes'?"),
        ("every = {}", ".every: no period given, or one of zero"),
        (
            "every = {days = 1, hours = 1}",
            ".every: days are wall-clock time and hours elapsed time; they don't",
        ),
        ('every = {days = 1, at = "9"}', ".every: at: not a time of day, given '9'; write it like '09:00'"),
        ('every = "1d"', ".every: a day is wall-clock time and can have 23 or 25 hours, given '1d'; "),
        ('every = {minutes = "5"}', ".every: not a length of time ("),
        (
            'every = {period = "5m", minutes = 5}',
            ".every: the period is given twice, '5m' and by units; keep one",
        ),
        (
            'every = {minutes = 5, anchor = "soon"}',
            ".every: anchor: not a date and time, given 'soon'; write it like",
        ),
        # at
        ("at = []", ".at: no moment given, name at least one"),
        ('at = "tomorrow"', ".at: not a date and time, given 'tomorrow'; write it like 2026-03-01T09:00:00Z"),
        ("at = 5", ".at: not a datetime, given 5"),
        ("at = {}", ".at: not a datetime, given {}"),
        (
            "at = 2026-03-01T09:00:00",
            (
                ".at: a date and time without an offset, given 2026-03-01T09:00:00; "
                "write 2026-03-01T09:00:00Z, or with an offset such as +01:00"
            ),
        ),
        (
            "at = [2026-03-01T09:00:00]",
            ".at[0]: a date and time without an offset, given 2026-03-01T09:00:00; ",
        ),
        (
            "at = 2026-03-01",
            ".at: a date without a time, given 2026-03-01; write it like 2026-03-01T09:00:00Z",
        ),
        ("at = 09:00:00", ".at: a time without a date, given 09:00:00; write it like 2026-03-01T09:00:00Z"),
        (
            'at = "2026-03-01T09:00:00"',
            ".at: a datetime without a time zone, given '2026-03-01T09:00:00'; write it like",
        ),
        # cron
        ('cron = "99 * * * *"', ".cron: minute: "),
        ("cron = 5", ".cron: not a text, given 5; write it like '0 9 * * mon-fri'"),
        ('cron = ""', ".cron: 0 fields, given ''; write five"),
        ('cron = "@dayly"', ".cron: unknown nickname '@dayly', did you mean '@daily'?"),
        (
            'cron = "@daily"\ntz = "Europe/Berln"',
            ".tz: unknown time zone 'Europe/Berln', did you mean 'Europe/Berlin'?",
        ),
        ('cron = "@daily"\ntz = 5', ".tz: not a time zone, given 5; write it like 'Europe/Berlin'"),
        (ONCE + 'tz = "UTC"', ".tz: given without a cron, or an every of days, and only these have a"),
        # several timers, and tables of triggers
        (
            ONCE + "at = 2026-03-01T09:00:00Z",
            ".triggers: job 'a' has 2 timers, give it one; any_of(...) makes one timer of several",
        ),
        (
            ONCE + 'triggers = [{use = "cron", spec = "@daily"}]',
            ".triggers: job 'a' has 2 timers, give it one; ",
        ),
        (
            'triggers = [{use = "any_of", timers = [{use = "cronn"}]}]',
            ".triggers[0].timers[0].use: unknown trigger 'cronn', did you mean 'cron'?",
        ),
        (
            'triggers = [{use = "any_of", timers = [{use = "between", start = "22:00", end = "06:00"}]}]',
            ".triggers[0].timers[0]: not a timer, given between('22:00', '06:00')",
        ),
        (
            'triggers = [{use = "any_of", timers = [{cron = "@daily", zone = "UTC"}]}]',
            ".triggers[0].timers[0]: unknown option 'zone'; write tz",
        ),
        ('triggers = [{cron = "99 * * * *"}]', ".triggers[0].cron: minute: "),
        (
            ONCE + 'triggers = [{use = "weekdays", days = "mon"}]',
            ".triggers: weekdays('mon') is neither a timer",
        ),
        (
            ONCE + 'triggers = [{use = "on", calendars = []}]',
            ".triggers[0]: on: calendars: no calendar given, name at least one",
        ),
        ('triggers = {use = "every"}', ".triggers: not a list of tables, given {'use': 'every'}"),
        ('triggers = ["5m"]', ".triggers[0]: not a table, given '5m'; write {use = ...}"),
        (
            "triggers = [{}]",
            ".triggers[0]: option 'use' is missing; it names the kind; or write one of at, every, cron",
        ),
        (
            'triggers = [{use = "any_of", timers = [{everry = "5m"}]}]',
            (
                ".triggers[0].timers[0]: option 'use' is missing; it names the kind; "
                "without it, 'everry' is unknown, did you mean 'every'?"
            ),
        ),
        (
            'triggers = [{use = "everyy"}]',
            ".triggers[0].use: unknown trigger 'everyy', did you mean 'every'?",
        ),
        ("triggers = [{use = 5}]", ".triggers[0].use: unknown trigger 5"),
        ('triggers = [{use = "every"}]', ".triggers[0]: option 'period' is missing"),
        (
            'triggers = [{use = "every", minutes = 5}]',
            ".triggers[0]: unknown option 'minutes'; without use, write {every = {minutes = 5}}",
        ),
        (
            'triggers = [{use = "every", period = "0s"}]',
            ".triggers[0]: every: a period must be 1 ms or longer",
        ),
        (
            'triggers = [{use = "every", days = 2}]',
            (
                ".triggers[0]: unknown option 'days'; without use, write {every = {days = 2}}, "
                'or use = "calendar_interval"'
            ),
        ),
        (
            'triggers = [{use = "calendar_interval", weeks = 2}]',
            ".triggers[0]: unknown option 'weeks'; without use, write {every = {weeks = 2}}",
        ),
        (
            "triggers = [{days = 3}]",
            (
                ".triggers[0]: option 'use' is missing; it names the kind; "
                "without it, 'days' is unknown; write {every = {days = 3}}"
            ),
        ),
        (
            'triggers = [{every = "5m", days = 3}]',
            ".triggers[0]: unknown option 'days'; write {every = {days = 3}}",
        ),
        (
            'triggers = [{every = "5m", cron = "@daily"}]',
            (
                ".triggers[0]: every and cron: each is a timer of its own; keep one, "
                'or write {use = "any_of", timers = [{every = ...}, {cron = ...}]}'
            ),
        ),
        (
            'triggers = [{every = {days = 1}, at = "09:00"}]',
            '.triggers[0]: at: a time of day belongs to the days; write every = {days = 1, at = "09:00"}',
        ),
        (
            "triggers = [{every = {days = 1}, at = 2026-03-01T09:00:00Z}]",
            ".triggers[0]: at and every: each is a timer of its own; keep one",
        ),
        # a way through a clock change, which is a part of a trigger
        (
            'cron = "@daily"\noverlap = "both"',
            (
                ".overlap: 'both' is a way through a clock change; "
                'write triggers = [{cron = "...", overlap = "both"}]'
            ),
        ),
        (
            'cron = "@daily"\ngap = "skip"',
            ": unknown option 'gap'; it is part of a trigger; write triggers = [{cron",
        ),
        (
            'triggers = [{cron = "@daily", overlap = "skip"}]',
            ".triggers[0].cron: overlap: not a way through a clock change, given 'skip', known: both,",
        ),
        (
            'triggers = [{every = "5m", gap = "skip"}]',
            ".triggers[0].every: gap: only for the wall clock; give",
        ),
        (
            'triggers = [{every = "5m", overlap = "both"}]',
            ".triggers[0]: unknown option 'overlap', known: anchor",
        ),
        (
            'triggers = [{every = {days = 1, gap = "skip"}, gap = "skip"}]',
            ".triggers[0].every: gap: given twice, in the table and beside it; keep one",
        ),
        (
            'triggers = [{every = "5m", anchor = 2026-03-01T09:00:00Z, tz = "UTC"}]',
            ".triggers[0].tz: given without a cron, or an every of days",
        ),
        # the rest
        (ONCE + "title = 5", ".title: not a text, given 5"),
        (ONCE + 'executor = "a b"', ".executor: 'a b' has ' '; use letters"),
        (ONCE + 'executor = "asynk"', ".executor: unknown executor 'asynk', did you mean 'async'?"),
        (ONCE + 'executor = "gpu"', ".executor: unknown executor 'gpu', known: async, process, thread"),
        (
            ONCE + "start_time = 2026-03-01T09:00:00",
            ".start_time: a date and time without an offset, given 2026-03-01T09:00:00; write",
        ),
        (ONCE + "end_time = 2026-03-01", ".end_time: a date without a time, given 2026-03-01; write it like"),
        (
            ONCE + 'start_time = "2026-03-01T09:00:00Z"',
            ".start_time: not a datetime, given '2026-03-01T09:00:00Z'",
        ),
        (
            ONCE + "start_time = 2026-03-02T09:00:00Z\nend_time = 2026-03-01T09:00:00Z",
            ".end_time: 2026-03-01T09:00:00+00:00 is before start_time 2026-03-02T09:00:00+00:00",
        ),
        (ONCE + 'overlap = "skp"', ".overlap: unknown value 'skp', did you mean 'skip'?"),
        (ONCE + 'delivery = "twice"', ".delivery: unknown value 'twice', known: at-least-once, at-most-once"),
        (ONCE + "timeout = 0", ".timeout: not longer than zero, given 0; write 'none' for no limit"),
        (ONCE + 'tags = "a"', ".tags: not a list of texts, given 'a'"),
        (ONCE + "metadata = 5", ".metadata: not a table with text keys, given 5"),
        (ONCE + "metadata = {a = nan}", ".metadata: not JSON (Out of range float values"),
        (
            ONCE + "metadata = {a = 2026-03-01}",
            ".metadata.a: a date without a time, given 2026-03-01; write it like",
        ),
        (ONCE + "metadata = {a = 2026-03-01T00:00:00Z}", ".metadata: not JSON (Object of type datetime"),
        (ONCE + "metadata" + ".a" * 5_000 + " = 1", ": nested too deeply"),
        (ONCE + 'silo = "main"', ".silo: unknown silo 'main', known: default"),
        (ONCE + "silo = 5", ".silo: not a text, given 5"),
    ],
)
def test_what_is_wrong_is_named(toml, text, says):
    """The file, the path in it, what was given, the nearest name; on one line."""
    refusal = toml.refusal(f"[jobs.a]\n{PLAIN}{text}")
    place = "clock.toml" if says == ": nested too deeply" else "clock.toml: jobs.a"
    assert refusal.startswith(f"{place}{says}")
    assert "\n" not in refusal


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (None, """: option 'work' is missing; write work = {use = "system", program = "..."}"""),
        ('"system"', ".work: not a table, given 'system'; write {use = ...}"),
        ("{}", ".work: option 'use' is missing; it names the kind"),
        ('{use = "sysstem"}', ".work.use: unknown work 'sysstem', did you mean 'system'?"),
        ('{use = ["system"]}', ".work.use: unknown work ['system']"),
        ('{use = "system"}', ".work: option 'program' is missing"),
        ('{use = "system", prrogram = "x"}', ".work: unknown option 'prrogram', did you mean 'program'?"),
        ('{use = "system", program = 5}', ".work.program: not a text, given 5"),
        ('{use = "system", program = "x", args = "a"}', ".work.args: not a list, given 'a'"),
        ('{use = "system", program = "x", args = ["a", 5]}', ".work.args[1]: not a text, given 5"),
        (
            '{use = "python", function = "app"}',
            ".work: function: not a reference, given 'app'; write it like 'package.module:name'",
        ),
        (
            '{use = "python", function = "unheard_of:f"}',
            ".work: function 'unheard_of:f': there is no module 'unheard_of'",
        ),
        (
            '{use = "python", function = "json:dmps"}',
            ".work: function 'json:dmps': 'json' has no 'dmps', did you mean 'dumps'?",
        ),
        (
            '{use = "python", function = "json:dumps"}',
            ".work: function 'json:dumps': missing a required argument: 'obj'",
        ),
        ('{use = "python", function = "json:dumps", args = [nan]}', ".work: args[0]: not JSON"),
        ('{use = "python", function = "json:dumps", callable = "x"}', ".work: unknown option 'callable', "),
    ],
)
def test_what_is_wrong_with_the_work(toml, work, says):
    """Its options live inside `work`, and are named there."""
    text = "[jobs.a]\nevery = '5m'\n" + (f"work = {work}\n" if work else "")
    assert toml.refusal(text).startswith(f"clock.toml: jobs.a{says}")


def test_an_executor_that_does_not_fit(toml):
    """A def would block the event loop: said before anything runs."""
    (toml.folder / "app.py").write_text("def f():\n    pass\nasync def g():\n    pass\n")
    work = 'work = {{use = "python", function = "app:{}"}}\n'
    text = '[python]\npath = ["."]\n[jobs.a]\nevery = "5m"\nexecutor = "{}"\n' + work
    assert toml.refusal(text.format("async", "f")) == (
        "clock.toml: jobs.a.executor: function 'app:f': a def function would block the event loop; "
        "use executor='thread'"
    )
    assert toml.refusal(text.format("thread", "g")) == (
        "clock.toml: jobs.a.executor: function 'app:g': an async def function needs an event loop; "
        "use executor='async'"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[jobs]\nevery = '5m'", "jobs.every: not a table, given '5m'; a job is a table [jobs.<alias>]"),
        ("[[jobs.a]]", "jobs.a: not a table, given [{}]; a job is a table [jobs.<alias>]"),
        ('[jobs.""]', "jobs: alias: empty, give it 1 to 128 characters"),
        ('[jobs."a b"]', "jobs: alias: 'a b' has ' '; use letters"),
        ('[jobs."../a"]', "jobs: alias: '../a' begins with '.'; begin with"),
        ('[jobs."a\\n"]', r"jobs: alias: 'a\n' has '\n'; use letters"),
        ('[jobs."🕑"]', r"jobs: alias: '🕑' has '\U0001f551'; use letters"),
        (f"[jobs.{'a' * 10_000}]", "jobs: alias: 10,000 characters, at most 128 are allowed"),
    ],
)
def test_what_is_wrong_with_the_alias(toml, text, says):
    """It is the name of the table."""
    assert toml.refusal(text).startswith(f"clock.toml: {says}")
