"""`clockhand check`: what is right is shown with its times, what is wrong is named with its place."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

WORK = 'work = {use = "python", function = "works:good"}'
HEAD = '[python]\npath = ["."]\n'


def _job(lines: str, alias: str = "a", work: str = WORK) -> str:
    return f"{HEAD}[jobs.{alias}]\n{lines}\n{work}\n"


def test_jobs_are_shown_with_their_next_three_times(command) -> None:
    """Each job has its work, executor, silo and three due times; nothing is opened."""
    command.write(_job('every = "90s"') + '[silo.default]\nuse = "sqlite"\npath = "jobs.db"\n')
    document = command.json("check")
    assert set(document) == {"config", "ok", "jobs", "warnings", "notes"}
    assert document["ok"] is True
    (job,) = document["jobs"]
    assert {key: job[key] for key in ("alias", "title", "silo", "work", "executor")} == {
        "alias": "a",
        "title": "",
        "silo": "default",
        "work": "python:works:good",
        "executor": "thread",
    }
    first, second, third = (datetime.fromisoformat(due) for due in job["upcoming"])
    assert second - first == third - second == timedelta(seconds=90)
    assert not (command.folder / "jobs.db").exists()


def test_people_get_lines(command) -> None:
    """Without a terminal: a line for each job and one that says it is all right."""
    command.write(_job('cron = "0 3 * * *"'))
    done = command("check")
    heads, row, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert heads.split() == ["JOB", "WORK", "EXECUTOR", "SILO", "NEXT", "WHEN"]
    assert row.split()[0] == "a"
    assert row.count("T03:00:00Z") == 3
    assert row.endswith("  at 03:00")
    assert last == "clockhand.toml: ok, 1 job"


def test_times_are_in_the_configured_zone(command) -> None:
    """People see the scheduler's zone, programs see UTC."""
    command.write('[scheduler]\ntimezone = "Asia/Tokyo"\n' + _job('at = "2999-01-01T00:00:00Z"'))
    assert "2999-01-01T09:00:00+09:00" in command("check").stdout
    assert command.json("check")["jobs"][0]["upcoming"] == ["2999-01-01T00:00:00Z"]
    command.write('[scheduler]\ntimezone = "Asia/Tokyo"\n' + _job('cron = "0 3 * * *"'))
    assert "T03:00:00+09:00" in command("check").stdout


def test_a_moment_that_has_passed_is_due_all_the_same(command) -> None:
    """A one-shot dated in the past would run at once, so it is shown."""
    command.write(_job('at = "2020-01-01T00:00:00Z"'))
    assert command.json("check")["jobs"][0]["upcoming"] == ["2020-01-01T00:00:00Z"]


def test_a_job_that_will_never_be_due_is_a_warning(command) -> None:
    """A timetable that has ended is allowed, and told."""
    command.write(_job('cron = "0 3 * * *"\nend_time = 2020-01-01T00:00:00Z'))
    assert command.json("check")["warnings"] == ["job a: it will never be due"]
    assert "warning: job a: it will never be due" in command("check").stderr


def _window(start: str, end: str) -> str:
    return f'triggers = [{{use = "between", start = "{start}", end = "{end}"}}]'


def test_what_a_condition_excludes_is_not_listed(command) -> None:
    """The next three that may run are, however far ahead; what another job decides is not asked."""
    command.write(_job(f'cron = "* * * * * *"\n{_window("00:00:10", "00:00:12")}'))
    document = command.json("check")
    assert [due[10:] for due in document["jobs"][0]["upcoming"]] == [
        "T00:00:10Z",
        "T00:00:11Z",
        "T00:00:10Z",
    ]
    command.write(_job('cron = "0 9 * * *"\ntriggers = [{use = "if_last", job = "a"}]'))
    assert len(command.json("check")["jobs"][0]["upcoming"]) == 3


def test_a_job_that_is_always_excluded_is_a_warning(command) -> None:
    """None of its due times is listed, and the condition is named."""
    command.write(_job(f'cron = "0 9 * * *"\n{_window("22:00", "06:00")}'))
    document = command.json("check")
    assert document["jobs"][0]["upcoming"] == []
    assert document["warnings"] == [
        "job a: each of its next 1,000 due times is excluded: if that is from 22:00 up to 06:00"
    ]


