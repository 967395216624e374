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
    assert set(document) == {"config", "ok", "jobs", "warnings"}
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
    assert heads.split() == ["JOB", "WORK", "EXECUTOR", "SILO", "NEXT"]
    assert row.split()[0] == "a"
    assert row.count("T03:00:00Z") == 3
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
    assert json.loads(done.stdout)["warnings"] == ["plugin sick is broken: ImportError: no\x1b[31m library"]
    assert "\x1b" not in command("check", **env).stderr


def test_a_broken_plugin_that_is_needed_is_an_error(command, plugin) -> None:
    """If the configuration names what the plugin would offer, it says that the plugin is broken."""
    env = plugin("sick", "raise ImportError('no library')\n")
    command.write(_job('every = "1h"', work='work = {use = "sick"}'))
    done = command("check", **env)
    assert done.returncode == 3
    assert "work 'sick' comes from sick 1.0, which is broken: ImportError: no library" in done.stderr