def test_no_more_due_times_than_may_run(command) -> None:
    """A job with max_runs has so many, and says so."""
    command.write(_job('cron = "0 9 * * *"\nmax_runs = 1\nend_time = 2999-01-01T00:00:00Z'))
    (job,) = command.json("check")["jobs"]
    assert len(job["upcoming"]) == 1
    assert job["words"] == "at 09:00, not after 1 Jan 2999 00:00 UTC, at most 1 run"


def test_the_zone_of_a_condition_is_named(command) -> None:
    """Where it isn't that of the timer, both are."""
    command.write(
        _job(
            'cron = "30 22 * * *"\ntz = "Europe/Berlin"\n'
            'triggers = [{use = "between", start = "20:00", end = "23:00", tz = "UTC"}]'
        )
    )
    words = "at 22:30 in Europe/Berlin, if that is from 20:00 up to 23:00 in UTC"
    assert command.json("check")["jobs"][0]["words"] == words


def test_what_may_not_be_meant_is_a_note(command) -> None:
    """What explain warns of in a timer is told, and nothing is broken by it."""
    command.write(_job('cron = "*/45 0 13 * fri"'))
    notes = [
        "job a: both day fields are restricted, so one of the two is enough",
        "job a: minute: every 45 begins again at 0, which is 15 after 45",
    ]
    document = command.json("check")
    assert (document["notes"], document["warnings"], document["ok"]) == (notes, [], True)
    done = command("check")
    assert (done.returncode, done.stderr.splitlines()) == (0, [f"note: {one}" for one in notes])
    command.write(_job('triggers = [{use = "any_of", timers = [{every = "1h"}, {cron = "0 0 31 * *"}]}]'))
    (note,) = command.json("check")["notes"]
    assert note.startswith("job a: 0 0 31 * *: day-of-month: a month without day 31")


@pytest.mark.parametrize("use", ["at_start", "after_completion"])
def test_a_job_whose_due_times_come_of_what_happens_is_no_warning(command, use: str) -> None:
    """It is due when a scheduler starts, or a run has ended; in words it says so."""
    delay = ', delay = "5m"' if use == "after_completion" else ""
    command.write(_job(f'triggers = [{{use = "{use}"{delay}}}]'))
    document = command.json("check")
    assert document["warnings"] == []
    assert document["jobs"][0]["words"].split()[:2] in (["each", "time"], ["5", "minutes"])


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("a", "reads the last run of the job itself, and before the first one there is none"),
        ("b", "reads the last run of job 'b', which isn't declared in silo 'default'"),
    ],
)
def test_a_condition_on_a_job_that_is_not_there_is_a_warning(command, other: str, said: str) -> None:
    """It is allowed, for a job may be added later; but most often the name is misspelled."""
    command.write(_job(f'every = "1h"\ntriggers = [{{use = "if_last", job = "{other}"}}]'))
    assert command.json("check")["warnings"] == [f"job a: if_last({other!r}, 'succeeded') {said}"]
    assert command("check").returncode == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_job('every = "1h"', '""'), "alias: empty"),
        (_job('every = "1h"', f'"{"x" * 10_000}"'), "alias: 10,000 characters, at most 128"),
        (_job('every = "1h"', '"a\\nb"'), "has '\\\\n'"),
        (_job('every = "1h"', '"a\\u0000b"'), "has '\\\\x00'"),
        (_job('every = "1h"', '"\\U0001F600"'), "'\\\\U0001f600'"),
        (_job('every = "1h"', '"../a"'), "begins with '.'"),
        (_job('every = "1h"') + _job('every = "2h"').removeprefix(HEAD), "not TOML: Cannot declare"),
        (
            _job("at = 2030-01-01T00:00:00"),
            "at: a date and time without an offset, given 2030-01-01T00:00:00",
        ),
        (
            _job('every = "1h"\nstart_time = 2030-01-02T00:00:00Z\nend_time = 2030-01-01T00:00:00Z'),
            "end_time: 2030-01-01T00:00:00+00:00 is before start_time",
        ),
        (_job("every = 0"), "every: a period must be 1 ms or longer, given 0"),
        (_job("every = -5"), "every: a period must be 1 ms or longer, given -5"),
        (_job('every = "1 day"'), "every"),
        (_job('every = "1h"\ncron = "* * * * *"'), "2 timers, give it one; any_of"),
        (_job(""), "has no timer"),
        (_job('cron = "61 * * * *"'), "61"),
        (_job('everry = "1h"'), "unknown option 'everry', did you mean 'every'?"),
        (_job('every = "1h"\nexecutor = "threadd"'), "unknown executor 'threadd', did you mean 'thread'?"),
        (_job('every = "1h"\nexecutor = "async"'), "jobs.a.executor: function 'works:good': a def function"),
        (_job('every = "1h"\nsilo = "defaultt"'), "unknown silo 'defaultt', did you mean 'default'?"),
        (_job('every = "1h"', work='work = {use = "pythn"}'), "unknown work 'pythn', did you mean 'python'?"),
        (_job('triggers = [{use = "everry"}]'), "unknown trigger 'everry', did you mean 'every'?"),
        (_job('every = "1h"', work=""), "option 'work' is missing"),
        (
            _job('every = "1h"', work='work = {use = "python", function = "works:god"}'),
            "works:god",
        ),
        (
            _job('every = "1h"', work='work = {use = "python", function = "works:good", args = [1]}'),
            "works:good",
        ),
        (
            _job(
                'every = "1h"', work='work = {use = "python", function = "works:good", args = [1979-05-27]}'
            ),
            "work.args[0]: ",
        ),
        (
            _job(
                'triggers = [{use = "all_of", timers = [{cron = "0 0 * * *"}, {cron = "0 1 * * *"}]}]',
            ),
            "clockhand.toml: jobs.a: triggers: no due time found from ",
        ),
        (
            _job('every = "1m"\njitter = "5m"'),
            "clockhand.toml: jobs.a: jitter: not shorter than the time between two due times",
        ),
        ('[silo.default]\nuse = "sqlit"\npath = "x"\n', "unknown silo 'sqlit', did you mean 'sqlite'?"),
        ('[silo.default]\nuse = "sqlite"\npth = "x"\n', "unknown option 'pth', did you mean 'path'?"),
        ('[silo.default]\nuse = "sqlite"\n', "option 'path' is missing"),
        ('[history]\nuse = "jsonll"\n', "unknown history 'jsonll', did you mean 'jsonl'?"),
        ('[executor.big]\nuse = "thread"\nthreads = 0\n', "threads: not a whole number above zero, given 0"),
        ('[schedular]\nname = "x"\n', "unknown option 'schedular', did you mean 'scheduler'?"),
        ('[scheduler]\ntimezone = "Mars/Olympus"\n', "unknown time zone 'Mars/Olympus'"),
        ('[scheduler]\npoll = "soon"\n', "not a length of time, given 'soon'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(command, text: str, said: str) -> None:
    """Bad values end with 3 and one line that says where, what, and what was given; nothing is on stdout."""
    command.write(text)
    done = command("check", "--json")
    assert done.returncode == 3, done.stdout
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("clockhand: ")
    assert said in done.stderr.replace("\\", "\\\\") if "\\\\" in said else said in done.stderr
    assert len(done.stderr) < 600


def test_a_broken_plugin_is_a_warning(command, plugin) -> None:
    """A plugin that can't be imported doesn't matter to a configuration that doesn't need it."""
    env = plugin("sick", "raise ImportError('no\\x1b[31m library')\n")
    command.write(_job('every = "1h"'))
    done = command("check", "--json", **env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["warnings"] == [
        "plugin sick of sick 1.0 is broken: ImportError: no\x1b[31m library"
    ]
    assert "\x1b" not in command("check", **env).stderr


def test_a_broken_plugin_that_is_needed_is_an_error(command, plugin) -> None:
    """If the configuration names what the plugin would offer, it says that the plugin is broken."""
    env = plugin("sick", "raise ImportError('no library')\n")
    command.write(_job('every = "1h"', work='work = {use = "sick"}'))
    done = command("check", **env)
    assert done.returncode == 3
    assert "work 'sick' comes from sick 1.0, which is broken: ImportError: no library" in done.stderr


SILO = 'silo.default = {use = "sqlite", path = "jobs.db"}\n'
TWO = """\
jobs.same = {every = "1h", work = {use = "python", function = "works:good"}}
jobs.other = {every = "1h", work = {use = "python", function = "works:good"}}
"""


def test_what_is_there_is_compared(command) -> None:
    """With --open each job is new, unchanged or changed, and in which fields; nothing is written."""
    head = 'python.path = ["."]\n' + SILO
    command.ran(head + TWO)
    new = TWO.splitlines()[0].replace("jobs.same", "jobs.added") + "\n"
    command.write(head + TWO.replace('other = {every = "1h"', 'other = {title = "t", every = "2h"') + new)
    document = command.json("check", "--open")
    assert {job["alias"]: (job["there"], job["changed"]) for job in document["jobs"]} == {
        "same": ("unchanged", []),
        "other": ("changed", ["triggers", "title"]),
        "added": ("new", []),
    }
    assert document["conflicts"] == []
    row = next(line for line in command("check", "--open").stdout.splitlines() if line.startswith("other"))
    assert row.endswith("  changed: triggers, title  every 2 hours")
    assert {job["alias"] for job in command.json("jobs")} == {"same", "other"}


def test_a_job_of_somebody_else_is_a_conflict(command) -> None:
    """What run and reload would refuse is shown with who has it and what to do: 1; run points there."""
    head = 'python.path = ["."]\n' + SILO
    command.ran(head + TWO)
    command.ran('scheduler.name = "mine"\n' + head)
    assert command("add", "added", "--every", "1h", "--", "true").returncode == 0
    command.write('scheduler.name = "mine"\n' + head + TWO + TWO.splitlines()[0].replace("same", "added"))
    done = command("check", "--open")
    assert (done.returncode, done.stderr) == (1, "")
    same, other, added, last = done.stdout.splitlines()[-4:]
    assert same == (
        "conflict: job 'same' of silo 'default' is declared by the configuration 'clockhand.toml'; "
        "take it out there, or 'clockhand remove same --force' lets the configuration have it"
    )
    assert other == same.replace("'same'", "'other'").replace("remove same", "remove other")
    assert added == (
        "conflict: job 'added' of silo 'default' was added by hand; "
        "'clockhand remove added' lets the configuration have it"
    )
    assert last == "clockhand.toml: refused, 3 jobs"
    document = json.loads(command("check", "--open", "--json").stdout)
    assert (document["ok"], len(document["conflicts"])) == (False, 3)
    assert "'clockhand check --open' shows what would be refused" in command("run").stderr
    assert command("check").returncode == 0


def test_nothing_to_open_in_memory(command) -> None:
    """A silo in memory has nothing to compare with: 3, with the reason."""
    command.write(_job('every = "1h"') + '[silo.default]\nuse = "memory"\n')
    done = command("check", "--open")
    assert done.returncode == 3
    assert "lives inside one process" in done.stderr


def test_a_plugin_that_is_not_installed_is_a_warning(command) -> None:
    """A mistyped plugins.block is told with the nearest, also beside an error and by other commands."""
    command.write('plugins.block = ["sqlit"]\n' + SILO)
    told = "clockhand.toml: plugins.block[0]: no plugin 'sqlit' is installed, did you mean 'sqlite'?"
    assert command.json("check")["warnings"] == [told]
    assert command("check").stderr == f"warning: {told}\n"
    assert command("next").stderr.splitlines()[0] == f"clockhand: {told}"
    command.write('plugins.block = ["sqlit"]\nsilo.default = {use = "sqlit"}\n')
    warned, refused = command("check").stderr.splitlines()
    assert warned == f"clockhand: {told}"
    assert "unknown silo 'sqlit'" in refused
